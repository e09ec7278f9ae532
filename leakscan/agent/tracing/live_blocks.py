"""Traced memory per site.

The raw traces of `_tracemalloc` are read directly: `tracemalloc.take_snapshot` wraps each trace in
objects of its own, which are traced in their turn.
"""

import _tracemalloc
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, cast

from leakscan.agent.heap.symbolize import Traceback
from leakscan.agent.tracing.allocations import is_own

TRACES_AT_ONCE = 10_000
MANY_BLOCKS = 8
"""Blocks of a site beside which its table, large as it is, says nothing of the entries that came."""


class LiveBlocks(NamedTuple):
    """The live blocks of some sites at one time, by site."""

    bytes: dict[Traceback, int]
    largest: dict[Traceback, int]
    blocks: dict[Traceback, int]

    def grown_since(self, before: "LiveBlocks", max_sites: int) -> list[Traceback]:
        """The sites that gained blocks or bytes since then, those that gained most bytes first."""
        grown = [
            site
            for site, size in self.bytes.items()
            if size > before.bytes.get(site, 0) or self.blocks.get(site, 0) > before.blocks.get(site, 0)
        ]
        grown.sort(key=lambda site: before.bytes.get(site, 0) - self.bytes.get(site, 0))
        return grown[:max_sites]


def blocks_of_target() -> LiveBlocks:
    """All live blocks that are not the agent's own."""
    return _live(lambda traceback: not is_own(traceback))


def live_at(sites: frozenset[Traceback]) -> LiveBlocks:
    """All live blocks that were allocated at these sites."""
    return _live(sites.__contains__)


def _live(is_wanted: Callable[[Traceback], bool]) -> LiveBlocks:
    """The live blocks of each wanted site.

    While tracing is on, every new object is slow, a number too: so no sum is made for each block. And a stack
    takes long to hash: it is known by the address of the one tuple that all blocks of a site share.
    """
    live = LiveBlocks({}, {}, {})
    sizes_of: dict[Traceback, list[int]] = {}
    # All tuples are there before the first is let go of: no address comes twice.
    sizes_at: dict[int, list[int] | None] = {}
    for part in all_traces():
        for trace in part:
            address = id(trace[2])
            try:
                sizes = sizes_at[address]
            except KeyError:
                sizes = sizes_of.setdefault(trace[2], []) if is_wanted(trace[2]) else None
                sizes_at[address] = sizes
            if sizes is not None:
                sizes.append(trace[1])
        for site, sizes in sizes_of.items():
            if sizes:
                live.blocks[site] = live.blocks.get(site, 0) + len(sizes)
                live.bytes[site] = live.bytes.get(site, 0) + sum(sizes)
                live.largest[site] = max(live.largest.get(site, 0), *sizes)
                sizes.clear()
    return live


def grown_and_freed(before: LiveBlocks, after: LiveBlocks) -> tuple[int, int]:
    """Bytes there were, and how many of them went, without tables that were only moved.

    One block that is most of its site is a table with room for all that there ever was: it says nothing of
    the entries that came. It is left out where there are many other blocks, or where it stays, as spare
    capacity does, when all else goes. A site that is one large block is a buffer, and that block its growth.
    """
    grown, left = sum(before.bytes.values()), sum(after.bytes.values())
    for site, size in before.largest.items():
        if not before.bytes[site] > size > before.bytes[site] / 2:
            continue
        is_kept = after.largest.get(site) == size
        if before.blocks[site] >= MANY_BLOCKS or (is_kept and after.bytes[site] == size):
            grown -= size
            left -= size if is_kept else 0
    return grown, grown - left


def all_traces() -> Iterator[list[tuple[int, int, Traceback]]]:
    """All traces, as (domain, bytes, traceback, …), some thousands at a time."""
    traces = list(cast("list[Any]", _tracemalloc._get_traces()))
    while traces:
        # Taken off, so that the list does not stand beside what is made of it.
        part = traces[-TRACES_AT_ONCE:]
        del traces[-TRACES_AT_ONCE:]
        yield part
