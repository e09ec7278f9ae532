"""What a number is compared with, run by run."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from leakscan.comparison.drift_settings import DEFAULT_BANDS, DriftSettings
from leakscan.comparison.levels import LevelJudge
from leakscan.model.history import Band, DriftKind, Level, Quantity, Window
from tests.builders import a_past_run

PEAKS_IN_FIVE = DriftSettings(
    window=Window(runs=5), bands={**DEFAULT_BANDS, Quantity.PEAK: Band(share=0.2, points=0.0)}
)


def levels(
    values: Iterable[float],
    quantity: Quantity = Quantity.PEAK,
    settings: DriftSettings = PEAKS_IN_FIVE,
    *,
    accepted_at: int | None = None,
    threshold_bytes_per_call: float = 0.0,
) -> list[Level]:
    """The level of each value, one run a day."""
    judge = LevelJudge(quantity, settings)
    first = a_past_run(threshold_bytes_per_call=threshold_bytes_per_call)
    each_day = [
        replace(
            first,
            id=day,
            started_at=first.started_at + timedelta(days=day),
            accepted={quantity: "as agreed"} if day == accepted_at else {},
        )
        for day, _ in enumerate(values)
    ]
    return [judge.level(run, value) for run, value in zip(each_day, values, strict=True)]


def test_a_number_is_compared_with_the_mean_of_the_window_before_it() -> None:
    last = levels([8, 9, 10, 11, 12, 10])[-1]

    assert (last.reference, last.samples) == (10, 5)


def test_on_too_few_runs_a_number_has_nothing_to_be_compared_with() -> None:
    last = levels([10, 10, 10, 10, 99])[-1]

    assert (last.reference, last.limit, last.is_outside, last.drift) == (None, None, False, None)


def test_a_number_at_the_upper_end_of_the_band_is_inside() -> None:
    at_its_end, beyond = levels([10] * 5 + [12])[-1], levels([10] * 5 + [12.1])[-1]

    assert (at_its_end.limit, at_its_end.is_outside) == (12, False)
    assert beyond.is_outside
    assert beyond.drift is not None
    assert beyond.drift.kind is DriftKind.STEP


def test_a_noisy_number_widens_its_own_band() -> None:
    noisy = levels([8, 12, 9, 11, 8, 12, 9, 11, 8, 14])[-1]

    assert noisy.limit is not None
    assert noisy.limit > 12.5
    assert not noisy.is_outside


def test_the_window_stays_where_it_is_while_runs_are_beyond_the_band() -> None:
    settings = DriftSettings(window=Window(days=5))

    after = levels([10e6] * 6 + [20e6] * 8, settings=settings)[1:]

    assert [level.reference for level in after[5:]] == [10e6] * 8
    assert all(level.is_outside for level in after[5:])


def test_one_slow_run_is_outside_and_only_the_second_in_a_row_is_a_step() -> None:
    settings = DriftSettings(window=Window(runs=5))

    after = levels([1.0] * 5 + [2.0, 2.0], Quantity.TIME, settings)

    assert [level.is_outside for level in after[5:]] == [True, True]
    assert [level.drift is None for level in after[5:]] == [True, False]


def test_a_level_under_the_band_is_the_new_one_after_enough_runs() -> None:
    after = levels([10] * 5 + [5] * 6)

    assert [level.reference for level in after[5:]] == [10, 10, 10, 10, 10, 5]


def test_what_was_accepted_is_the_level_from_then_on() -> None:
    after = levels([10] * 5 + [20] * 6, accepted_at=5)

    assert [level.reference for level in after[5:]] == [None] * 5 + [20]
    assert not any(level.is_outside for level in after)


@pytest.mark.parametrize(("growth", "outside"), [(900.0, []), (1_100.0, [1_100.0])])
def test_growth_under_the_threshold_of_its_run_is_inside_whatever_it_was_before(
    growth: float, outside: list[float]
) -> None:
    after = levels([0.0] * 5 + [growth], Quantity.GROWTH, threshold_bytes_per_call=1_000.0)

    assert [level.value for level in after if level.is_outside] == outside


def test_a_quantity_without_a_band_is_never_outside() -> None:
    settings = DriftSettings(window=Window(runs=5), bands={Quantity.PEAK: None})

    last = levels([10] * 5 + [1_000], settings=settings)[-1]

    assert (last.reference, last.limit, last.is_outside) == (10, None, False)
