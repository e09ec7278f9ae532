"""Calls that hang, and setups around calls: a setup is left whatever ended them."""

import pytest

from tests.faults.command import Faulty
from tests.faults.interrupting import LEFT, QUICK, SETUP, SHORTLY
from tests.faults.rows import Part, fault
from tests.promises import About, promise


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
