"""A pytest plugin that runs each test as often as `--leakscan` did, and looks at nothing.

$RESULTS is what `note_results` wrote. A run is what pytest does with a test: setup, call, teardown, each with
its report; only the last is shown. Fixtures of a class, a module and the session stay.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

_TURNS: dict[str, int] = {}


def pytest_sessionstart() -> None:
    """Read how often."""
    results = json.loads(Path(os.environ["RESULTS"]).read_text(encoding="utf-8"))
    _TURNS.update((name, result["calls"]) for name, result in results.items())


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: Any) -> None:
    """Run the test so many times before it is run as usual."""
    for _ in range(_TURNS.get(item.nodeid, 0)):
        for report in runtestprotocol(item, log=False, nextitem=item.parent):
            if report.failed:
                raise pytest.UsageError(f"{item.nodeid} fails when it is run again: {report.longrepr}")
        if isinstance(item.parent, pytest.Class) and "_instance" in vars(item):
            # Each run of a method has an instance of its own.
            item._obj = None  # noqa: SLF001 - pytest has no public way
            del item._instance  # noqa: SLF001
