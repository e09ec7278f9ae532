"""The children of the tests: what a test that failed has left of them is not to run on."""

import os
import signal
from contextlib import suppress

import psutil


def children() -> set[int]:
    """The processes that this one has, those that have ended and were not waited for too."""
    return {child.pid for child in psutil.Process().children()}


def kill_and_reap(number: int) -> None:
    """End a child of this process, and wait for it; nothing happens where that has been done."""
    with suppress(ChildProcessError):
        # Until it is waited for, nobody else has its number.
        os.waitid(os.P_PID, number, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        os.kill(number, signal.SIGKILL)
        os.waitpid(number, 0)
