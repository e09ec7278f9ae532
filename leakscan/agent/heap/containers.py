"""What counts as a container, and how long one is by its built-in type's own count.

Lengths are read by the built-in types' own methods: a subclass that overrides `__len__` is not asked.
"""

import atexit
import contextlib
import io
from _queue import SimpleQueue
from array import array
from collections import deque
from collections.abc import Callable
from typing import Any, cast

from leakscan.agent.heap import lru_cache

_is_closed = cast("Any", io.StringIO.__dict__["closed"]).__get__

_WITH_A_TABLE: frozenset[type] = frozenset({dict, list, set, bytearray, array, io.BytesIO, io.StringIO})
_basic_size = type.__dict__["__basicsize__"].__get__

Reader = Callable[[Any], int]
"""How to read a length."""
Measure = tuple[Reader, bool]
"""How to read a length, and whether it counts bytes."""


class AtExit:
    """Stands for the functions that `atexit` will call: they are kept in C, and only counted here."""

    _count = staticmethod(atexit._ncallbacks)
    _clear = staticmethod(atexit._clear)

    def length(self) -> int:
        """Functions registered."""
        return self._count()

    def clear(self) -> None:
        """Unregister all, and call none."""
        self._clear()


AT_EXIT = AtExit()


def _cached(wrapper: Any) -> int:
    return int(lru_cache.LRU.cache_info(wrapper)[3])


def _written(text: Any) -> int:
    """Bytes of a `StringIO`: its own, and what it has been given since it was last read as a whole.

    Until then that text is kept elsewhere, and only the position tells its length.
    """
    written = 0
    if is_open(text):
        # It may have been closed since.
        with contextlib.suppress(ValueError):
            written = io.StringIO.tell(text)
    return int(io.StringIO.__sizeof__(text)) + written


def is_open(text: Any) -> bool:
    """Whether the `StringIO` can be asked for its position; not before the `__init__` of a subclass."""
    try:
        return not _is_closed(text)
    except ValueError:
        return False


_CONTAINERS: dict[type, Measure] = {
    dict: (dict.__len__, False),
    list: (list.__len__, False),
    set: (set.__len__, False),
    deque: (deque.__len__, False),
    lru_cache.LRU: (_cached, False),
    SimpleQueue: (SimpleQueue.qsize, False),
    array: (array.__len__, False),
    bytearray: (bytearray.__len__, True),
    io.BytesIO: (io.BytesIO.__sizeof__, True),
    io.StringIO: (_written, True),
    AtExit: (AtExit.length, False),
}


def measure_of(kind: type) -> Measure | None:
    """How to read the length of an object of the type; None if it is no container."""
    base = base_of(kind)
    return None if base is None else _CONTAINERS[base]


def length_of(container: object) -> int | None:
    """Entries (or bytes) of a container by its built-in type's own count; None if it is none."""
    measure = measure_of(type(container))
    return None if measure is None else measure[0](container)


def is_in_bytes(container: object) -> bool:
    """Whether the length of this container counts bytes."""
    measure = measure_of(type(container))
    return measure is not None and measure[1]


def base_of(kind: type) -> type | None:
    """The built-in container type that the type is or descends from."""
    for base in _CONTAINERS:
        if base is kind:
            return base
    for base in _CONTAINERS:
        # `type.__subclasscheck__` reads the real inheritance and never asks a metaclass.
        if type.__subclasscheck__(base, kind):
            return base
    return None


def table_bytes_of(container: object) -> int:
    """Bytes of the block beside a dict, list, set or buffer that it keeps its entries in; 0 for others."""
    kind = type(container)
    base = base_of(kind)
    if base is lru_cache.LRU:
        inner = lru_cache.inner_dict(container)
        return 0 if inner is None else table_bytes_of(inner)
    if base is None or base not in _WITH_A_TABLE:
        return 0
    # A `StringIO` counts room that it has not taken.
    size = _written(container) if base is io.StringIO else int(base.__dict__["__sizeof__"](container))
    return max(0, size - int(_basic_size(kind)))


def max_entries_of(container: object) -> int | None:
    """How many entries the container allows itself; None if it sets no limit itself."""
    kind = type(container)
    if kind is lru_cache.LRU:
        limit = cast(Any, lru_cache.LRU).cache_info(container)[2]
        return None if limit is None else int(limit)
    if base_of(kind) is deque:
        limit = cast(Any, deque.maxlen).__get__(container)
        return None if limit is None else int(limit)
    return None
