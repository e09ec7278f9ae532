"""Every target of the catalogue, through the command and a process of its own. Most take two seconds.

One file of it, or one target: `pytest tests/integration/test_targets.py -k holders_stdlib`.
"""

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from leakscan.analysis import rules
from tests.catalog import Answer, Target, Verdict, catalogue
from tests.integration.command import ROOT, Outcome, names_any
from tests.integration.warm_command import leakscan

EXIT_CODES = {"LEAKING": 1, "FILLING": 0, "CLEAN": 0, "INCONCLUSIVE": 4}
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
HOSTILE = "tests/targets/hostile.py"
IS_MEASURED = "coverage" in sys.modules
"""The targets are then traced by coverage, and leakscan steps aside."""
RULES_OF_GROWTH = {rule.name for rule in (rules.BLOCKS_RISE, rules.BLOCKS_STEP_UP, rules.HEAP_RISES)}
AGENTS_OWN = ("leakscan", "objgraph", "framevariables", "signalhandlers", "pympler", "psutil")


def _marks(answer: Answer) -> list[pytest.MarkDecorator]:
    return [
        *([pytest.mark.holder] if answer.is_written_out else []),
        *([pytest.mark.every_python] if answer.every_python else []),
    ]


@pytest.mark.parametrize(
    "target", [pytest.param(target, id=target.name, marks=_marks(target.answer)) for target in catalogue()]
)
def test_a_target_is_answered_as_the_catalogue_says(target: Target, tmp_path: Path) -> None:
    answer = target.answer

    outcome = leakscan(*target.arguments, folder=tmp_path, stdin=answer.stdin)

    verdicts = _right_verdicts(answer)
    output = f"{outcome.stdout}\n{outcome.stderr}"
    assert outcome.exit_code in (answer.exit_any_of or [EXIT_CODES[v] for v in verdicts]), output
    if outcome.exit_code in (2, 3):
        assert "leakscan/agent/" not in outcome.stderr
    elif verdicts:
        assert outcome.report["verdict"] in verdicts, output
    if _has_a_holder_to_name(answer, outcome):
        _names_the_holder(answer, outcome)
    if outcome.report.get("findings"):
        _names_it_exactly(answer, outcome)
        if answer.leaks:
            _names_each_leak(answer, outcome)
        assert not [word for word in AGENTS_OWN if word in outcome.words_on_holders]
    if outcome.exit_code == 1 and answer.line_any_of:
        # What only fills is named without a traced call, so that it has no line.
        assert outcome.lines & set(answer.line_any_of), outcome.lines
    deciding = _rules_that_decide(answer)
    assert not deciding or deciding <= outcome.rules
    assert "flat" not in outcome.report.get("reason", "") or not outcome.rules & RULES_OF_GROWTH


def _right_verdicts(answer: Answer) -> tuple[Verdict, ...]:
    if answer.not_on is not None and PYTHON in answer.not_on:
        return (answer.not_on[PYTHON],)
    if answer.verdict_any_of:
        return answer.verdict_any_of
    return () if answer.verdict is None else (answer.verdict,)


def _rules_that_decide(answer: Answer) -> set[str]:
    of_this_python = (answer.rules_on or {}).get(PYTHON, ())
    return {*answer.rules, *of_this_python}


def _has_a_holder_to_name(answer: Answer, outcome: Outcome) -> bool:
    """Whether there is a holder to be named: not where a cache was full before it was looked at."""
    if not answer.holder_any_of or outcome.exit_code in (2, 3):
        return False
    return outcome.report["verdict"] == "LEAKING" or bool(outcome.report["findings"])


def _names_the_holder(answer: Answer, outcome: Outcome) -> None:
    words = outcome.words_on_holders
    is_named = names_any(words, answer.holder_any_of)
    is_rightly_null = answer.holder_may_be_null and outcome.holder_names == []
    assert is_named or is_rightly_null, words
    assert not answer.also_any_of or names_any(words, answer.also_any_of), words


def _names_it_exactly(answer: Answer, outcome: Outcome) -> None:
    """The texts that are written out whole in the catalogue, for the first finding."""
    finding = outcome.report["findings"][0]
    holder = finding["holder"]
    if answer.exact_name is not None:
        assert holder is not None
        assert _identity_of(holder) == (answer.exact_name, answer.exact_type, answer.exact_path)
        assert [each["name"] for each in finding["also_held_by"]] == list(answer.exact_others)
    if answer.exact_chain is not None:
        assert holder is None
        assert [step["name"] for step in finding["chain"]] == list(answer.exact_chain)
        assert finding["kind"] == answer.exact_kind
    if answer.freed_at_least is not None and PYTHON not in answer.freed_not_on:
        assert holder["freed_share"] >= answer.freed_at_least
    if answer.bound is not None:
        _says_the_bound(answer, finding)
    if answer.added_per_call is not None:
        assert holder["added_per_call"] == pytest.approx(answer.added_per_call, rel=0.05)
        assert holder["removed_per_call"] == pytest.approx(answer.removed_per_call, abs=0.05)
    if answer.freed_together_at_least is not None:
        assert holder["freed_share"] < 0.5
        assert finding["freed_together"] >= answer.freed_together_at_least
    if answer.exact_entries is not None:
        assert holder["entries_do"] == answer.exact_entries
    if answer.stored_at and not IS_MEASURED:
        _says_where_it_is_put(answer, finding)
    if answer.fingerprint is not None:
        assert finding["fingerprint"] == answer.fingerprint


def _says_where_it_is_put(answer: Answer, finding: dict[str, Any]) -> None:
    assert finding["not_stored_because"] is None
    assert [_source_of(line) for line in finding["stored_at"]] == list(answer.stored_at)
    assert [_source_of(line) for line in finding["removed_at"]] == list(answer.removed_at)
    library = finding["stored_at"][0]["library"]
    assert (None if library is None else library["qualname"]) == answer.stored_by


def _source_of(line: dict[str, Any]) -> str:
    text = Path(ROOT, line["file"]).read_text(encoding="utf-8")
    number: int = line["line"]
    return text.splitlines()[number - 1].strip()


def _says_the_bound(answer: Answer, finding: dict[str, Any]) -> None:
    holder = finding["holder"]
    assert holder["bound"] == answer.bound
    assert holder["bound_name"] == (answer.bound_name or "maxsize")
    is_exceeded = finding["kind"] == "bound exceeded"
    assert is_exceeded == (answer.exceeds is not None)
    assert (answer.exceeds or "") in finding["summary"]
    # A growing holder says what an entry of it takes, and what all of them would.
    assert holder["bytes_per_entry"] > 0
    assert is_exceeded or "plateaus at" in finding["summary"] or holder["entries"] == holder["bound"]


def _names_each_leak(answer: Answer, outcome: Outcome) -> None:
    """Several leaks in one program: no finding more, none less, and the heaviest first."""
    findings = outcome.report["findings"]
    reported = [_identity_of(finding["holder"]) for finding in findings]
    expected = [leak[:3] for leak in answer.leaks]
    if answer.in_this_order:
        assert reported == expected
    assert sorted(reported) == sorted(expected)
    # What a library's objects keep is told after what one's own do.
    weights = [(finding["holder"]["library"] is not None, -finding["bytes_per_call"]) for finding in findings]
    assert weights == sorted(weights)
    assert not [finding["also_held_by"] for finding in findings if finding["also_held_by"]]
    min_share = {leak[:3]: leak[3] for leak in answer.leaks}
    for finding, identity in zip(findings, reported, strict=True):
        share = finding["holder"]["freed_share"]
        assert min_share[identity] == 0 or share >= min_share[identity], (identity, share)


def _identity_of(holder: dict[str, Any]) -> tuple[str, str, str]:
    return holder["name"], holder["type"], _without_numbers(" → ".join(holder["path"]))


def _without_numbers(path: str) -> str:
    """The path without what differs from run to run, and from edit to edit: `×N`, `at jobs.py:N`."""
    return re.sub(r"(?<=[×:])[\d,]+", "N", path)


def test_what_may_be_a_secret_is_nowhere_in_a_recording_or_report(tmp_path: Path) -> None:
    recording = tmp_path / "run.leakscan"

    outcome = leakscan("-v", "-o", str(recording), f"{HOSTILE}:secrets_on_the_way", folder=tmp_path)

    written = f"{outcome.stdout}{outcome.stderr}{outcome.report}{recording.read_bytes()!r}"
    assert "ACCOUNTS" in written
    assert not [secret for secret in ("lovelace", "example.org", "eyJ", "c2VjcmV0") if secret in written]
