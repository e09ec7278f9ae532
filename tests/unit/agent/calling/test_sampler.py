"""Rounds end where they are to, and a sample counts what the target keeps, not what the interpreter does."""

from array import array
from collections.abc import Callable
from itertools import chain, count, repeat
from typing import Any

import pytest

from leakscan import wire
from leakscan.agent.calling.caller import Caller
from leakscan.agent.calling.sampler import (
    MAX_NAP_SECONDS,
    WIND_DOWN_SECONDS,
    WIND_DOWN_TRIES,
    Sampler,
    Stopped,
    control,
)

ROUNDS = 20
CALLS = 10
FEW_ROUNDS = 6
FEW_BLOCKS = 3


def _blocks(call: Callable[[], object]) -> list[int]:
    """The blocks in use after each round but the first two, which fill what is kept to be used again."""
    # Made before the first reading: what is noted must not take memory while it is measured.
    seen = array("q", bytes(8 * (ROUNDS + 1)))
    places = count()

    def note(record: wire.Record) -> None:
        assert isinstance(record, wire.Sample)
        seen[next(places)] = record.blocks

    Sampler(Caller(call), note).run(wire.Rounds(wire.Stage.SCREEN, ROUNDS, CALLS))
    return seen[2:].tolist()


def test_names_that_the_interpreter_keeps_of_its_lookups_are_no_growth() -> None:
    numbers = count()

    def looks_up() -> None:
        # A name that is made anew each time, as `"do_" + self.command` is.
        hasattr(object, f"name_{next(numbers)}")

    blocks = _blocks(looks_up)

    assert max(blocks) - min(blocks) <= FEW_BLOCKS


def test_each_object_that_a_call_keeps_is_counted() -> None:
    kept: list[object] = []

    blocks = _blocks(lambda: kept.append(object()))

    assert CALLS * (len(blocks) - 1) <= blocks[-1] - blocks[0] <= CALLS * (len(blocks) - 1) + FEW_BLOCKS


class _Time:
    """A clock that goes on while somebody sleeps, or as far as a call takes."""

    def __init__(self) -> None:
        self.now = 0.0
        self.naps: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


class _Run:
    """A sampler of a target, what it has sent, and the time that it is in."""

    def __init__(self, call: Callable[[], object], *, threads: Callable[[], int] = lambda: 0) -> None:
        self.time = _Time()
        self.samples: list[wire.Sample] = []
        self.sampler = Sampler(
            Caller(call), self._note, clock=self.time.clock, sleep=self.time.sleep, count_threads=threads
        )

    def _note(self, record: wire.Record) -> None:
        assert isinstance(record, wire.Sample)
        self.samples.append(record)

    def rounds(self, rounds: int, calls: int = 1, **how: Any) -> wire.RoundsDone:
        return self.sampler.run(wire.Rounds(wire.Stage.SCREEN, rounds, calls, **how))


def _nothing() -> None:
    pass


def test_a_sample_before_the_first_round_and_one_after_each_tell_the_calls_until_then() -> None:
    run = _Run(_nothing)

    done = run.rounds(3, calls=5)

    assert [sample.calls for sample in run.samples] == [0, 5, 10, 15]
    assert (done.stage, done.rounds, done.is_returned) == (wire.Stage.SCREEN, 3, True)


def test_the_time_of_a_round_is_that_of_its_calls() -> None:
    run = _Run(lambda: run.time.sleep(0.5))

    run.rounds(2, calls=4)

    assert [(sample.at, sample.call_seconds) for sample in run.samples] == [(0, 0), (2, 2), (4, 2)]


def test_the_round_in_which_it_is_stopped_is_the_last() -> None:
    def call() -> None:
        if len(run.samples) == 2:
            run.sampler.stop()

    run = _Run(call)

    assert run.rounds(9).rounds == 2


def test_the_round_in_which_the_limit_has_passed_is_the_last() -> None:
    run = _Run(lambda: run.time.sleep(0.4))

    assert run.rounds(9, limit_seconds=1.0).rounds == 3


def test_what_a_call_raises_is_carried_and_no_call_is_running_any_more() -> None:
    run = _Run(lambda: int("none"))

    with pytest.raises(Stopped) as stopped:
        run.rounds(2)

    assert isinstance(stopped.value.error, ValueError)
    assert not run.sampler.is_in_call


def test_a_round_that_is_early_waits_for_its_interval_and_none_is_late() -> None:
    run = _Run(lambda: run.time.sleep(0.25))

    run.rounds(3, interval_seconds=1.0)

    assert [sample.at for sample in run.samples] == [0.0, 0.25, 1.25, 2.25]
    assert not any(sample.is_late for sample in run.samples)


def test_rounds_whose_calls_take_longer_than_the_interval_are_late_but_for_the_first() -> None:
    run = _Run(lambda: run.time.sleep(1.25))

    run.rounds(3, interval_seconds=1.0)

    assert [sample.is_late for sample in run.samples] == [False, False, True, True]


def test_a_round_without_a_collection_counts_no_garbage() -> None:
    def leave_a_cycle() -> None:
        ring: list[object] = []
        ring.append(ring)

    run = _Run(leave_a_cycle)

    run.rounds(2, calls=3)
    collected = run.samples[-1]
    run.rounds(2, calls=3, collects=False)

    assert collected.unreachable == 3
    assert run.samples[-1].unreachable is None


def test_threads_that_a_call_began_are_waited_for() -> None:
    counted = chain([1, 3, 2, 1], repeat(1))
    run = _Run(_nothing, threads=lambda: next(counted))

    run.rounds(1)

    assert run.time.naps == [WIND_DOWN_SECONDS] * 2


def test_threads_that_stay_are_waited_for_once() -> None:
    counted = chain([1], repeat(2))
    run = _Run(_nothing, threads=lambda: next(counted))

    run.rounds(3)

    assert run.time.naps == [WIND_DOWN_SECONDS] * WIND_DOWN_TRIES


def test_beside_a_call_that_does_not_return_a_sample_is_taken_each_interval() -> None:
    def call() -> None:
        answers.append(run.sampler.watch(wire.Watch(wire.Stage.WATCH, 3, 1.0)))

    answers: list[wire.RoundsDone] = []
    run = _Run(call)
    run.rounds(1)

    (answer,) = answers
    watched = [sample for sample in run.samples if sample.stage is wire.Stage.WATCH]
    assert [(sample.calls, round(sample.at, 6)) for sample in watched] == [(0, 1), (0, 2), (0, 3)]
    assert (answer.stage, answer.rounds, answer.is_returned) == (wire.Stage.WATCH, 3, False)


def test_a_call_that_has_returned_is_watched_no_more() -> None:
    run = _Run(_nothing)

    done = run.sampler.watch(wire.Watch(wire.Stage.WATCH, 3, 1.0))

    assert done == wire.RoundsDone(wire.Stage.WATCH, 0)
    assert run.samples == []
    assert run.time.naps == [MAX_NAP_SECONDS]


def test_an_empty_target_shows_no_growth_and_one_that_keeps_an_object_a_round_shows_each() -> None:
    controlled = control(wire.Control(FEW_ROUNDS))

    empty, canary = controlled.empty_blocks, controlled.canary_blocks
    assert len(empty) == len(canary) == len(controlled.empty_heap) == FEW_ROUNDS
    assert max(empty) - min(empty) <= FEW_BLOCKS
    assert FEW_ROUNDS - 1 <= canary[-1] - canary[0] <= FEW_ROUNDS - 1 + FEW_BLOCKS
