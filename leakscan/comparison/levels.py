"""Each number of a history, compared with those before it.

A run is compared with the mean of the runs in a window before it, which shows a step; and the mean of the
window with the lowest mean that a window had before, which shows what adds up. A number is flagged that lies
beyond the band *and* beyond what the scatter of the history explains: a noisy number widens its own band, so
that noise is not flagged, and an exact one is held to the band alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import fmean

from leakscan.comparison.drift_settings import (
    SCATTER_SAMPLES,
    SURE_DEVIATIONS,
    SURE_DEVIATIONS_FROM_LOWEST,
    TIMES_IN_A_ROW,
    DriftSettings,
)
from leakscan.comparison.noise import deviation_of, noise_of
from leakscan.model.history import Drift, DriftKind, Level, PastRun, Quantity


class LevelJudge:
    """Goes through the runs of one quantity, oldest first, and remembers what they are held against."""

    def __init__(self, quantity: Quantity, settings: DriftSettings) -> None:
        self._quantity = quantity
        self._band = settings.bands.get(quantity)
        self._window = settings.window
        self._min_samples = settings.min_samples
        self._known = _Known()

    def level(self, run: PastRun, value: float) -> Level:
        """The number of the next run, held against the runs before it."""
        if self._quantity in run.accepted:
            self._known = _Known()
        window = self._before(run)
        reference = limit = drift = None
        is_better = False
        if len(window) >= self._min_samples:
            reference = fmean(sample.value for sample in window)
            limit = self._upper_limit(reference, self._scatter(window))
            is_better = limit is not None and value < reference - (limit - reference)
        is_outside = self._is_beyond(value, limit, run)
        if is_outside:
            self._known.outside_in_a_row += 1
            if self._known.outside_in_a_row >= TIMES_IN_A_ROW[self._quantity]:
                assert reference is not None
                then = _Mean(reference, len(window), window[-1].run)
                drift = self._drift(DriftKind.STEP, run, value, then, limit)
        elif is_better:
            self._add_better(_Sample(run, value))
        else:
            self._add(_Sample(run, value))
            drift = self._slow_drift(run)
        return Level(
            run=run,
            value=value,
            reference=reference,
            limit=limit,
            samples=len(window),
            is_outside=is_outside,
            drift=drift,
        )

    def _add(self, sample: "_Sample") -> None:
        self._known.outside_in_a_row = 0
        for each in (*self._known.better, sample):
            self._known.add(each, by_day=self._window.days is not None)
        self._known.better.clear()

    def _add_better(self, sample: "_Sample") -> None:
        """Hold a sample under the band back until there are enough in a row: then theirs is the level.

        In one mean with those before them, they would hide it when what was gained is lost again.
        """
        self._known.outside_in_a_row = 0
        self._known.better.append(sample)
        if len(self._known.better) >= self._min_samples:
            better, self._known = self._known.better, _Known()
            for each in better:
                self._add(each)

    def _before(self, run: PastRun) -> "list[_Sample]":
        """The samples that a run is held against.

        While run after run is beyond the band the window stays where it was: a level that nobody accepted
        must not become the usual one by waiting.
        """
        known = self._known
        is_waiting = known.samples and (known.outside_in_a_row or known.better)
        return self._up_to(known.samples[-1].run if is_waiting else run)

    def _up_to(self, run: PastRun) -> "list[_Sample]":
        samples = self._known.samples
        if self._window.days is None:
            return samples[-(self._window.runs or 1) :]
        oldest = run.started_at - timedelta(days=self._window.days)
        if self._window.days >= 1:
            # Whole days: a job of each morning is in or out whatever the minute it began.
            oldest = oldest.replace(hour=0, minute=0, second=0, microsecond=0)
        start = len(samples)
        while start and samples[start - 1].run.started_at >= oldest:
            start -= 1
        return samples[start:]

    def _slow_drift(self, run: PastRun) -> Drift | None:
        """The drift of the mean of the window, from the lowest of the windows that ended before it."""
        window = self._up_to(run)
        means = self._means_by_slot(window)
        if len(means) < self._min_samples:
            return None
        now = _Mean(fmean(means), len(means), run)
        lowest = self._known.lowest_before(window[0].run, now)
        if lowest is None:
            return None
        limit = self._upper_limit(lowest.value, self._slow_scatter(lowest, now))
        if not self._is_beyond(now.value, limit, run):
            return None
        return self._drift(DriftKind.SLOW, run, now.value, lowest, limit)

    def _means_by_slot(self, window: "Sequence[_Sample]") -> list[float]:
        newest = self._known.slots[-len(window) :]
        first = window[0].run.started_at.date()
        return [slot.mean for slot in newest if slot.day is None or slot.day >= first]

    def _scatter(self, window: "Sequence[_Sample]") -> float:
        """How far noise could carry one run from the mean of a window."""
        noise = noise_of([sample.value for sample in self._known.samples[-SCATTER_SAMPLES:]])
        by_day = noise_of([slot.mean for slot in self._known.slots[-SCATTER_SAMPLES:]])
        of_window = deviation_of([sample.value for sample in window])
        deviation = max(noise.deviation, by_day.deviation, of_window)
        return noise.sure_deviations(SURE_DEVIATIONS) * deviation * math.sqrt(1 + 1 / len(window))

    def _slow_scatter(self, then: "_Mean", now: "_Mean") -> float:
        """How far noise could carry two means from each other."""
        noise = noise_of([slot.mean for slot in self._known.slots[-SCATTER_SAMPLES:]])
        spread = math.sqrt(1 / then.samples + 1 / now.samples)
        return noise.sure_deviations(SURE_DEVIATIONS_FROM_LOWEST) * noise.deviation_of_mean * spread

    def _upper_limit(self, reference: float, noise: float) -> float | None:
        return None if self._band is None else reference + max(self._band.width(reference), noise)

    def _is_beyond(self, value: float, limit: float | None, run: PastRun) -> bool:
        if limit is None or value <= limit:
            return False
        return self._quantity is not Quantity.GROWTH or value > run.threshold_bytes_per_call

    def _drift(self, kind: DriftKind, run: PastRun, now: float, then: "_Mean", limit: float | None) -> Drift:
        assert limit is not None
        return Drift(
            target=run.target,
            quantity=self._quantity,
            unit=run.unit,
            kind=kind,
            now=now,
            reference=then.value,
            limit=limit,
            samples=then.samples,
            window=self._window,
            reference_at=then.last.started_at,
        )


@dataclass(frozen=True, slots=True)
class _Sample:
    run: PastRun
    value: float


@dataclass(slots=True)
class _Slot:
    """The runs of a day, which share what the machine was busy with.

    Or a single run, where a window counts runs.
    """

    day: date | None
    total: float
    runs: int = 1

    @property
    def mean(self) -> float:
        return self.total / self.runs


@dataclass(frozen=True, slots=True)
class _Mean:
    """The mean of a window that was full enough to count."""

    value: float
    samples: int
    last: PastRun


@dataclass(slots=True)
class _Known:
    """What later runs are held against: everything since a level was last accepted."""

    samples: list[_Sample] = field(default_factory=list)
    """Those that were inside the band."""
    slots: list[_Slot] = field(default_factory=list)
    """The same, by day."""
    better: list[_Sample] = field(default_factory=list)
    """The newest, as long as all of them are under the band."""
    outside_in_a_row: int = 0
    means: list[_Mean] = field(default_factory=list)
    """Of the windows that overlap with the newest."""
    lowest: _Mean | None = None
    """Of those before."""

    def add(self, sample: _Sample, *, by_day: bool) -> None:
        self.samples.append(sample)
        day = sample.run.started_at.date() if by_day else None
        if by_day and self.slots and self.slots[-1].day == day:
            self.slots[-1].total += sample.value
            self.slots[-1].runs += 1
        else:
            self.slots.append(_Slot(day, sample.value))

    def lowest_before(self, first: PastRun, now: _Mean) -> _Mean | None:
        """The lowest mean of the windows that ended before a run; the mean of now counts for later runs."""
        while self.means and self.means[0].last.started_at < first.started_at:
            mean = self.means.pop(0)
            if self.lowest is None or mean.value < self.lowest.value:
                self.lowest = mean
        self.means.append(now)
        return self.lowest
