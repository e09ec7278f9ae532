"""A census measures every container, and reports those that grew."""

import functools
import gc
import sys
from typing import NoReturn

import pytest

from leakscan import wire
from leakscan.agent.heap import census


class Uncountable(dict[int, int]):
    def __len__(self) -> NoReturn:
        raise AssertionError("len was asked")


@functools.lru_cache(maxsize=3)
def _price(article: int) -> int:
    return article


class Clock:
    """Never moves."""

    def __call__(self) -> float:
        return 0.0


def _taken(taker: census.CensusTaker, calls: int) -> wire.Census:
    return taker.take(calls, 0.0, Clock())


def _grown(latest: wire.Census, container: object) -> list[wire.GrownContainer]:
    return [growth for growth in latest.grown if growth.address == id(container)]


def test_the_first_look_reports_nothing_as_grown() -> None:
    assert _taken(census.CensusTaker(), 0).grown == ()


@pytest.fixture(autouse=True)
def small_heap(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many tests this process has run: in a very large heap, a census passes by what is small."""
    monkeypatch.setattr(census, "MANY_OBJECTS", sys.maxsize)


@pytest.mark.parametrize("make", [dict, Uncountable])
def test_a_dict_that_grew_between_two_looks_is_reported(make: type[dict[int, int]]) -> None:
    held = [make()]  # a dict of atoms is found only where something tracked refers to it
    kept = held[0]
    taker = census.CensusTaker()

    _taken(taker, 0)
    kept.update({n: n for n in range(300)})
    latest = _taken(taker, 100)

    (growth,) = _grown(latest, kept)
    assert (growth.before, growth.after, growth.type) == (0, 300, make.__name__)


def test_a_dict_that_the_collector_does_not_track_is_found_all_the_same() -> None:
    # Up to 3.13 a dict of atoms in a dict is not tracked: it comes as a referent.
    outer = {"inner": {str(n): n for n in range(10)}}
    inner = outer["inner"]
    gc.collect()
    taker = census.CensusTaker()

    _taken(taker, 0)
    inner.update({str(n): n for n in range(10, 200)})
    (growth,) = _grown(_taken(taker, 100), inner)

    assert (growth.before, growth.after) == (10, 200)


def test_a_container_that_shrank_or_stayed_is_not_reported() -> None:
    shrinks, stays = [1] * 50, [1] * 50
    taker = census.CensusTaker()

    _taken(taker, 0)
    shrinks.clear()
    latest = _taken(taker, 100)

    assert _grown(latest, shrinks) == _grown(latest, stays) == []


def test_what_begins_anew_begins_with_the_last_look() -> None:
    taker = census.CensusTaker()
    kept: list[None] = []
    last = taker.take(10, 0.0, lambda: 0.0)
    taker.begin_anew()
    kept.extend([None] * 100)

    first, second = (taker.take(calls, 0.0, lambda: 0.0) for calls in (7, 20))

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
        latest = taker.take(number, 0.0, lambda: 0.0, tracked_only=tracked_only)
        assert latest.tracked_only is tracked_only
        gained = {each.address: each.after - each.before for each in latest.grown}
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
    _taken(taker, 0)
    keep_alive = [[n] for n in range(2_000)]

    latest = _taken(taker, 100)

    assert latest.grown == ()
    assert len(keep_alive) == 2_000


def test_a_growing_cache_is_reported_with_its_bound() -> None:
    taker = census.CensusTaker()
    _price.cache_clear()

    _taken(taker, 0)
    _price(1)
    _price(2)
    (growth,) = _grown(_taken(taker, 2), _price)

    assert (growth.before, growth.after, growth.bound) == (0, 2, 3)


def test_containers_are_found_again_by_their_addresses() -> None:
    kept: list[int] = [1]

    (container,) = census.containers_at(frozenset({id(kept)}))

    assert container is kept


def test_a_container_that_only_the_asking_list_keeps_is_not_held_elsewhere() -> None:
    kept: dict[int, int] = {}

    held = census.held_elsewhere([kept, {}, []])

    assert [id(each) for each in held] == [id(kept)]


def test_the_module_that_breaks_when_it_is_asked_is_left_alone() -> None:
    plain: list[object] = [[], {}]
    unsafe = census.unsafe_to_ask()

    assert census.without_unsafe([*plain, unsafe]) == ([*plain, None] if unsafe is None else plain)
