"""Traced memory per site, without the agent's own.

The raw traces of `_tracemalloc` are read directly: `tracemalloc.take_snapshot` wraps each trace in
objects of its own, which are traced in their turn.
"""

import _tracemalloc
import functools
import gc
import sys
import weakref
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, cast

from leakscan.agent.heap import census, freezing, introspect
from leakscan.agent.own_code import CALLERS, PACKAGE_FOLDER

if sys.version_info < (3, 12):
    import ctypes

Traceback = tuple[tuple[str, int], ...]
"""(file, line) of each frame, innermost first."""

MOST_REUSED = 200
_MANY_BLOCKS = 8
TRACES_AT_ONCE = 10_000
LEAST_REUSED = 8
"""Entries of a container that may have grown while it was replaced again and again."""


_read = cast("Reader", _tracemalloc._get_object_traceback)
_flags_of = type.__dict__["__flags__"].__get__
_DICT_IN_FRONT = 1 << 4


Reader = Callable[[object], Traceback | None]


class _Frozen:
    """Sets the objects of before the tracing apart, so that what is new need not be searched for."""

    def __init__(self) -> None:
        self._is_ours = False
        self._count = 0
        self._is_to_be_given_back = False

    def begin(self) -> None:
        """Freeze all there is, what the target has frozen itself included."""
        self._is_to_be_given_back = freezing.is_frozen()
        gc.freeze()
        self._is_ours = True
        self._count = gc.get_freeze_count()

    @property
    def is_added_to(self) -> bool:
        """Whether the target has frozen objects since: those that are there can only become fewer."""
        return self._is_ours and gc.get_freeze_count() > self._count

    def thaw(self) -> None:
        """Unfreeze all, until it is given back."""
        freezing.unfreeze()
        self._is_ours = False
        self._is_to_be_given_back = True

    def split(self) -> tuple[list[object], list[object]] | None:
        """(old, new) tracked objects, and nothing is frozen any more; None where they were not set apart."""
        if not self._is_ours or self.is_added_to:
            return None
        self._is_ours = False
        count = gc.get_freeze_count()
        if not count:
            # The target has unfrozen all itself.
            return None
        new = gc.get_objects()
        freezing.unfreeze()
        # Made shorter where it is: beside a large heap a second list of all its objects would be large, too.
        old = gc.get_objects()
        if sys.version_info >= (3, 14):
            _leave_out(old, {id(new), *map(id, new)})
        else:
            # What was frozen comes back at the end of the oldest generation.
            del old[: len(old) - count]
        return old, new

    def end(self) -> None:
        """Leave nothing frozen and nothing remembered."""
        if self._is_ours:
            freezing.unfreeze()
        self._is_ours = False

    def give_back(self) -> None:
        """Freeze again what the target had frozen; what is there beside it can't be told apart any more."""
        if self._is_to_be_given_back:
            gc.freeze()
        self._is_to_be_given_back = False


def _leave_out(objects: list[object], addresses: set[int]) -> None:
    kept = 0
    for found in objects:
        if id(found) not in addresses:
            objects[kept] = found
            kept += 1
    del objects[kept:]


def _reader_of_instances() -> Reader:
    """How to read the traceback of an instance that keeps its dict in front of it.

    Its block begins four words before it, of which CPython 3.11 forgets two.
    """
    if sys.version_info >= (3, 12):
        return _read
    get = getattr(ctypes.pythonapi, "_PyTraceMalloc_GetTraceback", None)
    if get is None:
        return _read
    get.restype = ctypes.py_object
    get.argtypes = (ctypes.c_uint, ctypes.c_size_t)
    head = 4 * ctypes.sizeof(ctypes.c_void_p)
    return lambda found: get(0, id(found) - head)


_frozen = _Frozen()
_witnesses: list[object] = []
"""An object from the beginning of the tracing, if there is one: its trace is there, or all are lost."""
_read_instance = _reader_of_instances()


def start(frames: int) -> None:
    """Trace every allocation from now on; a tracing that the target itself began goes on as it is."""
    if not _tracemalloc.is_tracing():
        _tracemalloc.start(frames)
    _witnesses[:] = [object()]
    _frozen.begin()


def is_lost() -> bool:
    """Whether the target has stopped the tracing, or cleared its traces, since it was started here."""
    return not _witnesses or _read(_witnesses[0]) is None


class Split(NamedTuple):
    """The tracked objects at the end of the tracing."""

    old: list[object]
    """From before it."""
    new: list[object]
    """From since then."""
    reused: list[object]
    """Some of the new ones: the longest dicts and lists without a traceback.

    Their blocks were taken from a free list, where the target had put one from before the tracing: so they
    look old to all who refer to them, and what they hold would seem to be held by nobody.
    """

    def forget(self) -> None:
        """Let go of all; the variables of whoever asked are among the new ones, and hold the lists."""
        for objects in self:
            objects.clear()


def old_and_new() -> Split:
    """The tracked objects from before the tracing and those from since then; asked once, at its end."""
    split = _frozen.split()
    if split is None:
        everything = gc.get_objects()
        new = [found for found in everything if traceback_of(found) is not None]
        addresses = set(map(id, new))
        split = [found for found in everything if id(found) not in addresses], new
    old, new = split
    _marked.mark(new)
    return Split(census.without_unsafe(old), new, _reused(new))


def _reused(new: list[object]) -> list[object]:
    sized = [each for each in new if (type(each) is dict or type(each) is list) and len(each) >= LEAST_REUSED]
    sized.sort(key=len)
    return [each for each in sized[-MOST_REUSED:] if _read(each) is None]


def is_target_freezing() -> bool:
    """Whether the target has called `gc.freeze` while it was traced, so that new objects are out of sight."""
    return _frozen.is_added_to


def thaw() -> None:
    """Show all of the heap until `give_back`."""
    _frozen.thaw()


def give_back() -> None:
    """Freeze what the target had frozen."""
    _frozen.give_back()


def release() -> None:
    """Set nothing apart any more."""
    _frozen.end()


def stop() -> None:
    """Trace no more, and forget every trace."""
    _frozen.end()
    _marked.forget()
    _witnesses.clear()
    is_own.cache_clear()
    _tracemalloc.stop()


def traceback_of(found: object) -> Traceback | None:
    """Where the object was allocated; None if that was before the tracing."""
    if _flags_of(type(found)) & _DICT_IN_FRONT:
        return _read_instance(found)
    return _read(found)


def new_among(objects: list[object]) -> list[object]:
    """Those that were allocated since the tracing began, by the target or by the agent.

    What is asked about and is not new costs no memory: while tracing is on, memory is what is slow.
    """
    read = _read
    types = _marked.types
    if not _marked.may_be_among(objects):
        return [found for found in objects if read(found) is not None]
    is_marked, plain = _marked.is_marked, _marked.plain_metaclasses
    return [
        found
        for found in objects
        if read(found) is not None
        or (
            (type(type(found)) not in plain or type(found) in types)
            and _count_weakrefs(found)
            and is_marked(found)
        )
    ]


def old_among(objects: list[object]) -> list[object]:
    """Those that were allocated before the tracing began; to ask costs no memory, either."""
    read = _read
    types = _marked.types
    if not types:
        return [found for found in objects if read(found) is None]
    is_marked, plain = _marked.is_marked, _marked.plain_metaclasses
    return [
        found
        for found in objects
        if read(found) is None
        and not (
            (type(type(found)) not in plain or type(found) in types)
            and _count_weakrefs(found)
            and is_marked(found)
        )
    ]


class _Marked:
    """New instances whose traceback CPython 3.11 can't find, marked by a weak reference until the end.

    An instance without a weak reference is passed over without any new memory.
    """

    def __init__(self) -> None:
        self.types: set[type] = set()
        """Types of which there are new instances; `_Marked` stands for those with an odd metaclass."""
        self.plain_metaclasses: set[type] = {type}
        """Metaclasses that hash and compare their classes as `type` does; others are never asked to."""
        self._addresses: set[int] = set()
        self._marks: list[object] = []

    def mark(self, new: list[object]) -> None:
        """Mark those that keep their dict in front of them and were made by the target."""
        if _read_instance is _read:
            return
        for found in new:
            kind = type(found)
            traceback = _read_instance(found) if _flags_of(kind) & _DICT_IN_FRONT else None
            if traceback is None or is_own(traceback):
                continue
            try:
                self._marks.append(weakref.ref(found))
            except TypeError:
                continue
            self._addresses.add(id(found))
            if type(kind) in self.plain_metaclasses or _is_plain(type(kind)):
                self.plain_metaclasses.add(type(kind))
                self.types.add(kind)
            else:
                self.types.add(_Marked)

    def may_be_among(self, objects: list[object]) -> bool:
        """Whether one of the objects is of a type of which some are marked; to ask makes no new object."""
        if not self.types:
            return False
        is_plain = self.plain_metaclasses.issuperset(map(type, map(type, objects)))
        return not is_plain or not self.types.isdisjoint(map(type, objects))

    def is_marked(self, found: object) -> bool:
        """Whether this very instance is new."""
        return id(found) in self._addresses

    def forget(self) -> None:
        """Take all marks away."""
        self.types.clear()
        self._addresses.clear()
        self._marks.clear()


def _is_plain(metaclass: type) -> bool:
    bases = introspect.mro_of_type(metaclass)
    return bool(bases) and not any(
        base is not type
        and base is not object
        and {"__hash__", "__eq__"} & introspect.namespace_of_type(base).keys()
        for base in bases
    )


_marked = _Marked()
_count_weakrefs = weakref.getweakrefcount


def has_targets_own(objects: list[object]) -> bool:
    """Whether one of them was allocated by the target since the tracing began."""
    # This is asked of every reference in the heap, and hardly ever is one of them new.
    if any(not is_own(traceback) for traceback in filter(None, map(_read, objects))):
        return True
    return _marked.may_be_among(objects) and any(
        not is_own(traceback_of(found) or _NOWHERE) for found in new_among(objects)
    )


_NOWHERE: Traceback = (("", 0),)


@functools.lru_cache(maxsize=4096)
def is_own(traceback: Traceback) -> bool:
    """Whether the agent allocated this for itself, and not a call of the target."""
    if traceback[0][0] in CALLERS:
        return True
    for file, _line in traceback:
        if file in CALLERS:
            return False
        if file.startswith(PACKAGE_FOLDER):
            return True
    return False


class Taken:
    """Live traced memory per site at one time."""

    def __init__(self) -> None:
        self.blocks: dict[Traceback, int] = {}
        self.bytes: dict[Traceback, int] = {}
        self.largest: dict[Traceback, int] = {}

    def grown_since(self, before: "Taken", most: int) -> list[Traceback]:
        """The sites that gained blocks or bytes, those that gained most bytes first."""
        grown = [
            site
            for site, size in self.bytes.items()
            if size > before.bytes.get(site, 0) or self.blocks.get(site, 0) > before.blocks.get(site, 0)
        ]
        grown.sort(key=lambda site: before.bytes.get(site, 0) - self.bytes.get(site, 0))
        return grown[:most]


def take() -> Taken:
    """Sum the live traces per site, the agent's own left out."""
    live = _live(_is_targets)
    taken = Taken()
    taken.blocks, taken.bytes, taken.largest = live.blocks, live.bytes, live.largest
    return taken


def _is_targets(traceback: Traceback) -> bool:
    return not is_own(traceback)


class Live(NamedTuple):
    """The live blocks of some sites at one time."""

    bytes: dict[Traceback, int]
    largest: dict[Traceback, int]
    blocks: dict[Traceback, int]


def live_at(sites: frozenset[Traceback]) -> Live:
    """All live blocks that were allocated at these sites."""
    return _live(sites.__contains__)


def _live(is_wanted: Callable[[Traceback], bool]) -> Live:
    """The live blocks of each wanted site.

    While tracing is on, every new object is slow, a number too: so no sum is made for each block. And a stack
    takes long to hash: it is known by the address of the one tuple that all blocks of a site share.
    """
    live = Live({}, {}, {})
    sizes_of: dict[Traceback, list[int]] = {}
    # All tuples are there before the first is let go of: no address comes twice.
    sizes_at: dict[int, list[int] | None] = {}
    for part in _traces():
        for trace in part:
            address = id(trace[2])
            try:
                sizes = sizes_at[address]
            except KeyError:
                sizes = sizes_of.setdefault(trace[2], []) if is_wanted(trace[2]) else None
                sizes_at[address] = sizes
            if sizes is not None:
                sizes.append(trace[1])
        for site, sizes in sizes_of.items():
            if sizes:
                live.blocks[site] = live.blocks.get(site, 0) + len(sizes)
                live.bytes[site] = live.bytes.get(site, 0) + sum(sizes)
                live.largest[site] = max(live.largest.get(site, 0), *sizes)
                sizes.clear()
    return live


def grown_and_freed(before: Live, after: Live) -> tuple[int, int]:
    """Bytes there were, and how many of them went, without tables that were only moved.

    One block that is most of its site is a table with room for all that there ever was: it says nothing of
    the entries that came. It is left out where there are many other blocks, or where it stays, as spare
    capacity does, when all else goes. A site that is one large block is a buffer, and that block its growth.
    """
    grown, left = sum(before.bytes.values()), sum(after.bytes.values())
    for site, size in before.largest.items():
        if not before.bytes[site] > size > before.bytes[site] / 2:
            continue
        is_kept = after.largest.get(site) == size
        if before.blocks[site] >= _MANY_BLOCKS or (is_kept and after.bytes[site] == size):
            grown -= size
            left -= size if is_kept else 0
    return grown, grown - left


def _traces() -> Iterator[list[tuple[int, int, Traceback]]]:
    """All traces, as (domain, bytes, traceback, …), part by part."""
    traces = list(cast("list[Any]", _tracemalloc._get_traces()))
    while traces:
        # Taken off, so that the list does not stand beside what is made of it.
        part = traces[-TRACES_AT_ONCE:]
        del traces[-TRACES_AT_ONCE:]
        yield part
