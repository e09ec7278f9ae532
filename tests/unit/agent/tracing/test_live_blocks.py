"""Traced memory is summed by site, without tables that were only moved."""

import sys

import pytest

from leakscan.agent import own_code
from leakscan.agent.tracing import live_blocks
from leakscan.agent.tracing.allocations import traceback_of
from leakscan.agent.tracing.live_blocks import LiveBlocks, blocks_of_target, live_at
from leakscan.agent.tracing.tracer import Tracing

TARGET = ("/srv/app/jobs.py", 41)
CALLER = (own_code.CALLERS[0], 90)


def test_sites_that_grew_come_with_the_heaviest_first() -> None:
    before, after = LiveBlocks({}, {}, {}), LiveBlocks({}, {}, {})
    sizes = {"light": (10, 20), "heavy": (10, 900), "same": (10, 10), "gone": (10, 0)}
    for name, (then, now) in sizes.items():
        site = ((name, 1),)
        before.bytes[site], before.blocks[site] = then, 1
        if now:
            after.bytes[site], after.blocks[site] = now, 1

    grown = after.grown_since(before, max_sites=10)

    assert [site[0][0] for site in grown] == ["heavy", "light"]
    assert after.grown_since(before, max_sites=1) == [(("heavy", 1),)]


def _block(size: int) -> bytes:
    return bytes(size)


def test_the_blocks_of_a_site_are_summed_over_all_parts_of_the_traces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live_blocks, "TRACES_AT_ONCE", 3)
    tracing = Tracing(1)
    try:
        blocks = [_block(1_000 + 7 * number % 10) for number in range(10)]
        site = traceback_of(blocks[0])
        assert site is not None
        live, all_live = live_at(frozenset({site})), blocks_of_target()
    finally:
        tracing.end()

    sizes = [sys.getsizeof(block) for block in blocks]
    assert live == LiveBlocks({site: sum(sizes)}, {site: max(sizes)}, {site: 10})
    assert (all_live.bytes[site], all_live.largest[site], all_live.blocks[site]) == (
        sum(sizes),
        max(sizes),
        10,
    )


def _live(size: int, largest: int, blocks: int) -> LiveBlocks:
    site = (TARGET, CALLER)
    return LiveBlocks({site: size}, {site: largest}, {site: blocks})


NOTHING = LiveBlocks({}, {}, {})


@pytest.mark.parametrize(
    ("before", "after", "grown_and_freed"),
    [
        # One table and a few entries: a table that stays alone is spare capacity.
        (_live(10_400, 10_000, 3), _live(10_000, 10_000, 1), (400, 400)),
        (_live(10_400, 10_000, 3), NOTHING, (10_400, 10_400)),
        (_live(10_400, 10_000, 3), _live(10_100, 10_000, 2), (10_400, 300)),
        # Among many entries a table is never the growth, gone or kept.
        (_live(10_400, 10_000, 9), NOTHING, (400, 400)),
        (_live(10_400, 10_000, 9), _live(10_100, 10_000, 3), (400, 300)),
        (_live(10_400, 10_000, 9), _live(400, 50, 8), (400, 0)),
        # A buffer is all of its site.
        (_live(10_000, 10_000, 1), _live(10_000, 10_000, 1), (10_000, 0)),
        (_live(10_000, 10_000, 1), NOTHING, (10_000, 10_000)),
    ],
)
def test_what_was_freed_is_measured_by_the_entries_not_by_their_table(
    before: LiveBlocks, after: LiveBlocks, grown_and_freed: tuple[int, int]
) -> None:
    assert live_blocks.grown_and_freed(before, after) == grown_and_freed
