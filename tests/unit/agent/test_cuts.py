"""Letting go of what a holder holds, by the built-in types' own methods."""

import functools
import io
import types
from _queue import SimpleQueue
from array import array
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from leakscan.agent import census, cuts


class Immortal(dict[int, int]):
    def clear(self) -> NoReturn:
        raise AssertionError("clear was run")


def _filled_queue() -> "SimpleQueue[int]":
    jobs: SimpleQueue[int] = SimpleQueue()
    jobs.put(1)
    jobs.put(2)
    return jobs


def _filled_cache() -> Callable[[int], int]:
    @functools.cache
    def price(article: int) -> int:
        return article

    price(1)
    return price


@pytest.mark.parametrize(
    "container",
    [
        {1: 2},
        Immortal({1: 2}),
        OrderedDict({1: 2}),
        defaultdict(list, {1: []}),
        [1, 2],
        {1, 2},
        deque([1]),
        array("q", [1, 2]),
        bytearray(7),
        _filled_queue(),
        _filled_cache(),
    ],
    ids=lambda container: type(container).__name__,
)
def test_a_container_is_emptied(container: object) -> None:
    empty = cuts.emptying(container)

    assert empty is not None
    assert census.length_of(container)
    empty()
    assert census.length_of(container) == 0


def test_a_buffer_gives_its_bytes_back() -> None:
    raw, text = io.BytesIO(bytes(9_000)), io.StringIO("x" * 9_000)

    for buffer in (raw, text):
        empty = cuts.emptying(buffer)
        assert empty is not None
        empty()

    assert (raw.getvalue(), text.getvalue()) == (b"", "")


@pytest.mark.parametrize("other", [(1, 2), "text", object(), frozenset({1})])
def test_what_is_no_container_cannot_be_emptied(other: object) -> None:
    assert cuts.emptying(other) is None


class Owner:
    def __init__(self, held: object) -> None:
        self.held: Any = held


class Slotted:
    __slots__ = ("held",)

    def __init__(self, held: object) -> None:
        self.held: Any = held


def _cell_of(held: object) -> types.CellType:
    return types.CellType(held)


@pytest.mark.parametrize(
    ("make", "read"),
    [
        (lambda held: {"key": held}, lambda parent: parent["key"]),
        (lambda held: [0, held], lambda parent: parent[1]),
        (Owner, lambda parent: parent.held),
        (Slotted, lambda parent: parent.held),
        (_cell_of, lambda parent: parent.cell_contents),
    ],
    ids=["dict", "list", "attribute", "slot", "cell"],
)
def test_a_reference_is_severed(make: Callable[[object], object], read: Callable[[Any], object]) -> None:
    held = ["the payload"]
    parent = make(held)

    sever = cuts.severing([parent, held])

    assert sever is not None
    sever()
    assert read(parent) is None


def test_a_tuple_is_passed_over_for_what_refers_to_it() -> None:
    held = ["the payload"]
    row = (1, held)
    table = {"row": row}

    sever = cuts.severing([table, row, held])

    assert sever is not None
    sever()
    assert table == {"row": None}


def test_what_only_tuples_refer_to_cannot_be_severed() -> None:
    held = ["the payload"]

    assert cuts.severing([(held,), held]) is None


def test_all_is_done_in_order() -> None:
    done: list[int] = []

    cuts.do_all([functools.partial(done.append, n) for n in (1, 2, 3)])

    assert done == [1, 2, 3]
