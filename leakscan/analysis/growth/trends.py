"""Windows of samples, and whether a signal rises through them: plain arithmetic on sequences."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import accumulate, pairwise

from leakscan import wire
from leakscan.analysis import settings
from leakscan.model.run import Unit


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
    units: float
    """Of the run's unit, between the beginnings of these quarters."""
    drawdown: float
    """The deepest fall of the signal within the window."""
    is_steady: bool
    """Whether no quarter's floor was under the one before."""
    is_smooth: bool
    """Whether every quarter's floor was over the one before, and no single step is most of the gain."""
    has_stopped: bool = False
    """Whether it rose at first, and no more at the end, though the calls went on."""
    cpu_seconds: float = 0.0
    """Of the processor, used in the window by a call that never returns; 0 where that is next to nothing."""

    @property
    def per_unit(self) -> float:
        """Gain per unit of the run."""
        return self.gained / self.units if self.units else 0.0

    @property
    def is_rising(self) -> bool:
        """Whether the floor rose by more than the signal falls by itself."""
        return self.is_steady and self.gained > settings.RISE_OVER_FALL * self.drawdown and self.gained > 0


def windows(records: Sequence[wire.Record], stage: wire.Stage = wire.Stage.SCREEN) -> tuple[Window, ...]:
    """The finished windows of a stage, in order."""
    finished: list[Window] = []
    samples: list[wire.Sample] = []
    for record in records:
        if isinstance(record, wire.Sample) and record.stage == stage:
            samples.append(record)
        elif isinstance(record, wire.RoundsDone) and record.stage == stage:
            _close(samples, finished)
            samples = []
    _close(samples, finished)
    return tuple(finished)


def _close(samples: list[wire.Sample], finished: list[Window]) -> None:
    if len(samples) < 2:
        return
    finished.append(
        Window(
            samples=tuple(samples),
            calls=samples[-1].calls - samples[0].calls,
            seconds=sum(sample.call_seconds for sample in samples),
        )
    )


def gain(window: Window, signal: Callable[[wire.Sample], float], unit: Unit) -> Gain:
    """How the floor of the signal moved through the quarters of the window."""
    values = [signal(sample) for sample in window.samples]
    # Two samples at the least in each, where there are four.
    parts = min(settings.MAX_WINDOW_PARTS, max(2, len(values) // 2))
    starts = [round(i * len(values) / parts) for i in range(parts)]
    floors = [min(values[start:end]) for start, end in pairwise([*starts, len(values)])]
    # What rises evenly has the floor of each quarter at its beginning.
    first, last = window.samples[0], window.samples[starts[-1]]
    highest = values[0]
    drawdown = 0.0
    used = cpu_seconds(last.cpu_seconds - first.cpu_seconds, last.at - first.at)
    for value in values:
        highest = max(highest, value)
        drawdown = max(drawdown, highest - value)
    return Gain(
        gained=floors[-1] - floors[0],
        units=position(last, unit) - position(first, unit),
        drawdown=drawdown,
        is_steady=all(later >= earlier for earlier, later in pairwise(floors)),
        is_smooth=_is_smooth(floors),
        has_stopped=unit is Unit.CALL and parts == settings.MAX_WINDOW_PARTS and _has_stopped(values),
        cpu_seconds=used if unit is Unit.SECOND else 0.0,
    )


def _is_smooth(floors: Sequence[float]) -> bool:
    steps = [later - earlier for earlier, later in pairwise(floors)]
    return min(steps) > 0 and (
        len(steps) < settings.MIN_STEPS_TO_COMPARE or max(steps) < settings.SINGLE_STEP_SHARE * sum(steps)
    )


def _has_stopped(values: Sequence[float]) -> bool:
    """Whether there was no new height for far longer at the end than between any two before."""
    heights = [0]
    for place, value in enumerate(values):
        if value > values[heights[-1]]:
            heights.append(place)
    at_the_end = len(values) - 1 - heights[-1]
    longest_before = max((later - earlier for earlier, later in pairwise(heights)), default=len(values))
    return at_the_end > settings.STOP_FACTOR * longest_before


def trend(
    gains: Sequence[Gain], *, min_gain: float = 0.0, is_final: bool = False, has_own_steps: bool = True
) -> Trend:
    """What the signal does, from its gains in successive windows, oldest first.

    Each window doubles the calls. A leak then gains twice as much in each; what fades gains the same or
    less; noise rises in one window and falls in the next. A signal with a `min_gain`, such as the native
    heap, has steps of its own: it has to rise smoothly, or to have stepped up in one more window.
    """
    if not gains:
        return Trend.UNKNOWN
    last = gains[-1]
    has_steps = has_own_steps and min_gain > 0
    if not last.is_rising or last.gained <= min_gain:
        return Trend.FLAT if is_final or _is_quiet(gains, has_steps=has_steps) else Trend.UNKNOWN
    if last.has_stopped or (len(gains) < settings.WINDOWS_THAT_AGREE and not is_final):
        return Trend.UNKNOWN
    recent = gains[-settings.WINDOWS_THAT_AGREE :]
    if len(recent) < settings.WINDOWS_THAT_AGREE and not all(g.is_smooth for g in recent):
        # One step in a short run may be anything.
        return Trend.UNKNOWN
    if not all(g.is_rising for g in recent):
        return Trend.UNKNOWN
    if has_steps and not is_final and not all(g.is_smooth for g in recent[-2:]):
        return _trend_with_steps(gains)
    return _trend_of_rising(recent)


def _is_quiet(gains: Sequence[Gain], *, has_steps: bool) -> bool:
    """Whether a signal that did not rise in the last window need not be watched for another one."""
    if len(gains) == 1:
        return False
    is_long = len(gains) >= settings.WINDOWS_THAT_SETTLE
    return not gains[-2].is_rising or (has_steps and is_long)


def _trend_with_steps(gains: Sequence[Gain]) -> Trend:
    recent = gains[-settings.WINDOWS_THAT_AGREE_ON_STEPS :]
    return _trend_of_rising(recent) if _agree_on_steps(recent) else Trend.UNKNOWN


def _agree_on_steps(gains: Sequence[Gain]) -> bool:
    """Whether a signal with steps of its own rose through one window more, and not in single events."""
    if len(gains) < settings.WINDOWS_THAT_AGREE_ON_STEPS or not all(g.is_rising for g in gains):
        return False
    rates = [g.per_unit for g in gains]
    return max(rates) <= settings.WILD_FACTOR * min(rates)


def _trend_of_rising(gains: Sequence[Gain]) -> Trend:
    """Whether a signal that rose in each of these windows goes on or fades."""
    rates = [g.per_unit for g in gains]
    # On a machine that is busy elsewhere less is done in a second; what is kept of it stays the same.
    if is_kept_up(rates) or is_kept_up(_per_cpu_second(gains)):
        return Trend.RISING
    is_fading = all(later < settings.FADING * earlier for earlier, later in pairwise(rates))
    return Trend.FADING if is_fading else Trend.UNKNOWN


def position(record: wire.Sample | wire.Census, unit: Unit) -> float:
    """How far the run had come, in its unit, when this was read."""
    return record.at if unit is Unit.SECOND else float(record.calls)


def span_of(windows: Sequence[Window], unit: Unit) -> tuple[float, float]:
    """Where the first of the windows begins and the last one ends, in the unit of the run."""
    return position(windows[0].samples[0], unit), position(windows[-1].samples[-1], unit)


def cpu_seconds(used: float, seconds: float) -> float:
    """The processor time used in these seconds, or 0 where it is so little that it tells nothing."""
    return used if used > settings.IDLE_SHARE * seconds else 0.0


def is_kept_up(rates: Sequence[float]) -> bool:
    """Whether each rate is about that of the one before, or more; not so if there are none."""
    return bool(rates) and all(later >= settings.STILL_RISING * earlier for earlier, later in pairwise(rates))


def _per_cpu_second(gains: Sequence[Gain]) -> list[float]:
    return [g.gained / g.cpu_seconds for g in gains] if all(g.cpu_seconds > 0 for g in gains) else []


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
    """Objects that the collection found to be garbage; in an old recording the blocks that it freed.

    A collection also frees what the interpreter keeps to use again: as many blocks after any number of calls.
    """
    if sample.unreachable is not None:
        return sample.unreachable
    return sample.blocks_before - sample.blocks


def with_garbage_kept(window: Window) -> Window:
    """The window, its blocks as they would have grown by garbage alone, had nothing collected it."""
    kept = accumulate(garbage(sample) for sample in window.samples[1:])
    samples = zip(window.samples, [0.0, *kept], strict=True)
    return replace(window, samples=tuple(sample._replace(blocks=int(amount)) for sample, amount in samples))
