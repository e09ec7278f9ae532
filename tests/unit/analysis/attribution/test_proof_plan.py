"""Each leak is tried by as few experiments as tell it."""

import pytest

from leakscan import wire
from leakscan.analysis.attribution.proof_plan import freed_share, holders_by_weight, proofs_wanted
from tests.unit.analysis.attribution.traced import NEW, OLD, screen_with, sites_of
from tests.unit.analysis.records import a_held_by, a_share, a_traced_site


def _two_holders() -> wire.Explained:
    return wire.Explained(
        (
            a_held_by(NEW, a_share(0), overlaps={"1": 1.0}),
            a_held_by(OLD, a_share(0), overlaps={"0": 1.0}),
        )
    )


def test_the_first_holder_is_emptied_alone() -> None:
    wanted = proofs_wanted(_two_holders(), sites_of(a_traced_site()), screen_with(NEW, OLD), [])

    assert wanted == wire.Prove((0,), (0,))


def test_the_other_holder_is_tried_if_the_first_freed_nothing_and_then_both() -> None:
    done = [wire.Proved((0,), 10_000, 0)]
    sites, seen = sites_of(a_traced_site()), screen_with(NEW, OLD)

    assert proofs_wanted(_two_holders(), sites, seen, done) == wire.Prove((1,), (0,))
    done.append(wire.Proved((1,), 10_000, 2_000))
    assert proofs_wanted(_two_holders(), sites, seen, done) == wire.Prove((0, 1), (0,))
    done.append(wire.Proved((0, 1), 10_000, 10_000))
    assert proofs_wanted(_two_holders(), sites, seen, done) is None


def test_a_cache_that_keeps_the_newest_is_emptied_with_the_holder_that_freed_too_little() -> None:
    cache = a_held_by(OLD, a_share(0, 60), entries=60, entries_before=60, bound=60, overlaps={"0": 1.0})
    explained = wire.Explained((a_held_by(NEW, a_share(0), overlaps={"1": 0.6}), cache))
    done = [wire.Proved((0,), 10_000, 4_000)]

    wanted = proofs_wanted(explained, sites_of(a_traced_site()), screen_with(NEW), done)

    assert wanted == wire.Prove((0, 1), (0,))


def test_the_one_reference_to_what_a_container_has_a_part_of_is_tried_alone() -> None:
    newest = a_held_by(OLD, a_share(0), is_container=False, overlaps={"0": 1.0})
    explained = wire.Explained((a_held_by(NEW, a_share(0), overlaps={"1": 1.0}), newest))
    done = [wire.Proved((0,), 10_000, 0)]

    wanted = proofs_wanted(explained, sites_of(a_traced_site()), screen_with(NEW), done)

    assert wanted == wire.Prove((1,), (0,))


def test_both_are_emptied_if_the_first_left_a_part() -> None:
    part = wire.Proved((0,), 10_000, 6_900)

    wanted = proofs_wanted(_two_holders(), sites_of(a_traced_site()), screen_with(NEW, OLD), [part])

    assert wanted == wire.Prove((0, 1), (0,))


def test_the_first_holder_of_each_leak_is_weighed_before_the_others() -> None:
    explained = wire.Explained((*_two_holders().holders, a_held_by(0xC, a_share(1))))
    sites = sites_of(a_traced_site(7), a_traced_site(9))

    assert holders_by_weight(explained, sites, screen_with(NEW, OLD, 0xC)) == (0, 2, 1)


def test_each_leak_is_tried_once_before_any_is_tried_again() -> None:
    explained = wire.Explained(
        (
            a_held_by(NEW, a_share(0), overlaps={"1": 1.0}),
            a_held_by(OLD, a_share(0), overlaps={"0": 1.0}),
            a_held_by(0xC, a_share(1)),
        )
    )
    sites, seen = sites_of(a_traced_site(7), a_traced_site(9)), screen_with(NEW, OLD, 0xC)

    wanted = proofs_wanted(explained, sites, seen, [wire.Proved((0,), 10_000, 0)])

    assert wanted == wire.Prove((2,), (1,))


def test_enough_freed_ends_the_experiments() -> None:
    most = wire.Proved((0,), 10_000, 9_900)

    assert proofs_wanted(_two_holders(), sites_of(a_traced_site()), screen_with(NEW, OLD), [most]) is None


def test_a_growth_spread_over_many_lists_is_emptied_at_once() -> None:
    addresses = (0xA, 0xB, 0xC, 0xD)
    explained = wire.Explained(tuple(a_held_by(address, a_share(0, 25)) for address in addresses))

    wanted = proofs_wanted(explained, sites_of(a_traced_site()), screen_with(*addresses), [])

    assert wanted == wire.Prove((0, 1, 2, 3), (0,))
    done = [wire.Proved((0, 1, 2, 3), 10_000, 10_000)]
    assert proofs_wanted(explained, sites_of(a_traced_site()), screen_with(*addresses), done) is None


@pytest.mark.parametrize(
    ("proof", "share"),
    [
        (wire.Proved((0,), 1_000, 992), 0.992),
        (wire.Proved((0,), 1_000, 1_200), 1.0),
        (wire.Proved((0,), 1_000, -50), 0.0),
        (wire.Proved((0,), 0, 0), None),
        (wire.Proved((0,), 1_000, 1_000, "it can't be emptied from outside"), None),
    ],
)
def test_the_freed_share_is_a_share(proof: wire.Proved, share: float | None) -> None:
    assert freed_share(proof, wire.Explained((a_held_by(NEW, a_share(0)),)), {0}) == share


def test_what_others_have_of_the_same_line_is_not_the_holders_to_free() -> None:
    churn = a_held_by(OLD, a_share(0, 60), entries=60, entries_before=60)
    explained = wire.Explained((a_held_by(NEW, a_share(0, 40)), churn))

    assert freed_share(wire.Proved((0,), 10_000, 3_900), explained, {0}) == pytest.approx(0.975)
    assert freed_share(wire.Proved((0,), 10_000, 3_900), explained, {1}) == pytest.approx(0.39)


def test_what_the_holder_has_and_did_not_free_counts_against_it() -> None:
    stranger = a_held_by(OLD, a_share(0, 100))
    explained = wire.Explained((a_held_by(NEW, a_share(0, 100)), stranger))

    assert freed_share(wire.Proved((0,), 10_000, 10), explained, {0}) == pytest.approx(0.001)
