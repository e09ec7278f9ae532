"""What is flagged as worse than its history, and what is not."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leakscan.comparison.drift import histories, history_of
from leakscan.comparison.drift_settings import DEFAULT_BANDS, DriftSettings
from leakscan.model.history import Band, Drift, DriftKind, Machine, PastRun, Quantity, TargetHistory, Window
from leakscan.model.run import Unit, Verdict
from tests.builders import a_past_run

DAYS_IN_A_YEAR = 365
MEGABYTE = 1e6
DEFAULTS = DriftSettings()
TWENTY_RUNS = DriftSettings(window=Window(runs=20))


def days(*runs: PastRun, per_day: int = 1) -> list[PastRun]:
    """The runs, with ids, so many a day."""
    return [
        replace(
            run,
            id=number,
            started_at=run.started_at + timedelta(days=number // per_day, hours=number % per_day),
        )
        for number, run in enumerate(runs, start=1)
    ]


def peaks(megabytes: Iterable[float], *, per_day: int = 1) -> list[PastRun]:
    return days(*(a_past_run(peak_bytes=int(peak * MEGABYTE)) for peak in megabytes), per_day=per_day)


def times(milliseconds: Iterable[float], **changes: Any) -> list[PastRun]:
    return days(*(a_past_run(seconds_per_call=each / 1e3, **changes) for each in milliseconds))


def growths(bytes_per_call: Iterable[float], **changes: Any) -> list[PastRun]:
    leaking = {"verdict": Verdict.LEAKING, **changes}
    return days(*(a_past_run(growth_bytes_per_call=float(each), **leaking) for each in bytes_per_call))


def flagged(
    runs: Sequence[PastRun], settings: DriftSettings = DEFAULTS
) -> list[tuple[int | None, DriftKind]]:
    """Each run at which something was flagged, when it was the last."""
    return [
        (level.run.id, level.drift.kind)
        for history in histories(runs, settings)
        for course in history.courses
        for level in course.levels
        if level.drift is not None
    ]


def the_drift(runs: Sequence[PastRun], settings: DriftSettings = DEFAULTS) -> Drift:
    [drift] = history_of(runs[-1], runs[:-1], settings).drifts
    return drift


def test_a_step_beyond_the_band_is_flagged_at_once() -> None:
    drift = the_drift(peaks([50] * 10 + [61]))

    assert (drift.quantity, drift.kind) == (Quantity.PEAK, DriftKind.STEP)
    assert (drift.now, drift.reference, drift.limit) == (61e6, 50e6, 60e6)
    assert drift.samples == 7


def test_a_step_within_the_band_is_not_flagged() -> None:
    assert flagged(peaks([50] * 10 + [59.9])) == []


def test_what_got_better_is_not_flagged_and_is_the_new_standard() -> None:
    better = peaks([50] * 10 + [30] * 10)
    assert flagged(better) == []

    assert flagged(peaks([50] * 10 + [30] * 10 + [45]))[-1] == (21, DriftKind.STEP)


def test_nothing_is_flagged_on_too_few_runs() -> None:
    assert flagged(peaks([50] * 4 + [500])) == []
    assert flagged(peaks([50] * 5 + [500])) == [(6, DriftKind.STEP)]


def test_fewer_runs_are_enough_for_who_wants_to_hear_early() -> None:
    two = DriftSettings(window=Window(runs=2), min_samples=2)

    assert flagged(peaks([40.5, 40.6, 62]), two) == [(3, DriftKind.STEP)]


def test_runs_older_than_the_window_are_no_reference() -> None:
    before = peaks([50] * 10)
    a_month_later = replace(before[-1], id=11, peak_bytes=90_000_000)
    a_month_later = replace(a_month_later, started_at=a_month_later.started_at + timedelta(days=30))

    assert flagged([*before, a_month_later]) == []


def test_a_week_of_a_job_of_working_days_is_enough_whatever_the_minute_it_begins() -> None:
    working_days = [run for run in peaks([50] * 14 + [90]) if run.started_at.weekday() < 5]
    later_each_day = [
        replace(run, started_at=run.started_at + timedelta(minutes=7 * number))
        for number, run in enumerate(working_days)
    ]

    assert flagged(working_days)[-1] == (15, DriftKind.STEP)
    assert flagged(later_each_day)[-1] == (15, DriftKind.STEP)


def test_a_window_of_runs_reaches_back_however_long_they_took() -> None:
    weekly = [
        replace(run, started_at=run.started_at + 6 * n * timedelta(days=1))
        for n, run in enumerate(peaks([50] * 8 + [61]))
    ]

    assert flagged(weekly) == []
    assert flagged(weekly, DriftSettings(window=Window(runs=5))) == [(9, DriftKind.STEP)]


def test_a_level_that_nobody_accepted_does_not_become_usual_by_waiting() -> None:
    a_month_high = peaks([50] * 10 + [70] * 30)

    assert flagged(a_month_high) == [(number, DriftKind.STEP) for number in range(11, 41)]


def test_an_accepted_level_is_the_new_reference() -> None:
    runs = peaks([50] * 10 + [70] * 10)
    runs[10] = replace(runs[10], accepted={Quantity.PEAK: "an index"})

    assert flagged(runs) == []
    assert flagged([*runs, *peaks([50] * 20 + [85])[-1:]]) == [(21, DriftKind.STEP)]


def test_accepting_one_quantity_accepts_no_other() -> None:
    runs = peaks([50] * 10 + [70])
    runs[10] = replace(runs[10], accepted={Quantity.TIME: "does more"})

    assert flagged(runs) == [(11, DriftKind.STEP)]


def test_a_drift_that_stays_in_the_band_day_by_day_is_flagged_when_it_adds_up() -> None:
    three_percent_a_week = peaks(50 * 1.03 ** (day / 7) for day in range(70))

    [(first, kind), *_] = flagged(three_percent_a_week)

    assert kind is DriftKind.SLOW
    assert first is not None
    assert 6 * 7 <= first <= 8 * 7
    drift = the_drift(three_percent_a_week[:first])
    assert drift.now / drift.reference == pytest.approx(1.2, abs=0.01)
    assert drift.reference == pytest.approx(50e6, rel=0.02)


def test_a_drift_in_weekly_steps_is_flagged_when_it_adds_up() -> None:
    a_release_each_week = peaks(50 * 1.04 ** (day // 7) for day in range(63))

    [(first, kind), *_] = flagged(a_release_each_week)

    assert kind is DriftKind.SLOW
    assert first is not None
    assert first <= 8 * 7


def test_a_slow_drift_is_flagged_once_a_day_has_been_like_the_day_before_however_many_runs_it_has() -> None:
    assert flagged(peaks((50 * 1.03 ** (n / 70) for n in range(700)), per_day=10))[0][1] is DriftKind.SLOW


def test_growth_from_nothing_is_flagged_from_the_size_of_an_object_on() -> None:
    assert flagged(growths([0] * 6 + [15])) == []
    assert flagged(growths([0] * 6 + [17])) == [(7, DriftKind.STEP)]


def test_growth_under_the_threshold_is_not_flagged() -> None:
    assert flagged(growths([100] * 6 + [200], threshold_bytes_per_call=256.0)) == []
    assert flagged(growths([100] * 6 + [300], threshold_bytes_per_call=256.0)) == [(7, DriftKind.STEP)]


def test_a_slow_run_is_flagged_only_if_the_next_is_slow_too() -> None:
    assert flagged(times([4.0] * 10 + [9.0] + [4.0] * 5 + [9.0])) == []
    assert flagged(times([4.0] * 10 + [9.0, 9.0])) == [(12, DriftKind.STEP)]


def test_a_call_of_nanoseconds_may_take_a_microsecond_more() -> None:
    assert flagged(times([0.0002] * 10 + [0.0011] * 2)) == []


def test_a_time_is_held_only_against_those_of_the_same_processor() -> None:
    old = Machine(system="Linux x86_64 glibc", processor="old")
    runs = times([4.0] * 10 + [9.0] * 5)
    mixed = [*runs[:10], *(replace(run, machine=old) for run in runs[10:])]

    assert flagged(runs) != []
    assert flagged(mixed) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"python": "3.12.1"},
        {"machine": Machine(system="Darwin arm64", processor="Apple M2")},
        {"conditions": "other"},
        {"unit": Unit.SECOND},
        {"target": "app.jobs:other"},
    ],
)
def test_runs_that_are_not_comparable_are_not_compared(changes: dict[str, Any]) -> None:
    before = peaks([50] * 10)
    other = replace(before[-1], id=11, peak_bytes=90_000_000, **changes)

    assert flagged([*before, other]) == []
    assert history_of(other, before, DEFAULTS).runs == (other,)


def test_runs_of_one_minor_python_are_compared() -> None:
    runs = peaks([50] * 10 + [90])
    runs[-1] = replace(runs[-1], python="3.11.9")

    assert flagged(runs) == [(11, DriftKind.STEP)]


@pytest.mark.parametrize(
    "changes", [{"is_failed": True}, {"verdict": Verdict.INCONCLUSIVE}, {"verdict": Verdict.LEAKING}]
)
def test_a_peak_counts_only_where_it_does_not_depend_on_how_long_the_run_was(changes: dict[str, Any]) -> None:
    runs = peaks([50] * 10 + [90])
    runs[-1] = replace(runs[-1], **changes)

    assert flagged(runs) == []


def test_a_run_without_an_answer_does_not_stand_as_worse_for_the_one_before() -> None:
    runs = peaks([50] * 10 + [90, 90])
    runs[-1] = replace(runs[-1], is_failed=True)

    assert history_of(runs[-1], runs[:-1], DEFAULTS).drifts == ()


def test_a_band_may_be_a_share_or_an_amount() -> None:
    runs = peaks([50] * 10 + [56])

    def with_band(band: Band | None) -> DriftSettings:
        return DriftSettings(bands={**DEFAULT_BANDS, Quantity.PEAK: band})

    assert flagged(runs, with_band(Band(share=0.1, points=0))) != []
    assert flagged(runs, with_band(Band(share=0.0, points=5e6))) != []
    assert flagged(runs, with_band(Band(share=0.0, points=7e6))) == []
    assert flagged(peaks([50] * 10 + [500]), with_band(None)) == []


def test_histories_come_by_target_with_the_quantities_that_have_numbers() -> None:
    runs = [*peaks([50] * 2), replace(a_past_run(id=9, target="app:a"), seconds_per_call=None)]

    by_conditions: tuple[TargetHistory, ...] = histories(runs, DEFAULTS)

    assert [history.target for history in by_conditions] == ["app.jobs:handle", "app:a"]
    by_target = {history.target: [course.quantity for course in history.courses] for history in by_conditions}
    assert by_target["app:a"] == [Quantity.GROWTH, Quantity.PEAK]
    assert by_target["app.jobs:handle"] == list(Quantity)


# --- noise ---

STATISTICAL = settings(derandomize=True)
"""The same examples each time: what is only very unlikely would fail one run in thousands."""


def uniform(source: random.Random, width: float) -> float:
    return source.uniform(1 - width, 1 + width)


def normal(source: random.Random, width: float) -> float:
    return max(0.05, source.gauss(1, width / 3**0.5))


@settings(STATISTICAL, max_examples=15)
@example(seed=202285, width=0.25, noise=uniform, per_day=1, window=DEFAULTS)  # the lowest mean lies very low
@given(
    seed=st.integers(0, 10**9),
    width=st.floats(0, 0.4),
    noise=st.sampled_from([uniform, normal]),
    per_day=st.sampled_from([1, 3]),
    window=st.sampled_from([DEFAULTS, TWENTY_RUNS]),
)
def test_noise_around_a_level_is_never_flagged_in_two_years(
    seed: int,
    width: float,
    noise: Callable[[random.Random, float], float],
    per_day: int,
    window: DriftSettings,
) -> None:
    source = random.Random(seed)  # noqa: S311 - noise, not secrets
    values = [50 * noise(source, width) for _ in range(2 * DAYS_IN_A_YEAR)]

    assert flagged(peaks(values, per_day=per_day), window) == []


@settings(STATISTICAL, max_examples=20)
@given(seed=st.integers(0, 10**9), width=st.floats(0, 0.05), weekly=st.floats(0.03, 0.04))
def test_three_percent_a_week_is_flagged_as_slow_within_half_a_year_under_noise(
    seed: int, width: float, weekly: float
) -> None:
    source = random.Random(seed)  # noqa: S311
    values = [50 * (1 + weekly) ** (day / 7) * uniform(source, width) for day in range(182)]

    drifts = flagged(peaks(values))

    assert drifts
    assert drifts[0][1] is DriftKind.SLOW


@settings(STATISTICAL, max_examples=20)
@given(seed=st.integers(0, 10**9), width=st.floats(0, 0.05), size=st.floats(1.5, 3))
def test_half_as_much_again_is_flagged_by_the_first_run_that_has_it(
    seed: int, width: float, size: float
) -> None:
    source = random.Random(seed)  # noqa: S311
    before = [50 * uniform(source, width) for _ in range(60)]

    assert flagged(peaks([*before, 50 * size * uniform(source, width)])) == [(61, DriftKind.STEP)]


def test_a_busy_week_of_a_shared_machine_is_not_a_drift() -> None:
    for seed in range(6):
        source, deviation, values = random.Random(seed), 0.0, []  # noqa: S311
        for _ in range(DAYS_IN_A_YEAR):
            deviation = 0.5 * deviation + source.gauss(0, 0.04)
            values.append(4.0 * (1 + deviation))

        assert flagged(times(values)) == []
