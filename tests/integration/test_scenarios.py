"""Every scenario of the catalogue, judged with its default settings."""

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.warm_command import leakscan
from tests.scenario_catalog import Entry, scenario_catalogue

IS_MEASURED = "coverage" in sys.modules
"""The targets are then traced by coverage, and leakscan steps aside."""
EXIT_CODES = {"LEAKING": 1, "CLEAN": 0, "FILLING": 0}
LEAKING = [entry for entry in scenario_catalogue() if entry.scenario.verdict == "LEAKING"]
OTHERS = [entry for entry in scenario_catalogue() if entry.scenario.verdict != "LEAKING"]


def _name(entry: Entry) -> str:
    return entry.target.removeprefix("scenarios.")


@pytest.mark.parametrize("entry", LEAKING, ids=_name)
def test_a_leaky_scenario_is_proved_and_its_holder_named(entry: Entry, tmp_path: Path) -> None:
    outcome = leakscan(entry.target, folder=tmp_path)

    assert (outcome.report["verdict"], outcome.exit_code) == ("LEAKING", 1), outcome.stdout
    names = outcome.holder_names
    for holder in entry.scenario.holders:
        assert any(holder in name for name in _with_cells(names)), names
    for innocent in entry.scenario.never:
        assert innocent not in names
    if entry.scenario.stored_in is not None and not IS_MEASURED:
        finding = _finding_of(entry.scenario.holders[0], outcome.report)
        assert [line["qualname"] for line in finding["stored_at"]] == [entry.scenario.stored_in]
        assert [line["qualname"] for line in finding["removed_at"]] == [
            name for name in [entry.scenario.removed_in] if name is not None
        ]
    low, high = entry.scenario.bytes_per_call
    assert low <= outcome.report["growth"]["bytes_per_call"] <= high
    assert set(entry.scenario.rules) <= outcome.rules


@pytest.mark.parametrize("entry", OTHERS, ids=_name)
def test_a_clean_scenario_is_not_called_a_leak(entry: Entry, tmp_path: Path) -> None:
    outcome = leakscan(entry.target, folder=tmp_path)

    verdict = entry.scenario.verdict
    assert (outcome.report["verdict"], outcome.exit_code) == (verdict, EXIT_CODES[verdict]), outcome.stdout
    assert not [f for f in outcome.report["findings"] if f["verdict"] == "LEAKING"]
    assert entry.scenario.says in outcome.report["reason"]
    assert set(entry.scenario.rules) <= outcome.rules


def _finding_of(holder: str, report: dict[str, Any]) -> dict[str, Any]:
    findings: list[dict[str, Any]] = report["findings"]
    return next(
        each for each in findings if any(holder in name for name in _with_cells([each["holder"]["name"]]))
    )


def _with_cells(names: list[str]) -> list[str]:
    """The names, and `function.variable` for each `cell 'variable' of function`."""
    cells = [name.split("'") for name in names if name.startswith("cell '")]
    return [*names, *(f"{rest.removeprefix(' of ')}.{variable}" for _, variable, rest in cells)]
