"""The entries of a container, whatever its class says of them."""

import functools
from collections import deque
from collections.abc import Sequence
from typing import NoReturn

import pytest

from leakscan.agent.heap.entries import entries_of, newest_entries


@functools.lru_cache(maxsize=8)
def _looked_up(number: int) -> str:
    return str(number)


for _number in (1, 2, 3):
    _looked_up(_number)


class Hostile(dict[int, str]):
    def items(self) -> NoReturn:
        raise AssertionError("its items were asked for")

    def __iter__(self) -> NoReturn:
        raise AssertionError("it was iterated over")


@pytest.mark.parametrize(
    ("container", "newest"),
    [
        ({1: "a", 2: "b", 3: "c"}, [(3, "c"), (2, "b")]),
        ([1, 2, 3], [(3,), (2,)]),
        (deque([1, 2, 3]), [(3,), (2,)]),
        (_looked_up, [(3, "3"), (2, "2")]),
        (bytearray(10), []),
        (1, []),
    ],
)
def test_the_entries_that_came_last_are_the_ones_looked_at(
    container: object, newest: Sequence[tuple[object, ...]]
) -> None:
    assert newest_entries(container, 2) == newest


def test_all_entries_are_read_without_the_code_of_the_class() -> None:
    assert entries_of(Hostile({1: "a", 2: "b"})) == [(1, "a"), (2, "b")]
    assert entries_of({1}) == [(1,)]
    assert entries_of(bytearray(3)) == []
