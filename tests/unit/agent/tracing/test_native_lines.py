"""Which lines take native memory, where the memory in use is the length of a buffer of the test's own."""

import asyncio
import sys
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from leakscan.agent import counters
from leakscan.agent.tracing.native_lines import CannotWatch, Gains, line_gains

pytestmark = pytest.mark.untraced
LINES = Path(__file__).read_text(encoding="utf-8").splitlines()
IN_USE = bytearray()
take, give_back = IN_USE.extend, IN_USE.__delitem__
"""Functions written in C: no line of their own stands between the caller's line and the memory."""


def watched(call: Callable[[], object], *, calls: int = 8, seconds: float = 60.0) -> Gains:
    return line_gains(call, calls, seconds, IN_USE.__len__)


def texts(gains: Gains) -> list[tuple[str, float]]:
    """The source of each line, and what it took per call."""
    return [(LINES[way[0][1] - 1].strip(), taken / gains.calls) for way, taken in gains.lines]


def test_a_line_is_charged_for_what_it_takes_and_for_nothing_else() -> None:
    def call() -> None:
        number = 1
        take(bytes(4_000))
        number += 1

    gains = watched(call)

    assert gains.calls == 8
    assert texts(gains) == [("take(bytes(4_000))", 4_000)]


def test_the_heaviest_line_comes_first_with_the_way_to_it() -> None:
    def inner() -> None:
        take(bytes(3_000))

    def call() -> None:
        take(bytes(100))
        inner()

    gains = watched(call)

    assert texts(gains) == [("take(bytes(3_000))", 3_000), ("take(bytes(100))", 100)]
    way, _ = gains.lines[0]
    assert [LINES[line - 1].strip() for _, line in way[:2]] == ["take(bytes(3_000))", "inner()"]


def test_what_a_line_gives_back_counts_against_it() -> None:
    def call() -> None:
        for size in (700, 300):
            _ = take(bytes(size)), give_back(slice(-size, None))
        take(bytes(10))

    assert texts(watched(call)) == [("take(bytes(10))", 10)]


def test_lines_of_generators_and_coroutines_are_charged_too() -> None:
    async def handle() -> None:
        await asyncio.sleep(0)
        take(bytes(500))

    def numbers() -> Iterator[int]:
        yield 1
        take(bytes(50))
        yield 2

    def call() -> None:
        sum(numbers())
        asyncio.run(handle())

    assert {("take(bytes(500))", 500.0), ("take(bytes(50))", 50.0)} <= set(texts(watched(call)))


def test_a_variable_dies_when_it_would_without_being_watched() -> None:
    class Thing:
        pass

    alive: list[bool] = []

    def make() -> weakref.ref[Thing]:
        thing = Thing()
        return weakref.ref(thing)

    def call() -> None:
        reference = make()
        alive.append(reference() is not None)

    watched(call)

    assert alive == [False] * 8


def test_a_call_that_takes_too_long_is_finished_without_being_watched() -> None:
    counted: list[int] = []

    def call() -> None:
        for number in range(1_000):
            counted.insert(0, number)

    with pytest.raises(CannotWatch, match="takes too long"):
        watched(call, seconds=0.0)

    assert len(counted) == 1_000
    assert sys.gettrace() is None


def test_what_a_call_raises_is_raised_and_nothing_is_watched_any_more() -> None:
    def call() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        watched(call)

    assert sys.gettrace() is None


def tracer(*event: object) -> None:
    del event


def test_a_target_that_begins_to_trace_its_lines_goes_on_with_that() -> None:
    try:
        with pytest.raises(CannotWatch, match="traces its lines itself"):
            watched(lambda: sys.settrace(tracer))
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(None)


def test_a_target_that_is_traced_already_is_left_alone() -> None:
    sys.settrace(tracer)
    try:
        with pytest.raises(CannotWatch, match="traces its lines itself"):
            watched(lambda: None)
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(None)


def test_a_target_that_is_profiled_is_left_alone() -> None:
    sys.setprofile(tracer)
    try:
        with pytest.raises(CannotWatch, match="is profiled"):
            watched(lambda: None)
        assert sys.getprofile() is tracer
        assert sys.gettrace() is None
    finally:
        sys.setprofile(None)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is new in 3.12")
def test_a_target_that_is_monitored_is_left_alone() -> None:
    monitoring: Any = getattr(sys, "monitoring")  # noqa: B009
    monitoring.use_tool_id(monitoring.PROFILER_ID, "its own")
    try:
        with pytest.raises(CannotWatch, match="is profiled"):
            watched(lambda: None)
        assert monitoring.get_tool(monitoring.PROFILER_ID) == "its own"
    finally:
        monitoring.free_tool_id(monitoring.PROFILER_ID)


def numbered() -> Iterator[int]:
    number = 0
    while True:
        take(bytes(100))
        yield number


def test_nothing_is_left_on_a_generator_that_lives_on() -> None:
    kept: Any = numbered()

    gains = watched(lambda: next(kept))

    assert texts(gains) == [("take(bytes(100))", 100)]
    assert kept.gi_frame.f_trace is None


def test_nothing_is_left_on_a_generator_in_which_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: Any = numbered()
    # A second goes by with each look at the clock: the time is over at a line of the generator.
    monkeypatch.setattr(counters, "clock", partial(next, count()))

    with pytest.raises(CannotWatch, match="takes too long"):
        watched(lambda: next(kept), seconds=3.5)

    assert kept.gi_frame.f_trace is None
