"""What single numbers buy: what is decided under each, and what over it."""

from typing import Any

import pytest

from leakscan import wire
from leakscan.analysis.detection_limit import detection_limit
from leakscan.analysis.failure import failure
from leakscan.analysis.growth.screen import may_have_gained, screen
from leakscan.analysis.growth.trends import Gain, Trend, blocks, cpu_seconds, gain, trend, windows
from leakscan.analysis.record_index import indexed
from leakscan.model.run import Kind, Unit
from tests.unit.analysis.records import (
    a_header,
    a_sample,
    a_sound_control,
    a_window,
)
from tests.unit.analysis.whole_runs import a_flat_run, analysis_of


def _gain(gained: float, *, drawdown: float = 0.0, is_smooth: bool = True) -> Gain:
    return Gain(gained=gained, units=100, drawdown=drawdown, is_steady=True, is_smooth=is_smooth)


def _rising(signal: str, gained: int) -> list[wire.Record]:
    """Four windows without growth but in one counter, which gains so much in each, evenly."""
    start = {"blocks": 5_000, "heap": 1_000_000, "rss": 20_000_000}[signal]
    records: list[wire.Record] = []
    for number in range(4):
        counted: list[dict[str, Any]] = [
            {signal: start + gained * number + gained * n * 4 // (3 * 24)} for n in range(25)
        ]
        samples = [a_sample(2_400 * number + 100 * n, **each) for n, each in enumerate(counted)]
        records += [*samples, wire.RoundsDone(wire.Stage.SCREEN, 24)]
    return records


# Whether a signal grows.


@pytest.mark.parametrize(("fastest", "is_told"), [(350, True), (450, False)])
def test_steps_whose_rates_differ_wildly_are_single_events(fastest: int, *, is_told: bool) -> None:
    gains = [_gain(gained, is_smooth=False) for gained in (100, 100, 100, fastest)]

    assert (trend(gains, min_gain=1.0) is Trend.RISING) is is_told


@pytest.mark.parametrize(("fall", "rises"), [(60, True), (70, False)])
def test_a_signal_that_falls_by_itself_hides_a_rise_that_is_little_more_than_its_falls(
    fall: float, *, rises: bool
) -> None:
    assert _gain(100, drawdown=fall).is_rising is rises


@pytest.mark.parametrize(
    ("share", "answer"), [(0.5, Trend.FADING), (0.7, Trend.RISING), (0.54, Trend.FADING)]
)
def test_a_rate_that_keeps_little_more_than_half_of_the_one_before_is_kept_up(
    share: float, answer: Trend
) -> None:
    gains = [_gain(1_000), _gain(1_000 * share), _gain(1_000 * share * share)]

    assert trend(gains) is answer


def test_a_growth_that_loses_a_little_in_one_window_and_much_in_the_next_is_no_fading() -> None:
    assert trend([_gain(1_000), _gain(800), _gain(400)]) is Trend.UNKNOWN
    assert trend([_gain(1_000), _gain(700), _gain(350)]) is Trend.FADING


@pytest.mark.parametrize(("used", "counted"), [(0.0005, 0.0), (0.002, 0.002)])
def test_a_call_that_waits_has_used_no_processor_time_to_speak_of(used: float, counted: float) -> None:
    assert cpu_seconds(used, 1.0) == counted


@pytest.mark.parametrize(
    ("signal", "few", "many"),
    [("blocks", 6, 12), ("heap", 12_000, 24_000), ("rss", 3 << 20, 6 << 20)],
)
def test_what_the_interpreter_or_malloc_moves_at_once_is_no_gain(signal: str, few: int, many: int) -> None:
    gained = [any(map(may_have_gained, windows(_rising(signal, number)))) for number in (few, many)]

    assert gained == [False, True]


@pytest.mark.parametrize(
    ("signal", "few", "many"),
    [("blocks", 6, 12), ("heap", 12_000, 24_000), ("rss", 3 << 20, 6 << 20)],
)
def test_what_the_interpreter_or_malloc_moves_at_once_is_no_growth(signal: str, few: int, many: int) -> None:
    trends = [getattr(screen(_rising(signal, number)), signal) for number in (few, many)]

    assert trends[0] is not Trend.RISING
    assert trends[1] is Trend.RISING


def _flat_after(gained: float, *, calls: int) -> Trend:
    """What two flat windows of so many calls tell after one of 2,400 in which the blocks in use rose."""
    risen = [5_000 + gained * n / 18 for n in range(25)]
    flat = [
        each
        for n in range(2)
        for each in a_window([risen[-1]] * 25, after=2_400 + n * calls, calls=calls // 24)
    ]
    return screen([*a_window(risen), *flat]).trend


def test_memory_is_flat_once_a_buffer_that_doubles_would_have_doubled_again() -> None:
    assert [_flat_after(90, calls=calls) for calls in (1_200, 2_400)] == [Trend.UNKNOWN, Trend.FLAT]


def test_a_cache_of_the_interpreter_that_filled_is_no_buffer_that_may_double() -> None:
    assert [_flat_after(gained, calls=1_200) for gained in (12, 30)] == [Trend.FLAT, Trend.UNKNOWN]


@pytest.mark.parametrize(("step", "is_smooth"), [(70, True), (80, False)])
def test_a_window_in_which_one_step_is_most_of_the_gain_has_not_risen_smoothly(
    step: int, *, is_smooth: bool
) -> None:
    floors = [0, (100 - step) // 2, (100 + step) // 2, 100]
    (window,) = windows(a_window([5_000 + floor for floor in floors for _ in range(6)]))

    assert gain(window, blocks, Unit.CALL).is_smooth is is_smooth


@pytest.mark.parametrize(("pause", "has_stopped"), [(3, False), (4, True), (1, False)])
def test_a_signal_has_stopped_that_pauses_for_more_than_three_times_as_long_as_before(
    pause: int, *, has_stopped: bool
) -> None:
    heights = [5_000.0 + n for n in range(25 - pause)]
    (window,) = windows(a_window([*heights, *[heights[-1]] * pause]))

    assert gain(window, blocks, Unit.CALL).has_stopped is has_stopped


# What is said of a run.


@pytest.mark.parametrize(("gained", "kind"), [(20, Kind.FLAT), (60, Kind.WARM_UP)])
def test_a_run_has_warmed_up_if_a_window_gained_more_than_the_interpreter_does(
    gained: int, kind: Kind
) -> None:
    risen = [5_000 + gained * n / 24 * 4 / 3 for n in range(25)]
    flat = [each for n in range(1, 4) for each in a_window([risen[-1]] * 25, after=2_400 * n)]

    assert analysis_of(*a_window(risen), *flat).kind is kind


@pytest.mark.parametrize(("height", "kind"), [(50, Kind.FLAT), (80, Kind.SAW_TOOTH)])
def test_a_flat_run_rises_and_falls_if_it_falls_by_more_than_the_interpreter_does(
    height: int, kind: Kind
) -> None:
    teeth = [5_000.0 + height * (n % 3 == 1) for n in range(25)]
    records = [each for n in range(3) for each in a_window(teeth, after=2_400 * n)]

    assert analysis_of(*records).kind is kind


ONE_STEP = [5_000.0] * 12 + [5_050.0] * 13
"""It may be anything."""


@pytest.mark.parametrize(("calls", "kind"), [(72, Kind.TOO_FEW_CALLS), (120, Kind.NOISE)])
def test_under_a_hundred_calls_the_time_was_too_short_and_the_target_not_too_noisy(
    calls: int, kind: Kind
) -> None:
    assert analysis_of(*a_window(ONE_STEP, calls=calls // 24)).kind is kind


def test_a_run_that_told_nothing_is_advised_to_take_four_times_as_long() -> None:
    analysis = analysis_of(*a_window(ONE_STEP), max_time_seconds=10.0)

    assert "--max-time 40 would settle it" in analysis.reason


def test_what_is_smaller_than_a_few_of_the_largest_small_blocks_is_not_seen() -> None:
    records = indexed([a_header(), a_sound_control(), *a_flat_run()])

    assert detection_limit(records, screen(records)) == 8 * 512 / 1_900


@pytest.mark.parametrize(("name", "is_meant"), [("handel", True), ("hoist", False)])
def test_a_name_is_meant_that_has_half_of_the_letters(name: str, *, is_meant: bool) -> None:
    failed = wire.LoadFailed("no", None, "handle", (name,))

    told = failure(indexed([a_header(), failed]))

    assert told is not None
    assert (told.hint is not None) is is_meant


@pytest.mark.parametrize(("samples", "is_idle"), [(3, False), (4, True)])
def test_a_call_is_idle_that_used_no_processor_time_through_a_few_samples(
    samples: int, *, is_idle: bool
) -> None:
    watched = [a_sample(0, stage=wire.Stage.WATCH, at=float(n), cpu_seconds=1.0) for n in range(samples)]

    told = failure(indexed([a_header(), *watched]))

    assert (told is not None) is is_idle
