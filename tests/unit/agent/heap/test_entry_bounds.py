"""What containers and their owners say of how many entries there may be."""

import asyncio
import functools
import gc
import math
import queue
import sys
import types
from collections import OrderedDict, deque
from typing import Any, NoReturn

import cachetools
import pytest

from leakscan.agent.heap.entry_bounds import Bound, bound_of, owners_bound


class Owner:
    def __init__(self, **attributes: object) -> None:
        self.rows: list[int] = []
        for name, value in attributes.items():
            setattr(self, name, value)


class Slotted:
    __slots__ = ("_capacity", "maxsize")

    def __init__(self) -> None:
        self._capacity = 7


class OfItsClass:
    max_entries = 9


class Raising:
    """Computes its bound, and does not want to be asked."""

    @property
    def maxsize(self) -> int:
        raise AssertionError("the property was run")

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"{name} was looked up")


class Untouchable:
    def __init__(self) -> None:
        self.limit = 3

    def __getattribute__(self, name: str) -> NoReturn:
        raise AssertionError(f"{name} was looked up")


class Bounded(OrderedDict[int, int]):
    maxsize = 4


@functools.lru_cache(maxsize=3)
def _price(article: int) -> int:
    return article


@functools.cache
def _unbounded(article: int) -> int:
    return article


@pytest.mark.parametrize(
    ("owner", "bound"),
    [
        (Owner(maxsize=100), Bound(100, "maxsize")),
        (Owner(_max_entries=100), Bound(100, "_max_entries")),
        (Owner(capacity=5, maxsize=6), Bound(6, "maxsize")),
        (Owner(maxsize=None, max_entries=5), Bound(5, "max_entries")),
        (Owner(maxsize=1e6), Bound(1_000_000, "maxsize")),
        (Slotted(), Bound(7, "_capacity")),
        (OfItsClass(), Bound(9, "max_entries")),
        (queue.Queue(8), Bound(8, "maxsize")),
        (cachetools.LRUCache(maxsize=8), Bound(8, "maxsize")),
        # That there is none is said, too.
        (queue.Queue(), Bound(None, "maxsize")),
        (Owner(maxsize=None), Bound(None, "maxsize")),
        (Owner(max_size=math.inf), Bound(None, "max_size")),
        (Owner(maxsize=sys.maxsize), Bound(None, "maxsize")),
        # And these say nothing.
        (Owner(), None),
        (Owner(limit=0), None),
        (Owner(limit=0.5), None),
        (Owner(capacity=None), None),
        (Owner(maxsize="100"), None),
        (Owner(maxsize=True), None),
        (Owner, None),
        (OfItsClass, None),
        (sys, None),
    ],
)
def test_an_owner_says_its_bound_by_an_attribute_that_is_kept(owner: object, bound: Bound | None) -> None:
    assert owners_bound(owner, 10) == bound


def test_no_code_of_the_owner_is_run() -> None:
    assert owners_bound(Raising(), 10) is None
    assert owners_bound(Untouchable(), 10) == Bound(3, "limit")


def test_asking_for_a_bound_gives_no_dict_to_an_owner_that_has_none() -> None:
    owner: Any = Owner()
    before = [type(each) for each in gc.get_referents(owner)]

    owners_bound(owner, 10)

    assert [type(each) for each in gc.get_referents(owner)] == before


def test_a_bound_in_bytes_is_told_in_entries_like_those_of_now() -> None:
    cache: Any = cachetools.LRUCache(maxsize=1_000, getsizeof=len)
    cache["a"], cache["b"] = "x" * 30, "y" * 70

    assert owners_bound(cache, 2) == Bound(20, "maxsize")


def test_a_bound_in_bytes_says_nothing_while_there_is_nothing_to_go_by() -> None:
    empty: Any = cachetools.LRUCache(maxsize=1_000, getsizeof=len)

    assert owners_bound(empty, 0) is None


@pytest.mark.parametrize(
    ("container", "owners", "bound"),
    [
        (_price, (), Bound(3, "maxsize")),
        (_unbounded, (Owner(maxsize=5),), Bound(None, "maxsize")),
        (deque(maxlen=6), (queue.Queue(3),), Bound(6, "maxlen")),
        (deque(), (queue.Queue(3), {}), Bound(3, "maxsize")),
        ({}, (Owner(maxsize=5), types.SimpleNamespace()), None),
        (Bounded(), (Owner(maxsize=5),), Bound(4, "maxsize")),
        (OrderedDict(), (Owner(maxsize=5),), Bound(5, "maxsize")),
        ([], (), None),
    ],
)
def test_a_container_is_asked_first_and_then_its_nearest_owner(
    container: object, owners: tuple[object, ...], bound: Bound | None
) -> None:
    assert bound_of(container, owners) == bound


def test_a_queue_of_asyncio_says_its_bound() -> None:
    assert owners_bound(asyncio.Queue(5), 0) == Bound(5, "_maxsize")
