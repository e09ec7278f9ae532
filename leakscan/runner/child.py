"""The target's process: started, spoken to, and never left behind."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from leakscan import wire
from leakscan.model import Surroundings

_ROOT = Path(__file__).resolve().parent.parent.parent
"""The folder that leakscan is in."""
_START = _ROOT / "leakscan" / "agent" / "start.py"
_MOMENT_SECONDS = 0.05
_END_SECONDS = 1.0
"""From the end of the agent to that of its process."""
GRACE_SECONDS = 3.0
"""For the target's own end: its exit handlers, its event loop."""


class Child:
    """A process with the agent in it."""

    def __init__(self, surroundings: Surroundings) -> None:
        commands_out, self._commands = os.pipe()
        self._records, records_in = os.pipe()
        pipes = (commands_out, self._commands, records_in, self._records)
        # The private function is what `multiprocessing` uses, too: there is no public one.
        flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # noqa: SLF001
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
            [sys.executable, *flags, str(_START), str(_ROOT), *map(str, (os.getpid(), *pipes))],
            pass_fds=(commands_out, records_in),
            cwd=surroundings.folder,
            env=_environment(surroundings),
            stdin=None if surroundings.reads_stdin else subprocess.DEVNULL,
            stdout=surroundings.stdout,
            stderr=surroundings.stderr,
        )
        os.close(commands_out)
        os.close(records_in)
        os.set_blocking(self._records, False)
        self._rest = b""
        self.is_garbled = False
        """Whether something else than records came."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def send(self, command: wire.Command) -> bool:
        """Ask for something; whether there was still somebody to ask."""
        try:
            os.write(self._commands, wire.encode(command))
        except BrokenPipeError:
            return False
        return True

    def records(self, seconds: float) -> list[wire.Record] | None:
        """The records that came within so many seconds, at once if some are there; None at the end."""
        if self.is_garbled:
            return None
        if not _polled(self._records, select.POLLIN, seconds):
            return []
        try:
            data = os.read(self._records, 1 << 20)
        except BlockingIOError:
            return []
        if not data:
            return None if self._is_over() else []
        *lines, self._rest = (self._rest + data).split(b"\n")
        return self._decoded(lines)

    def _decoded(self, lines: list[bytes]) -> list[wire.Record] | None:
        records: list[wire.Record] = []
        try:
            records.extend(wire.decode(line) for line in lines)  # type: ignore[misc]
        except wire.WireError:
            self.is_garbled = True
        return records or (None if self.is_garbled else [])

    def _is_over(self) -> bool:
        """Whether nobody is left who could write records.

        A target may have closed the pipe with all other descriptors. Then the agent still listens, and opens
        it again when it has something to say.
        """
        if not _polled(self._commands, 0, _MOMENT_SECONDS):
            return False
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            return bool(_polled(self._commands, 0, 0.0))
        return True

    def end(self) -> int:
        """Let the process end as it likes, for a while; its exit status."""
        self.send(wire.Quit())
        return self._wait(GRACE_SECONDS)

    def wait(self) -> int:
        """The exit status of a process that is ending by itself."""
        return self._wait(GRACE_SECONDS)

    def terminate(self) -> int:
        """Ask the process to end by a signal; its exit status."""
        self._process.terminate()
        return self._wait(GRACE_SECONDS)

    def kill(self) -> None:
        """End the process now, if it has not ended."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        for descriptor in (self._commands, self._records):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self._commands = self._records = -1

    def _wait(self, seconds: float) -> int:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            # Records that nobody reads any more must not keep the process from ending.
            if self.records(0.05) is None:
                break
        try:
            return self._process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def _polled(descriptor: int, events: int, seconds: float) -> list[tuple[int, int]]:
    """What happens to a pipe within so many seconds; that nobody is at its other end is told in any case."""
    # Not `select.select`, which takes no descriptor above 1,023.
    poll = select.poll()
    poll.register(descriptor, events)
    return poll.poll(1000 * max(0.0, seconds))


def _environment(surroundings: Surroundings) -> dict[str, str]:
    environment = {**os.environ, **surroundings.environment}
    # The target would end with a prompt that nobody answers; what is traced from the start makes all slow.
    for name in ("PYTHONINSPECT", "PYTHONTRACEMALLOC"):
        environment.pop(name, None)
    return environment
