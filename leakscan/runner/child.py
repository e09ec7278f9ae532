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

_PACKAGE_PARENT = str(Path(__file__).resolve().parent.parent.parent)
_START = (
    "import sys; sys.path.insert(0, {parent!r}); from leakscan.agent.serve import serve; "
    "sys.path.remove({parent!r}); serve({commands}, {records})"
)
GRACE_SECONDS = 3.0
"""For the target's own end: its exit handlers, its event loop."""


class Child:
    """A process with the agent in it."""

    def __init__(self, surroundings: Surroundings) -> None:
        commands_out, self._commands = os.pipe()
        self._records, records_in = os.pipe()
        code = _START.format(parent=_PACKAGE_PARENT, commands=commands_out, records=records_in)
        # The private function is what `multiprocessing` uses, too: there is no public one.
        flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # noqa: SLF001
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
            [sys.executable, *flags, "-c", code],
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def send(self, command: wire.Command) -> bool:
        """Ask for something; whether there was still somebody to ask."""
        try:
            os.write(self._commands, wire.encode(command))
        except BrokenPipeError:
            return False
        return True

    def records(self, seconds: float) -> list[wire.Record] | None:
        """The records that came within so many seconds, at once if some are there; None at the end."""
        ready, _, _ = select.select([self._records], [], [], max(0.0, seconds))
        if not ready:
            return []
        try:
            data = os.read(self._records, 1 << 20)
        except BlockingIOError:
            return []
        if not data:
            return None
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [wire.decode(line) for line in lines]  # type: ignore[misc]

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


def _environment(surroundings: Surroundings) -> dict[str, str]:
    environment = {**os.environ, **surroundings.environment}
    # The target would end with a prompt that nobody answers; what is traced from the start makes all slow.
    for name in ("PYTHONINSPECT", "PYTHONTRACEMALLOC"):
        environment.pop(name, None)
    return environment
