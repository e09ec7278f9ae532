"""Every scenario of the catalogue, judged with its default settings."""

from pathlib import Path

import pytest

from tests.integration.warm_command import leakscan
from tests.scenario_catalog import Entry, scenario_catalogue

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


def _with_cells(names: list[str]) -> list[str]:
    """The names, and `function.variable` for each `cell 'variable' of function`."""
    cells = [name.split("'") for name in names if name.startswith("cell '")]
    return [*names, *(f"{rest.removeprefix(' of ')}.{variable}" for _, variable, rest in cells)]
