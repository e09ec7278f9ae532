"""Targets that end, hang or misbehave in ways that have nothing to do with memory."""

import pytest

from tests.faults.command import Faulty
from tests.faults.rows import Part, fault


@fault(
    Part.TARGET,
    "A call is killed by SIGKILL, as the kernel does when memory is out",
    sees="was killed by SIGKILL",
    exits=3,
)
def test_a_target_that_is_killed_has_failed(faulty: Faulty) -> None:
    faulty.write("app.py", "import os\ndef work():\n    os.kill(os.getpid(), 9)\n")

    faulty.command("run", "app:work")


@pytest.mark.parametrize("ends", ["tracemalloc.stop()", "tracemalloc.clear_traces()"])
@fault(
    Part.TARGET,
    "The target measures itself with tracemalloc, and stops it or clears its traces",
    sees="no line could be traced: the target stops tracemalloc itself, or clears its traces",
    exits=1,
)
def test_a_target_that_ends_the_tracing_is_told_by_what_its_entries_weigh(ends: str, faulty: Faulty) -> None:
    faulty.write(
        "app.py",
        f"""
        import tracemalloc
        KEPT = []
        def work():
            tracemalloc.start()
            KEPT.append(bytearray(1000))
            {ends}
        """,
    )

    done = faulty.command("run", "--threshold", "900B", "app:work")

    assert "held by      app.KEPT" in done.stdout
