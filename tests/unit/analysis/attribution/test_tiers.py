"""Better evidence is admitted first, and weaker only for what it leaves."""

import pytest

from leakscan import wire
from leakscan.analysis.attribution.tiers import groups
from tests.unit.analysis.attribution.traced import NEW, OLD, screen_of, screen_with, sites_of
from tests.unit.analysis.records import a_held_by, a_share, a_traced_site


def test_a_container_that_kept_growing_holds_the_leak() -> None:
    explained = wire.Explained((a_held_by(NEW, a_share(0)),))

    (group,) = groups(explained, sites_of(a_traced_site()), screen_with(NEW), parents={})

    assert group.holders == (0,)
    assert (group.grown_blocks, group.grown_bytes) == (100, 10_000)


def test_two_holders_of_the_same_objects_are_one_leak() -> None:
    explained = wire.Explained(
        (
            a_held_by(NEW, a_share(0), overlaps={"1": 1.0}),
            a_held_by(OLD, a_share(0), overlaps={"0": 1.0}),
        )
    )

    (group,) = groups(explained, sites_of(a_traced_site()), screen_with(NEW, OLD), parents={})

    assert group.holders == (0, 1)
    assert group.grown_bytes == 10_000


def test_two_holders_of_different_objects_are_two_leaks_the_heavier_first() -> None:
    explained = wire.Explained((a_held_by(NEW, a_share(0)), a_held_by(OLD, a_share(1))))
    sites = sites_of(a_traced_site(7), a_traced_site(9, size=90_000))

    leaks_in_order = groups(explained, sites, screen_with(NEW, OLD), parents={})

    assert [group.holders for group in leaks_in_order] == [(1,), (0,)]
    assert [group.grown_bytes for group in leaks_in_order] == [90_000, 10_000]


def test_a_container_that_hangs_on_a_growing_one_is_no_leak_of_its_own() -> None:
    explained = wire.Explained((a_held_by(NEW, a_share(0)), a_held_by(OLD, a_share(1, 10))))
    sites = sites_of(a_traced_site(7), a_traced_site(9, blocks=10))

    (group,) = groups(explained, sites, screen_with(NEW, OLD), parents={1: 0})

    assert group.holders == (0,)
    assert set(group.blocks) == {0, 1}


def test_what_grew_at_every_look_is_believed_before_what_only_turned_over() -> None:
    churning = a_held_by(OLD, a_share(0), entries=60, entries_before=60, overlaps={"1": 0.1})
    explained = wire.Explained((churning, a_held_by(NEW, a_share(0))))

    (group,) = groups(explained, sites_of(a_traced_site()), screen_with(NEW), parents={})

    assert group.holders == (1,)


def test_what_is_only_weakly_held_has_no_say_beside_a_real_holder() -> None:
    weak = a_held_by(OLD, a_share(0), is_weak=True)
    explained = wire.Explained((weak, a_held_by(NEW, a_share(0))))

    (group,) = groups(explained, sites_of(a_traced_site()), screen_with(NEW), parents={})

    assert group.holders == (1,)


def test_a_crumb_of_the_growth_is_no_leak() -> None:
    crumb = a_held_by(OLD, a_share(1, 1), entries=5, entries_before=4)
    explained = wire.Explained((a_held_by(NEW, a_share(0)), crumb))
    sites = sites_of(a_traced_site(7), a_traced_site(9, blocks=1, size=64))

    (group,) = groups(explained, sites, screen_with(NEW), parents={})

    assert group.holders == (0,)


@pytest.mark.parametrize(("blocks_per_call", "leaks"), [(1.15, [(0,), (1,)]), (1.0, [(0,)])])
def test_a_small_leak_of_one_reference_is_told_where_the_untraced_rounds_grew_by_it(
    blocks_per_call: float, leaks: list[tuple[int, ...]]
) -> None:
    newest = a_held_by(OLD, a_share(1, 15), is_container=False, entries=None, entries_before=None)
    explained = wire.Explained((a_held_by(NEW, a_share(0)), newest))
    sites = sites_of(a_traced_site(7), a_traced_site(9, blocks=15, size=1_500))

    leaks_in_order = groups(explained, sites, screen_of(blocks_per_call), parents={})

    assert [group.holders for group in leaks_in_order] == leaks


def test_what_the_one_reference_shares_with_the_dict_is_no_leak_beside_it() -> None:
    newest = a_held_by(OLD, a_share(0, 1), a_share(1, 1), is_container=False, entries=None)
    explained = wire.Explained((a_held_by(NEW, a_share(0), a_share(1, 15)), newest))
    sites = sites_of(a_traced_site(7), a_traced_site(9, blocks=15, size=1_500))

    (group,) = groups(explained, sites, screen_of(1.3), parents={})

    assert group.holders == (0,)


def test_weak_references_are_no_leak_beside_the_one_that_keeps_their_objects() -> None:
    weak = a_held_by(OLD, a_share(1, 15), is_weak=True)
    explained = wire.Explained((a_held_by(NEW, a_share(0)), weak))
    sites = sites_of(a_traced_site(7), a_traced_site(9, blocks=15, size=1_500))

    (group,) = groups(explained, sites, screen_of(1.15), parents={})

    assert group.holders == (0,)
