"""The length of every container in the process, those that the garbage collector does not track included.

A dict that holds only atoms (str, bytes, int) is not tracked before Python 3.14, so that it is found only
among the referents of what is. Lengths are read by the built-in types' own methods: a subclass that
overrides `__len__` is not asked.
"""

import atexit
import contextlib
import gc
import io
import sys
from _queue import SimpleQueue
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from itertools import compress, count, filterfalse, repeat
from operator import call, ge, gt, is_
from typing import Any, Literal, NamedTuple, cast

from leakscan import wire
from leakscan.agent.heap import lru_cache
from leakscan.agent.heap.chunks import parts, referents_in_pieces

MOST_GROWN = 400
MANY = 300_000
LEAST_OF_MANY = 8
"""Entries from which on a container is remembered, where there are so many of them."""
_is_closed = cast("Any", io.StringIO.__dict__["closed"]).__get__

_WITH_A_TABLE: frozenset[type] = frozenset({dict, list, set, bytearray, array, io.BytesIO, io.StringIO})
_basic_size = type.__dict__["__basicsize__"].__get__

Reader = Callable[[Any], int]
"""How to read a length."""
Measure = tuple[Reader, bool]
"""How to read a length, and whether it counts bytes."""
_NoContainer = Literal[False]
_NO_CONTAINER: _NoContainer = False


class AtExit:
    """Stands for the functions that `atexit` will call: it keeps them in C, and tells but how many."""

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

    Until then the text is kept apart, where only the position tells of it.
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


def bound_of(container: object) -> int | None:
    """The most entries that the container allows itself; None if it has no bound of its own."""
    kind = type(container)
    if kind is lru_cache.LRU:
        bound = cast(Any, lru_cache.LRU).cache_info(container)[2]
        return None if bound is None else int(bound)
    if base_of(kind) is deque:
        most = cast(Any, deque.maxlen).__get__(container)
        return None if most is None else int(most)
    return None


def _interned_strings() -> int:
    """Address of the interpreter's dict of interned strings, which is tracked from 3.14 on; 0 before.

    Its references are not counted: to clear it, or to blame it, would be wrong.
    """
    name = sys.intern(__name__)
    return next((id(d) for d in gc.get_objects() if type(d) is dict and dict.get(d, name) is name), 0)


INTERNED_STRINGS = _interned_strings()


def is_large() -> bool:
    """Whether there are so many objects that to list or remember all of them takes memory that counts."""
    return len(gc.get_objects()) > MANY


def every_length() -> Iterator[tuple[object, int]]:
    """Each container with its length; one that is not tracked comes once per referrer."""
    for piece in _lengths_in_pieces():
        yield from zip(piece.containers, piece.lengths, strict=True)


class _Piece(NamedTuple):
    """Some of the containers, and the length of each."""

    containers: list[object]
    lengths: list[int]
    is_tracked: bool = True
    """Whether a look at what the garbage collector tracks comes upon them."""


def _lengths_in_pieces(least: int = 0, *, tracked_only: bool = False) -> Iterator[_Piece]:
    """All containers, a piece at a time; other objects take no turn of a loop.

    Those of fewer entries than `least` are left out; if wanted, those that are not tracked, too.
    """
    if sys.version_info < (3, 14):
        # From then on they are in a list, which is found as any other.
        yield _Piece([AT_EXIT], [AT_EXIT.length()])
    lengths_among = _Lengths(least)
    tracked = without_unsafe(gc.get_objects())
    for part in parts(tracked):
        yield _Piece(*lengths_among(part))
    if tracked_only:
        return
    for _some, referents in referents_in_pieces(tracked):
        for part in parts(referents):
            # What is tracked has come already, and is most of it.
            yield _Piece(*lengths_among(list(filterfalse(gc.is_tracked, part))), is_tracked=False)


class _Lengths:
    """Reads the lengths of the containers among many objects.

    Made anew for each look: what is known of the types would keep the target's classes alive.
    """

    def __init__(self, least: int) -> None:
        self._least = least
        # By address, since a metaclass may hash its classes in a way of its own.
        self._readers: dict[int, Reader | _NoContainer] = {}

    def __call__(self, found: list[object]) -> tuple[list[object], list[int]]:
        """The containers among the objects, and the length of each."""
        readers: list[Any] = list(map(self._readers.get, map(id, map(type, found))))
        for place in compress(count(), map(is_, readers, repeat(None))):
            readers[place] = self._reader_of(type(found[place]))
        containers = list(compress(found, readers))
        lengths: list[int] = list(map(call, filter(None, readers), containers))
        if self._least:
            has_enough = list(map(ge, lengths, repeat(self._least)))
            return list(compress(containers, has_enough)), list(compress(lengths, has_enough))
        return containers, lengths

    def _reader_of(self, kind: type) -> Reader | _NoContainer:
        if id(kind) not in self._readers:
            measure = measure_of(kind)
            self._readers[id(kind)] = _NO_CONTAINER if measure is None else measure[0]
        return self._readers[id(kind)]


def unsafe_to_ask() -> object | None:
    """The module that `gc.get_referents` breaks: CPython 3.12 has it show objects that it has freed.

    Each is freed again then, so that the list of what asyncio may use again leads back to itself, for ever.
    """
    return sys.modules.get("_asyncio") if sys.version_info >= (3, 12) else None


def without_unsafe(found: list[object]) -> list[object]:
    """The list, from which the one that must not be asked what it refers to is taken out."""
    unsafe = unsafe_to_ask()
    place = None if unsafe is None else next((n for n, each in enumerate(found) if each is unsafe), None)
    if place is not None:
        del found[place]
    return found


def containers_at(addresses: frozenset[int]) -> list[object]:
    """The containers that live at these addresses now."""
    found = {id(each): each for each, _length in every_length() if id(each) in addresses}
    return list(found.values())


def held_elsewhere(containers: list[object]) -> list[object]:
    """Those that somebody besides this list refers to.

    A container that the target copies and replaces at each call is only kept by who still looks at it.
    """
    alone = next(sys.getrefcount(each) for each in [object()])
    return [each for each in containers if sys.getrefcount(each) > alone]


class CensusTaker:
    """Looks at all containers again and again, and reports those that grew between two looks."""

    def __init__(self) -> None:
        self._looks = 0
        self._before: dict[int, int] = {}
        self._untracked: dict[int, int] = {}
        """Those among them that were not tracked when they were last looked at."""
        self._seen = 0
        self.remembers = False
        """Whether the next look has been taken already, by a run in the same process."""

    @property
    def has_looked(self) -> bool:
        """Whether it has looked at all yet."""
        return bool(self._before)

    def begin_anew(self) -> None:
        """Count looks and calls from here on; the last look so far, if there is one, becomes the first."""
        self._looks = 0
        self.remembers = self.has_looked

    def length_before(self, address: int) -> int | None:
        """Length of the container at this address at the last look."""
        return self._before.get(address)

    def look(
        self, calls: int, at: float, clock: Callable[[], float], *, tracked_only: bool = False
    ) -> wire.Census:
        """One look; the first reports nothing as grown. What it leaves out counts as unchanged."""
        if self.remembers:
            self.remembers = False
            self._looks = 1
            return wire.Census(1, 0, 0.0, 0.0, self._seen, (), is_earlier=True)
        started = clock()
        before = self._before
        now: dict[int, int] = {}
        untracked = self._untracked if tracked_only else {}
        grown: dict[int, tuple[int, int, object]] = {}
        own = (*map(id, (before, now, self._untracked, untracked, grown)), INTERNED_STRINGS)
        # Of very many containers, most are small ones that never grow; to remember them all takes memory.
        least = LEAST_OF_MANY if is_large() else 0
        for containers, lengths, is_tracked in _lengths_in_pieces(least, tracked_only=tracked_only):
            addresses = list(map(id, containers))
            has_grown = list(map(gt, lengths, map(before.get, addresses, repeat(sys.maxsize))))
            measured = zip(addresses, lengths, containers, strict=True)
            for address, length, container in compress(measured, has_grown):
                if address not in own:
                    grown[address] = (length - before[address], address, container)
            (now if is_tracked else untracked).update(zip(addresses, lengths, strict=True))
        most_first = sorted(grown.values(), key=_growth_first)
        report = tuple(
            wire.GrownContainer(
                address=address,
                type=type.__dict__["__name__"].__get__(type(container)),
                before=before[address],
                after=before[address] + gain,
                bound=bound_of(container),
                in_bytes=is_in_bytes(container),
            )
            for gain, address, container in most_first[:MOST_GROWN]
        )
        self._before = untracked | now
        self._untracked = untracked
        self._seen = len(now if tracked_only else self._before)
        self._looks += 1
        return wire.Census(
            self._looks, calls, at, clock() - started, self._seen, report, tracked_only=tracked_only
        )


def _growth_first(row: tuple[int, int, object]) -> tuple[int, int]:
    return (-row[0], row[1])
