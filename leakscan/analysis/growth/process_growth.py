"""Growth that the counters of the whole process show, and Python's own blocks do not."""

from collections.abc import Sequence

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.growth.trends import Trend
from leakscan.analysis.record_index import indexed


def is_fragmentation(records: Sequence[wire.Record], screen: Screen) -> bool:
    """Whether resident memory grows alone, and malloc could give much of it back."""
    trimmed = indexed(records).last(wire.Trimmed)
    grown_alone = screen.rss is Trend.RISING and Trend.RISING not in (screen.blocks, screen.heap)
    if trimmed is None or not grown_alone:
        return False
    gained = screen.windows[-1].samples[-1].rss - screen.windows[0].samples[0].rss
    return trimmed.before - trimmed.after >= settings.GIVEN_BACK_SHARE * gained


def native_bytes_per_unit(records: Sequence[wire.Record], screen: Screen) -> float | None:
    """What native memory grows by per unit of the run, where blocks do not; None where it does not grow."""
    if screen.trend is not Trend.RISING or screen.blocks is Trend.RISING:
        return None
    if screen.heap is Trend.RISING:
        return screen.heap_per_unit
    is_of_pages = screen.rss is Trend.RISING and not is_fragmentation(records, screen)
    return screen.rss_per_unit if is_of_pages else None


def is_container_alone(screen: Screen) -> bool:
    """Whether the screen saw a container grow, and no counter of the process."""
    return (
        screen.trend is Trend.RISING
        and Trend.RISING not in (screen.blocks, screen.heap, screen.rss)
        and bool(screen.suspects)
    )
