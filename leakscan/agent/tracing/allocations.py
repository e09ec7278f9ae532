"""Which objects were allocated since the tracing began, and by whom: the target or the agent."""

import _tracemalloc
import functools
import sys
import weakref
from collections.abc import Callable
from typing import cast

from leakscan.agent.heap import introspect
from leakscan.agent.heap.symbolize import Traceback
from leakscan.agent.own_code import CALLERS, PACKAGE_FOLDER

if sys.version_info < (3, 12):
    import ctypes

Reader = Callable[[object], Traceback | None]
NOWHERE: Traceback = (("", 0),)
_read = cast(Reader, _tracemalloc._get_object_traceback)
_flags_of = type.__dict__["__flags__"].__get__
_DICT_IN_FRONT = 1 << 4
_count_weakrefs = weakref.getweakrefcount


def traceback_of(instance: object) -> Traceback | None:
    """Where the object was allocated; None if that was before the tracing."""
    if _flags_of(type(instance)) & _DICT_IN_FRONT:
        return _read_instance(instance)
    return _read(instance)


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
    return lambda instance: get(0, id(instance) - head)


_read_instance = _reader_of_instances()


class TracedObjects:
    """Tells the objects allocated since the tracing began from the older ones.

    Instances whose traceback CPython 3.11 can't find are marked by weak references, until `forget`. One
    without a weak reference is passed over without any new memory.
    """

    def __init__(self) -> None:
        self.types: set[type] = set()
        """Types of which there are new instances; `TracedObjects` stands for those with an odd metaclass."""
        self.plain_metaclasses: set[type] = {type}
        """Metaclasses that hash and compare their classes as `type` does; others are never asked to."""
        self._addresses: set[int] = set()
        self._marks: list[object] = []

    def mark(self, new: list[object]) -> None:
        """Mark those that keep their dict in front of them and were made by the target."""
        if _read_instance is _read:
            return
        for each in new:
            kind = type(each)
            traceback = _read_instance(each) if _flags_of(kind) & _DICT_IN_FRONT else None
            if traceback is None or is_own(traceback):
                continue
            try:
                self._marks.append(weakref.ref(each))
            except TypeError:
                continue
            self._addresses.add(id(each))
            if type(kind) in self.plain_metaclasses or _is_plain(type(kind)):
                self.plain_metaclasses.add(type(kind))
                self.types.add(kind)
            else:
                self.types.add(TracedObjects)

    def may_be_among(self, objects: list[object]) -> bool:
        """Whether one of the objects is of a type of which some are marked; to ask makes no new object."""
        if not self.types:
            return False
        is_plain = self.plain_metaclasses.issuperset(map(type, map(type, objects)))
        return not is_plain or not self.types.isdisjoint(map(type, objects))

    def is_marked(self, instance: object) -> bool:
        """Whether this very instance is new."""
        return id(instance) in self._addresses

    def new_among(self, objects: list[object]) -> list[object]:
        """Those that were allocated since the tracing began, by the target or by the agent.

        What is asked about and is not new costs no memory: while tracing is on, memory is what is slow.
        """
        read = _read
        types = self.types
        if not self.may_be_among(objects):
            return [each for each in objects if read(each) is not None]
        is_marked, plain = self.is_marked, self.plain_metaclasses
        return [
            each
            for each in objects
            if read(each) is not None
            or (
                (type(type(each)) not in plain or type(each) in types)
                and _count_weakrefs(each)
                and is_marked(each)
            )
        ]

    def has_new(self, objects: list[object]) -> bool:
        """Whether one of them was allocated since the tracing began; the first such one ends the search."""
        if any(map(_read, objects)):
            return True
        return self.may_be_among(objects) and bool(self.new_among(objects))

    def targets_own_among(self, objects: list[object]) -> list[object]:
        """Those that the target has allocated since the tracing began.

        Each is asked once: the traceback that is made of the answer is what takes time.
        """
        if self.may_be_among(objects):
            new = self.new_among(objects)
            return [each for each in new if not is_own(traceback_of(each) or NOWHERE)]
        read = _read
        return [each for each in objects if (traceback := read(each)) is not None and not is_own(traceback)]

    def old_among(self, objects: list[object]) -> list[object]:
        """Those that were allocated before the tracing began; to ask costs no memory, either."""
        read = _read
        types = self.types
        if not types:
            return [each for each in objects if read(each) is None]
        is_marked, plain = self.is_marked, self.plain_metaclasses
        return [
            each
            for each in objects
            if read(each) is None
            and not (
                (type(type(each)) not in plain or type(each) in types)
                and _count_weakrefs(each)
                and is_marked(each)
            )
        ]

    def has_targets_own(self, objects: list[object]) -> bool:
        """Whether one of them was allocated by the target since the tracing began."""
        # This is asked of every reference in the heap, and hardly ever is one of them new.
        if any(not is_own(traceback) for traceback in filter(None, map(_read, objects))):
            return True
        return self.may_be_among(objects) and any(
            not is_own(traceback_of(each) or NOWHERE) for each in self.new_among(objects)
        )

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
