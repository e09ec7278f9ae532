"""Interrupting a run: what it is run with, a target with a setup, and waits for what it does."""

import os
import subprocess
import time
from collections.abc import Callable

QUICK = ("--calls", "2", "--rounds", "2", "--warmup", "1")
SHORTLY = ("--max-time", "2.8")
LEFT = "A setup is left when the run ends by Ctrl-C, a signal or the time; a second signal cuts that off."
SETUP = """
    import contextlib, time

    @contextlib.contextmanager
    def database():
        try:
            yield "the database"
        finally:
            print("the database is closed", flush=True)

    def hangs(database):
        print("called", flush=True)
        time.sleep(1000)

    def works(database):
        print("called", flush=True)
        time.sleep(0.01)
"""
PATIENCE_SECONDS = 30


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it does not come"
        os.sched_yield()


def wait_for_line(command: subprocess.Popen[str], line: str) -> str:
    assert command.stdout is not None
    seen = ""
    while line not in seen:
        read = command.stdout.readline()
        assert read, seen
        seen += read
    return seen
