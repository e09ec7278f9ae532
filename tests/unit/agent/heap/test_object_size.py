"""How large an object is by itself."""

import sys
from typing import NoReturn

import pytest

from leakscan.agent.heap.object_size import size_of


class Row(tuple[int, ...]):
    """A tuple of a class of its own."""

    __slots__ = ()


class Hostile(list[int]):
    def __sizeof__(self) -> NoReturn:
        raise AssertionError("its size was asked")


@pytest.mark.parametrize(
    "obj",
    [bytes(200), "x" * 200, ([],) * 30, 10**100, [1] * 10, {1: []}, {1}, bytearray(200), Row((1,) * 30)],
    ids=lambda obj: type(obj).__name__,
)
def test_the_size_of_a_builtin_object_is_the_one_that_python_tells(obj: object) -> None:
    assert size_of(obj) == sys.getsizeof(obj)


def test_a_class_that_counts_in_its_own_way_is_not_asked() -> None:
    assert size_of(Hostile([1] * 10)) >= sys.getsizeof([1] * 10)
