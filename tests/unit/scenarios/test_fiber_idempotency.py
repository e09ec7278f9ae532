from __future__ import annotations

import threading
from typing import Protocol

import pytest

from scenarios import Clock
from scenarios.fiber_idempotency import (
    CountedMemoryLock,
    DeletingMemoryLock,
    IdempotencyMiddleware,
    Locker,
    MemoryLock,
    MemoryStorage,
    Request,
    Response,
    make,
)


class StepwiseLocker(Locker, Protocol):
    """`mutex_for` is the first half of `lock`: a caller that has not blocked yet."""

    def mutex_for(self, key: str) -> threading.Lock: ...


def waiter_and_newcomer_both_hold(locker: StepwiseLocker) -> bool:
    """Whether one who waited while the holder left, and one who came after, are both in."""
    locker.lock("order 1")
    waiter = locker.mutex_for("order 1")
    locker.unlock("order 1")
    newcomer = locker.mutex_for("order 1")
    return waiter.acquire(blocking=False) and newcomer.acquire(blocking=False)


class Kitchen:
    """A handler that counts how often it really cooks."""

    def __init__(self) -> None:
        self.cooked = 0

    def handle(self, request: Request) -> Response:
        self.cooked += 1
        return Response(201, request.body + b" #%d" % self.cooked)


def a_middleware(lock: Locker, kitchen: Kitchen, clock: Clock) -> IdempotencyMiddleware:
    return IdempotencyMiddleware(lock, MemoryStorage(15.0, clock), 30.0, clock, kitchen.handle)


def test_a_retry_gets_the_first_response_again() -> None:
    kitchen = Kitchen()
    middleware = a_middleware(CountedMemoryLock(), kitchen, Clock())

    first = middleware.handle(Request("POST", "order 1", b"soup"))
    retry = middleware.handle(Request("POST", "order 1", b"soup"))
    other = middleware.handle(Request("POST", "order 2", b"soup"))

    assert [first.body, retry.body, other.body] == [b"soup #1", b"soup #1", b"soup #2"]


@pytest.mark.parametrize(("method", "key"), [("GET", "order 1"), ("POST", "")])
def test_a_safe_method_or_an_empty_key_is_not_replayed(method: str, key: str) -> None:
    kitchen, lock = Kitchen(), MemoryLock()
    middleware = a_middleware(lock, kitchen, Clock())

    for _ in range(2):
        middleware.handle(Request(method, key, b"soup"))

    assert kitchen.cooked == 2
    assert not lock.keys


def test_a_response_is_forgotten_after_its_lifetime() -> None:
    kitchen, clock = Kitchen(), Clock()
    middleware = a_middleware(CountedMemoryLock(), kitchen, clock)
    middleware.handle(Request("POST", "order 1", b"soup"))

    clock.tick(31.0)
    late = middleware.handle(Request("POST", "order 1", b"soup"))
    clock.tick(31.0)
    middleware.storage.sweep(clock.now)

    assert late.body == b"soup #2"
    assert not middleware.storage.db


@pytest.mark.parametrize("locker", [MemoryLock(), CountedMemoryLock()])
def test_a_waiter_keeps_a_newcomer_out(locker: StepwiseLocker) -> None:
    assert not waiter_and_newcomer_both_hold(locker)


def test_deleting_on_every_unlock_lets_a_waiter_and_a_newcomer_in() -> None:
    assert waiter_and_newcomer_both_hold(DeletingMemoryLock())


def test_the_last_one_out_deletes_the_entry() -> None:
    locker = CountedMemoryLock()
    locker.lock("order 1")
    waiter = locker.mutex_for("order 1")

    locker.unlock("order 1")
    kept_for_waiter = list(locker.keys)
    waiter.acquire()
    locker.unlock("order 1")

    assert kept_for_waiter == ["order 1"]
    assert not locker.keys


@pytest.mark.parametrize("locker", [MemoryLock(), DeletingMemoryLock(), CountedMemoryLock()])
def test_unlocking_an_unknown_key_does_nothing(locker: MemoryLock | CountedMemoryLock) -> None:
    locker.unlock("never locked")

    assert not locker.keys


def test_racing_clients_cook_each_order_once() -> None:
    kitchen, lock = Kitchen(), CountedMemoryLock()
    middleware = a_middleware(lock, kitchen, Clock())
    gate = threading.Barrier(4)

    def client() -> None:
        gate.wait()
        for n in range(50):
            middleware.handle(Request("POST", f"order {n}", b"soup"))

    clients = [threading.Thread(target=client) for _ in range(4)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()

    assert kitchen.cooked == 50
    assert not lock.keys


@pytest.mark.parametrize(
    ("variant", "lengths"),
    [
        ("leaky", [10, 20, 30]),
        ("fixed", [0, 0, 0]),
        ("fixed_threads", [0, 0, 0]),
        ("wrong_fix", [0, 0, 0]),
        ("recycled_keys", [10, 20, 30, 40, 50, 50, 50]),
        ("unlock_skipped", [1, 2, 3]),
    ],
)
def test_the_lock_map_grows_as_told(variant: str, lengths: list[int]) -> None:
    shop = make(variant)
    seen = []

    for _ in lengths:
        shop.work()
        assert isinstance(shop.lock, MemoryLock | CountedMemoryLock)
        seen.append(len(shop.lock.keys))

    assert seen == lengths


def test_a_short_lifetime_keeps_the_storage_level_while_the_lock_map_leaks() -> None:
    shop = make("leaky")
    lengths = []

    for _ in range(20):
        shop.work()
        lengths.append(len(shop.storage.db))

    assert set(lengths[3:]) == {30}


def test_the_storage_fills_for_59_ticks_and_then_saws() -> None:
    shop = make("storage_ttl")
    lengths = []

    for _ in range(150):
        shop.work()
        lengths.append(len(shop.storage.db))

    assert lengths[58] == 450
    assert (min(lengths[58:]), max(lengths[58:])) == (310, 450)
    assert lengths[59:74] == lengths[74:89]
