"""Targets that fork, or leave processes behind, and what they do at their end."""

from tests.faults.command import Faulty
from tests.faults.interrupting import QUICK
from tests.faults.rows import Part, fault
from tests.promises import About, promise

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
