"""Targets of which a wrong answer would be easy to give: silent about a leak, or loud about none."""

import pytest

from tests.faults.command import Faulty
from tests.faults.rows import Part, fault

_UNCOLLECTED = """
    import gc

    gc.{how}

    class Registry:
        def __init__(self):
            self.items = {{}}

    registry = Registry()

    def clean():
        return [float(number) for number in range(50)]

    def kept():
        registry.items[len(registry.items)] = object()

    def cycles():
        ring = []
        ring.append(ring)

    def both():
        kept()
        cycles()
"""


@fault(
    Part.TARGET,
    "The program has switched its garbage collector off, and nothing else is the matter with it",
    sees="CLEAN (flat)",
    exits=0,
)
@pytest.mark.parametrize("how", ["disable()", "set_threshold(2_000_000)"])
@pytest.mark.parametrize("options", [("--rounds", "12"), ("--calls", "1", "--rounds", "12")])
def test_a_clean_program_without_its_collector_is_clean(
    faulty: Faulty, how: str, options: tuple[str, ...]
) -> None:
    faulty.write("app.py", _UNCOLLECTED.format(how=how))

    faulty.command("run", "app:clean", *options)


@fault(
    Part.TARGET,
    "The program has switched its garbage collector off, and keeps an object of each call in a dict",
    sees="one leak held by Registry.items",
    exits=1,
)
def test_a_dict_that_leaks_is_the_holder_without_the_collector_too(faulty: Faulty) -> None:
    faulty.write("app.py", _UNCOLLECTED.format(how="disable()"))

    faulty.command("run", "app:kept", "--calls", "50", "--rounds", "12")


@fault(
    Part.TARGET,
    "The program has switched its garbage collector off, and each call leaves a cycle",
    sees="cyclic garbage of list grows by",
    exits=1,
)
def test_cycles_that_nobody_collects_are_told(faulty: Faulty) -> None:
    faulty.write("app.py", _UNCOLLECTED.format(how="disable()"))

    faulty.command("run", "app:cycles", "--calls", "50", "--rounds", "12")


@fault(
    Part.TARGET,
    "Each call leaves a cycle that nobody collects, and one more entry in a dict",
    sees="2 leaks, the first held by Registry.items",
    exits=1,
)
def test_cycles_beside_a_dict_that_leaks_are_a_second_leak(faulty: Faulty) -> None:
    faulty.write("app.py", _UNCOLLECTED.format(how="disable()"))

    done = faulty.command("run", "app:both", "--calls", "50", "--rounds", "12")

    assert "cyclic garbage of list grows by 88 B per call" in done.stdout


_EXITING = """
    import sys

    LOG = []

    def main():
        LOG.append("run")
        sys.exit({code})

    def clean():
        sys.exit({code})
"""


@fault(
    Part.TARGET,
    "The target is the entry point of a command, and ends each call with `sys.exit(0)`",
    sees="CLEAN (flat)",
    exits=0,
)
@pytest.mark.parametrize("code", ["", "0"])
def test_a_call_that_exits_with_success_has_not_failed(faulty: Faulty, code: str) -> None:
    faulty.write("app.py", _EXITING.format(code=code))

    faulty.command("run", "app:clean", "--calls", "50", "--rounds", "12")


@fault(
    Part.TARGET,
    "The entry point of a command leaks, and ends each call with `sys.exit(0)`",
    sees="one leak held by app.LOG",
    exits=1,
)
def test_a_leak_before_a_successful_exit_is_found(faulty: Faulty) -> None:
    faulty.write("app.py", _EXITING.format(code="0").replace('"run"', "object()"))

    faulty.command("run", "app:main", "--calls", "50", "--rounds", "12")


@fault(
    Part.TARGET,
    "A call ends with `sys.exit(2)`",
    sees="the target ended the process with SystemExit: 2 in call 1",
    exits=3,
)
def test_a_call_that_exits_with_failure_has_failed(faulty: Faulty) -> None:
    faulty.write("app.py", _EXITING.format(code="2"))

    faulty.command("run", "app:main")


_BUSY_THREADS = """
    import collections
    import itertools
    import sys
    import threading
    import time
    import types

    numbers = itertools.count()

    class Shared:
        pass

    class Hub:
        def __init__(self):
            self.backlog = {kind}

        def put(self, item):
            {put}

    hub = Hub()
    shared = Shared()
    ordered = collections.OrderedDict()
    waiting = collections.deque()
    seen = set()
    rows = []

    def change():
        while True:
            number = next(numbers)
            name = f"name_{{number}}"
            shared.__dict__[name] = setattr(Shared, name, number)
            globals()[name] = ordered[number] = number
            sys.modules[name] = types.ModuleType(name)
            waiting.append(number)
            seen.add(number)
            rows.append(number)
            if number % 3 == 0:
                time.sleep(0.0005)
            delattr(Shared, name)
            del shared.__dict__[name], ordered[number], globals()[name], sys.modules[name]
            waiting.popleft()
            seen.discard(number)
            rows.pop()

    def consume():
        while True:
            if len(hub.backlog) > 50:
                {take}
            time.sleep(0.002)

    for each in (change, change, consume):
        threading.Thread(target=each, daemon=True).start()

    def work():
        hub.put({{"number": next(numbers), "body": "x" * 50}})
"""
_BACKLOGS = {
    "deque": ("collections.deque()", "self.backlog.append(item)", "hub.backlog.popleft()"),
    "dict": (
        "{}",
        "self.backlog[item['number']] = item",
        "hub.backlog.pop(next(iter(list(hub.backlog))))",
    ),
}


@fault(
    Part.TARGET,
    "Threads of the program change every dict, deque, set and class while a leak is named",
    sees="one leak held by Hub.backlog",
    exits=1,
)
@pytest.mark.parametrize("kind", _BACKLOGS)
def test_a_holder_is_named_while_threads_change_everything(faulty: Faulty, kind: str) -> None:
    made, put, take = _BACKLOGS[kind]
    faulty.write("app.py", _BUSY_THREADS.format(kind=made, put=put, take=take))

    done = faulty.command("run", "app:work", "--calls", "40", "--rounds", "16")

    assert "in work" in done.stdout
    assert "leakscan could not" not in done.stdout


@fault(
    Part.TARGET,
    "The program hands its work to a pool of processes",
    sees="2 child processes used",
    exits=4,
)
def test_a_pool_at_work_is_not_called_clean(faulty: Faulty) -> None:
    faulty.write(
        "app.py",
        """
        import multiprocessing

        KEPT = []
        pool = None

        def keep(size):
            KEPT.append(bytes(size))

        def work():
            global pool
            if pool is None:
                pool = multiprocessing.get_context("fork").Pool(2)
            pool.map(keep, [20_000] * 4)
        """,
    )

    faulty.command("run", "app:work", "--calls", "20", "--rounds", "12")


@fault(
    Part.TARGET,
    "A call works through a daemon, a child whose parent has ended",
    sees="1 child process used",
    exits=4,
)
def test_a_daemon_at_work_is_not_called_clean(faulty: Faulty) -> None:
    faulty.write(
        "app.py",
        """
        import os

        KEPT = []
        PIPES = []

        def work():
            if not PIPES:
                to_daemon, from_daemon = os.pipe(), os.pipe()
                if os.fork() == 0:
                    os.setsid()
                    if os.fork() == 0:
                        os.close(to_daemon[1])
                        while os.read(to_daemon[0], 1):
                            KEPT.append(bytes(80_000))
                            os.write(from_daemon[1], b"x")
                    os._exit(0)
                os.wait()
                PIPES.extend((to_daemon[1], from_daemon[0]))
            os.write(PIPES[0], b"x")
            os.read(PIPES[1], 1)
        """,
    )

    faulty.command("run", "app:work", "--calls", "20", "--rounds", "12")


@fault(
    Part.TARGET,
    "A call starts a process and never waits for it",
    sees="child processes are left",
    exits=4,
)
def test_children_that_pile_up_are_not_called_clean(faulty: Faulty) -> None:
    faulty.write(
        "app.py",
        "import os\n\ndef work():\n    if os.fork() == 0:\n        os._exit(0)\n",
    )

    faulty.command("run", "app:work", "--calls", "2", "--rounds", "12")


@fault(
    Part.TARGET,
    "A call runs a command to its end",
    sees="CLEAN (flat)",
    exits=0,
)
def test_commands_that_have_ended_leave_nothing(faulty: Faulty) -> None:
    faulty.write("app.py", "import subprocess\n\ndef work():\n    subprocess.run(['true'])\n")

    faulty.command("run", "app:work", "--calls", "2", "--rounds", "12")
