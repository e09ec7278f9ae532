"""Reads of containers that threads of the target may change meanwhile.

Each read is one call into C, which no other thread interrupts; where one came between the beginning of an
iterator and that call, or a finalizer ran in it, Python notices, and the container is read again. Only the
built-in types are asked, and what is looked for is known by identity: no code of the target runs.
"""

import builtins
from collections import deque
from collections.abc import Callable, Iterable
from itertools import compress, count, islice, repeat
from operator import is_
from types import MappingProxyType
from typing import Any, TypeVar

FROZEN_DICT: Any = getattr(builtins, "frozendict", None)
"""New in 3.15, and no dict; None before."""
MAPPINGS: tuple[Any, ...] = (dict,) if FROZEN_DICT is None else (dict, FROZEN_DICT)
NOTHING = object()
"""Stands for what was looked for in vain."""
_SEQUENCES: tuple[Any, ...] = (list, tuple, deque)
_SETS: tuple[Any, ...] = (set, frozenset)
_TRIES = 1_000
"""After a thousand changes in the same place of two instructions, it is no other thread that is at fault."""

Read = TypeVar("Read")


def items_of(mapping: Any) -> list[tuple[Any, Any]]:
    """The keys and values of a dict, or of the namespace of a class."""
    base = _mapping_base(mapping)
    return _again(lambda: list(base.items(mapping)))


def keys_of(mapping: Any) -> list[Any]:
    """The keys."""
    base = _mapping_base(mapping)
    return _again(lambda: list(base.keys(mapping)))


def values_of(mapping: Any) -> list[Any]:
    """The values."""
    base = _mapping_base(mapping)
    return _again(lambda: list(base.values(mapping)))


def newest_items(mapping: Any, limit: int) -> list[tuple[Any, Any]]:
    """The keys and values that came last, the newest first."""
    return _again(lambda: list(islice(reversed(dict.items(mapping)), limit)))


def newest_keys(mapping: Any, limit: int) -> list[Any]:
    """The keys that came last, the newest first."""
    return _again(lambda: list(islice(dict.__reversed__(mapping), limit)))


def newer_keys(mapping: Any, addresses: set[int], limit: int) -> int | None:
    """How many keys came after the newest of those at these addresses; None if it is not among so many."""

    def read() -> int | None:
        newest_first = islice(dict.__reversed__(mapping), limit)
        return next(compress(count(), map(addresses.__contains__, map(id, newest_first))), None)

    return _again(read)


def first_value(mapping: Any) -> Any:
    """The value that came first; NOTHING if there is none."""
    base = _mapping_base(mapping)
    return _again(lambda: next(iter(base.values(mapping)), NOTHING))


def key_of(mapping: Any, value: object) -> Any:
    """The first key with this very value; NOTHING if there is none."""
    base = _mapping_base(mapping)
    return _again(lambda: _first(base.keys(mapping), base.values(mapping), value))


def has_key(mapping: Any, key: object) -> bool:
    """Whether this very object is a key."""
    base = _mapping_base(mapping)
    return _again(lambda: any(map(is_, base.keys(mapping), repeat(key))))


def has_value(mapping: Any, value: object) -> bool:
    """Whether this very object is a value."""
    return key_of(mapping, value) is not NOTHING


def place_of(sequence: Any, item: object) -> int | None:
    """The first place of this very object in a list, tuple or deque; None if it is not there."""
    base = next(base for base in _SEQUENCES if _is_of(base, sequence))
    place = _again(lambda: _first(count(), base.__iter__(sequence), item))
    return None if place is NOTHING else place


def members_of(collection: Any) -> list[Any]:
    """The entries of a list, tuple, deque or set."""
    base = next(base for base in (*_SEQUENCES, *_SETS) if _is_of(base, collection))
    return _again(lambda: list(base.__iter__(collection)))


def first_members(collection: Any, limit: int) -> list[Any]:
    """Some entries of a list, tuple, deque or set, the first ones where they have an order."""
    base = next(base for base in (*_SEQUENCES, *_SETS) if _is_of(base, collection))
    return _again(lambda: list(islice(base.__iter__(collection), limit)))


def newest_members(sequence: Any, limit: int) -> list[Any]:
    """The last entries of a list or deque, the last one first."""
    base: Any = deque if _is_of(deque, sequence) else list
    return _again(lambda: list(islice(base.__reversed__(sequence), limit)))


def _first(names: Iterable[Any], values: Iterable[Any], wanted: object) -> Any:
    return next(compress(names, map(is_, values, repeat(wanted))), NOTHING)


def _mapping_base(mapping: object) -> Any:
    return next(base for base in (*MAPPINGS, MappingProxyType) if _is_of(base, mapping))


def _is_of(base: type, container: object) -> bool:
    return type.__subclasscheck__(base, type(container))


def _again(read: Callable[[], Read]) -> Read:
    """What the read gives, the first time that no other thread was at it meanwhile."""
    for _ in range(_TRIES):
        try:
            return read()
        except RuntimeError:
            continue
    return read()
