"""Leaks that are none: what came took the place of something, so that nothing is left of it."""

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution.explanation import Explanation
from leakscan.analysis.attribution.leaks import Leak
from leakscan.analysis.growth.trends import Trend, Window, span_of
from leakscan.model.run import Unit


def is_only_replaced(leak: Leak, known: Explanation) -> bool:
    """Whether what was traced only took the place of what had been there, in what had stopped growing.

    Entries that were made before the tracing are not seen to go: those that come look like a leak.
    What gets no longer can leak in values alone, so that memory grows by more than its entries.
    """
    holders = leak.group.holders
    return bool(holders) and all(_has_stopped_growing(index, known) for index in holders)


def is_mostly_replaced(leak: Leak, known: Explanation) -> bool:
    """Whether what was longer at each census is so by next to nothing of what came in."""
    holders = leak.group.holders
    return bool(holders) and all(_gains_next_to_nothing(index, known) for index in holders)


def _has_stopped_growing(index: int, known: Explanation) -> bool:
    raw = known.explained.holders[index]
    if not _is_no_longer_than_before(raw) or known.screen.unit is Unit.SECOND:
        return False
    if known.screen.trend in (Trend.FLAT, Trend.FADING):
        return True
    if known.last_window is None:
        return False
    gained = _gained_in(known.last_window, index, known)
    if gained <= 0:
        return False
    # Its entries may be several blocks each. More windows show whether anything grows without it.
    first, last = known.last_window.samples[0], known.last_window.samples[-1]
    explains_growth = gained >= settings.MIN_SHARE_OF_GROWTH * (last.blocks - first.blocks)
    return explains_growth or known.is_open


def _is_no_longer_than_before(raw: wire.HeldBy) -> bool:
    """Whether entries came into a container that is no longer than when the tracing began."""
    if not raw.is_container or raw.in_bytes or raw.entries is None or raw.entries_before is None:
        return False
    return raw.entries <= raw.entries_before and bool(raw.added)


def _gained_in(window: Window, index: int, known: Explanation) -> int:
    """Entries that the container gained in this window."""
    growth = known.growth(index)
    return 0 if growth is None else growth.gained_between(*span_of([window], Unit.CALL))


def _gains_next_to_nothing(index: int, known: Explanation) -> bool:
    """Whether next to all of what came in took the place of something, and the rest came unevenly.

    A cache that is emptied by half, or down to its bound, may be a little longer at each census. What one
    call in a hundred forgets to remove comes at one rate.
    """
    raw, growth = known.explained.holders[index], known.growth(index)
    if growth is None or not raw.added or not raw.calls or growth.is_even or growth.may_be_even:
        return False
    return growth.per_unit < settings.NET_OF_REPLACED * raw.added / raw.calls
