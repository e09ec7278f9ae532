"""From samples to "it grows", "it does not", or "not known yet": all signals together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.growth.containers import (
    ContainerGrowth,
    censuses_of_the_run,
    container_growth,
    may_have_begun_to_grow,
)
from leakscan.analysis.growth.doubling import doublings, is_stepping_up
from leakscan.analysis.growth.trends import (
    Gain,
    Trend,
    Window,
    blocks,
    gain,
    heap,
    rss,
    trend,
    windows,
    with_garbage_kept,
)
from leakscan.model.run import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What the untraced rounds tell, all signals together."""

    trend: Trend
    kept: Trend
    """What the memory does that a collection leaves, without the garbage that piles up beside it."""
    blocks: Trend
    heap: Trend
    rss: Trend
    is_garbage: bool
    """Whether garbage piles up that nothing but our own collection frees."""
    garbage_per_unit: float
    """Objects of it; 0 where none piles up."""
    blocks_per_unit: float
    heap_per_unit: float
    rss_per_unit: float
    containers: tuple[ContainerGrowth, ...]
    censuses: int
    """Censuses at the containers."""
    calls: int
    """Calls in the windows."""
    seconds: float
    """Spent in them."""
    windows: tuple[Window, ...]
    unit: Unit
    """Of every rate here."""
    is_stepping: bool
    """Whether memory grows in ever larger steps, with ever longer flat spans between them."""

    @property
    def suspects(self) -> tuple[ContainerGrowth, ...]:
        """Containers that grew at each of the last censuses; of two censuses only, as fast as memory did."""
        if self.censuses > settings.CENSUSES_OF_A_SHORT_RUN:
            return tuple(c for c in self.containers if c.is_persistent)
        return tuple(
            c for c in self.containers if c.per_unit >= settings.SUSPECT_SHARE * self.blocks_per_unit
        )

    @property
    def filled(self) -> tuple[ContainerGrowth, ...]:
        """Containers that grew to their own bound while they were watched, and stayed there."""
        return tuple(
            c
            for c in self.containers
            if c.bound is not None
            and c.is_full
            and not c.is_persistent
            and c.entries - c.lengths[0][1] >= settings.FILLED_SHARE * c.bound
        )

    @property
    def may_be_growing(self) -> ContainerGrowth | None:
        """The container that grows fastest of those of which too few censuses were taken to tell."""
        return next((each for each in self.containers if each.may_be_growing), None)

    def span(self, sites: wire.Sites) -> float:
        """How much was traced for these sites, in units of the run; 0 where nothing was.

        A program that runs by itself is slower while it is traced: what its containers gained tells how much
        of its own time the span was worth.
        """
        if self.unit is Unit.CALL:
            return float(sites.calls)
        per_second = {c.address: c.per_unit for c in self.suspects if c.per_unit > 0 and not c.in_bytes}
        gained = sum(max(0, entries) for address, entries in sites.entries if address in per_second)
        if gained < settings.MIN_ENTRIES_OF_A_CLOCK:
            return sites.seconds
        measured = {address for address, _entries in sites.entries}
        return gained / sum(rate for address, rate in per_second.items() if address in measured)

    @property
    def bytes_per_unit(self) -> float:
        """What the process measurably grew by per unit; 0 where neither of its counters in bytes rose."""
        heap_bytes = self.heap_per_unit if self.heap is Trend.RISING else 0.0
        rss_bytes = self.rss_per_unit if self.rss is Trend.RISING else 0.0
        return max(0.0, heap_bytes, rss_bytes)

    @property
    def events_per_unit(self) -> float:
        """Grown things per unit, by the signal that shows most."""
        entries = max((c.per_unit for c in self.suspects if not c.in_bytes), default=0.0)
        return max(
            self.blocks_per_unit,
            self.garbage_per_unit if self.is_garbage else 0.0,
            entries,
            self.heap_per_unit / settings.HEAP_BYTES_OF_AN_EVENT,
        )


def screen(records: Sequence[wire.Record], unit: Unit = Unit.CALL, *, is_final: bool = False) -> Screen:
    """What the windows so far tell; `is_final` if there will be no more of them."""
    finished = windows(records, wire.Stage.WATCH if unit is Unit.SECOND else wire.Stage.SCREEN)
    signals = {signal: [gain(w, signal, unit) for w in finished] for signal in (blocks, heap, rss)}
    signals[blocks] = _with_falls_between(signals[blocks], finished)
    of_blocks = _trend_of_blocks(signals[blocks], is_final=is_final)
    of_heap = _trend_of_heap(signals[heap], is_final=is_final)
    is_stepping = False
    if unit is Unit.CALL and finished and not signals[blocks][-1].is_smooth:
        deepest = max(moved.drawdown for moved in signals[blocks])
        is_stepping = is_stepping_up(doublings(records), deepest)
        of_blocks = Trend.RISING if is_stepping else of_blocks
    of_rss = _trend_of_resident(signals[rss], is_final=is_final)
    containers = container_growth(records, unit)
    has_stopped = bool(finished) and signals[blocks][-1].has_stopped
    kept = _together(
        *(of_blocks, of_heap, of_rss), () if has_stopped else containers, windows_seen=len(finished)
    )
    if kept is Trend.FLAT:
        may_be_growing = any(c.may_be_growing for c in containers)
        may_be_settling = _rises_so_far(signals[rss]) or not _has_settled(finished, signals[blocks])
        is_open = may_be_settling or may_have_begun_to_grow(records)
        if may_be_growing or (is_open and not is_final):
            kept = Trend.UNKNOWN
    piled_up = _garbage(finished, unit)
    of_garbage = _trend_of_blocks(piled_up, is_final=is_final)
    return Screen(
        trend=_with_garbage(kept, of_garbage) if piled_up else kept,
        kept=kept,
        blocks=of_blocks,
        heap=of_heap,
        rss=of_rss,
        is_garbage=of_garbage is Trend.RISING,
        garbage_per_unit=_rate(piled_up) if of_garbage is Trend.RISING else 0.0,
        blocks_per_unit=_rate(signals[blocks]),
        heap_per_unit=_rate(signals[heap]),
        rss_per_unit=_rate(signals[rss]),
        containers=containers,
        censuses=len(censuses_of_the_run(records)),
        calls=sum(w.calls for w in finished),
        seconds=sum(w.seconds for w in finished),
        windows=finished,
        unit=unit,
        is_stepping=is_stepping,
    )


def may_have_gained(window: Window) -> bool:
    """Whether memory rose in the window by more than single events of the interpreter's own add."""
    min_gain = (
        (blocks, settings.MIN_BLOCK_GAIN),
        (heap, settings.MIN_HEAP_GAIN_BYTES),
        (rss, settings.MIN_RSS_GAIN_BYTES),
    )
    return any(gain(window, signal, Unit.CALL).gained > few for signal, few in min_gain)


def _trend_of_blocks(gains: Sequence[Gain], *, is_final: bool) -> Trend:
    return trend(gains, min_gain=_min_block_gain(len(gains)), is_final=is_final, has_own_steps=False)


def _min_block_gain(windows_seen: int) -> float:
    # In a run of a few windows, a few blocks are all that a leak can gain.
    return settings.MIN_BLOCK_GAIN if windows_seen >= settings.WINDOWS_THAT_AGREE else 0.0


def _trend_of_heap(gains: Sequence[Gain], *, is_final: bool) -> Trend:
    return trend(gains, min_gain=settings.MIN_HEAP_GAIN_BYTES, is_final=is_final)


def _trend_of_resident(gains: Sequence[Gain], *, is_final: bool) -> Trend:
    return trend(gains, min_gain=settings.MIN_RSS_GAIN_BYTES, is_final=is_final)


def _with_falls_between(gains: Sequence[Gain], finished: Sequence[Window]) -> list[Gain]:
    """The gains, with what fell before and after each window as part of its fall.

    What rises in every window and is gone at the start of the next was taken and given back.
    """
    falls = [earlier.samples[-1].blocks - later.samples[0].blocks for earlier, later in pairwise(finished)]
    return [
        replace(moved, drawdown=max(moved.drawdown, before, after))
        for moved, before, after in zip(gains, [0, *falls], [*falls, 0], strict=False)
    ]


def _rises_so_far(of_rss: Sequence[Gain]) -> bool:
    """Whether resident memory rose in each of too few windows to tell."""
    rises = all(moved.is_rising and moved.gained > settings.MIN_RSS_GAIN_BYTES for moved in of_rss)
    return rises and len(of_rss) < settings.WINDOWS_OF_RESIDENT_MEMORY


def _has_settled(finished: Sequence[Window], of_blocks: Sequence[Gain]) -> bool:
    """Whether memory has been flat for so long that a buffer that doubles would have doubled again."""
    risen = [
        window.samples[-1].calls
        for window, moved in zip(finished, of_blocks, strict=True)
        if moved.is_rising and moved.gained >= settings.NOTABLE_BLOCKS
    ]
    return not risen or finished[-1].samples[-1].calls >= settings.SETTLED_FACTOR * risen[-1]


def _rate(gains: Sequence[Gain]) -> float:
    """Gain per unit over the last window; where it comes in steps, over all of them, and at least 0."""
    if not gains:
        return 0.0
    units = sum(g.units for g in gains)
    over_all = sum(g.gained for g in gains) / units if units else 0.0
    return gains[-1].per_unit if gains[-1].is_smooth else max(0.0, over_all)


def _together(
    of_blocks: Trend,
    of_heap: Trend,
    of_rss: Trend,
    containers: Sequence[ContainerGrowth],
    *,
    windows_seen: int,
) -> Trend:
    if Trend.RISING in (of_blocks, of_heap):
        return Trend.RISING
    if any(c.is_even and not c.is_full for c in containers):
        return Trend.RISING
    if of_blocks is Trend.FLAT and of_heap is not Trend.UNKNOWN:
        if of_rss is Trend.RISING:
            # Memory that malloc knows nothing of, or keeps: a window more tells it from chance.
            return Trend.RISING if _is_beyond_chance(windows_seen) else Trend.UNKNOWN
        return Trend.FLAT
    if of_blocks is Trend.FADING and _has_faded(windows_seen):
        return Trend.FADING
    return Trend.UNKNOWN


def _is_beyond_chance(windows_seen: int) -> bool:
    return windows_seen >= settings.WINDOWS_OF_RESIDENT_MEMORY


def _has_faded(windows_seen: int) -> bool:
    return windows_seen >= settings.WINDOWS_THAT_FADE


def _garbage(finished: Sequence[Window], unit: Unit) -> list[Gain]:
    """What garbage alone gains from window to window; nothing where the target's own collector frees it.

    It is judged as what is kept is: a leak of garbage gains as much more as there are more calls, and what is
    there once in a round, whatever its calls, does not.
    """
    if not finished or any(sample.is_collecting for sample in finished[-1].samples[1:]):
        return []
    return [gain(with_garbage_kept(window), blocks, unit) for window in finished]


def _with_garbage(kept: Trend, of_garbage: Trend) -> Trend:
    """What all memory does, where garbage is not collected but by us."""
    if Trend.RISING in (kept, of_garbage):
        return Trend.RISING
    return Trend.UNKNOWN if of_garbage is Trend.UNKNOWN and kept is Trend.FLAT else kept
