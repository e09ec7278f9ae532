"""Which objects were allocated since tracing began, and at which growing site."""

import gc
from array import array
from collections.abc import Iterable

from leakscan.agent.heap.object_size import size_of
from leakscan.agent.heap.referents import referents
from leakscan.agent.heap.symbolize import Traceback
from leakscan.agent.tracing.allocations import NOWHERE, is_own, traceback_of
from leakscan.agent.tracing.tracer import Split

MAX_SAMPLE = 4_000
"""New tracked objects that are looked at one by one."""
MAX_READ = 200_000
"""New tracked objects that are asked where they were allocated; of more, a part."""
MAX_TUPLE_DEPTH = 4
"""How deep tuples and dicts of atoms are followed into each other: the collector does not track them."""
_OLD, _OF_NO_SITE = -2, -1


def targets_own(new: Iterable[object]) -> list[object]:
    """Those of the new objects that the agent did not make for itself."""
    return [each for each in new if not is_own(traceback_of(each) or NOWHERE)]


class NewObjects:
    """Which objects are new, and of which growing site: all that the tracer is asked, asked at once.

    What looks at the new objects afterwards makes many objects itself, and may do so where none is traced.
    """

    def __init__(self, sites: list[Traceback], split: Split, held: Iterable[list[object]] = ()) -> None:
        """`held` are lists of further objects that may be new, those included that the collector forgot."""
        self.sample = targets_own(split.new[:: max(1, len(split.new) // MAX_SAMPLE)])
        """Some of the new tracked objects."""
        index = {traceback: number for number, traceback in enumerate(sites)}
        tracked = len(split.new)
        objects = list(split.new)
        for children in held:
            objects.extend(children)
        parts = _untracked_parts(split.new)
        inner = _untracked_containers(objects[tracked:]) + _untracked_containers(parts)
        objects.extend(parts)
        for _ in range(MAX_TUPLE_DEPTH):
            parts = _untracked_parts(inner)
            objects.extend(parts)
            inner = _untracked_containers(parts)
        stride = max(1, tracked // MAX_READ)
        # Numbers, not objects, so that next to nothing is allocated while each allocation is traced.
        numbers = array("q", [_OF_NO_SITE]) * tracked + array("q", [_OLD]) * (len(objects) - tracked)
        for place, each in enumerate(objects):
            if place < tracked and place % stride:
                continue
            traceback = traceback_of(each)
            if traceback is not None:
                numbers[place] = index.get(traceback, _OF_NO_SITE)
        self._objects = objects
        self._numbers = numbers
        self._site_of: dict[int, int] = {}
        self._parts: dict[int, list[object]] = {}
        self._sizes: dict[int, int] = {}

    def remember(self) -> None:
        """Make what was read ready to be asked for."""
        self._site_of = {
            id(each): number
            for each, number in zip(self._objects, self._numbers, strict=True)
            if number != _OLD
        }
        self._objects.clear()

    def new_among(self, objects: Iterable[object]) -> list[object]:
        """Those that were allocated since the tracing began."""
        return [each for each in objects if id(each) in self._site_of]

    def parts_of(self, obj: object) -> list[object]:
        """The new objects that it refers to directly."""
        parts = self._parts.get(id(obj))
        if parts is None:
            parts = self._parts[id(obj)] = self.new_among(referents(obj))
        return parts

    def size_of(self, obj: object) -> int:
        """Bytes of the object itself; each is asked once."""
        size = self._sizes.get(id(obj))
        if size is None:
            size = self._sizes[id(obj)] = size_of(obj)
        return size

    def site_of(self, obj: object) -> int | None:
        """Its growing site; None if it has none."""
        number = self._site_of.get(id(obj), _OLD)
        return number if number >= 0 else None


def _untracked_parts(objects: Iterable[object]) -> list[object]:
    untracked: list[object] = []
    for each in objects:
        untracked.extend([part for part in referents(each) if not gc.is_tracked(part)])
    return untracked


def _untracked_containers(objects: Iterable[object]) -> list[object]:
    """The new dicts and tuples of atoms among the objects: what they hold is new as well."""
    containers = [
        each for each in objects if (type(each) is dict or type(each) is tuple) and not gc.is_tracked(each)
    ]
    return list({id(each): each for each in containers if traceback_of(each) is not None}.values())
