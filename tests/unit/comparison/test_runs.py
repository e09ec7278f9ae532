"""What became of each finding from one run to the next."""

import pytest

from leakscan.comparison.runs import compare
from leakscan.model.analysis import Analysis, Finding
from leakscan.model.check import Change
from leakscan.model.run import Kind, Verdict
from tests.builders import a_failure, a_filling_finding, a_finding, a_holder, an_analysis


def a_leak(name: str, bytes_per_call: float = 1_000.0, verdict: Verdict = Verdict.LEAKING) -> Finding:
    return a_finding(fingerprint=name, bytes_per_call=bytes_per_call, verdict=verdict)


def changes(old: Analysis, new: Analysis, band: float = 0.2) -> list[tuple[str, Change]]:
    found = compare(old, new, band=band)
    return [(change.finding.fingerprint, change.change) for change in found.changes]


def test_a_finding_is_known_by_its_fingerprint_and_listed_by_what_became_of_it() -> None:
    old = an_analysis(a_leak("gone"), a_leak("better"), a_leak("worse"), a_leak("same"))
    new = an_analysis(a_leak("same", 1_100), a_leak("new"), a_leak("worse", 1_300), a_leak("better", 700))

    assert changes(old, new) == [
        ("new", Change.NEW),
        ("worse", Change.WORSE),
        ("same", Change.SAME),
        ("better", Change.BETTER),
        ("gone", Change.GONE),
    ]


@pytest.mark.parametrize(
    ("bytes_per_call", "band", "expected"),
    [
        (1_200.0, 0.2, Change.SAME),
        (1_201.0, 0.2, Change.WORSE),
        (800.0, 0.2, Change.SAME),
        (799.0, 0.2, Change.BETTER),
        (1_008.0, 0.0, Change.SAME),
        (1_009.0, 0.0, Change.WORSE),
    ],
)
def test_growth_within_the_band_or_under_what_the_runs_could_see_is_the_same(
    bytes_per_call: float, band: float, expected: Change
) -> None:
    old = an_analysis(a_leak("x"), detection_limit_bytes_per_call=8.0)
    new = an_analysis(a_leak("x", bytes_per_call), detection_limit_bytes_per_call=None)

    assert changes(old, new, band) == [("x", expected)]


def test_a_cache_that_lost_its_bound_is_worse_and_one_that_got_a_bound_is_better() -> None:
    filling, leaking = an_analysis(a_filling_finding(fingerprint="x")), an_analysis(a_leak("x", 240.0))

    assert changes(filling, leaking) == [("x", Change.WORSE)]
    assert changes(leaking, filling) == [("x", Change.BETTER)]


def test_findings_that_share_a_fingerprint_are_paired_in_their_order() -> None:
    old, new = an_analysis(a_leak("x")), an_analysis(a_leak("x"), a_leak("x", 500.0))

    assert changes(old, new) == [("x", Change.NEW), ("x", Change.SAME)]


def test_what_came_and_what_went_is_a_signed_number() -> None:
    old, new = an_analysis(a_leak("gone", 300.0)), an_analysis(a_leak("new", 200.0))

    found = compare(old, new, band=0.2)

    assert [change.bytes_per_call_change for change in found.changes] == [200.0, -300.0]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (an_analysis(), an_analysis(), 0),
        (an_analysis(a_leak("x")), an_analysis(a_leak("x")), 0),
        (an_analysis(a_leak("x")), an_analysis(), 0),
        (an_analysis(), an_analysis(a_leak("x")), 1),
        (an_analysis(a_leak("x")), an_analysis(a_leak("x", 2_000.0)), 1),
        (an_analysis(), an_analysis(a_filling_finding(), verdict=Verdict.FILLING), 0),
        (an_analysis(), an_analysis(a_leak("small", verdict=Verdict.CLEAN)), 0),
        (an_analysis(), an_analysis(verdict=Verdict.INCONCLUSIVE, kind=Kind.NOISE), 4),
        (an_analysis(), an_analysis(a_leak("x"), failure=a_failure()), 1),
        (an_analysis(a_leak("x")), an_analysis(a_leak("x"), failure=a_failure()), 3),
        (an_analysis(failure=a_failure()), an_analysis(), 0),
    ],
)
def test_only_a_leak_that_is_new_or_worse_fails(old: Analysis, new: Analysis, expected: int) -> None:
    assert compare(old, new, band=0.2).exit_code == expected


def held_by(name: str, *others: str, bytes_per_call: float = 1_000.0) -> Finding:
    also = tuple(a_holder(other, fingerprint=other) for other in others)
    return a_finding(
        fingerprint=name,
        bytes_per_call=bytes_per_call,
        holder=a_holder(name, fingerprint=name),
        also_held_by=also,
    )


def test_a_holder_that_joins_a_leak_is_new() -> None:
    old, new = (
        an_analysis(held_by("SESSIONS")),
        an_analysis(held_by("SESSIONS", "SEEN", bytes_per_call=1_008)),
    )

    [change] = compare(old, new, band=0.2).changes

    assert (change.change, change.new_holders, change.fails) == (Change.NEW, ("SEEN",), True)
    assert changes(new, old) == [("SESSIONS", Change.SAME)]


def test_nothing_is_gone_while_it_stands_as_another_holder() -> None:
    old, new = an_analysis(held_by("SESSIONS")), an_analysis(held_by("AUDIT", "SESSIONS"))

    [change] = compare(old, new, band=0.2).changes

    assert (change.change, change.new_holders) == (Change.NEW, ("AUDIT",))
    assert changes(new, old) == [("SESSIONS", Change.SAME)]


def test_leaks_that_became_one_and_one_that_became_two_are_compared_by_their_sum() -> None:
    one = an_analysis(held_by("x", "y", bytes_per_call=2_000))
    two = an_analysis(held_by("x", bytes_per_call=900), held_by("y", bytes_per_call=1_100))
    worse = an_analysis(held_by("x", bytes_per_call=1_400), held_by("y", bytes_per_call=1_100))

    assert changes(two, one) == [("x", Change.SAME), ("y", Change.SAME)]
    assert changes(one, two) == [("y", Change.SAME), ("x", Change.SAME)]
    assert compare(one, worse, band=0.2).exit_code == 1


def test_a_holder_that_an_older_report_names_without_a_fingerprint_is_not_new() -> None:
    older = an_analysis(a_finding(fingerprint="SESSIONS", also_held_by=(a_holder("SEEN"),)))

    assert changes(older, an_analysis(held_by("SESSIONS", "SEEN", bytes_per_call=1_900))) == [
        ("SESSIONS", Change.SAME)
    ]
