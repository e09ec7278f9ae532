"""Faults of the copy in which a holder is emptied: the leak is told all the same."""

import textwrap

import pytest

from tests.faults.command import Faulty
from tests.faults.rows import Part, fault

QUICK = ("--calls", "8", "--rounds", "8", "--warmup", "8")
LEAK = """
    import {imports}
    kept = []

    class Held:
        def __init__(self):
            self.payload = bytearray(2000)

        def __del__(self):
            {finalizer}

    def work():
        kept.append(Held())

    {more}
"""


def _leak(finalizer: str, imports: str = "os", more: str = "") -> str:
    return LEAK.format(imports=imports, finalizer=finalizer, more=more)


@fault(
    Part.TARGET,
    "A finalizer crashes the copy in which the holder is emptied",
    sees="of the grown memory, by a count of references; it was not emptied: the copy was ended by signal 11",
    exits=1,
)
def test_a_finalizer_that_crashes(faulty: Faulty) -> None:
    faulty.write("app.py", _leak("ctypes.string_at(0)", "ctypes"))

    faulty.command("run", *QUICK, "app:work")


@fault(
    Part.TARGET,
    "A finalizer ends the process in which it runs",
    sees="by a count of references; it was not emptied: the copy ended with status 5",
    exits=1,
)
def test_a_finalizer_that_exits(faulty: Faulty) -> None:
    faulty.write("app.py", _leak("os._exit(5)", more="import atexit; atexit.register(os._exit, 0)"))

    done = faulty.command("run", *QUICK, "--verbose", "app:work")

    assert "freed by a count" in done.stdout
    assert "freed when emptied" not in done.stdout


@fault(
    Part.TARGET,
    "A finalizer waits for a lock that another thread holds",
    sees="it was not emptied: it waited for something that is not in a copy",
    exits=1,
)
def test_a_finalizer_that_waits_for_a_thread(faulty: Faulty) -> None:
    more = """
    lock = threading.Lock()
    threading.Thread(target=lambda: lock.acquire() and threading.Event().wait(), daemon=True).start()
    import atexit; atexit.register(os._exit, 0)
    """
    faulty.write("app.py", _leak("lock.acquire()", "os, threading", more))

    faulty.command("run", *QUICK, "app:work")


@fault(
    Part.TARGET,
    "A finalizer never returns",
    sees="it was not emptied: it took longer than 10 s",
    exits=1,
)
def test_a_finalizer_that_never_returns(faulty: Faulty) -> None:
    more = "import atexit; atexit.register(os._exit, 0)"
    faulty.write("app.py", _leak("while True: pass", more=more))

    faulty.command("run", *QUICK, "app:work")


@fault(
    Part.TARGET,
    "A finalizer raises",
    sees="emptying it freed",
    exits=1,
)
def test_a_finalizer_that_raises(faulty: Faulty) -> None:
    faulty.write("app.py", _leak("1 / 0", more="import atexit; atexit.register(os._exit, 0)"))

    done = faulty.command("run", *QUICK, "app:work")

    assert "ZeroDivisionError" not in done.stderr


@fault(
    Part.TARGET,
    "The target uses up all descriptors, so that no copy of it can be made",
    sees="in the process itself, not in a copy: no copy of the process could be made: Too many open files",
    exits=1,
)
def test_a_target_without_descriptors(faulty: Faulty) -> None:
    faulty.write(
        "app.py",
        """
        import os, resource
        kept = {}

        def work():
            kept[len(kept)] = bytearray(2000)
            if len(kept) == 6:
                resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
                try:
                    while True:
                        os.open(os.devnull, os.O_RDONLY)
                except OSError:
                    pass
        """,
    )

    done = faulty.command("run", *QUICK, "app:work")

    assert "app.kept" in done.stdout


@fault(
    Part.ENVIRONMENT,
    "The kernel takes no seccomp filter, as in some containers",
    sees="by a count of references; it was not emptied: the kernel takes no seccomp filter",
    exits=1,
)
def test_a_kernel_without_seccomp(faulty: Faulty) -> None:
    # A filter that refuses to take another one, put over all that the command starts.
    faulty.write("refuse.py", REFUSES_SECCOMP)
    faulty.write("app.py", _leak("open('gone', 'w')", more="import atexit; atexit.register(os._exit, 0)"))

    faulty.command("run", *QUICK, "app:work", before=("refuse.py",))

    assert not (faulty.folder / "gone").exists()


@fault(
    Part.ENVIRONMENT,
    "The kernel takes no seccomp filter, and what leaks is cyclic garbage",
    sees="LEAKING (cyclic garbage)",
    exits=1,
)
def test_cyclic_garbage_without_seccomp(faulty: Faulty) -> None:
    faulty.write("refuse.py", REFUSES_SECCOMP)
    faulty.write("app.py", "import gc; gc.disable()\ndef work():\n    ring = []\n    ring.append(ring)\n")

    done = faulty.command("run", *QUICK, "app:work", before=("refuse.py",))

    assert "app.py:3 in work" in done.stdout


@fault(
    Part.TARGET,
    "The target ignores the end of its children, or waits for any of them",
    sees="emptying it freed",
    exits=1,
)
@pytest.mark.parametrize(
    "code",
    [
        "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
        """
        import os, threading, time
        def reap():
            while True:
                try:
                    os.waitpid(-1, 0)
                except ChildProcessError:
                    time.sleep(0.001)
        threading.Thread(target=reap, daemon=True).start()
        """,
    ],
    ids=["ignores", "waits"],
)
def test_a_target_that_takes_the_status_of_our_copies(code: str, faulty: Faulty) -> None:
    faulty.write(
        "app.py", f"kept = []\ndef work():\n    kept.append(bytearray(2000))\n{textwrap.dedent(code)}"
    )

    faulty.command("run", *QUICK, "app:work")


REFUSES_SECCOMP = '''
    """Run a program in which no seccomp filter can be set any more."""
    import ctypes, os, sys

    class Step(ctypes.Structure):
        _fields_ = [
            ("code", ctypes.c_ushort),
            ("yes", ctypes.c_ubyte),
            ("no", ctypes.c_ubyte),
            ("value", ctypes.c_uint),
        ]

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.POINTER(Step))]

    prctl, seccomp = {"x86_64": (157, 317), "aarch64": (167, 277)}[os.uname().machine]
    refuse = 0x00050000 | 22
    steps = (Step * 8)(
        Step(0x20, 0, 0, 0),
        Step(0x15, 4, 0, seccomp),
        Step(0x15, 0, 2, prctl),
        Step(0x20, 0, 0, 16),
        Step(0x15, 1, 0, 22),
        Step(0x06, 0, 0, 0x7FFF0000),
        Step(0x06, 0, 0, refuse),
        Step(0x06, 0, 0, refuse),
    )
    libc = ctypes.CDLL(None)
    libc.prctl(38, 1, 0, 0, 0)
    assert libc.prctl(22, 2, ctypes.byref(Program(8, steps)), 0, 0) == 0
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
'''
