"""The fixture that every row of the fault matrix uses."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.command import Faulty


@pytest.fixture
def faulty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Faulty]:
    """The command of the test's row."""
    mark = request.node.get_closest_marker("fault")
    assert mark is not None, "a test of the fault matrix is a row of it: @fault(...)"
    run = Faulty(mark.args[0], tmp_path)
    yield run
    for process in run.processes():
        process.kill()
