"""The list of caches, as the agent takes it."""

import functools
import queue
import sys
import time
import types
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from leakscan import wire
from leakscan.agent.caches.listing import MAX_ALIKE, MAX_LISTED, look_for_caches
from leakscan.agent.holders.holder_chains import SearchContext

PAYLOAD_BYTES = 5_000
FEW = MAX_ALIKE
MANY = MAX_ALIKE + 3


class Connection:
    def __init__(self, entries: int) -> None:
        self._cache = dict.fromkeys(range(entries))


class Session(Connection):
    pass


class Jobs(queue.Queue[int]):
    """Of plain queues the process of the tests may have so many that they are told as one."""


@functools.lru_cache(maxsize=3)
def _price(article: int) -> bytes:
    return bytes(PAYLOAD_BYTES + article)


def _nothing() -> None:
    pass


def _with_many_entries() -> dict[int, object]:
    return {number: bytes(PAYLOAD_BYTES) for number in range(1_000)}


def _with_one_large_entry() -> dict[int, object]:
    return {1: bytes(1_000 * PAYLOAD_BYTES)}


def _with_one_large_entry_among_small_ones() -> dict[int, object]:
    return {**dict.fromkeys(range(30), b""), 30: bytes(1_000 * PAYLOAD_BYTES)}


def _that_leads_to_the_whole_program() -> dict[int, object]:
    program = [[number] for number in range(150_000)]
    return {number: [program] for number in range(10)}


@contextmanager
def _module_of_target(contents: dict[str, object]) -> Iterator[types.ModuleType]:
    """The module `a_shop`, with these variables."""
    module = types.ModuleType("a_shop")
    vars(module).update(contents)
    sys.modules["a_shop"] = module
    try:
        yield module
    finally:
        del sys.modules["a_shop"]


def _listed() -> wire.Caches:
    return look_for_caches(SearchContext(_nothing, None, None, set(), time.perf_counter))


@pytest.fixture(scope="module")
def taken() -> wire.Caches:
    """One list of many caches: each look goes over all of the heap of pytest."""
    _price.cache_clear()
    for article in (1, 1, 1, 2, 3, 4):
        _price(article)
    jobs = Jobs(5)
    jobs.put(1)
    contents = {
        "price": _price,
        "of_builtin": functools.cache(len),
        "jobs": jobs,
        "endless_jobs": Jobs(),
        "endless": functools.cache(_nothing),
        "PRICE_CACHE": {1: 1},
        "few": {number: Connection(number) for number in range(FEW)},
        "many": {number: Session(number) for number in range(MANY)},
        "MANY_CACHE": _with_many_entries(),
        "ONE_CACHE": _with_one_large_entry(),
        "AMONG_CACHE": _with_one_large_entry_among_small_ones(),
        "PROGRAM_CACHE": _that_leads_to_the_whole_program(),
    }
    with _module_of_target(contents) as shop:

        def method(self: object) -> None:
            del self

        vars(shop)["of_method"] = functools.cache(types.MethodType(method, shop))
        return _listed()


def _in_shop(taken: wire.Caches) -> dict[str, wire.Cache]:
    """The caches that hang on the module, by the links of their chains."""
    return {
        "".join(step.link for step in cache.steps[1:]): cache
        for cache in taken.caches
        if cache.steps[0].link == "a_shop"
    }


def test_an_lru_cache_is_told_with_what_it_wraps_and_how_often_it_was_hit(taken: wire.Caches) -> None:
    cache = next(c for c in taken.caches if c.function == "_price")

    assert (cache.module, cache.type) == (__name__, "_lru_cache_wrapper")
    assert (cache.entries, cache.bound, cache.bound_name, cache.is_unbounded) == (3, 3, "maxsize", False)
    assert (cache.hits, cache.misses) == (2, 4)
    assert cache.defined_at is not None
    assert cache.defined_at.startswith(__file__)
    assert cache.entry_bytes is not None
    assert PAYLOAD_BYTES < cache.entry_bytes < PAYLOAD_BYTES + 500


def test_a_cache_of_a_method_and_one_of_a_builtin_are_known_by_what_they_wrap(taken: wire.Caches) -> None:
    rows = _in_shop(taken)

    assert rows[".of_method"].function.endswith("method")
    assert rows[".of_builtin"].function == "builtin_function_or_method"


def test_other_caches_count_no_hits(taken: wire.Caches) -> None:
    rows = _in_shop(taken)

    prices, jobs = rows[".PRICE_CACHE"], rows[".jobs.queue"]
    assert (prices.entries, prices.hits, prices.bound) == (1, None, None)
    assert (jobs.entries, jobs.bound, jobs.misses) == (1, 5, None)


def test_a_cache_that_says_that_it_has_no_bound_is_unbounded(taken: wire.Caches) -> None:
    rows = _in_shop(taken)

    assert rows[".endless_jobs.queue"].is_unbounded
    assert rows[".endless"].is_unbounded
    assert not rows[".PRICE_CACHE"].is_unbounded


def test_few_caches_of_one_class_are_told_each_and_many_as_one(taken: wire.Caches) -> None:
    rows = {chain: cache for chain, cache in _in_shop(taken).items() if chain.endswith("._cache")}

    each = [cache for chain, cache in rows.items() if chain.startswith(".few")]
    # Many are known by the chain to the one with most entries.
    (chain, together), *others = [
        (chain, cache) for chain, cache in rows.items() if chain.startswith(".many")
    ]
    assert [cache.alike for cache in each] == [1] * FEW
    assert [cache.entries for cache in each] == list(reversed(range(FEW)))
    assert (chain, others) == (f".many[{MANY - 1}]._cache", [])
    assert (together.alike, together.entries) == (MANY, sum(range(MANY)))


def test_what_only_leakscan_uses_is_not_listed(taken: wire.Caches) -> None:
    modules = {cache.module for cache in taken.caches} | {cache.steps[0].link for cache in taken.caches}

    assert not [name for name in modules if name.partition(".")[0] in ("leakscan", "objgraph", "psutil")]


@pytest.mark.parametrize("name", ["MANY_CACHE", "ONE_CACHE", "AMONG_CACHE"])
def test_a_cache_is_as_large_as_its_entries(name: str, taken: wire.Caches) -> None:
    cache = _in_shop(taken)[f".{name}"]

    assert cache.entry_bytes is not None
    assert 1_000 * PAYLOAD_BYTES < cache.entry_bytes * cache.entries < 1_100 * PAYLOAD_BYTES


def test_a_cache_whose_entries_lead_to_the_whole_program_is_told_without_a_weight(taken: wire.Caches) -> None:
    cache = _in_shop(taken)[".PROGRAM_CACHE"]

    assert (cache.entries, cache.entry_bytes) == (10, None)
    assert cache.table_bytes > 0


def test_the_fullest_come_first_and_of_very_many_the_rest_is_counted(taken: wire.Caches) -> None:
    extra = MAX_LISTED + 10

    with _module_of_target(
        {f"cache_{number}_cache": dict.fromkeys(range(number)) for number in range(extra)}
    ):
        of_many = _listed()

    entries = [cache.entries for cache in of_many.caches]
    assert entries == sorted(entries, reverse=True)
    assert len(of_many.caches) <= MAX_LISTED
    assert of_many.more >= 10 + taken.more
