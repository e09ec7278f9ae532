from __future__ import annotations

import gc
import inspect
import sys

import pytest

from scenarios import Clock, Driver, go_map
from scenarios.go_map import (
    BoundedRequests,
    BriefReader,
    CompleteUserCache,
    ExpiringCache,
    SharedCache,
    SpikedRequests,
    User,
    UserCache,
    UserVisits,
    Window,
    make,
)


def lengths_of(driver: Driver, calls: int) -> list[int]:
    """The length of what this driver's story is about, after each call."""
    lengths = []
    for _ in range(calls):
        driver.work()
        match driver:
            case BoundedRequests():
                lengths.append(len(driver.cache.entries))
            case UserVisits():
                lengths.append(len(driver.users.by_email))
            case BriefReader():
                lengths.append(len(driver.cache.pending_updates))
            case Window():
                lengths.append(len(driver.table))
            case _:
                raise TypeError(driver)
    return lengths


@pytest.mark.parametrize(
    ("variant", "lengths"),
    [
        ("filling", [10, 20, 30]),
        ("dual_index", [10, 20, 30]),
        ("dual_index_fixed", [0, 0, 0]),
        ("dual_index_churn", [*range(10, 100, 10), *[100] * 21]),
        ("lock_held", [10, 20, 30]),
        ("lock_copied", [0, 0, 0]),
        ("lock_saw", [*range(10, 100, 10), 0] * 3),
        ("ttl_max", [*range(10, 1_000, 10), *[1_000] * 101]),
        ("churn_100", [*range(10, 100, 10), *[100] * 21]),
        ("churn_1000", [*range(10, 1_000, 10), *[1_000] * 51]),
    ],
)
def test_the_holder_grows_as_told(variant: str, lengths: list[int]) -> None:
    driver = make(variant)

    seen = lengths_of(driver, len(lengths))

    assert seen == lengths


def test_the_global_cache_keeps_ten_entries_a_call_that_the_collector_does_not_track() -> None:
    driver = make("global_map")

    driver.work()
    keys_and_values = [*go_map.CACHE, *go_map.CACHE.values()]

    assert len(go_map.CACHE) == 10
    assert not any(gc.is_tracked(each) for each in keys_and_values)
    driver.close()
    assert not go_map.CACHE


def test_an_entry_expires() -> None:
    clock = Clock()
    cache = ExpiringCache(clock, maxsize=1_000, ttl=300.0)
    cache.put("a", bytearray(b"1"))

    clock.tick(299.0)
    fresh = cache.get("a")
    clock.tick(1.0)
    stale = cache.get("a")
    cache.put("b", bytearray(b"2"))

    assert (fresh, stale) == (bytearray(b"1"), None)
    assert list(cache.entries) == ["b"]


def test_the_oldest_entry_makes_room() -> None:
    cache = ExpiringCache(Clock(), maxsize=2, ttl=300.0)

    for key in ("a", "b", "a", "c"):
        cache.put(key, bytearray())

    assert list(cache.entries) == ["a", "c"]


def test_the_leaky_index_is_not_the_one_that_users_leave() -> None:
    users = UserCache()
    users.add(User(1))

    users.remove(1)

    assert not users.by_id
    assert list(users.by_email) == ["user1@example.org"]


def test_the_repaired_user_cache_forgets_a_user_everywhere() -> None:
    users = CompleteUserCache()
    users.add(User(1))

    users.remove(1)
    users.remove(1)

    assert not users.by_id
    assert not users.by_email


def test_updates_made_while_somebody_reads_are_applied_in_order_later() -> None:
    cache = SharedCache()
    cache.start_reading()
    cache.update("price", b"1")
    cache.update("price", b"2")
    while_read = dict(cache.entries)

    cache.stop_reading()
    cache.drain()

    assert while_read == {}
    assert cache.entries == {"price": b"2"}


@pytest.mark.parametrize(
    ("variant", "lengths"),
    [
        ("closure", [10, 20, 30]),
        ("closure_fixed", [0, 0, 0]),
        ("weak_value_refs_key", [10, 20, 30]),
    ],
)
def test_the_cell_grows_as_told(variant: str, lengths: list[int]) -> None:
    driver = make(variant)
    assert isinstance(driver, go_map.ClosureRequests)
    cells = inspect.getclosurevars(driver.put).nonlocals
    seen = []

    for _ in lengths:
        driver.work()
        seen.append(len(cells["cache"]))

    assert seen == lengths


def test_an_emptied_table_keeps_its_capacity_until_it_is_rebuilt() -> None:
    spiked, rebuilt = make("spike"), make("spike_rebuilt")
    assert isinstance(spiked, SpikedRequests)
    assert isinstance(rebuilt, SpikedRequests)

    for _ in range(3):
        spiked.work()
        rebuilt.work()

    assert len(spiked.burst.table) == len(rebuilt.burst.table) == 0
    assert sys.getsizeof(spiked.burst.table) > 500_000
    assert sys.getsizeof(rebuilt.burst.table) < 100
