"""The target's process: started, spoken to, and never left behind."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from leakscan import wire
from leakscan.model.run import Surroundings
from leakscan.runner import terminal

_ROOT = Path(__file__).resolve().parent.parent.parent
"""The folder that leakscan is in."""
_START = _ROOT / "leakscan" / "agent" / "start.py"
_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_START_SECONDS = 30.0
"""More than a supervisor takes to say which process it has started."""
_END_SECONDS = 4.0
"""More than a supervisor takes to end what a target has left."""
_MOMENT_SECONDS = 0.05
_AGENT_EXIT_SECONDS = 1.0
"""From the end of the agent to that of its process."""


class ChildHandle:
    """A process with the agent in it, and the supervisor that ends whatever it leaves."""

    def __init__(self, surroundings: Surroundings) -> None:
        commands_out, self._commands = os.pipe()
        self._records, records_in = os.pipe()
        self._supervisor, supervisors = socket.socketpair()
        pipes = (commands_out, self._commands, records_in, self._records)
        # The private function is what `multiprocessing` uses, too: there is no public one.
        flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # noqa: SLF001
        passed = (commands_out, records_in)
        with supervisors, _without_interruption():
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
                [
                    *(sys.executable, "-I", "-S", str(_SUPERVISOR)),
                    *(str(supervisors.fileno()), ",".join(map(str, passed))),
                    *(sys.executable, *flags, str(_START), str(_ROOT), *map(str, (os.getpid(), *pipes))),
                ],
                pass_fds=(*passed, supervisors.fileno()),
                # A signal for the group of leakscan, as `timeout` sends it, comes to leakscan alone, which
                # ends the target in order. Who reads from a terminal has to be in the group that has it.
                process_group=None if terminal.is_shared(surroundings) else 0,
                cwd=surroundings.folder,
                env=_environment(surroundings),
                stdin=None if surroundings.reads_stdin else subprocess.DEVNULL,
                stdout=surroundings.stdout,
                stderr=surroundings.stderr,
            )
        for descriptor in passed:
            os.close(descriptor)
        os.set_blocking(self._records, False)
        self._rest = b""
        self.is_garbled = False
        """Whether something else than records came."""
        self._unfinished_line = b""
        self._is_supervised = True
        self._pid: int | None = None
        self._status: int | None = None
        self.left_behind: tuple[str, ...] = ()
        """Names of the processes that the target had left, and that the supervisor ended."""

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
        """The process of the target: not that of its supervisor."""
        self._hear_supervisor(_START_SECONDS, until=lambda: self._pid is not None)
        return self._process.pid if self._pid is None else self._pid

    @property
    def supervisor_pid(self) -> int:
        """The process that the target and all its descendants are below; that of a target without one."""
        return self._process.pid

    def send(self, command: wire.Command) -> bool:
        """Ask for something; whether there was still somebody to ask."""
        self._hear_supervisor(_START_SECONDS, until=lambda: self._pid is not None)
        try:
            os.write(self._commands, wire.encode(command))
        except BrokenPipeError:
            return False
        return True

    def records(self, seconds: float) -> list[wire.Record] | None:
        """The records that came within so many seconds, at once if some are there; None at the end."""
        if self.is_garbled:
            return None
        if not _is_ready(self._records, seconds):
            # Whoever else may have got hold of the pipe, it is the target alone that writes to it.
            self._hear_supervisor(0.0)
            if not self._has_ended:
                return []
            if not _is_ready(self._records, 0.0):
                return None
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
        return self.wait(_AGENT_EXIT_SECONDS) is not None or bool(_polled(self._commands, 0, 0.0))

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the target."""
        with contextlib.suppress(OSError):
            if self._is_supervised:
                self._supervisor.send(bytes([number]))
            else:
                self._process.send_signal(number)

    def wait(self, seconds: float) -> int | None:
        """The exit status of the target; None if it has not ended within so many seconds."""
        self._hear_supervisor(seconds, until=lambda: self._status is not None)
        if self._status is None and not self._is_supervised:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._status = self._process.wait(seconds)
        return self._status

    def kill(self) -> None:
        """End the target now, if it has not ended, and all that it has started."""
        if self._commands < 0:
            return
        if not self._has_ended:
            self.signal(signal.SIGKILL)
        self._hear_supervisor(_END_SECONDS, until=lambda: False)
        self._supervisor.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for descriptor in (self._commands, self._records):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self._commands = self._records = -1

    @property
    def _has_ended(self) -> bool:
        return self._status is not None or (not self._is_supervised and self._process.poll() is not None)

    def _hear_supervisor(self, seconds: float, *, until: Callable[[], bool] = lambda: False) -> None:
        """Read what the supervisor says, until something is so or it has no more to say."""
        deadline = time.monotonic() + seconds
        while self._is_supervised and not until():
            if not _is_ready(self._supervisor.fileno(), deadline - time.monotonic()):
                return
            try:
                data = self._supervisor.recv(4096)
            except OSError:
                data = b""
            self._is_supervised = bool(data)
            *lines, self._unfinished_line = (self._unfinished_line + data).split(b"\n")
            for line in lines:
                self._note(line.decode("ascii", "replace"))

    def _note(self, line: str) -> None:
        word, _, value = line.partition(" ")
        if word == "pid":
            self._pid = int(value)
        elif word == "status":
            self._status = int(value)
        elif word == "left":
            self.left_behind = (*self.left_behind, value)


def _is_ready(descriptor: int, seconds: float) -> bool:
    """Whether something can be read within so many seconds, the end included."""
    return bool(_polled(descriptor, select.POLLIN, seconds))


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


@contextmanager
def _without_interruption() -> Iterator[None]:
    """What is started inside is told of a Ctrl-C once its agent is there to say so, and not in the middle."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
