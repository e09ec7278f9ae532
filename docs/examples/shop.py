"""A shop that remembers more than it should: the example of the docs."""

import functools
import itertools

_numbers = itertools.count()


class Audit:
    """Who bought what."""

    def __init__(self) -> None:
        self.events: list[tuple[str, int]] = []

    def record(self, token: str, number: int) -> None:
        self.events.append((token, number))


class Sessions:
    """Customers who are in the shop."""

    def __init__(self) -> None:
        self.by_token: dict[str, list[int]] = {}

    def enter(self, token: str) -> list[int]:
        return self.by_token.setdefault(token, [0] * 40)

    def leave(self, token: str) -> None:
        del self.by_token[token]


audit = Audit()
sessions = Sessions()


@functools.cache
def price(number: int) -> str:
    return f"{number / 100:.2f} EUR"


def handle() -> None:
    """One customer comes, asks for a price, buys and leaves."""
    number = next(_numbers)
    token = f"session-{number:012}"
    sessions.enter(token)
    price(number)
    audit.record(token, number)
    sessions.leave(token)


def browse() -> list[str]:
    """One customer looks at the prices, and leaves."""
    return [price(number) for number in range(100)]
