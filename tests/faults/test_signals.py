"""A leakscan that is interrupted or killed."""

import signal

import pytest

from tests.faults.command import Faulty
from tests.faults.interrupting import LEFT, PATIENCE_SECONDS, SETUP, wait_for_line
from tests.faults.rows import Part, fault
from tests.promises import About, promise


def _signalled(faulty: Faulty, number: signal.Signals, *, target: str = "app:works") -> None:
    faulty.write("app.py", SETUP)

    _signalled_when_called(faulty, number, "--setup", "app:database", target)


def _signalled_when_called(faulty: Faulty, number: signal.Signals, *arguments: str) -> None:
    with faulty.started("run", *arguments) as command:
        seen = wait_for_line(command, "called")
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
        seen = wait_for_line(command, "called")
        command.kill()
        rest, _ = command.communicate(timeout=PATIENCE_SECONDS)

    faulty.check(command.returncode, seen + rest)
