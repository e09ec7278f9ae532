"""The list of caches: names, and an order in which what matters comes first."""

from typing import Any

import pytest

from leakscan import wire
from leakscan.analysis.naming.caches import cache_list
from leakscan.model.analysis import Cache
from tests.unit.analysis.records import a_header, attribute_step, global_step, module_step

LRU = "_lru_cache_wrapper"
PRICE = (module_step(), global_step("price", LRU))


def _seen(*steps: wire.Step, **changes: Any) -> wire.Cache:
    cache = wire.Cache(type="dict", entries=10, steps=steps or (module_step(), global_step("CACHE")))
    return cache._replace(**changes)


def _an_lru(*steps: wire.Step, **changes: Any) -> wire.Cache:
    known = {
        "type": LRU,
        "function": "price",
        "module": "app",
        "hits": 3,
        "misses": 1,
        "bound_name": "maxsize",
    }
    return _seen(*(steps or PRICE), **{**known, **changes})


def _list(*caches: wire.Cache, more: int = 0) -> tuple[Cache, ...]:
    listed = cache_list([a_header(), wire.Caches(caches, more)])
    assert listed is not None
    assert listed.unlisted == more
    return listed.caches


def test_a_run_that_took_no_list_has_none() -> None:
    assert cache_list([a_header()]) is None


def test_a_list_may_be_empty() -> None:
    assert _list() == ()


def test_the_largest_comes_first_and_of_one_size_what_has_no_bound() -> None:
    def named(name: str, **changes: Any) -> wire.Cache:
        return _seen(module_step(), global_step(name), **changes)

    listed = _list(
        named("EMPTY", entries=0, bound=5),
        named("EMPTY_UNBOUNDED", entries=0, is_unbounded=True),
        named("SMALL", entry_bytes=10.0),
        named("BOUNDED", entry_bytes=100.0, bound=1_000),
        named("UNBOUNDED", entry_bytes=100.0, is_unbounded=True),
        named("NOT_WEIGHED", table_bytes=5_000),
    )

    assert [cache.name for cache in listed] == [
        *("app.NOT_WEIGHED", "app.UNBOUNDED", "app.BOUNDED", "app.SMALL"),
        *("app.EMPTY_UNBOUNDED", "app.EMPTY"),
    ]


def test_a_cache_is_named_as_it_is_where_it_holds_a_leak() -> None:
    (cache,) = _list(
        _seen(module_step(), global_step("lock", "MemoryLock"), attribute_step("MemoryLock", "_cache"))
    )

    assert (cache.name, cache.type, cache.path) == ("MemoryLock._cache", "dict", ("app.lock", "._cache"))
    assert (cache.function, cache.hit_rate) == (None, None)


def test_a_cache_of_cachetools_is_the_object_that_its_user_made() -> None:
    inside = wire.Step("storage", "._Cache__data", "dict", "LRUCache", "cachetools")

    (cache,) = _list(_seen(module_step(), global_step("PAGES", "LRUCache"), inside))

    assert (cache.name, cache.type) == ("app.PAGES", "LRUCache")


@pytest.mark.parametrize(
    ("cache", "name"),
    [
        (_an_lru(), "lru_cache of app.price"),
        # Found where another module imports it: its own is the one that its author knows.
        (
            _an_lru(module_step("shop"), global_step("price", LRU, module="shop"), module="app.prices"),
            "lru_cache of prices.price",
        ),
        (
            _an_lru(
                module_step(),
                wire.Step("class attribute", ".rule", LRU, "Parser", "app"),
                function="Parser.rule",
            ),
            "lru_cache of Parser.rule",
        ),
        (
            _an_lru(
                module_step("typing"),
                wire.Step("part", ".__self__", LRU),
                function="List.copy",
                module="typing",
            ),
            "lru_cache of typing.List.copy",
        ),
        (
            _an_lru(wire.Step("unknown", LRU, LRU, LRU), function="make.<locals>.price"),
            "lru_cache of app.make.<locals>.price",
        ),
    ],
)
def test_an_lru_cache_is_named_by_what_it_wraps(cache: wire.Cache, name: str) -> None:
    (listed,) = _list(cache)

    assert (listed.name, listed.type) == (name, "lru_cache")


def test_an_lru_cache_has_a_hit_rate_and_its_function() -> None:
    (cache,) = _list(_an_lru(defined_at="/srv/app/app.py:7", entries=4, bound=128))

    assert (cache.function, cache.defined_at) == ("app.price", "app.py:7")
    assert (cache.hit_rate, cache.hits, cache.misses) == (0.75, 3, 1)
    assert (cache.bound, cache.bound_name) == (128, "maxsize")


def test_what_was_never_asked_has_no_hit_rate() -> None:
    (cache,) = _list(_an_lru(hits=0, misses=0))

    assert cache.hit_rate is None


def test_the_size_is_that_of_the_entries_and_at_least_that_of_the_table() -> None:
    weighed, sparse, unknown, empty = (
        *_list(_seen(entry_bytes=200.0, table_bytes=600)),
        *_list(_seen(entry_bytes=20.0, table_bytes=600)),
        *_list(_seen(table_bytes=600)),
        *_list(_seen(entries=0, table_bytes=600)),
    )

    assert (weighed.bytes, sparse.bytes, unknown.bytes, empty.bytes) == (2_000, 600, None, 600)


def test_only_what_holds_more_than_its_bound_is_past_it() -> None:
    past, full, many = (
        *_list(_seen(entries=1_240, bound=1_000)),
        *_list(_seen(entries=1_000, bound=1_000)),
        *_list(_seen(entries=1_240, bound=1_000, alike=30)),
    )

    assert (past.is_past_its_bound, full.is_past_its_bound, many.is_past_its_bound) == (True, False, False)


def test_what_stands_for_many_instances_names_none_of_them() -> None:
    entry = wire.Step("value", "['c17']", "Connection")

    (cache,) = _list(
        _seen(
            module_step(),
            global_step("CONNECTIONS"),
            entry,
            attribute_step("Connection", "_cache"),
            alike=30,
        )
    )

    assert cache.name == "app.CONNECTIONS[…]._cache"
    assert cache.path == ("app.CONNECTIONS", "[…]", "._cache")
    assert cache.instances == 30


def test_what_is_not_listed_is_counted() -> None:
    assert len(_list(_seen(), more=17)) == 1
