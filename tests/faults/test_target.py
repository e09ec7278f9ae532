"""Targets that end, hang or misbehave in ways that have nothing to do with memory."""

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
