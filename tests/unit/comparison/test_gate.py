"""What fails a check, and what the baseline becomes."""

from dataclasses import replace
from datetime import date

import pytest

from leakscan.comparison.gate import GateOptions, check_target
from leakscan.model.analysis import Analysis, Finding, Holder
from leakscan.model.check import Accepted, Allowance, Check, OtherHolder, Standing, TargetCheck
from leakscan.model.run import Kind, Verdict
from tests.builders import (
    a_failure,
    a_filling_finding,
    a_finding,
    a_finding_without_holder,
    a_holder,
    a_site,
    an_analysis,
)

TODAY = date(2026, 11, 21)


def a_leak(name: str = "x", bytes_per_call: float = 1_000.0, entries: float = 10.0) -> Finding:
    return a_finding(
        fingerprint=name, bytes_per_call=bytes_per_call, holder=a_holder(entries_per_call=entries)
    )


def known(name: str = "x", **changes: object) -> Accepted:
    leak = Accepted(
        target="jobs",
        fingerprint=name,
        holder="Jobs.done",
        bytes_per_call=1_000.0,
        entries_per_call=10.0,
        python="3.11",
        since=date(2026, 1, 1),
        reason="",
        expires=None,
    )
    return replace(leak, **changes)  # type: ignore[arg-type]


def checked(analysis: Analysis, *accepted: Accepted, **rules: object) -> TargetCheck:
    made = GateOptions(accepted=accepted, **rules)  # type: ignore[arg-type]
    return check_target("jobs", analysis, made, today=TODAY)


def standings(check: TargetCheck) -> list[Standing]:
    return [finding.standing for finding in check.findings]


def test_a_leak_that_is_not_in_the_baseline_fails() -> None:
    check = checked(an_analysis(a_leak()))

    assert (standings(check), check.exit_code) == ([Standing.NEW], 1)


def test_a_known_leak_is_listed_and_fails_nothing() -> None:
    check = checked(an_analysis(a_leak()), known())

    assert (standings(check), check.exit_code) == ([Standing.KNOWN], 0)


def test_a_leak_that_is_known_of_another_target_is_new_to_this_one() -> None:
    assert standings(checked(an_analysis(a_leak()), known(target="api"))) == [Standing.NEW]


@pytest.mark.parametrize(
    ("bytes_per_call", "expected"),
    [
        (1_200.0, Standing.KNOWN),
        (1_201.0, Standing.WORSE),
        (800.0, Standing.KNOWN),
        (799.0, Standing.BETTER),
    ],
)
def test_a_known_leak_fails_once_it_grows_faster_than_the_band(
    bytes_per_call: float, expected: Standing
) -> None:
    check = checked(an_analysis(a_leak("x", bytes_per_call)), known())

    assert standings(check) == [expected]
    assert check.exit_code == (1 if expected is Standing.WORSE else 0)


def test_a_difference_that_could_not_be_seen_is_none() -> None:
    slow = known(bytes_per_call=1.0)
    analysis = an_analysis(a_leak("x", 3.0), detection_limit_bytes_per_call=4.0)

    assert standings(checked(analysis, slow)) == [Standing.KNOWN]


def test_on_another_python_the_entries_are_compared_and_not_their_bytes() -> None:
    heavier = an_analysis(a_leak("x", 1_900.0), python="3.13.1")
    more = an_analysis(a_leak("x", 1_000.0, entries=13.0), python="3.13.1")

    assert standings(checked(heavier, known())) == [Standing.KNOWN]
    assert standings(checked(more, known())) == [Standing.WORSE]


def test_a_leak_is_accepted_until_the_day_it_expires() -> None:
    assert standings(checked(an_analysis(a_leak()), known(expires=TODAY))) == [Standing.KNOWN]

    check = checked(an_analysis(a_leak()), known(expires=date(2026, 11, 20)))

    assert (standings(check), check.exit_code) == ([Standing.EXPIRED], 1)


def test_a_known_leak_that_is_not_there_any_more_is_gone() -> None:
    check = checked(an_analysis(), known())

    assert (standings(check), check.exit_code) == ([Standing.GONE], 0)


@pytest.mark.parametrize(
    "analysis",
    [an_analysis(failure=a_failure()), an_analysis(verdict=Verdict.INCONCLUSIVE, kind=Kind.NOISE)],
    ids=["failed", "inconclusive"],
)
def test_a_run_without_an_answer_does_not_call_a_leak_gone(analysis: Analysis) -> None:
    assert standings(checked(analysis, known())) == []


def test_what_fills_to_its_bound_or_stays_under_the_threshold_fails_nothing() -> None:
    small = a_finding(verdict=Verdict.CLEAN, kind=Kind.UNDER_THRESHOLD)

    check = checked(an_analysis(a_filling_finding(), small, verdict=Verdict.FILLING))

    assert standings(check) == [Standing.TOLERATED, Standing.TOLERATED]
    assert check.exit_code == 0


def test_a_leak_of_a_kind_that_does_not_fail_is_only_told() -> None:
    garbage = a_finding_without_holder(Kind.CYCLIC_GARBAGE)

    check = checked(an_analysis(garbage), failing_kinds=frozenset({Kind.UNBOUNDED_GROWTH}))

    assert (standings(check), check.exit_code) == ([Standing.TOLERATED], 0)


@pytest.mark.parametrize(
    ("holder", "module", "expected"),
    [
        ("Session.pools", None, Standing.ALLOWED),
        ("requests.sessions.*", None, Standing.ALLOWED),
        ("*.pools", None, Standing.ALLOWED),
        ("urllib3.*", None, Standing.NEW),
        (None, "requests", Standing.ALLOWED),
        (None, "requests.sess*", Standing.ALLOWED),
        (None, "request", Standing.NEW),
        ("Session.*", "urllib3", Standing.NEW),
    ],
)
def test_a_librarys_leak_is_allowed_by_its_holder_or_its_module(
    holder: str | None, module: str | None, expected: Standing
) -> None:
    pooled = a_finding(holder=a_holder("Session.pools", path=("requests.sessions.default", ".pools")))
    rule = Allowance(holder=holder, module=module, reason="one a host")

    assert standings(checked(an_analysis(pooled), allowances=(rule,))) == [expected]


@pytest.mark.parametrize(
    ("file", "module"),
    [
        ("/usr/lib/python3/dist-packages/lxml/etree.py", "lxml.etree"),
        ("/srv/app/jobs/__init__.py", "jobs"),
        ("app/jobs.py", "app.jobs"),
    ],
)
def test_what_nothing_holds_is_allowed_by_the_module_that_allocates(file: str, module: str) -> None:
    lost = a_finding_without_holder(Kind.LOST_REFERENCE, sites=(a_site(f"{file}:3"),))
    rule = Allowance(holder=None, module=module, reason="known upstream")

    check = checked(an_analysis(lost, working_directory="/srv/app"), allowances=(rule,))

    assert standings(check) == [Standing.ALLOWED]


def test_an_inconclusive_target_fails_unless_the_project_passes_it() -> None:
    noise = an_analysis(verdict=Verdict.INCONCLUSIVE, kind=Kind.NOISE)

    assert checked(noise).exit_code == 4
    assert checked(noise, passes_inconclusive=True).exit_code == 0


def test_the_worst_target_is_the_one_that_leaks_then_one_that_failed_then_one_without_an_answer() -> None:
    leaking, clean = checked(an_analysis(a_leak())), checked(an_analysis())
    failed = checked(an_analysis(failure=a_failure()))
    noisy = checked(an_analysis(verdict=Verdict.INCONCLUSIVE, kind=Kind.NOISE))

    def code(*targets: TargetCheck) -> int:
        return Check(targets=targets).exit_code

    assert code(noisy, failed, leaking, clean) == 1
    assert code(noisy, failed, clean) == 3
    assert code(noisy, clean) == 4
    assert code(clean) == 0


def test_failing_findings_come_first() -> None:
    check = checked(an_analysis(a_leak("known", 1_100.0), a_leak("new", 10.0)), known("known"), known("gone"))

    assert standings(check) == [Standing.NEW, Standing.KNOWN, Standing.GONE]


def another_holder(name: str, **changes: object) -> Holder:
    return a_holder(name, path=(name,), fingerprint=name, **changes)


def noted(*names: str) -> tuple[OtherHolder, ...]:
    return tuple(OtherHolder(holder=name, fingerprint=name) for name in names)


def also_held_by(finding: Finding, *names: str) -> Finding:
    return replace(finding, also_held_by=tuple(another_holder(name) for name in names))


def test_a_holder_that_joins_a_known_leak_is_a_new_leak_however_little_it_adds() -> None:
    joined = also_held_by(a_leak("x", 1_008.0), "app.SEEN")

    check = checked(an_analysis(joined), known(also_held_by=()))

    assert (standings(check), check.exit_code) == ([Standing.NEW], 1)
    assert check.findings[0].new_holders == ("app.SEEN",)
    assert standings(checked(an_analysis(joined), known(also_held_by=noted("app.SEEN")))) == [Standing.KNOWN]


def test_a_known_leak_is_not_gone_while_it_stands_as_another_holder() -> None:
    renamed = also_held_by(a_leak("audit", 1_100.0), "x")

    check = checked(an_analysis(renamed), known(also_held_by=()))

    assert (standings(check), check.exit_code) == ([Standing.NEW], 1)
    assert check.findings[0].new_holders == ("Jobs.done",)


def test_which_of_its_holders_a_leak_is_named_after_makes_no_difference() -> None:
    swapped = also_held_by(a_leak("y"), "x")
    alone = a_leak("y")
    accepted = known(also_held_by=noted("y"))

    assert standings(checked(an_analysis(swapped), accepted)) == [Standing.KNOWN]
    assert standings(checked(an_analysis(alone), accepted)) == [Standing.KNOWN]


def test_a_leak_that_is_told_in_parts_or_with_others_is_compared_by_the_sum() -> None:
    parts = an_analysis(a_leak("x", 600.0), a_leak("y", 500.0))
    more = an_analysis(a_leak("x", 600.0), a_leak("y", 900.0))
    as_one = an_analysis(also_held_by(a_leak("x", 2_100.0), "y"))

    assert standings(checked(parts, known(also_held_by=noted("y")))) == [Standing.KNOWN] * 2
    assert standings(checked(more, known(also_held_by=noted("y")))) == [Standing.WORSE] * 2
    assert standings(checked(as_one, known(also_held_by=()), known("y", also_held_by=()))) == [Standing.KNOWN]


def test_what_an_older_baseline_could_not_note_fails_nothing_and_is_told() -> None:
    check = checked(an_analysis(also_held_by(a_leak("x"), "app.SEEN")), known())

    assert standings(check) == [Standing.KNOWN]
    assert check.findings[0].unnoted_holders == ("app.SEEN",)


def test_another_holder_that_gains_nothing_or_that_no_chain_leads_to_is_no_leak() -> None:
    full = another_holder("app.RECENT", entries_per_call=0.0)
    nameless = a_holder("dict", entries_per_call=1.0)
    analysis = an_analysis(replace(a_leak("x"), also_held_by=(full, nameless)))

    assert standings(checked(analysis, known(also_held_by=()))) == [Standing.KNOWN]


def test_a_rule_allows_its_own_holder_and_not_what_else_holds_the_same() -> None:
    rule = Allowance(holder="Jobs.*", module=None, reason="bounded upstream")
    seen = Allowance(holder=None, module="app.SEEN", reason="cleared at night")
    analysis = an_analysis(also_held_by(a_leak("x"), "app.SEEN"))

    assert standings(checked(analysis, allowances=(rule,))) == [Standing.NEW]
    assert standings(checked(analysis, allowances=(rule, seen))) == [Standing.ALLOWED]
    assert standings(checked(analysis, known(also_held_by=()), allowances=(seen,))) == [Standing.KNOWN]


def test_what_grows_under_the_threshold_or_is_of_another_kind_is_not_gone() -> None:
    small = replace(a_leak("x"), verdict=Verdict.CLEAN, kind=Kind.UNDER_THRESHOLD)

    assert standings(checked(an_analysis(small), known())) == [Standing.TOLERATED]
