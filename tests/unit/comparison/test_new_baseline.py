"""What the baseline becomes."""

from dataclasses import replace
from datetime import date

from leakscan.comparison.gate import GateOptions, check_target
from leakscan.comparison.new_baseline import updated_baseline
from leakscan.model.analysis import Analysis, Finding
from leakscan.model.check import Accepted, Check, OtherHolder
from tests.builders import a_finding, a_holder, an_accepted_leak, an_analysis

TODAY = date(2026, 11, 21)


def a_leak(name: str = "x", bytes_per_call: float = 1_000.0, entries: float = 10.0, *also: str) -> Finding:
    return a_finding(
        fingerprint=name,
        bytes_per_call=bytes_per_call,
        holder=a_holder(entries_per_call=entries),
        also_held_by=tuple(a_holder(other, fingerprint=other) for other in also),
    )


def known(name: str = "x", **changes: object) -> Accepted:
    leak = an_accepted_leak(fingerprint=name, bytes_per_call=1_000.0, reason="", also_held_by=())
    return replace(leak, **changes)  # type: ignore[arg-type]


def noted(*names: str) -> tuple[OtherHolder, ...]:
    return tuple(OtherHolder(holder=name, fingerprint=name) for name in names)


def updated(accepted: tuple[Accepted, ...], analysis: Analysis, **fields: object) -> tuple[Accepted, ...]:
    target = check_target("jobs", analysis, GateOptions(accepted=accepted), today=TODAY)
    check = Check(targets=(target,), **fields)  # type: ignore[arg-type]
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


def test_an_update_notes_what_else_holds_a_leak_and_a_later_one_forgets_it() -> None:
    with_another = updated((known(reason="we know"),), an_analysis(a_leak("x", 1_000.0, 10.0, "SEEN")))

    assert with_another == (known(reason="we know", also_held_by=noted("SEEN")),)
    assert updated(with_another, an_analysis(a_leak())) == (known(reason="we know"),)


def test_an_update_notes_what_an_older_baseline_could_not_and_keeps_its_rate() -> None:
    older = known(also_held_by=None)

    assert updated((older,), an_analysis(a_leak("x", 1_100.0, 10.0, "SEEN"))) == (
        known(also_held_by=noted("SEEN")),
    )


def test_a_leak_that_is_named_after_another_holder_stays_the_known_one() -> None:
    renamed = an_analysis(a_leak("audit", 1_100.0, 10.0, "x"))

    [accepted] = updated((known(reason="we know"),), renamed)

    assert (accepted.fingerprint, accepted.reason) == ("x", "we know")
    assert accepted.also_held_by == (OtherHolder(holder="Jobs.done", fingerprint="audit"),)
    assert updated((accepted,), an_analysis(a_leak("x", 1_100.0))) == (replace(accepted, also_held_by=()),)


def test_of_a_leak_that_became_two_the_second_is_noted_by_itself() -> None:
    two = an_analysis(a_leak("x", 600.0), a_leak("y", 500.0))

    assert updated((known(also_held_by=noted("y")),), two) == (
        known(bytes_per_call=600.0),
        known("y", bytes_per_call=500.0, since=TODAY),
    )


def test_of_leaks_that_became_one_the_rates_stay_apart() -> None:
    one = an_analysis(a_leak("x", 2_500.0, 10.0, "y"))

    assert updated((known(), known("y")), one) == (
        known(bytes_per_call=1_500.0, also_held_by=noted("y")),
        known("y"),
    )
