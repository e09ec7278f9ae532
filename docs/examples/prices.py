"""Prices in euros, cached in every way that there is: the example of a list of caches."""

import collections
import functools
import itertools

_numbers = itertools.count()
ARTICLES = 5_000
CURRENCIES = ("EUR", "USD", "GBP", "JPY")


@functools.cache
def description(article: int) -> str:
    return f"article {article:05}, as it is described in the catalogue" * 4


@functools.lru_cache(maxsize=256)
def net_price(article: int) -> float:
    return article / 100


@functools.lru_cache(maxsize=64)
def rate(currency: str) -> float:
    return 1.0 + len(currency) / 10


class Pages:
    """Keeps the newest pages, and throws the old ones away a hundred at a time."""

    def __init__(self, maxsize: int) -> None:
        self.maxsize = maxsize
        self.by_article: dict[int, str] = {}

    def put(self, article: int, page: str) -> None:
        self.by_article[article] = page
        if len(self.by_article) >= self.maxsize + 300:
            for old in list(self.by_article)[:100]:
                del self.by_article[old]


pages = Pages(1_000)
last_seen: collections.deque[int] = collections.deque(maxlen=50)


def quote() -> str:
    """One customer looks at one article."""
    number = next(_numbers)
    article = number % ARTICLES
    price = net_price(article) * rate(CURRENCIES[number % 4])
    page = f"{description(article)}: {price:.2f}"
    pages.put(article, page)
    last_seen.append(article)
    return page
