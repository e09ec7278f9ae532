"""Each leak has its part of what was traced at a site."""

import pytest

from leakscan import wire
from leakscan.analysis.attribution.tiers import groups
from tests.unit.analysis.attribution.traced import NEW, OLD, screen_with, sites_of
from tests.unit.analysis.records import a_held_by, a_share, a_traced_site


def test_a_site_that_two_leaks_share_is_split_by_their_objects() -> None:
    explained = wire.Explained((a_held_by(NEW, a_share(0, 75)), a_held_by(OLD, a_share(0, 25))))

    leaks_in_order = groups(explained, sites_of(a_traced_site()), screen_with(NEW, OLD), parents={})

    assert [group.grown_blocks for group in leaks_in_order] == [75, 25]


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

    (group,) = groups(explained, sites_of(a_traced_site(), table), screen_with(NEW), parents={})

    assert group.grown_bytes == 15_000


def test_what_another_holder_turns_over_is_no_part_of_the_leak() -> None:
    # As a list of buffers does that was seen emptied at one look and half full at the next.
    turned_over = a_held_by(OLD, a_share(1, 16), type="list", entries=16, entries_before=24, added=16)
    explained = wire.Explained((turned_over, a_held_by(NEW, a_share(0))))
    sites = sites_of(a_traced_site(7), a_traced_site(9, blocks=-8, size=21_000))

    (group,) = groups(explained, sites, screen_with(NEW), parents={})

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

    (group,) = groups(explained, sites_of(a_traced_site(), table), screen_with(NEW), parents={})

    assert group.grown_bytes == 10_000


def test_a_table_that_the_site_had_before_is_not_counted_as_moved() -> None:
    replaced = wire.TracedSite((("/srv/app/app.py", 7),), 100, 68_000, 100, 9_068_000, 9_000_000, 8_992_000)
    holder = a_held_by(NEW, a_share(0), table_bytes=9_000_000, entries=1_000_000, entries_before=None)

    (group,) = groups(wire.Explained((holder,)), sites_of(replaced), screen_with(NEW), parents={})

    assert group.grown_bytes == pytest.approx(60_000)


def test_a_moved_table_counts_with_what_it_gained_for_the_new_entries() -> None:
    moved = wire.TracedSite((("/srv/app/app.py", 7),), 1, 8_000, 1, 8_000, 8_000)
    holder = a_held_by(NEW, table_bytes=8_000, entries=1_000, entries_before=900)

    (group,) = groups(wire.Explained((holder,)), sites_of(moved), screen_with(NEW), parents={})

    assert group.grown_bytes == pytest.approx(800)


@pytest.mark.parametrize(("size", "bytes_by_site"), [(48, {}), (500, {0: 500.0})])
def test_a_table_with_room_to_spare_is_not_filled_by_a_site_of_next_to_nothing(
    size: int, bytes_by_site: dict[int, float]
) -> None:
    # A list that took 100 more entries of eight bytes, and was not moved while the calls were traced.
    holder = a_held_by(NEW, table_bytes=8_000, entries=1_000, entries_before=900)
    sites = sites_of(a_traced_site(9, blocks=10, size=size))

    (group,) = groups(wire.Explained((holder,)), sites, screen_with(NEW), parents={})

    assert group.bytes == bytes_by_site
