"""The two pipes to the parent."""

import _thread
import os

from leakscan import wire

# The target may patch `os` while it runs; ours stay what they are now.
_read = os.read
_write = os.write
_close = os.close


class Channel:
    """Commands in, records out."""

    def __init__(self, commands_fd: int, records_fd: int) -> None:
        self._commands_fd = commands_fd
        self._records_fd = records_fd
        self._rest = b""
        self._writing = _thread.allocate_lock()

    def send(self, record: wire.Record) -> None:
        """Write one record, whole, before returning."""
        line = memoryview(wire.encode(record))
        with self._writing:
            while line:
                line = line[_write(self._records_fd, line) :]

    def receive(self) -> wire.Command | None:
        """The next command, or None if the parent is gone."""
        while b"\n" not in self._rest:
            data = _read(self._commands_fd, 65536)
            if not data:
                return None
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return wire.decode(line)  # type: ignore[return-value]

    def close(self) -> None:
        """Let go of both pipes."""
        _close(self._commands_fd)
        _close(self._records_fd)
