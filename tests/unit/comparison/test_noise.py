"""How much a series scatters, and how sure that is."""

import random

import pytest

from leakscan.comparison.drift_settings import ENOUGH_DEVIATIONS, SURE_DEVIATIONS
from leakscan.comparison.noise import MAX_INERTIA, deviation_of, noise_of, sure_deviations


@pytest.mark.parametrize("values", [[], [5.0], [5.0] * 30])
def test_a_series_that_never_changes_has_no_noise(values: list[float]) -> None:
    noise = noise_of(values)

    assert (noise.deviation, noise.inertia, noise.samples) == (0.0, 0.0, len(values))


def test_a_series_that_only_drifts_has_no_noise() -> None:
    assert noise_of([10.0 + 3.0 * n for n in range(50)]).deviation == pytest.approx(0.0, abs=1e-9)


def test_the_change_of_each_week_is_no_noise() -> None:
    assert noise_of([100.0 * (n // 5) for n in range(100)]).deviation == 0.0


def test_inertia_has_a_limit_where_a_deviation_lasts_for_ever() -> None:
    source, value, values = random.Random(1), 0.0, []  # noqa: S311
    for _ in range(2_000):
        value += source.gauss(0, 1)
        values.append(value)

    assert noise_of(values).inertia == MAX_INERTIA


def test_a_mean_of_values_with_inertia_is_known_less_well() -> None:
    source, deviation, values = random.Random(1), 0.0, []  # noqa: S311
    for _ in range(2_000):
        deviation = 0.6 * deviation + source.gauss(0, 1)
        values.append(deviation)

    noise = noise_of(values)

    # (1 + 0.6) / (1 - 0.6) = 4, so that it is twice as much.
    assert noise.deviation_of_mean == pytest.approx(2 * noise.deviation, rel=0.15)


def test_the_deviation_is_that_of_a_sample() -> None:
    assert deviation_of([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]) == pytest.approx((32 / 7) ** 0.5)


def test_deviations_that_are_known_from_few_samples_have_a_limit() -> None:
    assert sure_deviations(1, SURE_DEVIATIONS) == ENOUGH_DEVIATIONS


def test_noise_is_measured_without_the_drift_under_it() -> None:
    source = random.Random(1)  # noqa: S311
    noisy = [100 + 0.5 * n + source.gauss(0, 3) for n in range(400)]

    noise = noise_of(noisy)

    assert noise.deviation == pytest.approx(3, rel=0.15)
    assert noise.inertia < 0.15


def test_noise_that_lasts_has_inertia() -> None:
    source, deviation, values = random.Random(1), 0.0, []  # noqa: S311
    for _ in range(2_000):
        deviation = 0.6 * deviation + source.gauss(0, 1)
        values.append(deviation)

    noise = noise_of(values)

    assert noise.inertia == pytest.approx(0.6, abs=0.1)
    assert noise.deviation == pytest.approx(1 / (1 - 0.36) ** 0.5, rel=0.1)


@pytest.mark.parametrize(("freedom", "quantile"), [(4, 20), (20, 7.20), (100, 5.34)])
def test_few_samples_need_more_deviations_to_be_sure(freedom: int, quantile: float) -> None:
    assert sure_deviations(freedom, SURE_DEVIATIONS) == pytest.approx(quantile, rel=0.01)
    assert sure_deviations(0, SURE_DEVIATIONS) == float("inf")
