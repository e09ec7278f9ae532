"""A form of a report for a file: what each table of formats is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from leakscan.reports.locations import Checkout

Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Format(Generic[Subject]):
    """A form in which a run, a comparison or a check is written to a file."""

    name: str
    """The flag without its dashes."""
    suffix: str
    """What the name of such a file usually ends with."""
    help: str
    write: Callable[[Subject, Checkout], bytes]
    """The whole file; imports what is dear to import only when it is called."""


def as_text(write: Callable[[Subject], str]) -> Callable[[Subject, Checkout], bytes]:
    """A writer of text that does not care where the files lie."""

    def encoded(subject: Subject, checkout: Checkout) -> bytes:
        del checkout
        return write(subject).encode("utf-8")

    return encoded


def as_located_text(write: Callable[[Subject, Checkout], str]) -> Callable[[Subject, Checkout], bytes]:
    """A writer of text that calls the files by their place in the repository."""

    def encoded(subject: Subject, checkout: Checkout) -> bytes:
        return write(subject, checkout).encode("utf-8")

    return encoded
