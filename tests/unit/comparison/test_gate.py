"""What fails a check, and what the baseline becomes."""

from dataclasses import replace
from datetime import date

import pytest

from leakscan.comparison.gate import GateOptions, check_target, updated_baseline
from leakscan.model.analysis import Analysis, Finding
from leakscan.model.check import Accepted, Allowance, Check, Standing, TargetCheck
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


def updated(accepted: tuple[Accepted, ...], analysis: Analysis, **fields: object) -> tuple[Accepted, ...]:
    check = Check(targets=(checked(analysis, *accepted),), **fields)  # type: ignore[arg-type]
    return updated_baseline(accepted, check, today=TODAY)


def test_an_update_accepts_what_is_new_and_forgets_what_is_gone() -> None:
    baseline = updated(
        (known("gone"), known("x", reason="we know")), an_analysis(a_leak("x"), a_leak("y", 7.04))
    )

    assert baseline == (
        known("x", reason="we know"),
        known("y", bytes_per_call=7.0, since=TODAY),
    )


def test_an_update_takes_the_new_rate_of_a_leak_that_left_the_band_and_keeps_the_rest() -> None:
    faster = updated((known(reason="we know"),), an_analysis(a_leak("x", 4_000.0, entries=40.0)))
    same = updated((known(),), an_analysis(a_leak("x", 1_100.0)))

    assert faster == (known(bytes_per_call=4_000.0, entries_per_call=40.0, reason="we know"),)
    assert same == (known(),)


def test_an_update_does_not_renew_what_has_expired() -> None:
    expired = known(expires=date(2026, 1, 2))

    assert updated((expired,), an_analysis(a_leak())) == (expired,)


def test_an_update_leaves_the_leaks_of_targets_that_did_not_run_and_drops_those_of_none() -> None:
    other, orphan = known(target="api"), known(target="removed")

    assert updated((other, orphan), an_analysis(), orphans=(orphan,)) == (other,)
