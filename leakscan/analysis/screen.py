"""From samples to "it grows", "it does not", or "not known yet": plain arithmetic on sequences."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from leakscan import wire
from leakscan.analysis import settings

_NOTABLE_BLOCKS = 16
"""A step of fewer blocks is a cache of the interpreter's, not a buffer of the target's."""
_OCTAVES = 4
"""Doublings of all calls that have to agree."""
_EVEN = 1.3
"""Rates of one container that differ by no more than this are the same rate."""
_WILD = 4.0
"""Rates of windows that differ by more than this are those of single events, not of calls."""


class Trend(Enum):
    """What a signal does while calls double."""

    RISING = "rising"
    FADING = "fading"
    FLAT = "flat"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The samples of one command, and what was sampled before its first call."""

    samples: tuple[wire.Sample, ...]
    calls: int
    """Calls between its first and its last sample."""
    seconds: float
    """Spent in those calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """How the floor of a signal moved within one window."""

    gained: float
    """From the floor of the first quarter to that of the last."""
    calls: float
    """Between the middles of these quarters."""
    drawdown: float
    """The deepest fall of the signal within the window."""
    is_steady: bool
    """Whether no quarter's floor was under the one before."""
    is_smooth: bool
    """Whether every quarter's floor was over the one before, and no single step is most of the gain."""

    @property
    def per_call(self) -> float:
        """Gain per call (per second, where one call never returns)."""
        return self.gained / self.calls if self.calls else 0.0

    @property
    def is_rising(self) -> bool:
        """Whether the floor rose by more than the signal falls by itself."""
        return self.is_steady and self.gained > 1.5 * self.drawdown and self.gained > 0


def windows(records: Sequence[wire.Record], stage: str = "screen") -> tuple[Window, ...]:
    """The finished windows of a stage, in order."""
    found: list[Window] = []
    samples: list[wire.Sample] = []
    for record in records:
        if isinstance(record, wire.Sample) and record.stage == stage:
            samples.append(record)
        elif isinstance(record, wire.RoundsDone) and record.stage == stage:
            _close(samples, found)
            samples = []
    _close(samples, found)
    return tuple(found)


def _close(samples: list[wire.Sample], found: list[Window]) -> None:
    if len(samples) < 2:
        return
    found.append(
        Window(
            samples=tuple(samples),
            calls=samples[-1].calls - samples[0].calls,
            seconds=sum(sample.call_seconds for sample in samples),
        )
    )


def gain(window: Window, signal: Callable[[wire.Sample], float], *, by_time: bool) -> Gain:
    """How the floor of the signal moved through the quarters of the window."""
    values = [signal(sample) for sample in window.samples]
    parts = 4 if len(values) >= 8 else 3 if len(values) >= 6 else 2
    size = len(values) / parts
    floors = [min(values[round(i * size) : round((i + 1) * size)]) for i in range(parts)]
    span = (window.samples[-1].at - window.samples[0].at if by_time else float(window.calls)) * (
        1 - 1 / parts
    )
    highest = values[0]
    drawdown = 0.0
    for value in values:
        highest = max(highest, value)
        drawdown = max(drawdown, highest - value)
    return Gain(
        gained=floors[-1] - floors[0],
        calls=span * len(values) / (len(values) - 1),
        drawdown=drawdown,
        is_steady=all(later >= earlier for earlier, later in pairwise(floors)),
        is_smooth=_is_smooth(floors),
    )


def _is_smooth(floors: Sequence[float]) -> bool:
    steps = [later - earlier for earlier, later in pairwise(floors)]
    return min(steps) > 0 and (len(steps) < 3 or max(steps) < 0.75 * sum(steps))


def trend(
    gains: Sequence[Gain], *, least: float = 0.0, is_final: bool = False, has_own_steps: bool = True
) -> Trend:
    """What the signal does, from its gains in successive windows, oldest first.

    Each window doubles the calls. A leak then gains twice as much in each; what fades gains the same or
    less; noise rises in one window and falls in the next. A signal with a least gain, such as the native
    heap, has steps of its own: it has to rise smoothly, or to have stepped up in one more window.
    """
    if not gains:
        return Trend.UNKNOWN
    last = gains[-1]
    if not last.is_rising or last.gained <= least:
        if len(gains) == 1:
            return Trend.FLAT if is_final else Trend.UNKNOWN
        before = gains[-2]
        return Trend.FLAT if not before.is_rising or is_final else Trend.UNKNOWN
    if len(gains) < settings.WINDOWS_THAT_AGREE and not is_final:
        return Trend.UNKNOWN
    recent = list(gains[-3:])
    if len(recent) < settings.WINDOWS_THAT_AGREE and not all(g.is_smooth for g in recent):
        # One step in a short run may be anything.
        return Trend.UNKNOWN
    rates = [g.per_call for g in recent]
    if all(g.is_rising for g in recent):
        if least and has_own_steps and not is_final and not all(g.is_smooth for g in recent[-2:]):
            recent = list(gains[-4:])
            if len(recent) < 4 or not all(g.is_rising for g in recent):
                return Trend.UNKNOWN
            rates = [g.per_call for g in recent]
            if max(rates) > _WILD * min(rates):
                return Trend.UNKNOWN
        if all(later >= settings.STILL_RISING * earlier for earlier, later in pairwise(rates)):
            return Trend.RISING
        if all(later < settings.FADING * earlier for earlier, later in pairwise(rates)):
            return Trend.FADING
    return Trend.UNKNOWN


def blocks(sample: wire.Sample) -> float:
    """Memory blocks in use after the collection."""
    return sample.blocks


def heap(sample: wire.Sample) -> float:
    """Bytes of native heap in use."""
    return sample.heap


def rss(sample: wire.Sample) -> float:
    """Resident bytes."""
    return sample.rss


def garbage(sample: wire.Sample) -> float:
    """Blocks that the collection freed."""
    return sample.blocks_before - sample.blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerGrowth:
    """One container that grew again and again, as the looks saw it."""

    address: int
    type: str
    bound: int | None
    in_bytes: bool
    looks: tuple[tuple[int, int], ...]
    """(calls, entries) at each look in which it had grown, and before."""
    per_call: float
    is_persistent: bool
    """Whether it gained in each of the last looks, and not ever less."""
    is_even: bool
    """Whether it gained at one rate in all of them, as a container does that is never emptied."""

    @property
    def entries(self) -> int:
        """Entries at the last look."""
        return self.looks[-1][1]

    @property
    def is_full(self) -> bool:
        """Whether it has as many entries as it allows itself."""
        return self.bound is not None and self.entries >= self.bound


def container_growth(records: Sequence[wire.Record], *, by_time: bool = False) -> tuple[ContainerGrowth, ...]:
    """Every container that was seen growing, the fastest first."""
    looks = [record for record in records if isinstance(record, wire.Census)]
    found: dict[int, list[tuple[int, wire.GrownContainer]]] = {}
    for number, look in enumerate(looks):
        for grown in look.grown:
            found.setdefault(grown.address, []).append((number, grown))
    when = [round(look.at * 1000) if by_time else look.calls for look in looks]
    grown_containers = [_container(address, seen, when) for address, seen in found.items()]
    return tuple(sorted(grown_containers, key=lambda c: (-c.per_call, c.address)))


def _container(address: int, seen: list[tuple[int, wire.GrownContainer]], when: list[int]) -> ContainerGrowth:
    newest = seen[-1][1]
    points: list[tuple[int, int]] = []
    for number, grown in seen:
        if not points or points[-1][0] != when[number - 1]:
            points.append((when[number - 1], grown.before))
        points.append((when[number], grown.after))
    last_looks = range(max(1, len(when) - 3), len(when))
    gained = {number: grown.after - grown.before for number, grown in seen}
    rates = [gained.get(n, 0) / max(1, when[n] - when[n - 1]) for n in last_looks]
    is_persistent = (
        len(rates) >= 2
        and all(rate > 0 for rate in rates)
        and all(later >= settings.STILL_RISING * earlier for earlier, later in pairwise(rates))
    )
    return ContainerGrowth(
        address=address,
        type=newest.type,
        bound=newest.bound,
        in_bytes=newest.in_bytes,
        looks=tuple(points),
        per_call=rates[-1] if rates else 0.0,
        is_persistent=is_persistent,
        is_even=is_persistent and len(rates) >= 3 and max(rates) <= _EVEN * min(rates),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What the untraced rounds tell, all signals together."""

    trend: Trend
    blocks: Trend
    heap: Trend
    rss: Trend
    is_garbage: bool
    """Whether garbage piles up that nothing but our own collection frees."""
    garbage_per_call: float
    blocks_per_call: float
    heap_per_call: float
    rss_per_call: float
    containers: tuple[ContainerGrowth, ...]
    calls: int
    """Calls in the windows."""
    seconds: float
    """Spent in them."""
    windows: tuple[Window, ...]
    by_time: bool
    is_stepping: bool
    """Whether memory grows in ever larger steps, with ever longer flat spans between them."""

    @property
    def suspects(self) -> tuple[ContainerGrowth, ...]:
        """Containers that grew at each of the last looks."""
        return tuple(c for c in self.containers if c.is_persistent)

    @property
    def filled(self) -> tuple[ContainerGrowth, ...]:
        """Containers that grew to their own bound while they were watched, and stayed there."""
        return tuple(
            c
            for c in self.containers
            if c.bound is not None
            and c.is_full
            and not c.is_persistent
            and c.entries - c.looks[0][1] >= 0.5 * c.bound
        )

    @property
    def per_call_events(self) -> float:
        """Grown things per call, by the signal that shows most."""
        entries = max((c.per_call for c in self.suspects if not c.in_bytes), default=0.0)
        by_time = 1000.0 if self.by_time else 1.0
        return max(
            self.blocks_per_call,
            self.garbage_per_call if self.is_garbage else 0.0,
            entries * by_time,
            self.heap_per_call / 4096,
        )


def screen(records: Sequence[wire.Record], *, by_time: bool = False, is_final: bool = False) -> Screen:
    """What the windows so far tell; `is_final` if there will be no more of them."""
    found = windows(records, "watch" if by_time else "screen")
    signals = {signal: [gain(w, signal, by_time=by_time) for w in found] for signal in (blocks, heap, rss)}
    of_blocks = trend(
        signals[blocks],
        # In a run of a few windows, a few blocks are all that a leak can gain.
        least=settings.LEAST_BLOCK_GAIN if len(found) >= settings.WINDOWS_THAT_AGREE else 0.0,
        is_final=is_final,
        has_own_steps=False,
    )
    of_heap = trend(signals[heap], least=settings.LEAST_HEAP_GAIN_BYTES, is_final=is_final)
    is_stepping = False
    if not by_time and found and not signals[blocks][-1].is_smooth:
        deepest = max(moved.drawdown for moved in signals[blocks])
        is_stepping = is_stepping_up(octaves(records), deepest)
        of_blocks = Trend.RISING if is_stepping else of_blocks
    of_rss = trend(signals[rss], least=settings.LEAST_RSS_GAIN_BYTES, is_final=is_final)
    containers = container_growth(records, by_time=by_time)
    garbage_rate = _garbage_per_call(found)
    together = _together(
        of_blocks, of_heap, of_rss, containers, windows_seen=len(found), is_garbage=garbage_rate > 0
    )
    if together is Trend.FLAT and not is_final and not _has_settled(found, signals[blocks]):
        together = Trend.UNKNOWN
    return Screen(
        trend=together,
        blocks=of_blocks,
        heap=of_heap,
        rss=of_rss,
        is_garbage=garbage_rate > 0,
        garbage_per_call=garbage_rate,
        blocks_per_call=_rate(signals[blocks]),
        heap_per_call=_rate(signals[heap]),
        rss_per_call=_rate(signals[rss]),
        containers=containers,
        calls=sum(w.calls for w in found),
        seconds=sum(w.seconds for w in found),
        windows=found,
        by_time=by_time,
        is_stepping=is_stepping,
    )


def octaves(records: Sequence[wire.Record]) -> tuple[float, ...]:
    """What the blocks in use gained in each doubling of all calls, the newest first.

    Whatever the agent itself took between two windows is left out: only gains within windows are added up.
    """
    points = _risen(records)
    if not points:
        return ()
    gained: list[float] = []
    end = points[-1][0]
    while end >= 2 * points[0][0] and end >= 2:
        gained.append(_at(points, end) - _at(points, end / 2))
        end //= 2
    return tuple(gained)


def _risen(records: Sequence[wire.Record]) -> list[tuple[int, float]]:
    """(calls, blocks gained so far), in the order of the calls, without what falls again later."""
    points: list[tuple[int, float]] = []
    before: wire.Sample | None = None
    total = 0.0
    for record in records:
        if isinstance(record, wire.Census):
            before = None
        elif isinstance(record, wire.Sample) and record.stage in ("warm up", "screen"):
            if before is not None:
                total += record.blocks - before.blocks
            points.append((record.calls, total))
            before = record
    lowest = float("inf")
    floor: list[tuple[int, float]] = []
    for calls, value in reversed(points):
        lowest = min(lowest, value)
        floor.append((calls, lowest))
    return floor[::-1]


def _at(points: Sequence[tuple[int, float]], calls: float) -> float:
    return next(value for reached, value in reversed(points) if reached <= calls)


def is_stepping_up(gained: Sequence[float], drawdown: float) -> bool:
    """Whether each of the last doublings of all calls gained more than the one before: a doubling buffer."""
    recent = gained[:_OCTAVES]
    if len(recent) < _OCTAVES or min(recent) <= max(_NOTABLE_BLOCKS, 1.5 * drawdown):
        return False
    return all(
        2 * settings.STILL_RISING * earlier <= later <= _WILD * earlier for later, earlier in pairwise(recent)
    )


def _has_settled(found: Sequence[Window], of_blocks: Sequence[Gain]) -> bool:
    """Whether memory has been flat for so long that a buffer that doubles would have doubled again."""
    risen = [
        window.samples[-1].calls
        for window, moved in zip(found, of_blocks, strict=True)
        if moved.is_rising and moved.gained >= _NOTABLE_BLOCKS
    ]
    return not risen or found[-1].samples[-1].calls >= settings.SETTLED_FACTOR * risen[-1]


def _rate(gains: Sequence[Gain]) -> float:
    """Gain per call over the last window, but over the last three where it comes in steps."""
    if not gains:
        return 0.0
    over_all = sum(g.gained for g in gains) / max(1.0, sum(g.calls for g in gains))
    return gains[-1].per_call if gains[-1].is_smooth else max(0.0, over_all)


def _together(
    of_blocks: Trend,
    of_heap: Trend,
    of_rss: Trend,
    containers: Sequence[ContainerGrowth],
    *,
    windows_seen: int,
    is_garbage: bool,
) -> Trend:
    if is_garbage or Trend.RISING in (of_blocks, of_heap):
        return Trend.RISING
    if windows_seen >= 3 and any(c.is_even and not c.is_full for c in containers):
        return Trend.RISING
    if of_blocks is Trend.FLAT and of_heap is not Trend.UNKNOWN:
        if of_rss is Trend.RISING and windows_seen >= 4:
            return Trend.RISING
        return Trend.FLAT
    if of_blocks is Trend.FADING and windows_seen >= 5:
        return Trend.FADING
    return Trend.UNKNOWN


def _garbage_per_call(found: Sequence[Window]) -> float:
    """Blocks of garbage per call that pile up because nothing collects them; 0 where something does."""
    if not found:
        return 0.0
    samples = found[-1].samples[1:]
    calls = found[-1].calls / max(1, len(samples))
    if calls < 1:
        return 0.0
    least = min(garbage(sample) for sample in samples)
    if least <= 0:
        return 0.0
    is_off = not any(sample.is_collecting for sample in samples)
    if is_off and least >= max(4.0, 0.01 * calls):
        return least / calls
    return 0.0
