"""Every target of the catalogue, through the real command. Most take some two to four seconds."""

import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.integration.command import ROOT, Outcome, leakscan, names_any

EXIT_CODES = {"LEAKING": 1, "FILLING": 0, "CLEAN": 0, "INCONCLUSIVE": 4}
TARGETS: list[dict[str, Any]] = tomllib.loads((ROOT / "tests/targets/catalog.toml").read_text())["target"]
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def _name(entry: dict[str, Any]) -> str:
    name = entry["target"].removeprefix("tests/targets/")
    return f"{name}-{entry['setup'].rpartition(':')[2]}" if "setup" in entry else str(name)


@pytest.mark.parametrize("entry", TARGETS, ids=_name)
def test_a_target_is_answered_as_the_catalogue_says(entry: dict[str, Any], tmp_path: Path) -> None:
    setup = ["--setup", entry["setup"]] if "setup" in entry else []
    after = ["--", *entry["after"]] if "after" in entry else []
    arguments = (*setup, *entry.get("options", ()), entry["target"], *after)

    outcome = leakscan(*arguments, folder=tmp_path, stdin=entry.get("stdin"))

    verdicts = _right_verdicts(entry)
    said = f"{outcome.stdout}\n{outcome.stderr}"
    assert outcome.exit_code in entry.get("exit_any_of", [EXIT_CODES[v] for v in verdicts]), said
    if outcome.exit_code in (2, 3):
        assert "leakscan/" not in outcome.stderr
    elif verdicts:
        assert outcome.report["verdict"] in verdicts, said
    if _is_told_what_grows(entry, outcome):
        _names_the_holder(entry, outcome)
    if outcome.exit_code == 1 and "line_any_of" in entry:
        # What only fills is named without a traced call, so that it has no line.
        assert outcome.lines & set(entry["line_any_of"]), outcome.lines


def _right_verdicts(entry: dict[str, Any]) -> list[str]:
    if PYTHON in entry.get("not_on", {}):
        return [entry["not_on"][PYTHON]]
    if "verdict_any_of" in entry:
        return list(entry["verdict_any_of"])
    return [entry["verdict"]] if "verdict" in entry else []


def _is_told_what_grows(entry: dict[str, Any], outcome: Outcome) -> bool:
    """Whether there is a holder to be named: not where a cache was full before it was looked at."""
    if "holder_any_of" not in entry or outcome.exit_code in (2, 3):
        return False
    return outcome.report["verdict"] == "LEAKING" or bool(outcome.report["findings"])


def _names_the_holder(entry: dict[str, Any], outcome: Outcome) -> None:
    words = outcome.words_on_holders
    is_named = names_any(words, entry["holder_any_of"])
    is_rightly_null = entry.get("holder_may_be_null", False) and outcome.holder_names == []
    assert is_named or is_rightly_null, words
    assert "also_any_of" not in entry or names_any(words, entry["also_any_of"]), words
