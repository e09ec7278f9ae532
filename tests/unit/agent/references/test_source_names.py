"""An object is called what its author calls it."""

import functools
import types
from collections.abc import Iterator
from typing import Any

import pytest

from leakscan.agent.references.source_names import described, method_text, owner_name, short_file


class Store:
    """A class of the target's."""


class Hostile:
    def __getattribute__(self, name: str) -> object:
        raise AssertionError(f"{name} was read")


@functools.cache
def price(article: int) -> int:
    return article


def numbers() -> Iterator[int]:
    yield 1


class Wrapper:
    def __init__(self, function: Any) -> None:
        self.__wrapped__ = function


@pytest.mark.parametrize(
    ("obj", "words"),
    [
        (types.ModuleType("shop"), "module shop"),
        (Store, "class Store"),
        (Store(), "Store"),
        (numbers, "numbers()"),
        (numbers(), "generator numbers()"),
        (price, "lru_cache of price"),
        ({}, "dict"),
    ],
)
def test_an_object_is_described_by_its_name_or_its_type(obj: object, words: str) -> None:
    assert described(obj) == words


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (types.ModuleType("shop"), ("shop", "shop")),
        (Store, ("Store", __name__)),
        (Store(), ("Store", __name__)),
        (numbers, ("numbers", __name__)),
        (price, ("price", __name__)),
        (Wrapper(numbers), ("numbers", __name__)),
        ([], ("list", "builtins")),
    ],
)
def test_an_attribute_belongs_to_what_its_author_has_a_name_for(owner: object, name: tuple[str, str]) -> None:
    assert owner_name(owner) == name


def test_no_code_of_the_object_is_run() -> None:
    hostile = Hostile()

    assert (described(hostile), owner_name(hostile)) == ("Hostile", ("Hostile", __name__))


def test_a_method_of_c_has_the_name_of_its_type() -> None:
    rows: list[int] = []

    assert (method_text(rows.append), method_text(len)) == ("list.append", "function len")


@pytest.mark.parametrize("path", ["/srv/shop/app/jobs.py", "C:\\shop\\app\\jobs.py", "app/jobs.py"])
def test_a_file_is_shown_with_its_last_folder(path: str) -> None:
    assert short_file(path) == "app/jobs.py"
