"""Whether a signal rises through windows whose calls double."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan import wire
from leakscan.analysis.growth.trends import Gain, Trend, blocks, gain, garbage, trend, windows
from leakscan.model.run import Unit
from tests.unit.analysis.records import a_sample, a_window

ROUNDS = 25


def _gain(numbers: Sequence[float], *, calls: int = 100, unit: Unit = Unit.CALL) -> Gain:
    (window,) = windows(a_window(numbers, calls=calls))
    return gain(window, blocks, unit)


def _risen(gained: float, *, calls: float = 100, is_smooth: bool = True) -> Gain:
    return Gain(gained=gained, units=calls, drawdown=0.0, is_steady=True, is_smooth=is_smooth)


def _level(*, calls: float = 100) -> Gain:
    return Gain(gained=0.0, units=calls, drawdown=0.0, is_steady=True, is_smooth=False)


def test_the_samples_of_another_stage_are_in_no_window() -> None:
    records = [
        *a_window([1, 2, 3], stage=wire.Stage.WARM_UP),
        *a_window([5, 6, 7], after=300),
        a_sample(900, 9, stage=wire.Stage.TRACE),
    ]

    (window,) = windows(records)

    assert [sample.blocks for sample in window.samples] == [5, 6, 7]
    assert window.calls == 200


def test_a_window_that_was_cut_short_counts_for_what_it_saw() -> None:
    cut = a_window([1, 2, 3])[:-1]

    (window,) = windows(cut)

    assert window.calls == 200


def test_one_sample_is_no_window() -> None:
    assert windows([a_sample(1), wire.RoundsDone(wire.Stage.SCREEN, 1)]) == ()


def test_a_line_gains_the_same_with_every_call() -> None:
    moved = _gain([1_000 + 300 * n for n in range(ROUNDS)])

    assert moved.per_unit == 3.0
    assert (moved.is_rising, moved.is_smooth, moved.drawdown) == (True, True, 0)


def test_a_saw_tooth_gains_nothing_however_high_it_is() -> None:
    moved = _gain([1_000 + 50 * (n % 5) for n in range(ROUNDS)])

    assert (moved.gained, moved.drawdown) == (0, 200)
    assert not moved.is_rising


def test_a_leak_under_a_saw_tooth_shows_in_its_floor() -> None:
    moved = _gain([1_000 + 100 * n + 50 * (n % 5) for n in range(ROUNDS)])

    assert moved.is_rising
    assert moved.per_unit == pytest.approx(1.0, rel=0.2)


def test_one_step_is_a_gain_and_no_smooth_one() -> None:
    moved = _gain([1_000] * 12 + [1_500] * 13)

    assert moved.is_rising
    assert not moved.is_smooth


def test_a_gain_can_be_counted_by_the_second() -> None:
    (window,) = windows(a_window([1_000 + 10 * n for n in range(ROUNDS)], calls=1_000))

    moved = gain(window, blocks, Unit.SECOND)

    assert moved.per_unit == pytest.approx(100.0)


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=40))
def test_what_only_falls_or_stays_never_rises(numbers: list[int]) -> None:
    falling = sorted(numbers, reverse=True)

    assert not _gain(falling).is_rising


@given(st.integers(1, 10_000), st.integers(2, 40), st.integers(1, 1_000))
def test_a_steady_leak_always_rises_at_its_rate(each: int, rounds: int, calls: int) -> None:
    moved = _gain([each * n for n in range(rounds)], calls=calls)

    assert moved.is_rising
    assert moved.per_unit == pytest.approx(each / calls)


def test_nothing_seen_is_not_known() -> None:
    assert trend([]) is Trend.UNKNOWN


def test_two_flat_windows_are_flat() -> None:
    assert trend([_level()]) is Trend.UNKNOWN
    assert trend([_level(), _level()]) is Trend.FLAT


def test_one_window_is_enough_if_there_will_be_no_more() -> None:
    assert trend([_level()], is_final=True) is Trend.FLAT
    assert trend([_risen(100)], is_final=True) is Trend.RISING


def test_a_gain_that_doubles_with_the_calls_is_rising() -> None:
    gains = [_risen(100), _risen(200, calls=200), _risen(400, calls=400)]

    assert trend(gains[:2]) is Trend.UNKNOWN
    assert trend(gains) is Trend.RISING


def test_the_same_gain_from_twice_the_calls_is_fading() -> None:
    gains = [_risen(100, calls=calls) for calls in (100, 200, 400)]

    assert trend(gains) is Trend.FADING


def test_a_window_that_rose_after_a_flat_one_tells_nothing_yet() -> None:
    assert trend([_level(), _level(), _risen(100)]) is Trend.UNKNOWN


def test_a_gain_under_the_least_is_none() -> None:
    gains = [_risen(100), _risen(200, calls=200), _risen(400, calls=400)]

    assert trend(gains, min_gain=1_000, is_final=True) is Trend.FLAT


def test_a_signal_with_steps_of_its_own_needs_a_window_more() -> None:
    stepped = [_risen(2_000 * 2**n, calls=100 * 2**n, is_smooth=False) for n in range(4)]

    assert trend(stepped[:3], min_gain=1_000) is Trend.UNKNOWN
    assert trend(stepped, min_gain=1_000) is Trend.RISING


def test_a_signal_with_steps_of_its_own_is_flat_after_one_long_quiet_window() -> None:
    stepped = [_risen(2_000 * 2**n, calls=100 * 2**n, is_smooth=False) for n in range(4)]
    quiet = _risen(500, calls=1_600, is_smooth=False)

    assert trend([stepped[0], quiet], min_gain=1_000) is Trend.UNKNOWN
    assert trend([*stepped, quiet], min_gain=1_000) is Trend.FLAT


def test_garbage_is_counted_in_objects_and_of_an_old_recording_in_blocks() -> None:
    assert garbage(a_sample(10, 500, garbage=70, unreachable=30)) == 30
    assert garbage(a_sample(10, 500, garbage=70)) == 70
