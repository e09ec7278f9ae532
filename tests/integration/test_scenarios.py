"""Every scenario of the catalogue, judged by the real command with its default settings."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.integration.command import ROOT, leakscan

EXIT_CODES = {"LEAKING": 1, "CLEAN": 0, "FILLING": 0}
SCENARIOS: list[dict[str, Any]] = tomllib.loads((ROOT / "scenarios/catalog.toml").read_text())["scenario"]
LEAKING = [scenario for scenario in SCENARIOS if scenario["verdict"] == "LEAKING"]
OTHERS = [scenario for scenario in SCENARIOS if scenario["verdict"] != "LEAKING"]


def _name(scenario: dict[str, Any]) -> str:
    return str(scenario["target"].removeprefix("scenarios."))


@pytest.mark.parametrize("scenario", LEAKING, ids=_name)
def test_a_leaky_scenario_is_proved_and_its_holder_named(scenario: dict[str, Any], tmp_path: Path) -> None:
    outcome = leakscan(scenario["target"], folder=tmp_path)

    assert (outcome.report["verdict"], outcome.exit_code) == ("LEAKING", 1), outcome.stdout
    names = outcome.holder_names
    for holder in scenario["holders"]:
        assert any(holder in name for name in _with_cells(names)), names
    for innocent in scenario["never"]:
        assert innocent not in names
    low, high = scenario["bytes_per_call"]
    assert low <= outcome.report["growth"]["bytes_per_call"] <= high


@pytest.mark.parametrize("scenario", OTHERS, ids=_name)
def test_a_clean_scenario_is_not_called_a_leak(scenario: dict[str, Any], tmp_path: Path) -> None:
    outcome = leakscan(scenario["target"], folder=tmp_path)

    assert (outcome.report["verdict"], outcome.exit_code) == (
        scenario["verdict"],
        EXIT_CODES[scenario["verdict"]],
    ), outcome.stdout
    assert not [f for f in outcome.report["findings"] if f["verdict"] == "LEAKING"]
    assert scenario.get("says", "") in outcome.report["reason"]


def _with_cells(names: list[str]) -> list[str]:
    """The names, and `function.variable` for each `cell 'variable' of function`."""
    cells = [name.split("'") for name in names if name.startswith("cell '")]
    return [*names, *(f"{rest.removeprefix(' of ')}.{variable}" for _, variable, rest in cells)]
