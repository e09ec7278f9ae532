"""The length of every container in the process, those that the garbage collector does not track included.

A dict that holds only atoms (str, bytes, int) is not tracked before Python 3.14: it shows only among the
referents of what is.
"""

import gc
import sys
from collections.abc import Callable, Iterator
from itertools import compress, count, filterfalse, repeat
from operator import call, ge, gt, is_
from typing import Any, Literal, NamedTuple

from leakscan import wire
from leakscan.agent.heap.chunks import parts, referents_in_chunks
from leakscan.agent.heap.containers import AT_EXIT, Reader, is_in_bytes, max_entries_of, measure_of

MAX_GROWN = 400
"""Containers of a census that are reported as grown."""
MANY_OBJECTS = 300_000
"""Objects from which on small containers are not remembered: a list of all would be a heap of its own."""
MIN_ENTRIES_OF_MANY = 8
"""Entries from which on a container is remembered, where there are so many of them."""
_NoContainer = Literal[False]
_NO_CONTAINER: _NoContainer = False


def _interned_strings() -> int:
    """Address of the interpreter's dict of interned strings, where that is tracked; else 0.

    Its references are not counted: to clear it, or to blame it, would be wrong.
    """
    name = sys.intern(__name__)
    return next((id(d) for d in gc.get_objects() if type(d) is dict and dict.get(d, name) is name), 0)


# It is tracked from 3.14 on; to look through the heap for it takes longer than to load ten modules.
INTERNED_STRINGS = _interned_strings() if sys.version_info >= (3, 14) else 0


def is_large() -> bool:
    """Whether there are so many objects that to list or remember all of them takes memory that counts."""
    return len(gc.get_objects()) > MANY_OBJECTS


def every_length() -> Iterator[tuple[object, int]]:
    """Each container with its length; one that is not tracked comes once per referrer."""
    for chunk in _lengths_in_chunks():
        yield from zip(chunk.containers, chunk.lengths, strict=True)


class _Chunk(NamedTuple):
    """Some of the containers, and the length of each."""

    containers: list[object]
    lengths: list[int]
    is_tracked: bool = True
    """Whether the garbage collector tracks them."""


def _lengths_in_chunks(min_length: int = 0, *, tracked_only: bool = False) -> Iterator[_Chunk]:
    """All containers, a chunk at a time; other objects take no turn of a loop.

    Those of fewer entries than `min_length` are left out; with `tracked_only`, all that are not tracked, too.
    """
    if sys.version_info < (3, 14):
        # From then on they are in a list, which is measured as any other.
        yield _Chunk([AT_EXIT], [AT_EXIT.length()])
    lengths_among = _Lengths(min_length)
    tracked = without_unsafe(gc.get_objects())
    for part in parts(tracked):
        yield _Chunk(*lengths_among(part))
    if tracked_only:
        return
    for _some, referents in referents_in_chunks(tracked):
        for part in parts(referents):
            # What is tracked has come already, and is most of it.
            yield _Chunk(*lengths_among(list(filterfalse(gc.is_tracked, part))), is_tracked=False)


class _Lengths:
    """Reads the lengths of the containers among many objects.

    Made anew for each census: what it remembers of the types would keep the target's classes alive.
    """

    def __init__(self, min_length: int) -> None:
        self._min_length = min_length
        # By address, since a metaclass may hash its classes in a way of its own.
        self._readers: dict[int, Reader | _NoContainer] = {}

    def __call__(self, objects: list[object]) -> tuple[list[object], list[int]]:
        """The containers among the objects, and the length of each."""
        readers: list[Any] = list(map(self._readers.get, map(id, map(type, objects))))
        for place in compress(count(), map(is_, readers, repeat(None))):
            readers[place] = self._reader_of(type(objects[place]))
        containers = list(compress(objects, readers))
        lengths: list[int] = list(map(call, filter(None, readers), containers))
        if self._min_length:
            has_enough = list(map(ge, lengths, repeat(self._min_length)))
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


def without_unsafe(objects: list[object]) -> list[object]:
    """The same list, from which the object that must not be asked what it refers to is taken out."""
    unsafe = unsafe_to_ask()
    place = None if unsafe is None else next((n for n, each in enumerate(objects) if each is unsafe), None)
    if place is not None:
        del objects[place]
    return objects


def containers_at(addresses: frozenset[int]) -> list[object]:
    """The containers that live at these addresses now."""
    by_address = {id(each): each for each, _length in every_length() if id(each) in addresses}
    return list(by_address.values())


def held_elsewhere(containers: list[object]) -> list[object]:
    """Those that somebody besides this list refers to.

    A container that the target copies and replaces at each call is kept only by who measures it.
    """
    alone = next(sys.getrefcount(each) for each in [object()])
    return [each for each in containers if sys.getrefcount(each) > alone]


class CensusTaker:
    """Measures all containers again and again, and reports those that grew between two censuses."""

    def __init__(self) -> None:
        self._number = 0
        self._before: dict[int, int] = {}
        self._untracked: dict[int, int] = {}
        """Those among them that were not tracked at that time."""
        self._container_count = 0
        self.remembers = False
        """Whether the next census has been taken already, by a run in the same process."""

    def begin_anew(self) -> None:
        """Count from here on; the last census so far, if there is one, becomes the first."""
        self._number = 0
        self.remembers = bool(self._before)

    def length_before(self, address: int) -> int | None:
        """Length of the container at this address at the last census; None if none was there."""
        return self._before.get(address)

    def take(
        self, calls: int, at: float, clock: Callable[[], float], *, tracked_only: bool = False
    ) -> wire.Census:
        """One census; the first reports nothing as grown. What it leaves out counts as unchanged."""
        if self.remembers:
            self.remembers = False
            self._number = 1
            return wire.Census(1, 0, 0.0, 0.0, self._container_count, (), is_earlier=True)
        started = clock()
        before = self._before
        now: dict[int, int] = {}
        untracked = self._untracked if tracked_only else {}
        grown: dict[int, tuple[int, int, object]] = {}
        own = (*map(id, (before, now, self._untracked, untracked, grown)), INTERNED_STRINGS)
        # Of very many containers, most are small ones that never grow; to remember them all takes memory.
        min_length = MIN_ENTRIES_OF_MANY if is_large() else 0
        for containers, lengths, is_tracked in _lengths_in_chunks(min_length, tracked_only=tracked_only):
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
                bound=max_entries_of(container),
                in_bytes=is_in_bytes(container),
            )
            for gain, address, container in most_first[:MAX_GROWN]
        )
        self._before = untracked | now
        self._untracked = untracked
        self._container_count = len(now if tracked_only else self._before)
        self._number += 1
        return wire.Census(
            self._number,
            calls,
            at,
            clock() - started,
            self._container_count,
            report,
            tracked_only=tracked_only,
        )


def _growth_first(row: tuple[int, int, object]) -> tuple[int, int]:
    return (-row[0], row[1])
