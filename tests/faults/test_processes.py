"""Targets that fork, hang or leave something behind, and a leakscan that is interrupted or killed."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import subprocess
import termios
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.faults.command import Faulty
from tests.faults.rows import Part, fault
from tests.integration.command import PYTHON, ROOT
from tests.promises import About, promise

QUICK = ("--calls", "2", "--rounds", "2", "--warmup", "1")
SHORTLY = ("--max-time", "2.8")
PATIENCE_SECONDS = 30
LEFT = "A setup is left when the run ends by Ctrl-C, a signal or the time; a second signal cuts that off."
FORKS = """
    import os, sys

    def end_of_child():
        pid = os.fork()
        if pid == 0:
            {in_child}
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status != {status}:
            raise AssertionError(f"the child ended with {{status}}")
"""
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


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it does not come"
        os.sched_yield()


def _wait_for_line(command: subprocess.Popen[str], line: str) -> str:
    assert command.stdout is not None
    seen = ""
    while line not in seen:
        read = command.stdout.readline()
        assert read, seen
        seen += read
    return seen


# --- forks ---


@fault(Part.TARGET, "A function forks, and returns in the child too", sees="memory is flat", exits=0)
def test_a_child_that_returns_ends_and_is_no_agent(faulty: Faulty) -> None:
    faulty.write("app.py", FORKS.format(in_child="return", status=0))

    faulty.command("run", *QUICK, "app:end_of_child")


@fault(Part.TARGET, "A forked child calls sys.exit, as a worker does", sees="memory is flat", exits=0)
def test_a_child_that_exits_has_its_own_status(faulty: Faulty) -> None:
    faulty.write("app.py", FORKS.format(in_child="sys.exit(7)", status=7))

    faulty.command("run", *QUICK, "app:end_of_child")


@fault(Part.TARGET, "A forked child raises", sees="ValueError: it is the child's", exits=0)
def test_a_child_that_raises_shows_its_traceback_and_none_of_ours(faulty: Faulty) -> None:
    faulty.write("app.py", FORKS.format(in_child="""raise ValueError("it is the child's")""", status=1))

    faulty.command("run", *QUICK, "app:end_of_child")


@fault(Part.TARGET, "A script forks, and its child comes to the script's end", sees="1 end", exits=1)
def test_the_child_of_a_script_ends_as_a_program_does(faulty: Faulty) -> None:
    faulty.write(
        "script.py",
        """
        import atexit, os, warnings
        # From 3.12 on Python warns of a fork beside threads, and the agent has one.
        warnings.simplefilter("ignore")
        # It leaks, so that the few calls have one verdict.
        os.kept = [*getattr(os, "kept", ()), *(bytes(500) for _ in range(200))]
        pid = os.fork()
        if pid == 0:
            atexit.register(lambda: os.write(1, b"1 end"))
        elif os.waitpid(pid, 0)[1] != 0:
            raise AssertionError
        """,
    )

    faulty.command("run", "--calls", "1", "--rounds", "8", "--warmup", "12", "script.py")


@fault(Part.TARGET, "A module forks while it is imported", sees="memory is flat", exits=0)
def test_a_child_of_an_import_ends(faulty: Faulty) -> None:
    faulty.write(
        "app.py",
        """
        import os
        pid = os.fork()
        if pid:
            os.waitpid(pid, 0)
        def work(): pass
        """,
    )

    faulty.command("run", *QUICK, "app:work")


@fault(Part.TARGET, "A finalizer forks", sees="memory is flat", exits=0)
def test_a_child_of_a_finalizer_ends(faulty: Faulty) -> None:
    faulty.write(
        "app.py",
        """
        import os
        class Closing:
            def __del__(self):
                pid = os.fork()
                if pid:
                    os.waitpid(pid, 0)
        def work():
            closing = Closing()
            closing.itself = closing
        """,
    )

    faulty.command("run", *QUICK, "app:work")


@promise(About.ENDS, "A process that your program forks never works for leakscan, and never holds its pipes.")
@fault(Part.TARGET, "A forked child looks for our pipes", sees="memory is flat", exits=0)
def test_a_child_has_none_of_our_descriptors(faulty: Faulty) -> None:
    looks = """os._exit(sum(os.readlink(f"/proc/self/fd/{n}").startswith("pipe:") and n > 2
                for n in map(int, os.listdir("/proc/self/fd")) if os.path.exists(f"/proc/self/fd/{n}")))"""
    faulty.write(
        "app.py", FORKS.replace("{in_child}", looks.replace("{", "{{").replace("}", "}}")).format(status=0)
    )

    faulty.command("run", *QUICK, "app:end_of_child")


# --- left behind ---


@promise(About.ENDS, "Nothing that your program has started runs on after the report.")
@fault(
    Part.TARGET,
    "Each call leaves a daemon with a session of its own",
    sees="processes that the target had started were still running at its end, and were ended: python",
    exits=4,
)
def test_daemons_are_ended_and_told_of(faulty: Faulty) -> None:
    faulty.write(
        "app.py",
        """
        import os, time
        def work():
            pid = os.fork()
            if pid:
                os.waitpid(pid, 0)
                return
            os.setsid()
            if os.fork() == 0:
                time.sleep(1000)
            os._exit(0)
        """,
    )

    faulty.command("run", *QUICK, "app:work")


@fault(
    Part.TARGET,
    "A process that is left takes no notice of SIGTERM, another is stopped",
    sees="2 processes that the target had started were still running at its end",
    exits=0,
)
def test_what_ignores_a_signal_is_ended_and_what_is_stopped_tidies_up_first(faulty: Faulty) -> None:
    faulty.write(
        "tidies_up.py",
        """
        import os, pathlib, signal
        signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path("tidied").touch(), os._exit(0)))
        print("ready", flush=True)
        while True: signal.pause()
        """,
    )
    faulty.write(
        "app.py",
        """
        import signal, subprocess, sys
        subprocess.Popen(["sh", "-c", "trap '' TERM; exec sleep 1000"])
        stopped = subprocess.Popen([sys.executable, "tidies_up.py"], stdout=subprocess.PIPE)
        stopped.stdout.readline()
        stopped.send_signal(signal.SIGSTOP)
        def work(): pass
        """,
    )

    faulty.command("run", *QUICK, "app:work")

    assert (faulty.folder / "tidied").exists()


@fault(
    Part.TARGET,
    "A program that is left keeps every descriptor open",
    sees="a process that the target had started was still running at its end",
    exits=0,
)
def test_no_program_keeps_our_pipes_open(faulty: Faulty) -> None:
    faulty.write(
        "app.py",
        """
        import subprocess
        subprocess.Popen(["sleep", "1000"], close_fds=False)
        def work(): pass
        """,
    )

    faulty.command("run", *QUICK, "app:work")


# --- time ---


@fault(
    Part.TARGET,
    "A call sits in C and keeps the interpreter to itself",
    sees="a call of the target did not return in time",
    exits=3,
)
def test_a_call_that_keeps_the_interpreter_is_ended_in_time(faulty: Faulty) -> None:
    faulty.write("app.py", "import ctypes\ndef work(): ctypes.PyDLL(None).sleep(1000)\n")

    faulty.command("run", *SHORTLY, "app:work")


@fault(
    Part.TARGET,
    "A call blocks all signals and does not return",
    sees="a call of the target did not return in time",
    exits=3,
)
def test_a_call_that_blocks_all_signals_is_ended_in_time(faulty: Faulty) -> None:
    faulty.write(
        "app.py",
        """
        import signal, time
        def work():
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            while True: time.sleep(1)
        """,
    )

    faulty.command("run", *SHORTLY, "app:work")


# --- setups ---


@promise(About.ENDS, LEFT)
@fault(Part.TARGET, "A call hangs, with a setup around it", sees="the database is closed", exits=3)
def test_a_setup_is_left_when_the_time_is_over(faulty: Faulty) -> None:
    faulty.write("app.py", SETUP)

    faulty.command("run", *SHORTLY, "--setup", "app:database", "app:hangs")


TRANSACTION = """
    import contextlib, time

    @contextlib.{kind}
    {begin} transaction():
        try:
            yield "the transaction"
        except BaseException:
            print("rolled back", flush=True)
            raise
        else:
            print("committed", flush=True)

    def fails(transaction):
        raise ValueError("no second half")

    def hangs(transaction):
        time.sleep(1000)

    def works(transaction):
        pass
"""
SYNCHRONOUS = {"kind": "contextmanager", "begin": "def"}


@promise(
    About.ENDS,
    "A setup that is a context manager is told of what ended the calls, and commits no half of them.",
)
@pytest.mark.parametrize(
    "way", [SYNCHRONOUS, {"kind": "asynccontextmanager", "begin": "async def"}], ids=["with", "async with"]
)
@fault(Part.TARGET, "A call fails, with a transaction around it", sees="rolled back", exits=3)
def test_a_setup_is_told_of_a_call_that_failed(way: dict[str, str], faulty: Faulty) -> None:
    faulty.write("app.py", TRANSACTION.format(**way))

    done = faulty.command("run", *QUICK, "--setup", "app:transaction", "app:fails")

    assert "the setup failed" not in done.stdout


@promise(
    About.ENDS,
    "A setup that is a context manager is told of what ended the calls, and commits no half of them.",
)
@fault(Part.TARGET, "A call hangs, with a transaction around it", sees="rolled back", exits=3)
def test_a_setup_is_told_of_a_call_that_was_cut_off(faulty: Faulty) -> None:
    faulty.write("app.py", TRANSACTION.format(**SYNCHRONOUS))

    faulty.command("run", *SHORTLY, "--setup", "app:transaction", "app:hangs")


@fault(Part.TARGET, "Every call succeeds, with a transaction around them", sees="committed", exits=0)
def test_a_setup_is_left_as_with_does_when_all_went_well(faulty: Faulty) -> None:
    faulty.write("app.py", TRANSACTION.format(**SYNCHRONOUS))

    faulty.command("run", *QUICK, "--setup", "app:transaction", "app:works")


@fault(
    Part.TARGET,
    "A setup fails when it is left",
    sees="the setup failed when it was left: OSError: no route to the database",
    exits=0,
)
def test_a_setup_that_fails_at_its_end_is_told_of(faulty: Faulty) -> None:
    faulty.write(
        "app.py",
        """
        def database():
            yield 1
            raise OSError("no route to the database")
        def work(database): pass
        """,
    )

    faulty.command("run", *QUICK, "--setup", "app:database", "app:work")


@fault(
    Part.TARGET,
    "A setup does not come to its end",
    sees="the setup was not left: it had 3 s to end, and was killed",
    exits=0,
)
def test_a_setup_that_does_not_end_is_killed_and_told_of(faulty: Faulty) -> None:
    faulty.write(
        "app.py",
        "import time\ndef database():\n    yield 1\n    time.sleep(1000)\ndef work(database): pass\n",
    )

    done = faulty.command("run", *QUICK, *SHORTLY, "--setup", "app:database", "app:work")

    assert "cut off" not in done.stdout, "the end of the process was not reached"


@fault(
    Part.TARGET,
    "A setup takes several seconds to be left",
    sees="the database is closed",
    exits=0,
)
def test_a_setup_that_takes_its_time_is_waited_for(faulty: Faulty) -> None:
    faulty.write("app.py", SETUP.replace("finally:", "finally:\n            time.sleep(3.5)"))

    done = faulty.command("run", *QUICK, "--setup", "app:database", "app:works")

    assert "warning" not in done.stdout


@fault(
    Part.TARGET,
    "A call can't be interrupted, with a setup around it",
    sees="the setup was not left: the process had to be ended before",
    exits=3,
)
def test_a_setup_around_a_call_that_cannot_be_ended_is_told_of(faulty: Faulty) -> None:
    faulty.write(
        "app.py",
        """
        import time
        def database():
            yield 1
        def work(database):
            while True:
                try:
                    time.sleep(1000)
                except KeyboardInterrupt:
                    pass
        """,
    )

    faulty.command("run", *SHORTLY, "--setup", "app:database", "app:work")


# --- leakscan itself ---


def _signalled(faulty: Faulty, number: signal.Signals, *, target: str = "app:works") -> None:
    faulty.write("app.py", SETUP)

    _signalled_when_called(faulty, number, "--setup", "app:database", target)


def _signalled_when_called(faulty: Faulty, number: signal.Signals, *arguments: str) -> None:
    with faulty.started("run", *arguments) as command:
        seen = _wait_for_line(command, "called")
        command.send_signal(number)
        rest, _ = command.communicate(timeout=PATIENCE_SECONDS)

    faulty.check(command.returncode, seen + rest)


@promise(About.ENDS, LEFT)
@fault(Part.PARENT, "leakscan gets SIGTERM", sees="the database is closed", exits=143)
def test_a_sigterm_ends_the_run_in_order(faulty: Faulty) -> None:
    _signalled(faulty, signal.SIGTERM)


@fault(
    Part.PARENT,
    "leakscan gets SIGTERM, and exit handlers of the target take a moment",
    sees="tidied up",
    exits=143,
)
def test_exit_handlers_have_a_moment_where_nobody_wants_to_wait(faulty: Faulty) -> None:
    faulty.write(
        "app.py",
        """
        import atexit, time

        @atexit.register
        def tidy():
            time.sleep(0.5)
            print("tidied up", flush=True)

        def work():
            print("called", flush=True)
            time.sleep(0.01)
        """,
    )

    _signalled_when_called(faulty, signal.SIGTERM, "app:work")


@fault(Part.PARENT, "The terminal of leakscan is closed", sees="the database is closed", exits=129)
def test_a_sighup_ends_the_run_in_order(faulty: Faulty) -> None:
    _signalled(faulty, signal.SIGHUP, target="app:hangs")


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
        _wait_for(lambda: events.exists() and "called" in events.read_text())
        first(ours, command.pid)
        _wait_for(lambda: "leaving" in events.read_text())
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


@promise(About.ENDS, LEFT)
@fault(Part.PARENT, "leakscan gets a Ctrl-C while a call hangs", sees="the database is closed", exits=4)
def test_a_ctrl_c_leaves_the_setup(faulty: Faulty) -> None:
    _signalled(faulty, signal.SIGINT, target="app:hangs")


@pytest.mark.parametrize("call", ["time.sleep(1000)", "ctypes.PyDLL(None).sleep(1000)", "time.sleep(0.01)"])
@fault(Part.PARENT, "leakscan is killed with SIGKILL, and the target has children", sees="called", exits=-9)
def test_a_leakscan_that_is_killed_leaves_nobody(call: str, faulty: Faulty) -> None:
    faulty.write(
        "app.py",
        f"""
        import ctypes, os, subprocess, time
        subprocess.Popen(["sleep", "1000"], start_new_session=True)
        if os.fork() == 0:
            time.sleep(1000)
        def work():
            print("called", flush=True)
            {call}
        """,
    )

    with faulty.started("run", "app:work") as command:
        seen = _wait_for_line(command, "called")
        command.kill()
        rest, _ = command.communicate(timeout=PATIENCE_SECONDS)

    faulty.check(command.returncode, seen + rest)


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
    _wait_for(calling)
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


@fault(
    Part.TARGET,
    "The target's exit handlers take several seconds",
    sees="CLEAN (flat): memory is flat",
    exits=0,
)
def test_exit_handlers_are_waited_for(faulty: Faulty) -> None:
    faulty.write(
        "app.py",
        """
        import atexit, pathlib, time

        def tidy():
            time.sleep(4)
            pathlib.Path("tidied").touch()

        atexit.register(tidy)

        def work():
            pass
        """,
    )

    faulty.command("run", "--calls", "20", "--rounds", "6", "--warmup", "20", "app:work")

    assert (faulty.folder / "tidied").exists()


@promise(
    About.ENDS,
    "What your program holds at its end is finalized as without leakscan: its files are tidied up.",
)
@fault(
    Part.TARGET,
    "A global of the target holds temporary files at its end",
    sees="CLEAN (",
    exits=0,
)
def test_globals_are_finalized_at_the_end(faulty: Faulty) -> None:
    faulty.write(
        "app.py",
        """
        import tempfile
        kept = []

        def work():
            if len(kept) < 20:
                kept.append(tempfile.NamedTemporaryFile())
        """,
    )

    faulty.command("run", "--calls", "20", "--rounds", "6", "--warmup", "40", "app:work")
