"""What a leak comes to at a rate."""

import pytest

from leakscan.model.analysis import Pace
from leakscan.model.run import Unit, Verdict
from leakscan.reports.views.forecast import forecast, forecast_text, pace_text
from tests.builders import a_finding

MACHINE = 25_200_000_000


def _text(pace: Pace, *, unit: Unit = Unit.CALL, bytes_per_call: float = 1_900.0) -> str:
    found = forecast(a_finding(bytes_per_call=bytes_per_call), unit, pace)
    assert found is not None
    return forecast_text(found, pace)


def test_without_a_rate_a_thousand_calls_a_second_are_the_yardstick() -> None:
    assert _text(Pace(memory_bytes=MACHINE)) == "at an assumed 1,000 calls/s (see --rate): 1 GiB in 9 minutes"


def test_a_rate_says_what_comes_in_a_day_and_in_a_month_and_when_the_memory_is_full() -> None:
    pace = Pace(calls_per_second=200, is_given=True, memory_bytes=MACHINE)

    assert _text(pace) == (
        "at 200 calls/s: 32.8 GB (30.6 GiB) per day, 985 GB (917 GiB) in 30 days, 1 GiB in 47 minutes, "
        "all 23.5 GiB of memory in 18 hours"
    )


def test_what_grows_by_the_second_needs_no_rate() -> None:
    assert _text(Pace(), unit=Unit.SECOND) == "1 GiB in 7 days"


def test_an_unknown_memory_is_left_out() -> None:
    assert "memory" not in _text(Pace(calls_per_second=5, is_given=True))


@pytest.mark.parametrize("verdict", [Verdict.FILLING, Verdict.CLEAN])
def test_what_stops_growing_has_no_forecast(verdict: Verdict) -> None:
    assert forecast(a_finding(verdict=verdict), Unit.CALL, Pace()) is None


@pytest.mark.parametrize(
    ("calls_per_second", "expected"),
    [
        (1_000, "1,000 calls/s"),
        (1, "1 call/s"),
        (1.5, "1.5 calls/s"),
        (0.5, "1,800 calls/hour"),
        (1e-4, "8.6 calls/day"),
    ],
)
def test_a_slow_pace_is_told_by_the_hour_or_the_day(calls_per_second: float, expected: str) -> None:
    assert pace_text(calls_per_second) == expected
