"""What the entries of a holder call or run, read without calling or running anything."""

import asyncio
import functools
import itertools
import sched
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any, NoReturn

import pytest

from leakscan.agent.holders.entry_summary import EntrySummary, summary_of_entries

HERE = __name__


def close(*_arguments: object) -> None:
    raise AssertionError("it was called")


class View:
    def refresh(self) -> None:
        raise AssertionError("it was called")


class Job:
    def __init__(self, function: Callable[[], None]) -> None:
        self.fn = function


class Slotted:
    __slots__ = ("callback",)

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback = callback


def _numbers() -> Iterator[int]:
    yield from itertools.count()


def _scheduled() -> sched.Event:
    return sched.scheduler().enter(1.0, 1, close)


@pytest.mark.parametrize(
    ("entry", "do"),
    [
        (close, f"call {HERE}.close"),
        (View().refresh, f"call {HERE}.View.refresh"),
        (functools.partial(close, 1), f"call {HERE}.close"),
        (Job(close), f"call {HERE}.close"),
        (Slotted(View().refresh), f"call {HERE}.View.refresh"),
        (("login", close), f"call {HERE}.close"),
        (_scheduled(), f"call {HERE}.close"),
        ([].append, "call list.append"),
        (print, "call print"),
        (_numbers(), f"run {HERE}._numbers()"),
        (weakref.ref(View, close), f"call {HERE}.close"),
        ("text", ""),
        (View(), ""),
        ({"callback": close}, ""),
        (Job(Job(Job(close))), f"call {HERE}.close"),  # type: ignore[arg-type]
    ],
)
def test_an_entry_is_told_by_what_it_calls_or_runs(entry: object, do: str) -> None:
    assert summary_of_entries([entry] * 3).do == do


@pytest.mark.parametrize("container", [{1: close}, OrderedDict({1: close}), {close}, deque([close])])
def test_every_kind_of_container_is_asked(container: object) -> None:
    assert summary_of_entries(container).do == f"call {HERE}.close"


def test_the_values_of_a_dict_come_before_its_keys() -> None:
    assert summary_of_entries({View().refresh: close}) == EntrySummary("function", f"call {HERE}.close")


def test_a_finalizer_is_told_by_the_function_that_it_calls() -> None:
    kept = View()
    finalizer = weakref.finalize(kept, close)
    finalizer.atexit = False

    summary = summary_of_entries({finalizer: weakref.finalize._registry[finalizer]})  # type: ignore[attr-defined]

    assert summary.do == f"call {HERE}.close"
    finalizer.detach()


def test_entries_that_differ_have_nothing_in_common() -> None:
    assert summary_of_entries([close, View().refresh, print, 7]) == EntrySummary("", "")
    assert summary_of_entries([close, close, print]) == EntrySummary("function", f"call {HERE}.close")
    assert summary_of_entries([]) == EntrySummary("", "")


async def _wait(opened: asyncio.Event) -> None:
    await opened.wait()


def test_what_waits_in_the_event_loop_is_told_by_its_coroutine() -> None:
    async def look() -> None:
        opened = asyncio.Event()
        waiting = [asyncio.ensure_future(_wait(opened)) for _ in range(3)]
        await asyncio.sleep(0)

        loop: Any = asyncio.get_running_loop()
        sleeping = asyncio.ensure_future(asyncio.sleep(1_000))
        await asyncio.sleep(0)

        assert summary_of_entries(waiting).do == f"run {HERE}._wait()"
        assert summary_of_entries(opened._waiters).do == f"run {HERE}._wait()"
        assert summary_of_entries(loop._scheduled).do == "run asyncio.tasks.sleep()"
        for each in (*waiting, sleeping):
            each.cancel()

    asyncio.run(look())


def test_the_callbacks_of_a_future_are_asked() -> None:
    future: Future[None] = Future()
    future.add_done_callback(close)

    callbacks = vars(future)["_done_callbacks"]

    assert summary_of_entries(callbacks).do == f"call {HERE}.close"


class Hostile:
    def __getattribute__(self, name: str) -> NoReturn:
        raise AssertionError(f"{name} was read")

    def __call__(self) -> NoReturn:
        raise AssertionError("it was called")

    def __repr__(self) -> NoReturn:
        raise AssertionError("it was shown")


def test_no_code_of_an_entry_is_run() -> None:
    assert summary_of_entries([Hostile(), Hostile()]) == EntrySummary("Hostile", "")
