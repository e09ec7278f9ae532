"""Every target of the catalogue, through the real command. Most take some two to four seconds."""

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.integration.command import ROOT, Outcome, leakscan, names_any

EXIT_CODES = {"LEAKING": 1, "FILLING": 0, "CLEAN": 0, "INCONCLUSIVE": 4}
TARGETS: list[dict[str, Any]] = tomllib.loads((ROOT / "tests/targets/catalog.toml").read_text())["target"]
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
HOSTILE = "tests/targets/hostile.py"
AGENTS_OWN = ("leakscan", "objgraph", "framevariables", "signalhandlers", "pympler", "psutil")


def _name(entry: dict[str, Any]) -> str:
    name = entry["target"].removeprefix("tests/targets/")
    return f"{name}-{entry['setup'].rpartition(':')[2]}" if "setup" in entry else str(name)


def _marks(entry: dict[str, Any]) -> list[pytest.MarkDecorator]:
    is_written_out = not {"exact_name", "exact_chain", "leaks"}.isdisjoint(entry)
    return [pytest.mark.holder] if is_written_out else []


@pytest.mark.parametrize(
    "entry", [pytest.param(entry, id=_name(entry), marks=_marks(entry)) for entry in TARGETS]
)
def test_a_target_is_answered_as_the_catalogue_says(entry: dict[str, Any], tmp_path: Path) -> None:
    setup = ["--setup", entry["setup"]] if "setup" in entry else []
    after = ["--", *entry["after"]] if "after" in entry else []
    arguments = (*setup, *entry.get("options", ()), entry["target"], *after)

    outcome = leakscan(*arguments, folder=tmp_path, stdin=entry.get("stdin"))

    verdicts = _right_verdicts(entry)
    said = f"{outcome.stdout}\n{outcome.stderr}"
    assert outcome.exit_code in entry.get("exit_any_of", [EXIT_CODES[v] for v in verdicts]), said
    if outcome.exit_code in (2, 3):
        assert "leakscan/agent/" not in outcome.stderr
    elif verdicts:
        assert outcome.report["verdict"] in verdicts, said
    if _is_told_what_grows(entry, outcome):
        _names_the_holder(entry, outcome)
    if outcome.report.get("findings"):
        _names_it_exactly(entry, outcome)
        if "leaks" in entry:
            _names_each_leak(entry, outcome)
        assert not [word for word in AGENTS_OWN if word in outcome.words_on_holders]
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


def _names_it_exactly(entry: dict[str, Any], outcome: Outcome) -> None:
    """The texts that are written out whole in the catalogue, for the first finding."""
    finding = outcome.report["findings"][0]
    holder = finding["holder"]
    if "exact_name" in entry:
        assert holder is not None
        assert _told_of(holder) == (entry["exact_name"], entry["exact_type"], entry["exact_path"])
        others = [each["name"] for each in finding["also_held_by"]]
        assert others == entry.get("exact_others", [])
    if "exact_chain" in entry:
        assert holder is None
        assert [step["name"] for step in finding["chain"]] == entry["exact_chain"]
        assert finding["kind"] == entry["exact_kind"]
    if "freed_at_least" in entry and PYTHON not in entry.get("freed_not_on", ()):
        assert holder["freed_share"] >= entry["freed_at_least"]
    if "bound" in entry:
        assert holder["bound"] == entry["bound"]
        assert holder["bound_name"] == entry.get("bound_name", "maxsize")
        is_exceeded = finding["kind"] == "bound exceeded"
        assert is_exceeded == ("exceeds" in entry)
        assert entry.get("exceeds", "") in finding["summary"]
        # A growing holder says what an entry of it takes, and what all of them would.
        assert holder["bytes_per_entry"] > 0
        assert is_exceeded or "plateaus at" in finding["summary"] or holder["entries"] == holder["bound"]
    if "added_per_call" in entry:
        assert holder["added_per_call"] == pytest.approx(entry["added_per_call"], rel=0.05)
        assert holder["removed_per_call"] == pytest.approx(entry["removed_per_call"], abs=0.05)
    if "freed_together_at_least" in entry:
        assert holder["freed_share"] < 0.5
        assert finding["freed_together"] >= entry["freed_together_at_least"]
    if "exact_entries" in entry:
        assert holder["entries_do"] == entry["exact_entries"]
    if "fingerprint" in entry:
        assert finding["fingerprint"] == entry["fingerprint"]


def _names_each_leak(entry: dict[str, Any], outcome: Outcome) -> None:
    """Several leaks in one program: no finding more, none less, and the heaviest first."""
    findings = outcome.report["findings"]
    told = [_told_of(finding["holder"]) for finding in findings]
    expected = [tuple(leak[:3]) for leak in entry["leaks"]]
    if entry.get("in_this_order"):
        assert told == expected
    assert sorted(told) == sorted(expected)
    rates = [finding["bytes_per_call"] for finding in findings]
    assert rates == sorted(rates, reverse=True)
    assert not [finding["also_held_by"] for finding in findings if finding["also_held_by"]]
    least = {tuple(leak[:3]): leak[3] for leak in entry["leaks"]}
    for finding, each in zip(findings, told, strict=True):
        share = finding["holder"]["freed_share"]
        assert least[each] == 0 or share >= least[each], (each, share)


def _told_of(holder: dict[str, Any]) -> tuple[str, str, str]:
    return holder["name"], holder["type"], _without_numbers(" → ".join(holder["path"]))


def _without_numbers(path: str) -> str:
    """The path without what differs from run to run, and from edit to edit: `×N`, `at jobs.py:N`."""
    return re.sub(r"(?<=[×:])[\d,]+", "N", path)


def test_the_catalogue_writes_out_at_least_a_hundred_holders() -> None:
    written_out = [entry for entry in TARGETS if "exact_name" in entry]
    alone = [entry for entry in written_out if not entry.get("exact_others")]

    assert len(written_out) >= 100
    assert len([entry for entry in alone if entry.get("freed_at_least", 0) >= 0.9]) >= 90


def test_what_may_be_a_secret_is_nowhere_in_a_recording_or_report(tmp_path: Path) -> None:
    recording = tmp_path / "run.leakscan"

    outcome = leakscan("-v", "-o", str(recording), f"{HOSTILE}:secrets_on_the_way", folder=tmp_path)

    written = f"{outcome.stdout}{outcome.stderr}{outcome.report}{recording.read_bytes()!r}"
    assert "ACCOUNTS" in written
    assert not [secret for secret in ("lovelace", "example.org", "eyJ", "c2VjcmV0") if secret in written]
