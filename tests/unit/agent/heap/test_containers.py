"""A container is measured by its built-in type's own count."""

import atexit
import functools
import io
from _queue import SimpleQueue
from array import array
from collections import OrderedDict, defaultdict, deque
from typing import NoReturn

import pytest

from leakscan.agent.heap.containers import AT_EXIT, is_in_bytes, is_open, length_of, max_entries_of


class Uncountable(dict[int, int]):
    def __len__(self) -> NoReturn:
        raise AssertionError("len was asked")


class Lying(list[int]):
    def __len__(self) -> int:
        return 0


class Meta(type):
    def __hash__(cls) -> NoReturn:
        raise AssertionError("the class was hashed")

    def __eq__(cls, other: object) -> NoReturn:
        raise AssertionError("the class was compared")

    def __subclasscheck__(cls, other: type) -> NoReturn:
        raise AssertionError("the class was asked for its subclasses")


class OfMeta(list[int], metaclass=Meta):
    pass


@functools.lru_cache(maxsize=3)
def _price(article: int) -> int:
    return article


@functools.cache
def _unbounded(article: int) -> int:
    return article


def _filled_queue() -> "SimpleQueue[int]":
    jobs: SimpleQueue[int] = SimpleQueue()
    jobs.put(1)
    return jobs


@pytest.mark.parametrize(
    ("container", "length"),
    [
        ({1: 2}, 1),
        ([1, 2], 2),
        ({1, 2, 3}, 3),
        (deque([1]), 1),
        (OrderedDict({1: 2}), 1),
        (defaultdict(list, {1: []}), 1),
        (array("q", [1, 2]), 2),
        (bytearray(7), 7),
        (_filled_queue(), 1),
        (Uncountable({1: 1, 2: 2}), 2),
        (Lying([1, 2, 3]), 3),
        (OfMeta([1, 2]), 2),
        ((1, 2), None),
        ("text", None),
        (object(), None),
    ],
)
def test_a_length_is_counted_by_the_built_in_type(container: object, length: int | None) -> None:
    assert length_of(container) == length


def test_buffers_are_measured_in_bytes() -> None:
    small, large = io.BytesIO(b"x"), io.BytesIO(bytes(9_000))

    assert (length_of(large) or 0) - (length_of(small) or 0) >= 8_000
    assert is_in_bytes(large)
    assert is_in_bytes(bytearray())
    assert not is_in_bytes([])


def test_a_bound_is_what_the_container_says_itself() -> None:
    assert max_entries_of(_price) == 3
    assert max_entries_of(_unbounded) is None
    assert max_entries_of(deque(maxlen=5)) == 5
    assert max_entries_of(deque()) is None
    assert max_entries_of({}) is None


def test_text_that_a_buffer_has_not_put_together_yet_counts() -> None:
    text = io.StringIO()
    empty = length_of(text)

    text.write("x" * 1_000)

    assert empty is not None
    assert (length_of(text) or 0) >= empty + 1_000
    text.close()
    assert (length_of(text) or 0) < 1_000


def test_a_buffer_that_was_never_made_ready_is_not_asked() -> None:
    class Lazy(io.StringIO):
        def __init__(self) -> None:
            """Does not call the one of `StringIO`."""

    assert not is_open(Lazy())
    assert (length_of(Lazy()) or 0) < 1_000


def test_what_atexit_will_call_is_counted() -> None:
    def say_goodbye() -> None:
        """Never called: it is unregistered below."""

    before = AT_EXIT.length()
    atexit.register(say_goodbye)
    registered = length_of(AT_EXIT)
    atexit.unregister(say_goodbye)

    assert registered == before + 1
