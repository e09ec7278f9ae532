"""How often noise is called a drift, and how soon a real one is: daily runs, simulated.

python benchmarks/drift_noise.py [--series N]

Each line of the first table is N series of 1,000 days (12 by default: 33 years) of a number that only
scatters; of the second, 20 series whose number gets worse after 60 days; of the third, 10 that get worse by
3 % a week.
"""

import argparse
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median

from leakscan.comparison.drift import histories
from leakscan.comparison.drift_settings import DriftSettings
from leakscan.model.history import DriftKind, Machine, PastRun, Quantity, Window
from leakscan.model.run import Unit, Verdict

Source = Callable[[random.Random, float], float]
DAYS = 1_000
WIDTHS = (0.02, 0.05, 0.09, 0.15, 0.3, 0.5)
SOURCES: dict[str, Source] = {
    "even": lambda source, width: source.uniform(1 - width, 1 + width),
    "normal": lambda source, width: max(0.01, source.gauss(1, width / 3**0.5)),
    "with outliers": lambda source, width: source.lognormvariate(0, width / 3**0.5),
}
"""Each with the standard deviation of even noise of so much to both sides."""
WINDOWS = {"7d": Window(days=7.0), "20": Window(runs=20)}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--series", type=int, default=12)
    series = parser.parse_args().series
    print(f"noise alone, {series} series of {DAYS} days: drifts called of peak / of time")
    for name, window in WINDOWS.items():
        for kind, noise in SOURCES.items():
            for width in WIDTHS:
                counts = _false_calls(noise, width, window, series)
                print(f"  --window {name}  {kind} ±{width:.0%}: {counts[0]} / {counts[1]}")
    print("a step after 60 days: called at once, of 20")
    for width in WIDTHS[:-1]:
        hits = [f"+{size - 1:.0%}: {_steps_called(width, size)}" for size in (1.3, 1.5, 2.0)]
        print(f"  even ±{width:.0%}: {', '.join(hits)}")
    print("3 % a week: called after so many weeks, median and longest of 10")
    for width in WIDTHS[:-1]:
        weeks = _weeks_of_slow_drift(width)
        print(f"  even ±{width:.0%}: {median(weeks):.1f}, {max(weeks):.1f}")


def _false_calls(noise: Source, width: float, window: Window, series: int) -> tuple[int, int]:
    """Drifts that begin in numbers that only scatter."""
    false_alarms = {Quantity.PEAK: 0, Quantity.TIME: 0}
    for seed in range(series):
        source = random.Random(seed)
        calls = _calls([noise(source, width) for _ in range(DAYS)], window)
        for quantity in false_alarms:
            days = [day for day, _ in calls[quantity]]
            false_alarms[quantity] += sum(day - 1 not in days for day in days)
    return false_alarms[Quantity.PEAK], false_alarms[Quantity.TIME]


def _steps_called(width: float, size: float) -> int:
    hits = 0
    for seed in range(20):
        source = random.Random(seed)
        values = [source.uniform(1 - width, 1 + width) * (size if day >= 60 else 1) for day in range(61)]
        hits += (60, DriftKind.STEP) in _calls(values, WINDOWS["7d"])[Quantity.PEAK]
    return hits


def _weeks_of_slow_drift(width: float) -> list[float]:
    weeks = []
    for seed in range(10):
        source = random.Random(seed)
        values = [1.03 ** (day / 7) * source.uniform(1 - width, 1 + width) for day in range(300)]
        calls = _calls(values, WINDOWS["7d"])[Quantity.PEAK]
        weeks.append(calls[0][0] / 7 if calls else float("inf"))
    return weeks


def _calls(values: Sequence[float], window: Window) -> dict[Quantity, list[tuple[int, DriftKind]]]:
    """The days on which each quantity was called, had it been these values."""
    [history] = histories(
        [_run(day, value) for day, value in enumerate(values)], DriftSettings(window=window)
    )
    return {
        course.quantity: [(day, level.drift.kind) for day, level in enumerate(course.levels) if level.drift]
        for course in history.courses
    }


def _run(day: int, value: float) -> PastRun:
    return PastRun(
        id=day,
        target="app.jobs:handle",
        started_at=datetime(2026, 1, 1, 9, tzinfo=UTC) + timedelta(days=day),
        commit=None,
        verdict=Verdict.CLEAN,
        is_failed=False,
        unit=Unit.CALL,
        growth_bytes_per_call=0.0,
        peak_bytes=round(value * 5e7),
        seconds_per_call=value * 5e-3,
        calls=1_000,
        threshold_bytes_per_call=0.0,
        python="3.11.7",
        leakscan="0.1.0",
        machine=Machine(system="Linux", processor=""),
        conditions="",
        accepted={},
    )


if __name__ == "__main__":
    main()
