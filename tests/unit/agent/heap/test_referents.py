"""What an object refers to is read whole, and without the target's code."""

import contextvars
import gc
import types
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest

from leakscan.agent.heap.referents import closed_over, is_namespace_of, namespace_among, referents


class Hostile(dict[str, object]):
    def keys(self) -> NoReturn:
        raise AssertionError("its keys were asked for")

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("it was iterated over")


class Store:
    def __init__(self) -> None:
        self.items = {"apple": 1}


def test_keys_that_are_all_strings_are_referents_too() -> None:
    rows = [1]

    assert "kept" in referents(Hostile({"kept": rows}))
    assert rows in referents(Hostile({"kept": rows}))


def test_a_context_refers_to_the_values_of_its_variables() -> None:
    variable: contextvars.ContextVar[list[int]] = contextvars.ContextVar("rows")
    context, rows = contextvars.Context(), [1]
    context.run(variable.set, rows)

    assert referents(context) == [rows]


@pytest.mark.parametrize("owner", [Store(), types.ModuleType("shop")])
def test_the_dict_of_the_attributes_is_a_namespace(owner: object) -> None:
    assert is_namespace_of(vars(owner), owner)
    assert not is_namespace_of({}, owner)


def test_a_dict_that_an_attribute_has_is_no_namespace() -> None:
    store = Store()

    assert not is_namespace_of(store.items, store)
    assert not is_namespace_of(store.items, {})


def _put(seen: list[int]) -> Callable[[], None]:
    def put() -> None:
        seen.append(later)

    if not seen:
        return put
    later = 1
    return put


def test_a_variable_that_has_no_value_yet_is_left_out() -> None:
    seen: list[int] = []

    assert list(closed_over(_put(seen))) == [("seen", seen)]


def test_the_namespace_of_an_instance_is_that_which_it_keeps_its_attributes_in() -> None:
    asked = Store()
    namespace = vars(asked)

    assert namespace_among(asked, [asked.items, namespace]) is namespace
    assert namespace_among(asked, [asked.items, {"apple": 1}]) is None


def test_neither_an_instance_nor_a_function_is_given_a_namespace_by_the_search() -> None:
    store = Store()
    before = gc.get_referents(store), gc.get_referents(Store.__init__)

    assert namespace_among(store, before[0]) is None
    assert namespace_among(Store.__init__, before[1]) is None
    assert (len(gc.get_referents(store)), len(gc.get_referents(Store.__init__))) == tuple(map(len, before))
