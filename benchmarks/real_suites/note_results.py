"""A pytest plugin that writes what `--leakscan` said of each test to the file of $RESULTS, as JSON."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

_RESULTS: dict[str, Any] = {}
_FAILURES: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Take the result that the last report of a test carries, and the line with which it failed."""
    if report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        _FAILURES[report.nodeid] = crash.message if crash is not None else str(report.longrepr)
    if hasattr(report, "leakscan"):
        _RESULTS[report.nodeid] = {**report.leakscan, "failure": _FAILURES.get(report.nodeid, "")}


def pytest_sessionfinish() -> None:
    """Write them all."""
    Path(os.environ["RESULTS"]).write_text(json.dumps(_RESULTS), encoding="utf-8")
