"""Containers that say how many entries they may have: those that keep to it, and those that do not."""

import asyncio
import collections
import functools
import itertools
import queue
import random

import cachetools

MOST = 100_000
_SEQUENCE = itertools.count(1_000_000)


@functools.lru_cache(maxsize=MOST)
def _quote(number: int) -> str:
    return f"{number} EUR" * 3


def filling_lru_cache() -> None:
    _quote(next(_SEQUENCE))


LINES: collections.deque[str] = collections.deque(maxlen=MOST)


def filling_deque() -> None:
    LINES.append(f"line {next(_SEQUENCE)}")


JOBS: queue.Queue[str] = queue.Queue(maxsize=MOST)


def filling_queue() -> None:
    if not JOBS.full():
        JOBS.put_nowait(f"job {next(_SEQUENCE)}")


MAILS: asyncio.Queue[str] = asyncio.Queue(maxsize=MOST)


async def filling_asyncio_queue() -> None:
    if not MAILS.full():
        MAILS.put_nowait(f"mail {next(_SEQUENCE)}")


class Recent(collections.OrderedDict[int, bytes]):
    """A dict that has its bound itself."""

    def __init__(self, maxsize: int) -> None:
        super().__init__()
        self.maxsize = maxsize

    def store(self, number: int) -> None:
        self[number] = bytes(100)
        if len(self) > self.maxsize:
            self.popitem(last=False)


RECENT = Recent(MOST)


def filling_subclass_of_a_dict() -> None:
    RECENT.store(next(_SEQUENCE))


class Slotted:
    """An owner without a dict of its own."""

    __slots__ = ("capacity", "rows")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.rows: dict[int, bytes] = {}

    def store(self, number: int) -> None:
        self.rows[number] = bytes(100)
        if len(self.rows) > self.capacity:
            del self.rows[next(iter(self.rows))]


SLOTTED = Slotted(MOST)


def filling_slots() -> None:
    SLOTTED.store(next(_SEQUENCE))


PAGES: cachetools.LRUCache[int, bytes] = cachetools.LRUCache(maxsize=MOST)


def filling_cachetools() -> None:
    PAGES[next(_SEQUENCE)] = bytes(100)


TOKENS: cachetools.TTLCache[int, bytes] = cachetools.TTLCache(maxsize=MOST, ttl=1e6)


def filling_cachetools_with_a_time_to_live() -> None:
    TOKENS[next(_SEQUENCE)] = bytes(100)


FILES: cachetools.LRUCache[int, bytes] = cachetools.LRUCache(maxsize=100 * MOST, getsizeof=len)


def filling_cachetools_by_size() -> None:
    """Its bound counts bytes, of which each entry has a hundred."""
    FILES[next(_SEQUENCE)] = bytes(100)


@cachetools.cached(cachetools.LFUCache(maxsize=MOST))
def _looked_up(number: int) -> str:
    return f"{number} EUR"


def filling_cachetools_of_a_function() -> None:
    _looked_up(next(_SEQUENCE))


class Endless:
    """A bound that nothing keeps."""

    def __init__(self, maxsize: int) -> None:
        self.maxsize = maxsize
        self.rows: dict[int, bytes] = {}


ENDLESS = Endless(1_000)


def bound_that_nothing_keeps() -> None:
    ENDLESS.rows[next(_SEQUENCE)] = bytes(100)


class EndlessDict(dict[int, bytes]):
    maxsize = 1_000


ENDLESS_DICT = EndlessDict()


def bound_that_a_dict_does_not_keep() -> None:
    ENDLESS_DICT[next(_SEQUENCE)] = bytes(100)


UNLIMITED: queue.Queue[str] = queue.Queue()


def queue_without_a_bound() -> None:
    UNLIMITED.put(f"job {next(_SEQUENCE)}")


FEW = 30
VALUES = Slotted(FEW)


def values_of_a_full_dict() -> None:
    """No entry more, and each keeps the one that was there before."""
    number = next(_SEQUENCE)
    VALUES.rows[number % FEW] = (VALUES.rows.get(number % FEW), number)  # type: ignore[assignment]


UNEVEN = Slotted(MOST)
_WEIGHTS = random.Random(7)


def filling_with_entries_of_uneven_weight() -> None:
    UNEVEN.rows[next(_SEQUENCE)] = bytes(int(50 * _WEIGHTS.paretovariate(1.2)) % 200_000)


@functools.lru_cache(maxsize=3_000)
def _named(number: int) -> str:
    return f"{number} EUR" * 3


class Node:
    def __init__(self, before: "Node | None") -> None:
        self.before = before


class Newest:
    node: Node | None = None


def chain_beside_a_full_cache() -> None:
    _named(next(_SEQUENCE))
    Newest.node = Node(Newest.node)
