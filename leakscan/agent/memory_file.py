"""The records of a run that is watched from within its own process."""

import os
import tempfile
from types import TracebackType
from typing import Self

from leakscan import wire


class Records:
    """The records of a run, in a file without a name: while the target is called, the heap holds none."""

    def __init__(self) -> None:
        self._file = _unnamed_file()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._file)

    def keep(self, record: wire.Record) -> None:
        """Note one record."""
        line = memoryview(wire.encode(record))
        while line:
            line = line[os.write(self._file, line) :]

    def all(self) -> list[wire.Record]:
        """All that was noted, made anew each time."""
        size = os.lseek(self._file, 0, os.SEEK_END)
        os.lseek(self._file, 0, os.SEEK_SET)
        parts: list[bytes] = []
        while size > 0 and (part := os.read(self._file, size)):
            parts.append(part)
            size -= len(part)
        return [wire.decode(line) for line in b"".join(parts).splitlines()]  # type: ignore[misc]


def _unnamed_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("leakscan", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile(buffering=0) as file:
        return os.dup(file.fileno())
