"""How the target is called: what counts as a call, and what ends one."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from leakscan.agent.calling.caller import Caller
from leakscan.runner.without_child import OverheardCaller

GOOD_EXITS: tuple[object, ...] = (None, 0, False)
BAD_EXITS: tuple[object, ...] = (1, True, "no such file", 0.0, ("a", "tuple"))


class _Calls:
    """A target in each of the four ways in which one may be written; it exits as it is told."""

    def __init__(self, *codes: object) -> None:
        self.begun = 0
        self._codes = codes

    def plain(self) -> None:
        self.begun += 1
        sys.exit(self._codes[min(self.begun, len(self._codes)) - 1])  # type: ignore[arg-type]

    def generator(self) -> Iterator[int]:
        yield 1
        self.plain()

    async def coroutine(self) -> None:
        self.plain()

    async def async_generator(self) -> AsyncIterator[int]:
        yield 1
        self.plain()


_WAYS = ("plain", "generator", "coroutine", "async_generator")


@pytest.mark.parametrize("way", _WAYS)
@pytest.mark.parametrize("code", GOOD_EXITS)
def test_a_call_that_exits_with_success_is_over_and_the_next_one_begins(way: str, code: object) -> None:
    target = _Calls(code)
    caller = Caller(getattr(target, way))

    caller.run(1)
    caller.run(5)
    caller.close()

    assert (target.begun, caller.done) == (6, 6)


@pytest.mark.parametrize("way", _WAYS)
@pytest.mark.parametrize("code", BAD_EXITS)
def test_a_call_that_exits_with_failure_ends_the_run_and_does_not_count(way: str, code: object) -> None:
    target = _Calls(0, 0, 0, code)
    caller = Caller(getattr(target, way))

    with pytest.raises(SystemExit) as end:
        caller.run(10)
    caller.close()

    assert end.value.code is code
    assert (target.begun, caller.done) == (4, 3)


def test_calls_of_which_some_exit_and_some_return_are_all_counted() -> None:
    begun = 0

    def call() -> None:
        nonlocal begun
        begun += 1
        if begun % 3 == 2:
            sys.exit(0)

    caller = Caller(call)
    caller.run(10)

    assert (begun, caller.done) == (10, 10)


def test_what_else_a_call_raises_after_one_that_exited_ends_the_run() -> None:
    ends: list[Callable[[], Any]] = [sys.exit, int, sys.exit, lambda: int("none")]

    def call() -> None:
        ends.pop(0)()

    caller = Caller(call)

    with pytest.raises(ValueError, match="none"):
        caller.run(9)

    assert caller.done == 3


@pytest.mark.parametrize("way", _WAYS)
def test_in_a_process_that_is_not_the_targets_own_every_exit_is_passed_on(way: str) -> None:
    target = _Calls(0)
    caller = OverheardCaller(getattr(target, way))

    with pytest.raises(SystemExit):
        caller.run(3)
    caller.close()

    assert isinstance(caller.error, SystemExit)
    assert (target.begun, caller.done) == (1, 0)
