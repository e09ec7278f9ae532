"""Holders that share a leak are one leak, and each has its part of the growth."""

import pytest

from leakscan import wire
from leakscan.analysis.attribution.evidence import (
    Group,
    freed_share,
    groups,
    holders_by_weight,
    proofs_wanted,
    together,
)
from leakscan.analysis.growth.screen import Screen, screen
from tests.unit.analysis.records import (
    a_held_by,
    a_look,
    a_share,
    a_traced_site,
    a_window,
    grown,
)

NEW, OLD = 0xA, 0xB


def _sites(*sites: wire.TracedSite) -> wire.Sites:
    return wire.Sites(100, 1.0, 0.1, sites)


def _screen_with(*addresses: int) -> Screen:
    """A screen in which the containers at these addresses grew at each look."""
    looks = [a_look(1, 0)] + [
        a_look(n, 100 * n, *(grown(a, 100 * n - 100, 100 * n) for a in addresses)) for n in (2, 3, 4)
    ]
    return screen([*looks, *a_window([1_000] * 25)])


def test_a_container_that_kept_growing_holds_the_leak() -> None:
    explained = wire.Explained((a_held_by(NEW, a_share(0)),))

    (group,) = groups(explained, _sites(a_traced_site()), _screen_with(NEW), parents={})

    assert group.holders == (0,)
    assert (group.grown_blocks, group.grown_bytes) == (100, 10_000)


def test_two_holders_of_the_same_objects_are_one_leak() -> None:
    explained = wire.Explained(
        (
            a_held_by(NEW, a_share(0), overlaps={"1": 1.0}),
            a_held_by(OLD, a_share(0), overlaps={"0": 1.0}),
        )
    )

    (group,) = groups(explained, _sites(a_traced_site()), _screen_with(NEW, OLD), parents={})

    assert group.holders == (0, 1)
    assert group.grown_bytes == 10_000


def test_two_holders_of_different_objects_are_two_leaks_the_heavier_first() -> None:
    explained = wire.Explained((a_held_by(NEW, a_share(0)), a_held_by(OLD, a_share(1))))
    sites = _sites(a_traced_site(7), a_traced_site(9, size=90_000))

    found = groups(explained, sites, _screen_with(NEW, OLD), parents={})

    assert [group.holders for group in found] == [(1,), (0,)]
    assert [group.grown_bytes for group in found] == [90_000, 10_000]


def test_a_site_that_two_leaks_share_is_split_by_their_objects() -> None:
    explained = wire.Explained((a_held_by(NEW, a_share(0, 75)), a_held_by(OLD, a_share(0, 25))))

    found = groups(explained, _sites(a_traced_site()), _screen_with(NEW, OLD), parents={})

    assert [group.grown_blocks for group in found] == [75, 25]


def test_a_container_that_hangs_on_a_growing_one_is_no_leak_of_its_own() -> None:
    explained = wire.Explained((a_held_by(NEW, a_share(0)), a_held_by(OLD, a_share(1, 10))))
    sites = _sites(a_traced_site(7), a_traced_site(9, blocks=10))

    (group,) = groups(explained, sites, _screen_with(NEW, OLD), parents={1: 0})

    assert group.holders == (0,)
    assert set(group.blocks) == {0, 1}


def test_what_grew_at_every_look_is_believed_before_what_only_turned_over() -> None:
    churning = a_held_by(OLD, a_share(0), entries=60, entries_before=60, overlaps={"1": 0.1})
    explained = wire.Explained((churning, a_held_by(NEW, a_share(0))))

    (group,) = groups(explained, _sites(a_traced_site()), _screen_with(NEW), parents={})

    assert group.holders == (1,)


def test_what_is_only_weakly_held_has_no_say_beside_a_real_holder() -> None:
    weak = a_held_by(OLD, a_share(0), is_weak=True)
    explained = wire.Explained((weak, a_held_by(NEW, a_share(0))))

    (group,) = groups(explained, _sites(a_traced_site()), _screen_with(NEW), parents={})

    assert group.holders == (1,)


def test_a_crumb_of_the_growth_is_no_leak() -> None:
    crumb = a_held_by(OLD, a_share(1, 1), entries=5, entries_before=4)
    explained = wire.Explained((a_held_by(NEW, a_share(0)), crumb))
    sites = _sites(a_traced_site(7), a_traced_site(9, blocks=1, size=64))

    (group,) = groups(explained, sites, _screen_with(NEW), parents={})

    assert group.holders == (0,)


def test_memory_without_objects_goes_with_the_site_that_it_was_allocated_beside() -> None:
    table = wire.TracedSite(
        frames=(("/srv/app/app.py", 7), ("/srv/app/main.py", 3), ("calls.py", 1), ("serve.py", 1)),
        blocks=10,
        bytes=5_000,
        live_blocks=10,
        live_bytes=5_000,
        largest=500,
    )
    explained = wire.Explained((a_held_by(NEW, a_share(0)),))

    (group,) = groups(explained, _sites(a_traced_site(), table), _screen_with(NEW), parents={})

    assert group.grown_bytes == 15_000


def test_what_another_holder_turns_over_is_no_part_of_the_leak() -> None:
    # As a list of buffers does that was seen emptied at one look and half full at the next.
    turned_over = a_held_by(OLD, a_share(1, 16), type="list", entries=16, entries_before=24, added=16)
    explained = wire.Explained((turned_over, a_held_by(NEW, a_share(0))))
    sites = _sites(a_traced_site(7), a_traced_site(9, blocks=-8, size=21_000))

    (group,) = groups(explained, sites, _screen_with(NEW), parents={})

    assert group.holders == (1,)
    assert set(group.bytes) == {0}


def test_one_large_block_is_the_moved_table_of_another_container() -> None:
    table = wire.TracedSite(
        frames=(("/srv/app/app.py", 7), ("/srv/app/main.py", 3), ("calls.py", 1), ("serve.py", 1)),
        blocks=1,
        bytes=5_000,
        live_blocks=1,
        live_bytes=5_000,
        largest=5_000,
    )
    explained = wire.Explained((a_held_by(NEW, a_share(0)),))

    (group,) = groups(explained, _sites(a_traced_site(), table), _screen_with(NEW), parents={})

    assert group.grown_bytes == 10_000


def test_a_table_that_the_site_had_before_is_not_counted_as_moved() -> None:
    replaced = wire.TracedSite((("/srv/app/app.py", 7),), 100, 68_000, 100, 9_068_000, 9_000_000, 8_992_000)
    holder = a_held_by(NEW, a_share(0), table_bytes=9_000_000, entries=1_000_000, entries_before=None)

    (group,) = groups(wire.Explained((holder,)), _sites(replaced), _screen_with(NEW), parents={})

    assert group.grown_bytes == pytest.approx(60_000)


def test_a_moved_table_counts_with_what_it_gained_for_the_new_entries() -> None:
    moved = wire.TracedSite((("/srv/app/app.py", 7),), 1, 8_000, 1, 8_000, 8_000)
    holder = a_held_by(NEW, table_bytes=8_000, entries=1_000, entries_before=900)

    (group,) = groups(wire.Explained((holder,)), _sites(moved), _screen_with(NEW), parents={})

    assert group.grown_bytes == pytest.approx(800)


@pytest.mark.parametrize(("size", "bytes_by_site"), [(48, {}), (500, {0: 500.0})])
def test_a_table_with_room_to_spare_is_not_filled_by_a_site_of_next_to_nothing(
    size: int, bytes_by_site: dict[int, float]
) -> None:
    # A list that took 100 more entries of eight bytes, and was not moved while the calls were traced.
    holder = a_held_by(NEW, table_bytes=8_000, entries=1_000, entries_before=900)
    sites = _sites(a_traced_site(9, blocks=10, size=size))

    (group,) = groups(wire.Explained((holder,)), sites, _screen_with(NEW), parents={})

    assert group.bytes == bytes_by_site


def _screen_of(blocks_per_call: float) -> Screen:
    """A screen in which one container grew at each look, and the blocks in use by so many a call."""
    looks = [a_look(1, 0)] + [a_look(n, 100 * n, grown(NEW, 100 * n - 100, 100 * n)) for n in (2, 3, 4)]
    return screen([*looks, *a_window([1_000 + round(100 * blocks_per_call) * n for n in range(25)])])


@pytest.mark.parametrize(("blocks_per_call", "leaks"), [(1.15, [(0,), (1,)]), (1.0, [(0,)])])
def test_a_small_leak_of_one_reference_is_told_where_the_untraced_rounds_grew_by_it(
    blocks_per_call: float, leaks: list[tuple[int, ...]]
) -> None:
    newest = a_held_by(OLD, a_share(1, 15), is_container=False, entries=None, entries_before=None)
    explained = wire.Explained((a_held_by(NEW, a_share(0)), newest))
    sites = _sites(a_traced_site(7), a_traced_site(9, blocks=15, size=1_500))

    found = groups(explained, sites, _screen_of(blocks_per_call), parents={})

    assert [group.holders for group in found] == leaks


def test_what_the_one_reference_shares_with_the_dict_is_no_leak_beside_it() -> None:
    newest = a_held_by(OLD, a_share(0, 1), a_share(1, 1), is_container=False, entries=None)
    explained = wire.Explained((a_held_by(NEW, a_share(0), a_share(1, 15)), newest))
    sites = _sites(a_traced_site(7), a_traced_site(9, blocks=15, size=1_500))

    (group,) = groups(explained, sites, _screen_of(1.3), parents={})

    assert group.holders == (0,)


def test_weak_references_are_no_leak_beside_the_one_that_keeps_their_objects() -> None:
    weak = a_held_by(OLD, a_share(1, 15), is_weak=True)
    explained = wire.Explained((a_held_by(NEW, a_share(0)), weak))
    sites = _sites(a_traced_site(7), a_traced_site(9, blocks=15, size=1_500))

    (group,) = groups(explained, sites, _screen_of(1.15), parents={})

    assert group.holders == (0,)


def test_two_groups_together_have_the_growth_of_both() -> None:
    one = Group(holders=(0,), blocks={0: 1.0}, bytes={0: 10.0})
    other = Group(holders=(1,), blocks={0: 2.0, 1: 3.0}, bytes={1: 5.0}, table_bytes=7.0)

    both = together(one, other)

    assert both.holders == (0, 1)
    assert (both.grown_blocks, both.grown_bytes) == (6.0, 22.0)


# --- proofs ---


def _two_holders() -> wire.Explained:
    return wire.Explained(
        (
            a_held_by(NEW, a_share(0), overlaps={"1": 1.0}),
            a_held_by(OLD, a_share(0), overlaps={"0": 1.0}),
        )
    )


def test_the_first_holder_is_emptied_alone() -> None:
    wanted = proofs_wanted(_two_holders(), _sites(a_traced_site()), _screen_with(NEW, OLD), [])

    assert wanted == wire.Prove((0,), (0,))


def test_the_other_holder_is_tried_if_the_first_freed_nothing_and_then_both() -> None:
    done = [wire.Proved((0,), 10_000, 0)]
    sites, seen = _sites(a_traced_site()), _screen_with(NEW, OLD)

    assert proofs_wanted(_two_holders(), sites, seen, done) == wire.Prove((1,), (0,))
    done.append(wire.Proved((1,), 10_000, 2_000))
    assert proofs_wanted(_two_holders(), sites, seen, done) == wire.Prove((0, 1), (0,))
    done.append(wire.Proved((0, 1), 10_000, 10_000))
    assert proofs_wanted(_two_holders(), sites, seen, done) is None


def test_a_cache_that_keeps_the_newest_is_emptied_with_the_holder_that_freed_too_little() -> None:
    cache = a_held_by(OLD, a_share(0, 60), entries=60, entries_before=60, bound=60, overlaps={"0": 1.0})
    explained = wire.Explained((a_held_by(NEW, a_share(0), overlaps={"1": 0.6}), cache))
    done = [wire.Proved((0,), 10_000, 4_000)]

    wanted = proofs_wanted(explained, _sites(a_traced_site()), _screen_with(NEW), done)

    assert wanted == wire.Prove((0, 1), (0,))


def test_the_one_reference_to_what_a_container_has_a_part_of_is_tried_alone() -> None:
    newest = a_held_by(OLD, a_share(0), is_container=False, overlaps={"0": 1.0})
    explained = wire.Explained((a_held_by(NEW, a_share(0), overlaps={"1": 1.0}), newest))
    done = [wire.Proved((0,), 10_000, 0)]

    wanted = proofs_wanted(explained, _sites(a_traced_site()), _screen_with(NEW), done)

    assert wanted == wire.Prove((1,), (0,))


def test_both_are_emptied_if_the_first_left_a_part() -> None:
    part = wire.Proved((0,), 10_000, 6_900)

    wanted = proofs_wanted(_two_holders(), _sites(a_traced_site()), _screen_with(NEW, OLD), [part])

    assert wanted == wire.Prove((0, 1), (0,))


def test_the_first_holder_of_each_leak_is_weighed_before_the_others() -> None:
    explained = wire.Explained((*_two_holders().holders, a_held_by(0xC, a_share(1))))
    sites = _sites(a_traced_site(7), a_traced_site(9))

    assert holders_by_weight(explained, sites, _screen_with(NEW, OLD, 0xC)) == (0, 2, 1)


def test_each_leak_is_tried_once_before_any_is_tried_again() -> None:
    explained = wire.Explained(
        (
            a_held_by(NEW, a_share(0), overlaps={"1": 1.0}),
            a_held_by(OLD, a_share(0), overlaps={"0": 1.0}),
            a_held_by(0xC, a_share(1)),
        )
    )
    sites, seen = _sites(a_traced_site(7), a_traced_site(9)), _screen_with(NEW, OLD, 0xC)

    wanted = proofs_wanted(explained, sites, seen, [wire.Proved((0,), 10_000, 0)])

    assert wanted == wire.Prove((2,), (1,))


def test_enough_freed_ends_the_experiments() -> None:
    most = wire.Proved((0,), 10_000, 9_900)

    assert proofs_wanted(_two_holders(), _sites(a_traced_site()), _screen_with(NEW, OLD), [most]) is None


def test_a_growth_spread_over_many_lists_is_emptied_at_once() -> None:
    addresses = (0xA, 0xB, 0xC, 0xD)
    explained = wire.Explained(tuple(a_held_by(address, a_share(0, 25)) for address in addresses))

    wanted = proofs_wanted(explained, _sites(a_traced_site()), _screen_with(*addresses), [])

    assert wanted == wire.Prove((0, 1, 2, 3), (0,))
    done = [wire.Proved((0, 1, 2, 3), 10_000, 10_000)]
    assert proofs_wanted(explained, _sites(a_traced_site()), _screen_with(*addresses), done) is None


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
