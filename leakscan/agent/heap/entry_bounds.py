"""How many entries a container may have, as it says itself, or as the object says that owns it."""

from collections import deque
from collections.abc import Iterable
from types import ModuleType
from typing import NamedTuple

from leakscan.agent.heap import introspect, lru_cache
from leakscan.agent.heap.containers import length_of, max_entries_of

_WORDS = (
    *("maxsize", "max_size", "maxlen", "max_len", "capacity", "limit", "max_entries", "size_limit"),
    *("max_items", "max_length", "max_keys", "cache_size", "max_cache_size"),
)
_OF_CACHETOOLS = "_Cache__maxsize"
ATTRIBUTES = (*(name for word in _WORDS for name in (word, f"_{word}")), _OF_CACHETOOLS)
"""What an owner calls its bound, what is likeliest first."""
_SAYS_WHEN_THERE_IS_NONE = frozenset({"maxsize", "_maxsize", "max_size", "_max_size", _OF_CACHETOOLS})
"""Attributes in which 0, None and infinity mean that there is no bound; in others they mean nothing."""
_AS_GOOD_AS_NONE = 2**31 - 1
"""`sys.maxsize`, and what a queue of `multiprocessing` has for 0: no such bound is ever reached."""


_WITHOUT_ATTRIBUTES = (dict, list, set, deque)


class Bound(NamedTuple):
    """How many entries something may have, and the attribute that says so."""

    max_entries: int | None
    """None: that it has no bound."""
    name: str


def bound_of(container: object, owners: Iterable[object]) -> Bound | None:
    """The bound of a container that hangs on these owners, the nearest last; None if nobody says one."""
    own = own_bound(container)
    if own is not None:
        return own
    entries = length_of(container) or 0
    if not any(type(container) is kind for kind in _WITHOUT_ATTRIBUTES):
        own = owners_bound(container, entries)
        if own is not None:
            return own
    owner = next((each for each in reversed(list(owners)) if type(each) is not dict), None)
    return None if owner is None else owners_bound(owner, entries)


def own_bound(container: object) -> Bound | None:
    """What an `lru_cache` or a deque says; None for other containers, and for a deque without a bound."""
    max_entries = max_entries_of(container)
    if type(container) is lru_cache.LRU:
        return Bound(max_entries, "maxsize")
    return None if max_entries is None else Bound(max_entries, "maxlen")


def owners_bound(owner: object, entries: int, attributes: Iterable[str] = ATTRIBUTES) -> Bound | None:
    """What an instance says of its entries, of which there are so many now; None if it says nothing.

    The attributes are those of `ATTRIBUTES` that it may have, where that is known.
    """
    if type.__subclasscheck__(type, type(owner)) or type.__subclasscheck__(ModuleType, type(owner)):
        return None
    values = {name: introspect.attribute_of(owner, name) for name in attributes}
    for name, value in values.items():
        # `limit = 0.5` is no number of entries; `maxsize = 1e6` is.
        is_number = type(value) is int or (type(value) is float and name in _SAYS_WHEN_THERE_IS_NONE)
        if is_number and 1 <= value < _AS_GOOD_AS_NONE:  # type: ignore[operator]
            return _in_entries(Bound(int(value), _shown(name)), owner, entries)  # type: ignore[call-overload]
    none = next((name for name, value in values.items() if _is_none(value, name)), None)
    return None if none is None else Bound(None, _shown(none))


def _shown(name: str) -> str:
    return "maxsize" if name == _OF_CACHETOOLS else name


def _is_none(value: object, name: str) -> bool:
    return name in _SAYS_WHEN_THERE_IS_NONE and (value is None or type(value) is int or type(value) is float)


def _in_entries(bound: Bound, owner: object, entries: int) -> Bound | None:
    """A bound of which `cachetools` counts each entry as more than one: how many like those of now fit."""
    if type(introspect.attribute_of(owner, "_Cache__size")) is not dict:
        return bound
    size = introspect.attribute_of(owner, "_Cache__currsize")
    is_number = type(size) is int or type(size) is float
    if not is_number or size <= 0:  # type: ignore[operator]
        return None
    assert bound.max_entries is not None
    return bound._replace(max_entries=int(bound.max_entries * entries / size))  # type: ignore[operator]
