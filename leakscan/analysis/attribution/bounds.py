"""Whether a bound ends the growth of a holder: only where the growth is one in entries.

A bound says how many entries a container may have, and nothing of what an entry may keep. So entries have to
come, and to weigh about what the process grows by; where they don't, the values grow, and no bound ends that.
"""

from collections.abc import Sequence

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution.explanation import Explanation
from leakscan.analysis.attribution.groups import Group
from leakscan.analysis.attribution.leaks import bound_of
from leakscan.analysis.growth.containers import ContainerGrowth
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.growth.trends import Trend, span_of


def is_ended_by_bound(
    group: Group, parts: Sequence[int], entries_per_unit: float, known: Explanation
) -> bool:
    """Whether the object of which these are the parts keeps to a bound, and its entries are what grows."""
    if not _is_within_bound(parts, known):
        return False
    share = _share_in_entries(group, parts, entries_per_unit, known)
    return not any(
        own > 0 and own - share * own - not_seen_to_go >= (1 - settings.MIN_SHARE_IN_ENTRIES) * own
        for own, not_seen_to_go in _growth_by_signal(group, known)
    )


def _is_within_bound(parts: Sequence[int], known: Explanation) -> bool:
    bound = next((bound for part in parts if (bound := bound_of(part, known)) is not None), None)
    lengths = [known.explained.holders[part].entries for part in parts]
    entries = max((length for length in lengths if length is not None), default=None)
    return bound is not None and entries is not None and entries <= bound


def _share_in_entries(
    group: Group, parts: Sequence[int], entries_per_unit: float, known: Explanation
) -> float:
    """Which share of the traced growth the entries weigh that the container gains, from 0 to 1."""
    gained = max(entries_per_unit, *(_gained_per_unit(known.growth(part), known.screen) for part in parts))
    if gained <= 0:
        return 0.0
    grown = known.rate(group.grown_bytes)
    weights = [weight for part in parts if (weight := _entry_bytes(part, group, known)) is not None]
    return min(1.0, gained * max(weights) / grown) if weights and grown > 0 else 1.0


def _gained_per_unit(growth: ContainerGrowth | None, screen: Screen) -> float:
    """Entries that a container gained per unit of the run over the windows that rise: the last ones."""
    rising = screen.windows[-settings.WINDOWS_THAT_AGREE :]
    if growth is None or not rising:
        return 0.0
    start, end = span_of(rising, screen.unit)
    return growth.gained_between(start, end) / (end - start) if end > start else 0.0


def _entry_bytes(index: int, group: Group, known: Explanation) -> float | None:
    """What an entry weighs, with all that hangs on it; None where nothing tells."""
    raw = known.explained.holders[index]
    if raw.in_bytes:
        return 1.0
    weights = [known.entry_bytes.get(index), _traced_bytes_of_entry(raw, group, known)]
    return max((weight for weight in weights if weight is not None), default=None)


def _traced_bytes_of_entry(raw: wire.HeldBy, group: Group, known: Explanation) -> float | None:
    """What was traced behind each entry that came, where next to none took the place of another.

    An entry of C code keeps more than its own objects say. Where values were replaced, what is behind them
    may have been there before.
    """
    if not raw.added or raw.entries is None or raw.entries_before is None:
        return None
    came = raw.added + raw.renewed
    if raw.entries - raw.entries_before < settings.CAME_TO_STAY_SHARE * came:
        return None
    sites = known.traced.sites.grown
    live = sum(
        sites[index].live_bytes * size / sites[index].bytes
        for index, size in group.bytes.items()
        if sites[index].bytes > 0
    )
    place = raw.table_bytes / max(1, raw.entries)
    return max(live, sum(share.bytes for share in raw.shares)) / raw.added + place


def _growth_by_signal(group: Group, known: Explanation) -> tuple[tuple[float, float], ...]:
    """For each signal that rises: what of it is this leak's, and what was traced and did not grow untraced.

    What takes the place of entries that are older than the tracing grows only where it is traced.
    """
    screen, sites = known.screen, known.traced.sites.grown
    small = {index for index, site in enumerate(sites) if not _is_native(site)}
    signals: list[tuple[float, float]] = []
    if screen.blocks is Trend.RISING:
        own = sum(blocks for index, blocks in group.blocks.items() if index in small)
        traced = sum(max(0, sites[index].blocks) for index in small)
        signals.append((known.rate(own), _beyond(known.rate(traced), screen.blocks_per_unit)))
    if screen.heap is Trend.RISING or screen.rss is Trend.RISING:
        # Python's own blocks are no part of the native heap, and a part of resident memory.
        left_out = small if screen.heap is Trend.RISING else set[int]()
        own_bytes = sum(size for index, size in group.bytes.items() if index not in left_out)
        traced = sum(max(0, site.bytes) for index, site in enumerate(sites) if index not in left_out)
        grown = screen.heap_per_unit if screen.heap is Trend.RISING else screen.rss_per_unit
        signals.append((known.rate(own_bytes), _beyond(known.rate(traced), grown)))
    return tuple(signals)


def _beyond(traced: float, grown: float) -> float:
    return max(0.0, traced - max(0.0, grown))


def _is_native(site: wire.TracedSite) -> bool:
    """Whether its blocks are too large for Python's own allocator, so that they are native heap."""
    return site.bytes > settings.BLOCK_BYTES * max(1, site.blocks)
