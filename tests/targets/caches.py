"""A program that is clean, and full of caches: hit and missed, with a bound and without, kept to and not."""

import collections
import functools
import itertools
import queue
import re
import sys
import time
from typing import Any, NoReturn

ARTICLES = 1_000
_SEQUENCE = itertools.count()


@functools.cache
def tax(article: int) -> bytes:
    """Nothing bounds it; its users know a thousand articles."""
    return bytes(500 + article % 2)


@functools.lru_cache(maxsize=100)
def price(article: int) -> str:
    """Has room for a tenth of the articles, which come in turn: never has it the one that is asked for."""
    return f"{article} EUR"


@functools.lru_cache(maxsize=50)
def never_asked(article: int) -> int:
    return article


class Pages:
    """Evicts later than it says."""

    def __init__(self, maxsize: int) -> None:
        self.maxsize = maxsize
        self.rows: dict[int, bytes] = {}

    def store(self, number: int) -> None:
        self.rows[number] = bytes(100)
        if len(self.rows) > self.maxsize + 240:
            del self.rows[next(iter(self.rows))]


PAGES = Pages(1_000)
LAST_ORDERS: collections.deque[int] = collections.deque(maxlen=20)
JOBS: queue.Queue[int] = queue.Queue(maxsize=30)


class Owner:
    """Does not want to be asked, and says so where nobody can overlook it."""

    def __init__(self) -> None:
        self._cache = {0: b""}

    @property
    def maxsize(self) -> NoReturn:
        _touch("maxsize")

    def __getattr__(self, name: str) -> NoReturn:
        _touch(name)

    def __len__(self) -> int:
        return _touch("__len__")

    def __eq__(self, other: object) -> bool:
        _touch("__eq__")

    def __hash__(self) -> int:
        return _touch("__hash__")


def _touch(name: str) -> NoReturn:
    sys.stderr.write(f"touched: {name}\n")
    raise AssertionError(name)


OWNERS: dict[int, Any] = {number: Owner() for number in range(30)}


def shop() -> None:
    """One order."""
    number = next(_SEQUENCE)
    article = number % ARTICLES
    re.match("[0-9]+", str(article))
    tax(article)
    price(article)
    PAGES.store(number)
    LAST_ORDERS.append(number)
    if JOBS.full():
        JOBS.get_nowait()
    JOBS.put_nowait(number)


def shop_for_ever() -> None:
    seen_cache: dict[int, int] = {}
    while True:
        shop()
        seen_cache[next(_SEQUENCE) % 500] = 0
        time.sleep(0.0005)


ORDERS: list[bytes] = []


def shop_that_forgets_nothing() -> None:
    shop()
    ORDERS.append(bytes(100))


def shop_that_fails() -> None:
    shop()
    if next(_SEQUENCE) > 1_000:
        raise ValueError("sold out")
