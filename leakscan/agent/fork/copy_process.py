"""The process of a copy, as the one that made it sees it."""

import contextlib
import os
import signal
import time


class CopyProcess:
    """Tells what the process of a copy does, and ends it."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._handle = -1
        if hasattr(os, "pidfd_open"):
            # With a handle nobody else is hit, where the status was taken and the number given anew.
            with contextlib.suppress(OSError):
                self._handle = os.pidfd_open(number)

    def fileno(self) -> int:
        """What can be read once the process has ended; -1 where the system has no such thing."""
        return self._handle

    def cpu_seconds(self) -> float:
        """Processor time that it has used; 0 where that can't be read."""
        try:
            # The clock of another process: `clock_getcpuclockid` of the C library computes it like this.
            return time.clock_gettime(~self._number << 3 | 2)
        except OSError:
            return 0.0

    def is_asleep(self) -> bool:
        """Whether it waits, for anything but the processor."""
        try:
            file = os.open(f"/proc/{self._number}/stat", os.O_RDONLY)
        except OSError:
            return False
        try:
            return os.read(file, 512).rpartition(b") ")[2][:1] == b"S"
        except OSError:
            return False
        finally:
            os.close(file)

    def end(self) -> str | None:
        """Kill it if it still runs, and take its status; in words, if a signal ended it."""
        try:
            if self._handle >= 0:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            else:
                os.kill(self._number, signal.SIGKILL)
        except OSError:
            pass
        finally:
            if self._handle >= 0:
                os.close(self._handle)
                self._handle = -1
        try:
            _, status = os.waitpid(self._number, 0)
        except ChildProcessError:
            # The target ignores its children, or another thread of it waits for any.
            return None
        if os.WIFSIGNALED(status):
            return f"the copy was ended by signal {os.WTERMSIG(status)}"
        return f"the copy ended with status {os.WEXITSTATUS(status)}"
