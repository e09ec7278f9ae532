"""GoFiber's idempotency middleware: a mutex for every key that was ever sent.

The middleware runs one handler per `X-Idempotency-Key` and replays its response to
every retry. Two requests with the same key must not run at the same time, so
`MemoryLock` keeps a map from key to mutex. `Unlock` released the mutex and left the
map entry, and a client sends a fresh UUID with every order: one entry per request,
for the life of the process. Found in gofiber/fiber#3262, fixed in #3263 (first in
v3.0.0-beta.4); the v2 line kept it until v2.52.15, as advisory GHSA-c5qf-v26h-rp5r.

The fix counts who holds a key *or waits for it*, before blocking, and the last one
out deletes the entry. Deleting on every unlock is just as flat and wrong: a waiter
goes on with the mutex it was given, a newcomer makes another, and both run.

A leak tool is tempted by the neighbour: `MemoryStorage.db` holds the responses and
fills for a lifetime and a half before the sweeps hold it level.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple, Protocol

from scenarios import FIRST_SERIAL, Clock, Variant, Work, work_of


class Request(NamedTuple):
    method: str
    key: str
    body: bytes


class Response(NamedTuple):
    status: int
    body: bytes


Handler = Callable[[Request], Response]


class Locker(Protocol):
    """Mutual exclusion by key."""

    def lock(self, key: str) -> None: ...

    def unlock(self, key: str) -> None: ...


class MemoryLock:
    """As published: correct, and it never forgets a key."""

    def __init__(self) -> None:
        self.keys: dict[str, threading.Lock] = {}
        self._mu = threading.Lock()

    def lock(self, key: str) -> None:
        self.mutex_for(key).acquire()

    def mutex_for(self, key: str) -> threading.Lock:
        """What a caller of `lock` is given before it blocks."""
        with self._mu:
            mutex = self.keys.get(key)
            if mutex is None:
                mutex = self.keys[key] = threading.Lock()
            return mutex

    def unlock(self, key: str) -> None:
        with self._mu:
            mutex = self.keys.get(key)
        if mutex is not None:
            mutex.release()


class DeletingMemoryLock(MemoryLock):
    """The tempting repair: flat, but a waiter and a newcomer get different mutexes."""

    def unlock(self, key: str) -> None:
        with self._mu:
            mutex = self.keys.pop(key, None)
        if mutex is not None:
            mutex.release()


class CountedLock:
    """A mutex, and how many hold it or wait for it."""

    def __init__(self) -> None:
        self.mu = threading.Lock()
        self.locked = 0


class CountedMemoryLock:
    """As repaired: the last one out of a key takes its entry along."""

    def __init__(self) -> None:
        self.keys: dict[str, CountedLock] = {}
        self._mu = threading.Lock()

    def lock(self, key: str) -> None:
        self.mutex_for(key).acquire()

    def mutex_for(self, key: str) -> threading.Lock:
        """What a caller of `lock` is given before it blocks; it is counted from here on."""
        with self._mu:
            entry = self.keys.get(key)
            if entry is None:
                entry = self.keys[key] = CountedLock()
            entry.locked += 1
            return entry.mu

    def unlock(self, key: str) -> None:
        with self._mu:
            entry = self.keys.get(key)
        if entry is None:
            return
        entry.mu.release()
        with self._mu:
            entry.locked -= 1
            if entry.locked <= 0:
                del self.keys[key]


class StoredResponse(NamedTuple):
    response: Response
    expires: float


class MemoryStorage:
    """Responses by key. A dead one leaves at the next sweep, every half lifetime."""

    def __init__(self, sweep_period: float, clock: Clock) -> None:
        self.db: dict[str, StoredResponse] = {}
        self._period = sweep_period
        self._next_sweep = clock.now + sweep_period

    def get(self, key: str, now: float) -> Response | None:
        stored = self.db.get(key)
        if stored is None or stored.expires < now:
            return None
        return stored.response

    def set(self, key: str, response: Response, expires: float) -> None:
        self.db[key] = StoredResponse(response, expires)

    def sweep(self, now: float) -> None:
        if now < self._next_sweep:
            return
        self._next_sweep += self._period
        for key in [key for key, stored in self.db.items() if stored.expires < now]:
            del self.db[key]


class IdempotencyMiddleware:
    """Runs a handler once per key; whoever repeats the key gets the first response."""

    def __init__(
        self, lock: Locker, storage: MemoryStorage, lifetime: float, clock: Clock, handler: Handler
    ) -> None:
        self.lock = lock
        self.storage = storage
        self.lifetime = lifetime
        self.clock = clock
        self.handler = handler

    def handle(self, request: Request) -> Response:
        if request.method in ("GET", "HEAD", "OPTIONS", "TRACE") or not request.key:
            return self.handler(request)
        stored = self.storage.get(request.key, self.clock.now)
        return stored if stored is not None else self.handle_locked(request)

    def handle_locked(self, request: Request) -> Response:
        self.lock.lock(request.key)
        try:
            return self.response_to(request)
        finally:
            self.lock.unlock(request.key)

    def response_to(self, request: Request) -> Response:
        """The response of whoever came first, looked up again now that the key is ours."""
        now = self.clock.now
        stored = self.storage.get(request.key, now)
        if stored is not None:
            return stored
        response = self.handler(request)
        self.storage.set(request.key, response, now + self.lifetime)
        return response


class ForgetfulMiddleware(IdempotencyMiddleware):
    """Unlocks only after success: a handler that raises leaves its key locked."""

    def handle_locked(self, request: Request) -> Response:
        self.lock.lock(request.key)
        response = self.response_to(request)
        self.lock.unlock(request.key)
        return response


class PaymentDeclinedError(Exception):
    """What the handler raises for the body `decline`."""


def order_handler(request: Request) -> Response:
    if request.body == b"decline":
        raise PaymentDeclinedError(request.key)
    return Response(201, b"order " + request.body)


def idempotency_key(serial: int) -> str:
    return f"8f14e45f-ceea-467f-9b1d-{serial:012x}"


class Shop:
    """A server and its clients: ten orders a call, each with a fresh key, and two retries."""

    middleware_type: type[IdempotencyMiddleware] = IdempotencyMiddleware

    def __init__(self, lock: Locker, lifetime: float = 2.0) -> None:
        self.clock = Clock()
        self.lock = lock
        self.storage = MemoryStorage(lifetime / 2, self.clock)
        self.middleware = self.middleware_type(lock, self.storage, lifetime, self.clock, order_handler)
        self.serial = FIRST_SERIAL

    def work(self) -> None:
        self.clock.tick()
        for _ in range(10):
            self.serial += 1
            self.post(self.serial)
        self.post(self.serial)
        self.post(self.serial - 1)
        self.storage.sweep(self.clock.now)

    def post(self, serial: int, body: bytes = b"1 book") -> Response:
        return self.middleware.handle(Request("POST", idempotency_key(serial), body))

    def close(self) -> None:
        self.storage.db.clear()


class RecyclingShop(Shop):
    """Fifty clients that use the same key again and again, ten of them a call."""

    def work(self) -> None:
        self.clock.tick()
        for _ in range(10):
            self.serial += 1
            self.post(FIRST_SERIAL + self.serial % 50)
        self.storage.sweep(self.clock.now)


class DecliningShop(Shop):
    """One order in ten is declined, and nothing unlocks its key."""

    middleware_type = ForgetfulMiddleware

    def work(self) -> None:
        super().work()
        self.serial += 1
        try:
            self.post(self.serial, b"decline")
        except PaymentDeclinedError:
            return


class ThreadedShop(Shop):
    """Four clients send the same keys at the same time; all have left when work returns."""

    def work(self) -> None:
        self.clock.tick()
        clients = [threading.Thread(target=self.post_batch) for _ in range(4)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        self.serial += 10
        self.storage.sweep(self.clock.now)

    def post_batch(self) -> None:
        for offset in range(1, 11):
            self.post(self.serial + offset)


VARIANTS = {
    "leaky": Variant(
        "as published: every key keeps its mutex for ever",
        lambda: Shop(MemoryLock()),
    ),
    "fixed": Variant(
        "as repaired: holders and waiters are counted, the last one deletes the entry",
        lambda: Shop(CountedMemoryLock()),
    ),
    "fixed_threads": Variant(
        "as repaired, with four clients racing for the same keys",
        lambda: ThreadedShop(CountedMemoryLock()),
    ),
    "wrong_fix": Variant(
        "deletes on every unlock: memory is flat, mutual exclusion is broken",
        lambda: Shop(DeletingMemoryLock()),
    ),
    "recycled_keys": Variant(
        "as published, but clients only ever use fifty keys",
        lambda: RecyclingShop(MemoryLock()),
    ),
    "storage_ttl": Variant(
        "as repaired; responses live 30 ticks and are swept every 15, so they fill first",
        lambda: Shop(CountedMemoryLock(), lifetime=30.0),
    ),
    "unlock_skipped": Variant(
        "as repaired, but one handler a call raises past an unlock that is not in a finally",
        lambda: DecliningShop(CountedMemoryLock()),
    ),
}

app: Shop

leaky: Work
fixed: Work
fixed_threads: Work
wrong_fix: Work
recycled_keys: Work
storage_ttl: Work
unlock_skipped: Work


def make(variant: str) -> Shop:
    return VARIANTS[variant].build()


def __getattr__(name: str) -> Work:
    return work_of(name, VARIANTS, globals())


def __dir__() -> list[str]:
    return sorted({*globals(), *VARIANTS})
