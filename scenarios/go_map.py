"""Maps that grow: a field guide to map leaks in Go, walked through in Python.

A map leaks when something puts and nothing takes away. The variants are the usual
ways: a global cache without an expiry; two indexes of which one is forgotten; a
queue that fills because a reader never lets go of its lock; a cache in a closure
that nobody can name; a weak map whose values refer to their own keys. The last one
is a trap for whoever knows JavaScript: a WeakMap there lets such a pair go, while
Python's WeakKeyDictionary holds the value, the value holds the key, and both stay.

Other variants only look like leaks. Go never gives the buckets of an emptied map
back (golang/go#20135); a Python dict does so at a later insert that finds no free
slot, so a dict emptied of 20,000 keys keeps 590 kB at length 0. That is spare capacity; the
cure is a new dict. Under steady churn the table flips between two sizes for ever.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import NamedTuple
from weakref import WeakKeyDictionary

from scenarios import FIRST_SERIAL, Clock, Driver, Variant, Work, work_of

CACHE: dict[str, bytearray] = {}


class Requests:
    """Counts requests, ten a call; what a request does is the subclass's."""

    def __init__(self) -> None:
        self.serial = FIRST_SERIAL

    def work(self) -> None:
        for _ in range(10):
            self.serial += 1
            self.request(self.serial)

    def request(self, serial: int) -> None:
        raise NotImplementedError

    def close(self) -> None:
        pass


class GlobalCache(Requests):
    """Every response goes into the module's `CACHE`, under a key that never returns."""

    def request(self, serial: int) -> None:
        CACHE[f"GET /item/{serial}"] = bytearray(192)

    def close(self) -> None:
        CACHE.clear()


class Expiring(NamedTuple):
    value: bytearray
    expires: float


class ExpiringCache:
    """Entries live for `ttl` seconds, and the oldest leave when there are `maxsize`."""

    def __init__(self, clock: Clock, *, maxsize: int, ttl: float) -> None:
        self.entries: OrderedDict[str, Expiring] = OrderedDict()
        self.clock = clock
        self.maxsize = maxsize
        self.ttl = ttl

    def put(self, key: str, value: bytearray) -> None:
        self.entries[key] = Expiring(value, self.clock.now + self.ttl)
        self.entries.move_to_end(key)
        while len(self.entries) > self.maxsize or self._oldest().expires <= self.clock.now:
            self.entries.popitem(last=False)

    def get(self, key: str) -> bytearray | None:
        found = self.entries.get(key)
        return found.value if found is not None and found.expires > self.clock.now else None

    def _oldest(self) -> Expiring:
        return next(iter(self.entries.values()))


class BoundedRequests(Requests):
    """The same requests with a cache that knows its limits."""

    def __init__(self, *, maxsize: int, ttl: float) -> None:
        super().__init__()
        self.clock = Clock()
        self.cache = ExpiringCache(self.clock, maxsize=maxsize, ttl=ttl)

    def work(self) -> None:
        self.clock.tick()
        super().work()

    def request(self, serial: int) -> None:
        self.cache.put(f"GET /item/{serial}", bytearray(192))

    def close(self) -> None:
        self.cache.entries.clear()


class User:
    def __init__(self, serial: int) -> None:
        self.id = serial
        self.email = f"user{serial}@example.org"
        self.profile = bytearray(200)


class UserCache:
    """Two indexes over the same users. `remove` remembers only one of them."""

    def __init__(self) -> None:
        self.by_id: dict[int, User] = {}
        self.by_email: dict[str, User] = {}

    def add(self, user: User) -> None:
        self.by_id[user.id] = user
        self.by_email[user.email] = user

    def remove(self, user_id: int) -> None:
        self.by_id.pop(user_id, None)


class CompleteUserCache(UserCache):
    """As repaired: a user leaves both indexes."""

    def remove(self, user_id: int) -> None:
        user = self.by_id.pop(user_id, None)
        if user is not None:
            del self.by_email[user.email]


class UserVisits(Requests):
    """Users come, and leave when `live` others have come after them."""

    def __init__(self, users: UserCache, *, live: int = 0) -> None:
        super().__init__()
        self.users = users
        self.live = live

    def request(self, serial: int) -> None:
        self.users.add(User(serial))
        self.users.remove(serial - self.live)

    def close(self) -> None:
        self.users.by_id.clear()
        self.users.by_email.clear()


class Update(NamedTuple):
    key: str
    value: bytes


class SharedCache:
    """Readers share a lock; a writer that cannot get it queues its update."""

    def __init__(self) -> None:
        self.entries: dict[str, bytes] = {}
        self.pending_updates: deque[Update] = deque()
        self.readers = 0

    def start_reading(self) -> None:
        self.readers += 1

    def stop_reading(self) -> None:
        self.readers -= 1

    def update(self, key: str, value: bytes) -> None:
        self.pending_updates.append(Update(key, value))
        self.drain()

    def drain(self) -> None:
        """Applies what is pending, in order, unless somebody reads."""
        while self.pending_updates and not self.readers:
            key, value = self.pending_updates.popleft()
            self.entries[key] = value


class BriefReader(Requests):
    """As repaired: the reader copies under its lock and lets go before it works."""

    def __init__(self) -> None:
        super().__init__()
        self.cache = SharedCache()
        self.reported_bytes = 0

    def work(self) -> None:
        self.cache.start_reading()
        copied = tuple(self.cache.entries.values())
        self.cache.stop_reading()
        super().work()
        self.reported_bytes = sum(len(price) for price in copied)

    def request(self, serial: int) -> None:
        self.cache.update(f"price/{serial % 100:02}", bytes(128))

    def close(self) -> None:
        self.cache.pending_updates.clear()


class EndlessReader(BriefReader):
    """Takes the read lock once, to stream a report that never ends."""

    def work(self) -> None:
        if not self.cache.readers:
            self.cache.start_reading()
        Requests.work(self)


class SlowReader(EndlessReader):
    """Lets go after every tenth call."""

    calls = 0

    def work(self) -> None:
        super().work()
        self.calls = (self.calls + 1) % 10
        if self.calls == 0:
            self.cache.stop_reading()
            self.cache.drain()


class RequestKey:
    """Equal only to itself, so only its owner can look it up."""

    def __init__(self, serial: int) -> None:
        self.serial = serial


class Session:
    """A cached value; `key` may point back to what it is filed under."""

    def __init__(self, key: RequestKey | None) -> None:
        self.key = key
        self.payload = bytearray(192)


Put = Callable[[RequestKey, Session], None]


def create_cache() -> Put:
    """A cache that only its `put` can reach."""
    cache: dict[RequestKey, Session] = {}

    def put(key: RequestKey, value: Session) -> None:
        cache[key] = value

    return put


def create_weak_cache() -> Put:
    """As repaired: an entry goes when its key does, unless the value holds the key."""
    cache: WeakKeyDictionary[RequestKey, Session] = WeakKeyDictionary()

    def put(key: RequestKey, value: Session) -> None:
        cache[key] = value

    return put


class ClosureRequests(Requests):
    """Files a session under a key that nobody else keeps."""

    def __init__(self, put: Put) -> None:
        super().__init__()
        self.put = put

    def request(self, serial: int) -> None:
        self.put(RequestKey(serial), Session(None))


class BackReferringRequests(ClosureRequests):
    """The session remembers its key, and so keeps it alive."""

    def request(self, serial: int) -> None:
        key = RequestKey(serial)
        self.put(key, Session(key))


class BurstMap:
    """A table that is filled and emptied; `del` gives back entries, not the table."""

    def __init__(self) -> None:
        self.table: dict[int, int] = {}

    def spike(self, count: int) -> None:
        for serial in range(FIRST_SERIAL, FIRST_SERIAL + count):
            self.table[serial] = serial
        for serial in range(FIRST_SERIAL, FIRST_SERIAL + count):
            del self.table[serial]


class RebuiltMap(BurstMap):
    """The cure: a new dict, sized for what is left."""

    def spike(self, count: int) -> None:
        super().spike(count)
        self.table = dict(self.table)


class SpikedRequests(Requests):
    """The first call fills and empties the table; afterwards it is only read."""

    def __init__(self, burst: BurstMap) -> None:
        super().__init__()
        self.burst = burst

    def request(self, serial: int) -> None:
        if serial == FIRST_SERIAL + 1:
            self.burst.spike(20_000)
        assert serial not in self.burst.table

    def close(self) -> None:
        self.burst.table.clear()


class Window(Requests):
    """The `live` newest requests are in the table, and nothing else."""

    def __init__(self, live: int) -> None:
        super().__init__()
        self.live = live
        self.table: dict[str, bytes] = {}

    def request(self, serial: int) -> None:
        self.table[f"request {serial}"] = bytes(64)
        self.table.pop(f"request {serial - self.live}", None)

    def close(self) -> None:
        self.table.clear()


VARIANTS: dict[str, Variant[Driver]] = {
    "global_map": Variant("a module's dict without an expiry", GlobalCache),
    "ttl_max": Variant(
        "five minutes to live and at most 1,000 entries, full after call 100",
        lambda: BoundedRequests(maxsize=1_000, ttl=300.0),
    ),
    "filling": Variant(
        "at most a million entries, ten more with every call",
        lambda: BoundedRequests(maxsize=1_000_000, ttl=1e9),
    ),
    "dual_index": Variant(
        "users leave the index by id and stay in the one by email",
        lambda: UserVisits(UserCache()),
    ),
    "dual_index_fixed": Variant(
        "users leave both indexes",
        lambda: UserVisits(CompleteUserCache()),
    ),
    "dual_index_churn": Variant(
        "a hundred live users in both indexes, ten replaced a call",
        lambda: UserVisits(CompleteUserCache(), live=100),
    ),
    "lock_held": Variant("the reader never lets go, so updates queue up", EndlessReader),
    "lock_copied": Variant("the reader copies and lets go, so nothing is pending", BriefReader),
    "lock_saw": Variant("the reader lets go every ten calls: 0 to 100 pending", SlowReader),
    "closure": Variant(
        "the cache is a cell of the function that fills it",
        lambda: ClosureRequests(create_cache()),
    ),
    "closure_fixed": Variant(
        "the same with weak keys",
        lambda: ClosureRequests(create_weak_cache()),
    ),
    "weak_value_refs_key": Variant(
        "weak keys, and values that hold their own keys",
        lambda: BackReferringRequests(create_weak_cache()),
    ),
    "spike": Variant(
        "20,000 entries come and go in the first call; the empty table keeps 590 kB",
        lambda: SpikedRequests(BurstMap()),
    ),
    "spike_rebuilt": Variant(
        "the same, and the table is rebuilt",
        lambda: SpikedRequests(RebuiltMap()),
    ),
    "churn_100": Variant("a hundred live keys, ten replaced a call", lambda: Window(100)),
    "churn_1000": Variant("a thousand live keys, ten replaced a call", lambda: Window(1_000)),
}

app: Driver

global_map: Work
ttl_max: Work
filling: Work
dual_index: Work
dual_index_fixed: Work
dual_index_churn: Work
lock_held: Work
lock_copied: Work
lock_saw: Work
closure: Work
closure_fixed: Work
weak_value_refs_key: Work
spike: Work
spike_rebuilt: Work
churn_100: Work
churn_1000: Work


def make(variant: str) -> Driver:
    return VARIANTS[variant].build()


def __getattr__(name: str) -> Work:
    # `global` is the name of the story and a keyword: it can be typed on the command line only.
    return work_of("global_map" if name == "global" else name, VARIANTS, globals())


def __dir__() -> list[str]:
    return sorted({*globals(), *VARIANTS})
