"""A recording: everything that the agent saw, in a file from which every report can be made again."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from leakscan import wire
from leakscan.errors import RecordingError


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The records of one run, the header first."""

    records: tuple[wire.Record, ...]
    is_cut: bool = False
    """Whether the last line was cut off, as a crash of the writer leaves it."""

    @property
    def is_cut_short(self) -> bool:
        """Whether it ends before its run did, in the middle of a line or between two."""
        return self.is_cut or not isinstance(self.records[-1], wire.Ended)

    @property
    def header(self) -> wire.Header:
        """What was run, by which leakscan."""
        first = self.records[0]
        assert isinstance(first, wire.Header)
        return first


def read_recording(path: Path) -> Recording:
    """The recording in the file; a cut last line is left out.

    Raises RecordingError if there is no such file, if it is no recording, or if it is too new.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise RecordingError(f"`{path}` can't be read: {error.strerror}") from error
    header = _header(lines[0], path)
    records: list[wire.Record] = [header]
    is_cut = lines[-1] != b""
    for number, line in enumerate(lines[1:-1], start=2):
        try:
            records.append(wire.decode(line))  # type: ignore[arg-type]
        except wire.WireError as error:
            raise RecordingError(f"line {number} of `{path}` is no record", hint="record again") from error
    return Recording(records=tuple(records), is_cut=is_cut)


def _header(line: bytes, path: Path) -> wire.Header:
    try:
        header = wire.decode(line)
    except wire.WireError as error:
        raise RecordingError(f"`{path}` is no leakscan recording") from error
    if not isinstance(header, wire.Header):
        raise RecordingError(f"`{path}` is no leakscan recording: it has no header")
    if header.format > wire.FORMAT_VERSION:
        raise RecordingError(
            f"`{path}` has format {header.format}; this leakscan reads up to {wire.FORMAT_VERSION}",
            hint="upgrade leakscan, or record again",
        )
    return header


class RecordingWriter:
    """Appends records to a file, each on the disk before the next is taken."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("wb", buffering=0)
        except OSError as error:
            raise RecordingError(f"`{path}` can't be written: {error.strerror}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def write(self, records: Sequence[wire.Record]) -> None:
        """Append the records."""
        for record in records:
            self._file.write(wire.encode(record))
