"""A terminal that goes away, or that the target has changed."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import subprocess
import termios
import textwrap
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.faults.command import Faulty
from tests.faults.interrupting import PATIENCE_SECONDS, SHORTLY, wait_for
from tests.faults.rows import Part, fault
from tests.integration.command import PYTHON, ROOT
from tests.promises import About, promise

IN_A_TERMINAL = """
    import contextlib, os, time

    def note(what):
        with open("events", "a") as file:
            print(what, file=file)

    @contextlib.contextmanager
    def database():
        try:
            yield "the database"
        finally:
            note("leaving")
            while not os.path.exists("go on"):
                time.sleep(0.01)
            note("the database is closed")

    def hangs(database):
        note("called")
        time.sleep(1000)
"""


def _in_a_terminal(
    faulty: Faulty, first: Callable[[int, int], object], second: Callable[[int], object]
) -> None:
    """Run in a terminal that the target reads from, and do two things: while it runs, while it is being left.

    They are given the other end of the terminal and the group of processes that has it.
    """
    faulty.write("app.py", IN_A_TERMINAL)
    events = faulty.folder / "events"
    ours, terminal = pty.openpty()
    with faulty.started(
        *("run", "--setup", "app:database", "app:hangs"),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    ) as command:
        os.close(terminal)
        wait_for(lambda: events.exists() and "called" in events.read_text())
        first(ours, command.pid)
        wait_for(lambda: "leaving" in events.read_text())
        second(command.pid)
        (faulty.folder / "go on").touch()
        command.wait(PATIENCE_SECONDS)

    faulty.check(command.returncode, events.read_text())


@fault(
    Part.PARENT, "The terminal that the target reads from is closed", sees="the database is closed", exits=129
)
def test_a_terminal_that_goes_away_leaves_the_setup(faulty: Faulty) -> None:
    def hang_up(group: int) -> None:
        os.killpg(group, signal.SIGHUP)

    def go_away(ours: int, group: int) -> None:
        os.close(ours)
        # As the shell does, and at its end the kernel.
        hang_up(group)

    _in_a_terminal(faulty, go_away, hang_up)


@fault(
    Part.PARENT,
    "SIGQUIT comes from the terminal that the target reads from",
    sees="the database is closed",
    exits=131,
)
def test_a_ctrl_backslash_leaves_the_setup(faulty: Faulty) -> None:
    _in_a_terminal(faulty, lambda ours, _group: os.write(ours, b"\x1c"), lambda _group: None)


def test_the_cursor_is_shown_again_after_a_sigterm(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("work")
    (folder / "app.py").write_text("def work(): pass\n")
    ours, terminal = pty.openpty()
    with psutil.Popen(
        [*PYTHON, "-m", "leakscan", "run", "app:work"],
        env={**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT)},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        cwd=folder,
    ) as command:
        os.close(terminal)
        seen = b""
        while b"\x1b[?25l" not in seen or b"screening" not in seen:
            seen += os.read(ours, 4096)
        command.terminate()
        while b"\x1b[?25h" not in seen:
            seen += os.read(ours, 4096)
        assert command.wait(PATIENCE_SECONDS) == 128 + signal.SIGTERM
    os.close(ours)


# It tells by a file: what it prints is of no use in a terminal that it has changed.
IN_RAW_MODE = """
    import sys, time, tty

    def hangs():
        tty.setraw(0)
        sys.stdout.write("\\x1b[?25l")
        sys.stdout.flush()
        open("called", "w").close()
        while True:
            try:
                time.sleep(1000)
            except KeyboardInterrupt:
                pass
"""


AS_IT_WAS = "A terminal that your program has changed is put back at the end, and its cursor is shown."


def _check_terminal_is_put_back(
    command: subprocess.Popen[str],
    ours: int,
    terminal: int,
    calling: Callable[[], bool],
    number: signal.Signals | None,
) -> str:
    """What was shown, when the command was at its end: by itself, or by the signal."""
    before = termios.tcgetattr(terminal)
    wait_for(calling)
    assert termios.tcgetattr(terminal) != before
    if number is not None:
        command.send_signal(number)
    seen = b""
    os.set_blocking(ours, False)
    while command.poll() is None or select.select([ours], [], [], 0)[0]:
        with contextlib.suppress(BlockingIOError):
            seen += os.read(ours, 4096)
        os.sched_yield()
    assert termios.tcgetattr(terminal) == before
    assert seen.rindex(b"\x1b[?25h") > seen.rindex(b"\x1b[?25l")
    return seen.decode()


@promise(About.ENDS, AS_IT_WAS)
@fault(
    Part.TARGET,
    "A call that hangs has the terminal in raw mode, and has hidden its cursor",
    sees="a call of the target did not return in time",
    exits=3,
)
def test_a_terminal_is_put_back_when_the_time_is_over(faulty: Faulty) -> None:
    faulty.write("app.py", IN_RAW_MODE)
    ours, terminal = pty.openpty()
    with faulty.started(
        *("run", "-q", *SHORTLY, "app:hangs"),
        environment={"TERM": "xterm"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    ) as command:
        seen = _check_terminal_is_put_back(command, ours, terminal, (faulty.folder / "called").exists, None)
    os.close(ours)
    os.close(terminal)

    faulty.check(command.returncode, seen)


@promise(About.ENDS, AS_IT_WAS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_terminal_is_put_back_when_a_signal_comes(number: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(textwrap.dedent(IN_RAW_MODE))
    ours, terminal = pty.openpty()
    with subprocess.Popen(
        [*PYTHON, "-m", "leakscan", "run", "-q", "app:hangs"],
        env={**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT)},
        text=True,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        cwd=tmp_path,
        start_new_session=True,
    ) as command:
        try:
            _check_terminal_is_put_back(command, ours, terminal, (tmp_path / "called").exists, number)
        finally:
            command.kill()
    os.close(ours)
    os.close(terminal)
