"""The length of every container, by its built-in type's own count."""

import atexit
import functools
import gc
import io
import sys
from _queue import SimpleQueue
from array import array
from collections import OrderedDict, defaultdict, deque
from typing import NoReturn

import pytest

from leakscan import wire
from leakscan.agent.heap import census


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
    assert census.length_of(container) == length


def test_buffers_are_measured_in_bytes() -> None:
    small, large = io.BytesIO(b"x"), io.BytesIO(bytes(9_000))

    assert (census.length_of(large) or 0) - (census.length_of(small) or 0) >= 8_000
    assert census.is_in_bytes(large)
    assert census.is_in_bytes(bytearray())
    assert not census.is_in_bytes([])


def test_a_bound_is_what_the_container_says_itself() -> None:
    assert census.bound_of(_price) == 3
    assert census.bound_of(_unbounded) is None
    assert census.bound_of(deque(maxlen=5)) == 5
    assert census.bound_of(deque()) is None
    assert census.bound_of({}) is None


class Clock:
    """Never moves."""

    def __call__(self) -> float:
        return 0.0


def _looked(taker: census.CensusTaker, calls: int) -> wire.Census:
    return taker.look(calls, 0.0, Clock())


def _grown(look: wire.Census, container: object) -> list[wire.GrownContainer]:
    return [found for found in look.grown if found.address == id(container)]


def test_the_first_look_reports_nothing_as_grown() -> None:
    assert _looked(census.CensusTaker(), 0).grown == ()


@pytest.fixture(autouse=True)
def small_heap(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many tests this process has run: in a very large heap, a look passes by what is small."""
    monkeypatch.setattr(census, "MANY", sys.maxsize)


@pytest.mark.parametrize("make", [dict, Uncountable])
def test_a_dict_that_grew_between_two_looks_is_reported(make: type[dict[int, int]]) -> None:
    held = [make()]  # a dict of atoms is found only where something tracked refers to it
    kept = held[0]
    taker = census.CensusTaker()

    _looked(taker, 0)
    kept.update({n: n for n in range(300)})
    look = _looked(taker, 100)

    (found,) = _grown(look, kept)
    assert (found.before, found.after, found.type) == (0, 300, make.__name__)


def test_a_dict_that_the_collector_does_not_track_is_found_all_the_same() -> None:
    # Up to 3.13 a dict of atoms in a dict is not tracked: it comes as a referent.
    outer = {"inner": {str(n): n for n in range(10)}}
    inner = outer["inner"]
    gc.collect()
    taker = census.CensusTaker()

    _looked(taker, 0)
    inner.update({str(n): n for n in range(10, 200)})
    (found,) = _grown(_looked(taker, 100), inner)

    assert (found.before, found.after) == (10, 200)


def test_a_container_that_shrank_or_stayed_is_not_reported() -> None:
    shrinks, stays = [1] * 50, [1] * 50
    taker = census.CensusTaker()

    _looked(taker, 0)
    shrinks.clear()
    look = _looked(taker, 100)

    assert _grown(look, shrinks) == _grown(look, stays) == []


def test_what_begins_anew_begins_with_the_last_look() -> None:
    taker = census.CensusTaker()
    kept: list[None] = []
    last = taker.look(10, 0.0, lambda: 0.0)
    taker.begin_anew()
    kept.extend([None] * 100)

    first, second = (taker.look(calls, 0.0, lambda: 0.0) for calls in (7, 20))

    assert (first.number, first.calls, first.containers, first.grown) == (1, 0, last.containers, ())
    assert (second.number, second.calls) == (2, 20)
    assert (last.is_earlier, first.is_earlier, second.is_earlier) == (False, True, False)
    assert id(kept) in {grown.address for grown in second.grown}


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="every dict is tracked from 3.14 on")
def test_what_a_look_at_tracked_containers_leaves_out_is_reported_by_the_next_look_at_all() -> None:
    kept: list[None] = []
    atoms: dict[str, int] = {"a": 1}
    buffer = bytearray(b"a")
    begins_empty: dict[int, object] = {}
    holder = [atoms, buffer, begins_empty]
    taker = census.CensusTaker()

    grown = []
    for number, tracked_only in enumerate((False, True, True, False)):
        kept.append(None)
        atoms[str(number)] = 1
        buffer.append(1)
        if number:
            begins_empty[number] = [number]
        gc.collect()
        look = taker.look(number, 0.0, lambda: 0.0, tracked_only=tracked_only)
        assert look.tracked_only is tracked_only
        gained = {each.address: each.after - each.before for each in look.grown}
        grown.append([gained.get(id(each), 0) for each in (kept, *holder)])

    assert grown == [[0] * 4, [1, 0, 0, 1], [1, 0, 0, 1], [1, 3, 3, 1]]


def test_the_types_of_objects_are_told_apart_though_a_type_comes_again_and_again() -> None:
    classes = [type(f"Kept{n}", (list,), {}) for n in range(300)]
    plain = [type(f"Plain{n}", (), {}) for n in range(300)]
    kept = [kind([1] * 3) for kind in classes for _ in range(20)] + [
        kind() for kind in plain for _ in range(20)
    ]

    lengths = {id(each): length for each, length in census.every_length()}

    assert [lengths.get(id(each)) for each in kept] == [3] * 6_000 + [None] * 6_000


def test_a_look_does_not_report_its_own_tables() -> None:
    taker = census.CensusTaker()
    _looked(taker, 0)
    keep_alive = [[n] for n in range(2_000)]

    look = _looked(taker, 100)

    assert look.grown == ()
    assert len(keep_alive) == 2_000


def test_a_growing_cache_is_reported_with_its_bound() -> None:
    taker = census.CensusTaker()
    _price.cache_clear()

    _looked(taker, 0)
    _price(1)
    _price(2)
    (found,) = _grown(_looked(taker, 2), _price)

    assert (found.before, found.after, found.bound) == (0, 2, 3)


def test_containers_are_found_again_by_their_addresses() -> None:
    kept: list[int] = [1]

    (found,) = census.containers_at(frozenset({id(kept)}))

    assert found is kept


def test_a_container_that_only_the_asking_list_keeps_is_not_held_elsewhere() -> None:
    kept: dict[int, int] = {}

    held = census.held_elsewhere([kept, {}, []])

    assert [id(each) for each in held] == [id(kept)]


def test_text_that_a_buffer_has_not_put_together_yet_counts() -> None:
    text = io.StringIO()
    empty = census.length_of(text)

    text.write("x" * 1_000)

    assert empty is not None
    assert (census.length_of(text) or 0) >= empty + 1_000
    text.close()
    assert (census.length_of(text) or 0) < 1_000


def test_a_buffer_that_was_never_made_ready_is_not_asked() -> None:
    class Lazy(io.StringIO):
        def __init__(self) -> None:
            """Does not call the one of `StringIO`."""

    assert not census.is_open(Lazy())
    assert (census.length_of(Lazy()) or 0) < 1_000


def test_what_atexit_will_call_is_counted() -> None:
    def say_goodbye() -> None:
        """Never called: it is unregistered below."""

    before = census.AT_EXIT.length()
    atexit.register(say_goodbye)
    registered = census.length_of(census.AT_EXIT)
    atexit.unregister(say_goodbye)

    assert registered == before + 1


def test_the_module_that_breaks_when_it_is_asked_is_left_alone() -> None:
    plain: list[object] = [[], {}]
    unsafe = census.unsafe_to_ask()

    assert census.without_unsafe([*plain, unsafe]) == ([*plain, None] if unsafe is None else plain)
