"""What an `lru_cache` keeps, as the garbage collector shows it."""

import functools
from typing import Any

import pytest

from leakscan.agent.heap import lru_cache
from leakscan.agent.heap.containers import table_bytes_of


def _filled(maxsize: int | None, results: list[Any]) -> Any:
    @functools.lru_cache(maxsize=maxsize)
    def look_up(number: int) -> Any:
        return results[number]

    for number in range(len(results)):
        look_up(number)
    return look_up


@pytest.mark.parametrize("maxsize", [None, 100])
@pytest.mark.parametrize("result", ["text", {}, {"a": 1}, int, lru_cache.LRU, [1], None, len])
def test_the_entries_are_keys_and_results_whatever_the_results_are(maxsize: int | None, result: Any) -> None:
    wrapper = _filled(maxsize, [result] * 3)

    assert lru_cache.entries_of(wrapper) == [(0, result), (1, result), (2, result)]


def test_a_cache_with_a_bound_shows_last_what_was_used_last() -> None:
    wrapper = _filled(100, ["a", "b", "c"])
    wrapper(0)

    assert lru_cache.entries_of(wrapper)[-1] == (0, "a")


@pytest.mark.parametrize("maxsize", [None, 100, 0])
def test_an_empty_cache_has_no_entries(maxsize: int | None) -> None:
    wrapper = _filled(maxsize, [])

    assert lru_cache.entries_of(wrapper) == []
    assert lru_cache.link_bytes(wrapper) == 0


@pytest.mark.parametrize("maxsize", [None, 100_000])
def test_its_table_is_that_of_a_dict_with_as_many_entries(maxsize: int | None) -> None:
    wrapper = _filled(maxsize, list(range(1_000)))

    assert table_bytes_of(wrapper) == table_bytes_of({n: n for n in range(1_000)})


def test_only_a_bound_takes_a_link_for_each_entry() -> None:
    assert lru_cache.link_bytes(_filled(None, ["a"])) == 0
    assert lru_cache.link_bytes(_filled(100, ["a"])) >= 40
