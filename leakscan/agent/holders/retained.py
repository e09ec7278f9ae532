"""Loads: the new objects behind a candidate, and how much of each growing site they are."""

import gc
from array import array
from collections import Counter
from collections.abc import Iterable

from leakscan import wire
from leakscan.agent.heap import introspect
from leakscan.agent.heap.interned import is_immortal
from leakscan.agent.holders.candidates import DEEPEST_TUPLES, HolderCandidate, once, targets_own
from leakscan.agent.references.referents import referents
from leakscan.agent.tracing import tracer

MOST_WALKED = 12_000
MOST_NEW = 4_000
MOST_READ = 200_000
"""New tracked objects that are asked where they were made; of more, a part."""
_LOOKED_AT = 1_500
_OLD, _OF_NO_SITE = -2, -1
_GC_HEAD_BYTES = 16


class NewObjects:
    """Which objects are new, and of which growing site: all that the tracer is asked, asked at once.

    What looks at the new objects afterwards makes many objects itself, and may do so where none is traced.
    """

    def __init__(
        self, sites: list[tracer.Traceback], split: tracer.Split, candidates: list[HolderCandidate]
    ) -> None:
        self.sample = targets_own(split.new[:: max(1, len(split.new) // MOST_NEW)])
        """Some of the new tracked objects."""
        index = {traceback: number for number, traceback in enumerate(sites)}
        tracked = len(split.new)
        found = list(split.new)
        for candidate in candidates:
            found.extend(candidate.children)
        parts = _untracked_parts(split.new)
        inner = _untracked_containers(found[tracked:]) + _untracked_containers(parts)
        found.extend(parts)
        for _ in range(DEEPEST_TUPLES):
            parts = _untracked_parts(inner)
            found.extend(parts)
            inner = _untracked_containers(parts)
        stride = max(1, tracked // MOST_READ)
        # Numbers, not objects, so that next to nothing is allocated while each allocation is traced.
        numbers = array("q", [_OF_NO_SITE]) * tracked + array("q", [_OLD]) * (len(found) - tracked)
        for place, each in enumerate(found):
            if place < tracked and place % stride:
                continue
            traceback = tracer.traceback_of(each)
            if traceback is not None:
                numbers[place] = index.get(traceback, _OF_NO_SITE)
        self._found = found
        self._numbers = numbers
        self._site_of: dict[int, int] = {}
        self._parts: dict[int, list[object]] = {}
        self._sizes: dict[int, int] = {}

    def remember(self) -> None:
        """Make what was read ready to be asked for."""
        self._site_of = {
            id(each): number
            for each, number in zip(self._found, self._numbers, strict=True)
            if number != _OLD
        }
        self._found.clear()

    def new_among(self, objects: Iterable[object]) -> list[object]:
        """Those that were allocated since the tracing began."""
        return [each for each in objects if id(each) in self._site_of]

    def parts_of(self, found: object) -> list[object]:
        """The new objects that it refers to directly."""
        parts = self._parts.get(id(found))
        if parts is None:
            parts = self._parts[id(found)] = self.new_among(referents(found))
        return parts

    def size_of(self, found: object) -> int:
        """Bytes of the object itself; each is asked once."""
        size = self._sizes.get(id(found))
        if size is None:
            size = self._sizes[id(found)] = size_of(found)
        return size

    def site_of(self, found: object) -> int | None:
        """Its growing site; None if it has none."""
        number = self._site_of.get(id(found), _OLD)
        return number if number >= 0 else None


def _untracked_parts(objects: Iterable[object]) -> list[object]:
    found: list[object] = []
    for each in objects:
        found.extend([part for part in referents(each) if not gc.is_tracked(part)])
    return found


def _untracked_containers(objects: Iterable[object]) -> list[object]:
    """The new dicts and tuples of atoms among the objects: what they hold is new as well."""
    containers = [
        each for each in objects if (type(each) is dict or type(each) is tuple) and not gc.is_tracked(each)
    ]
    return once(each for each in containers if tracer.traceback_of(each) is not None)


class Retained:
    """The new objects behind a candidate: how much of each growing site they are."""

    def __init__(self) -> None:
        self.sizes: dict[int, int] = {}
        """Bytes of each object, by its address."""
        self.objects: Counter[int] = Counter()
        self.bytes: Counter[int] = Counter()
        self.immortal_bytes: Counter[int] = Counter()
        self.types: dict[int, Counter[str]] = {}

    @classmethod
    def behind(cls, candidate: HolderCandidate, seen: NewObjects) -> "Retained":
        """All new objects that the candidate leads to; of many, a part is looked at closely."""
        self = cls()
        reached: list[object] = []
        stack = list(candidate.children)
        while stack and len(reached) < MOST_WALKED:
            found = stack.pop()
            if id(found) in self.sizes:
                continue
            self.sizes[id(found)] = seen.size_of(found)
            reached.append(found)
            stack.extend(each for each in seen.parts_of(found) if gc.is_tracked(each))
        stride = max(1, len(reached) // _LOOKED_AT)
        for found in reached[::stride]:
            self.count(found, seen, stride)
            for part in seen.parts_of(found):
                if not gc.is_tracked(part) and id(part) not in self.sizes:
                    self.sizes[id(part)] = seen.size_of(part)
                    self.count(part, seen, stride)
        return self

    def count(self, found: object, seen: NewObjects, stands_for: int = 1) -> None:
        """Add an object, if its site grows, and the others that it stands for."""
        site = seen.site_of(found)
        if site is not None:
            self.objects[site] += stands_for
            self.bytes[site] += stands_for * seen.size_of(found)
            if type(found) is str and is_immortal(found):
                self.immortal_bytes[site] += stands_for * seen.size_of(found)
            self.types.setdefault(site, Counter())[introspect.type_name(type(found))] += stands_for

    @property
    def weight(self) -> tuple[int, int]:
        """Bytes, then objects, of the growing sites."""
        return self.bytes.total(), self.objects.total()

    def shared_with(self, other: "Retained") -> float:
        """Share of these objects that hang on the other, too, by bytes: a key in common is not much."""
        total = sum(self.sizes.values())
        if not total:
            return 0.0
        return sum(size for at, size in self.sizes.items() if at in other.sizes) / total

    def shares(self) -> tuple[wire.SiteShare, ...]:
        """What is held of each site, by site."""
        return tuple(
            wire.SiteShare(
                site,
                count,
                self.bytes[site],
                dict(self.types[site].most_common(8)),
                self.immortal_bytes[site],
            )
            for site, count in sorted(self.objects.items())
        )


def size_of(found: object) -> int:
    """Bytes of the object itself, by the size that its built-in base knows, not by an override."""
    kind = type(found)
    head = _GC_HEAD_BYTES if gc.is_tracked(found) else 0
    for base in introspect.mro_of_type(kind):
        measure = introspect.namespace_of_type(base).get("__sizeof__")
        if measure is not None and base is not object and not _flags_of(base) & _MADE_AT_RUN_TIME:
            return int(measure(found)) + head
    # That of `object` knows the items of bytes and tuples, which have no method of their own.
    return int(object.__sizeof__(found)) + head


_flags_of = type.__dict__["__flags__"].__get__
_MADE_AT_RUN_TIME = 1 << 9
"""The flag of classes that Python code, or a C module while it is imported, has made."""
