"""The list of caches, as the agent takes it."""

import functools
import queue
import sys
import time
import types
from collections.abc import Callable, Iterator

import pytest

from leakscan import wire
from leakscan.agent.caches import MOST_ALIKE, MOST_LISTED, look_for_caches
from leakscan.agent.naming import Scene

PAYLOAD_BYTES = 5_000


class Connection:
    def __init__(self, entries: int) -> None:
        self._cache = {number: bytes(PAYLOAD_BYTES) for number in range(entries)}


@functools.lru_cache(maxsize=3)
def _price(article: int) -> bytes:
    return bytes(PAYLOAD_BYTES + article)


@pytest.fixture
def shop() -> Iterator[types.ModuleType]:
    """A module of a target, empty."""
    module = types.ModuleType("a_shop")
    sys.modules["a_shop"] = module
    yield module
    del sys.modules["a_shop"]


def _listed() -> wire.Caches:
    return look_for_caches(Scene(_nothing, None, None, set(), time.perf_counter))


def _nothing() -> None:
    pass


def _in_shop(taken: wire.Caches) -> dict[str, wire.Cache]:
    """The caches that hang on the module, by the last link of their chains."""
    return {cache.steps[-1].link: cache for cache in taken.caches if cache.steps[0].link == "a_shop"}


def test_an_lru_cache_is_told_with_what_it_wraps_and_how_often_it_was_hit(shop: types.ModuleType) -> None:
    _price.cache_clear()
    for article in (1, 1, 1, 2, 3, 4):
        _price(article)
    vars(shop)["price"] = _price

    cache = next(c for c in _listed().caches if c.function == "_price")

    assert (cache.module, cache.type) == (__name__, "_lru_cache_wrapper")
    assert (cache.entries, cache.bound, cache.bound_name, cache.is_unbounded) == (3, 3, "maxsize", False)
    assert (cache.hits, cache.misses) == (2, 4)
    assert cache.defined_at is not None
    assert cache.defined_at.startswith(__file__)
    assert cache.entry_bytes is not None
    assert PAYLOAD_BYTES < cache.entry_bytes < PAYLOAD_BYTES + 500


def test_a_cache_of_a_method_and_one_of_a_builtin_are_known_by_what_they_wrap(shop: types.ModuleType) -> None:
    def method(self: object) -> None:
        del self

    vars(shop)["of_method"] = functools.cache(types.MethodType(method, shop))
    vars(shop)["of_builtin"] = functools.cache(len)

    found = _in_shop(_listed())

    assert found[".of_method"].function.endswith("method")
    assert found[".of_builtin"].function == "builtin_function_or_method"


def test_other_caches_count_no_hits(shop: types.ModuleType) -> None:
    jobs: queue.Queue[int] = queue.Queue(5)
    jobs.put(1)
    vars(shop).update(PRICE_CACHE={1: 1}, jobs=jobs)

    found = _in_shop(_listed())

    assert (found[".PRICE_CACHE"].entries, found[".PRICE_CACHE"].hits, found[".PRICE_CACHE"].bound) == (
        1,
        None,
        None,
    )
    assert (found[".queue"].entries, found[".queue"].bound, found[".queue"].misses) == (1, 5, None)


def test_a_cache_that_says_that_it_has_no_bound_is_unbounded(shop: types.ModuleType) -> None:
    vars(shop).update(jobs=queue.Queue(), price=functools.cache(_nothing), NAME_CACHE={})

    found = _in_shop(_listed())

    assert found[".queue"].is_unbounded
    assert found[".price"].is_unbounded
    assert not found[".NAME_CACHE"].is_unbounded


def test_few_caches_of_one_class_are_told_each_and_many_as_one(shop: types.ModuleType) -> None:
    few, many = MOST_ALIKE, MOST_ALIKE + 3

    vars(shop)["connections"] = {str(number): Connection(number) for number in range(few)}
    each = [cache for cache in _listed().caches if cache.steps[-1].link == "._cache" and _of_shop(cache)]
    vars(shop)["connections"] = {str(number): Connection(number) for number in range(many)}
    (together,) = [c for c in _listed().caches if c.steps[-1].link == "._cache" and _of_shop(c)]

    assert [cache.alike for cache in each] == [1] * few
    assert [cache.entries for cache in each] == list(reversed(range(few)))
    assert (together.alike, together.entries) == (many, sum(range(many)))
    # It is known by the way to the one with most entries.
    assert together.steps[-2].link == f"['{many - 1}']"


def _of_shop(cache: wire.Cache) -> bool:
    return cache.steps[0].link == "a_shop"


def test_the_fullest_come_first_and_of_very_many_the_rest_is_counted(shop: types.ModuleType) -> None:
    before = _listed()
    extra = MOST_LISTED + 10
    vars(shop).update({f"cache_{number}_cache": dict.fromkeys(range(number)) for number in range(extra)})

    taken = _listed()

    entries = [cache.entries for cache in taken.caches]
    assert entries == sorted(entries, reverse=True)
    assert len(taken.caches) <= MOST_LISTED
    assert taken.more >= 10 + before.more


def test_what_only_leakscan_uses_is_not_listed() -> None:
    caches = _listed().caches

    modules = {cache.module for cache in caches} | {cache.steps[0].link for cache in caches}
    assert not [name for name in modules if name.partition(".")[0] in ("leakscan", "objgraph", "psutil")]


def _with_many_entries() -> dict[int, object]:
    return {number: bytes(PAYLOAD_BYTES) for number in range(1_000)}


def _with_one_large_entry() -> dict[int, object]:
    return {1: bytes(1_000 * PAYLOAD_BYTES)}


def _with_one_large_entry_among_small_ones() -> dict[int, object]:
    return {**dict.fromkeys(range(30), b""), 30: bytes(1_000 * PAYLOAD_BYTES)}


@pytest.mark.parametrize(
    "make", [_with_many_entries, _with_one_large_entry, _with_one_large_entry_among_small_ones]
)
def test_a_cache_is_as_large_as_its_entries(
    make: Callable[[], dict[int, object]], shop: types.ModuleType
) -> None:
    vars(shop)["CACHE"] = make()

    cache = _in_shop(_listed())[".CACHE"]

    assert cache.entry_bytes is not None
    assert 1_000 * PAYLOAD_BYTES < cache.entry_bytes * cache.entries < 1_100 * PAYLOAD_BYTES


def test_a_cache_whose_entries_lead_to_the_whole_program_is_told_without_a_weight(
    shop: types.ModuleType,
) -> None:
    program = [[number] for number in range(150_000)]
    vars(shop)["CACHE"] = {number: [program] for number in range(10)}

    cache = _in_shop(_listed())[".CACHE"]

    assert (cache.entries, cache.entry_bytes) == (10, None)
    assert cache.table_bytes > 0
