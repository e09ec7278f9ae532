"""A buffer that doubles grows in ever larger steps."""

import pytest

from leakscan import wire
from leakscan.analysis.growth.doubling import Doubling, doublings, is_stepping_up
from tests.unit.analysis.records import a_look, a_sample


def test_octaves_are_what_each_doubling_of_the_calls_gained() -> None:
    records = [a_sample(calls, 10 * calls, stage=wire.Stage.WARM_UP) for calls in (1, 2, 4, 8, 16)]

    assert [doubling.gained for doubling in doublings(records)] == [80, 40, 20, 10]


def test_what_a_look_itself_took_is_in_no_octave() -> None:
    records: list[wire.Record] = [
        *(a_sample(calls, 1_000, stage=wire.Stage.WARM_UP) for calls in (1, 2, 4)),
        a_look(1, 4),
        *(a_sample(calls, 9_000) for calls in (8, 16)),
    ]

    assert {doubling.gained for doubling in doublings(records)} == {0}


def test_what_is_given_back_later_is_in_no_octave() -> None:
    numbers = {1: 0, 2: 500, 4: 900, 8: 0, 16: 0}
    records = [a_sample(calls, blocks, stage=wire.Stage.WARM_UP) for calls, blocks in numbers.items()]

    assert {doubling.gained for doubling in doublings(records)} == {0}


@pytest.mark.parametrize(
    ("gained", "is_stepping"),
    [
        ((800, 400, 200, 100), True),
        ((700, 450, 300, 200), True),  # a buffer that grows by half
        ((98, 81, 51, 31), False),  # the interpreter's cache of attributes, while classes are made
        ((400, 400, 400, 400), False),  # a cache that fades
        ((800, 400, 200), False),  # too few to agree
        ((80, 40, 20, 10), False),  # the interpreter's own
        ((100, 0, 400, 0), False),
    ],
)
def test_steps_are_those_that_double_each_time(gained: tuple[float, ...], *, is_stepping: bool) -> None:
    assert is_stepping_up([Doubling(g, g, samples=8) for g in gained], drawdown=0.0) is is_stepping


def test_steady_growth_is_no_step_though_each_doubling_gains_twice_as_much() -> None:
    steady = [Doubling(gained, gained / 4, samples=4) for gained in (800, 400, 200, 100)]

    assert not is_stepping_up(steady, drawdown=0.0)


def test_one_sample_in_a_doubling_does_not_tell_a_step_from_steady_growth() -> None:
    unseen = [Doubling(gained, gained, samples=1) for gained in (800, 400, 200, 100)]

    assert not is_stepping_up(unseen, drawdown=0.0)


def test_the_largest_step_of_a_doubling_is_that_between_two_samples() -> None:
    records = [
        a_sample(calls, n, stage=wire.Stage.WARM_UP) for calls, n in ((1, 0), (2, 0), (4, 0), (5, 8), (8, 9))
    ]

    assert doublings(records)[0] == Doubling(gained=9, largest_step=8, samples=2)


def test_steps_no_deeper_than_what_falls_by_itself_are_noise() -> None:
    deep = [Doubling(gained, gained, samples=8) for gained in (800, 400, 200, 100)]

    assert not is_stepping_up(deep, drawdown=500.0)
