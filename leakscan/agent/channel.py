"""The two pipes to the parent."""

import _thread
import os

from leakscan import wire
from leakscan.agent.descriptors import moved_up


class ChannelClosed(Exception):
    """The target has closed a pipe, and it can't be opened again: there is nobody to talk to."""


class Channel:
    """Commands in, records out."""

    def __init__(self, commands: "PipeEnd", records: "PipeEnd") -> None:
        self._commands = commands
        self._records = records
        self._reading = commands.descriptor()
        self._rest = b""
        self._writing = _thread.allocate_lock()

    def send(self, record: wire.Record) -> None:
        """Write one record, whole, before returning; raises ChannelClosed."""
        line = memoryview(wire.encode(record))
        with self._writing:
            while line:
                line = line[os.write(self._records.descriptor(), line) :]

    def receive(self) -> wire.Command | None:
        """The next command, or None if the parent is gone; raises ChannelClosed."""
        while b"\n" not in self._rest:
            data = self._read()
            if not data:
                return None
            self._rest += data
            # A descriptor that was closed meanwhile is opened at once: that nobody reads this pipe
            # is to the parent the end of the process. And it is done before the command is handed over: while
            # the kernel is asked, the main thread would go on, and sample what this one has in hand.
            self._reading = self._commands.descriptor()
        line, _, self._rest = self._rest.partition(b"\n")
        return wire.decode(line)  # type: ignore[return-value]

    def _read(self) -> bytes:
        """What the parent has written; nothing if it is gone."""
        while True:
            # Between two reads the target has its turn, and may have closed the descriptor in it.
            failed: OSError | None = None
            data = b""
            try:
                data = os.read(self._reading, 65536)
            except OSError as error:
                failed = error
            if data or self._commands.is_at(self._reading):
                break
            self._reading = self._commands.descriptor()
        if failed is not None:
            raise failed
        return data

    def close(self) -> None:
        """Let go of both pipes, in a process that has them but is not the agent's."""
        self._commands.close()
        self._records.close()


class PipeEnd:
    """One end of a pipe: on a high descriptor, where no file of the target would be, and known by its inode.

    A target may close every descriptor, as daemons do, and its next file may get the number of ours.
    """

    def __init__(self, inherited: int, mode: int, parents_end: str) -> None:
        """`parents_end` is a path to the other end, under which Linux opens this one, too."""
        self._pipe = _inode(inherited)
        self._mode = mode
        self._parents_end = parents_end
        self._descriptor = moved_up(inherited)

    def descriptor(self) -> int:
        """A descriptor of this very pipe, opened again if it must be; raises ChannelClosed."""
        if _inode(self._descriptor) != self._pipe:
            self._descriptor = self._opened_again()
        return self._descriptor

    def is_at(self, descriptor: int) -> bool:
        """Whether the descriptor is one of this very pipe."""
        return _inode(descriptor) == self._pipe

    def close(self) -> None:
        """Close it here, if it is open and still ours."""
        if _inode(self._descriptor) == self._pipe:
            os.close(self._descriptor)

    def _opened_again(self) -> int:
        try:
            opened = os.open(self._parents_end, self._mode | os.O_CLOEXEC)
        except OSError as error:
            raise ChannelClosed from error
        if _inode(opened) != self._pipe:
            os.close(opened)
            raise ChannelClosed
        return moved_up(opened)


def _inode(descriptor: int) -> tuple[int, int] | None:
    try:
        status = os.fstat(descriptor)
    except OSError:
        return None
    return status.st_dev, status.st_ino
