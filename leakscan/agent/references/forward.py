"""Paths found forward: one walk from the roots, to all the objects that a search backwards does not find.

What it leads through is only what leads to them, where that is little; else everything, at a cost of about
0.6 µs an object of the heap.
"""

import gc
import sys
from array import array
from collections.abc import Iterable
from typing import NamedTuple

from leakscan.agent.heap import freezing, interpreter_roots, introspect
from leakscan.agent.heap.address_set import ALIGNMENT_BITS, LAST_PLACE, PAGE_BITS, PLACES, AddressSet
from leakscan.agent.heap.chunks import LONG, parts, referents_in_chunks
from leakscan.agent.references.own_objects import addresses_of_own_modules
from leakscan.agent.references.roots import HeapPath, HostProcess, Root, is_public_module, private_modules

MAX_LEADING = 200
"""Objects that lead to what is looked for, from which on a walk over all the heap takes less time."""
_MAX_FORWARD_LEVELS = 24
_ASKED_TOGETHER = 64
"""Objects that are asked together what they refer to."""


def paths_forward(
    wanted: list[object],
    roots: list[Root],
    own: set[int],
    host: HostProcess,
    *,
    max_leading: int = MAX_LEADING,
) -> dict[int, HeapPath]:
    """Shortest paths, by a walk over what leads there where that is little, else over all there is."""
    near = [each for each in wanted if _has_tracked_referrers(each)]
    leading = leading_to(near, roots, own, max_leading)
    if leading is None:
        return _walked(wanted, roots, own, host)
    paths = _walked(near, roots, own | {id(near)}, host, by=leading)
    rest = [each for each in wanted if id(each) not in paths]
    return paths | _walked(rest, roots, own | {id(near), id(rest)}, host) if rest else paths


def _has_tracked_referrers(wanted: object) -> bool:
    """Whether the collector tracks all that refers to it, as it does what has a dict in it, even of atoms."""
    return gc.is_tracked(wanted) or type(wanted) is dict


def leading_to(
    wanted: list[object], roots: list[Root], own: set[int], max_leading: int = MAX_LEADING
) -> set[int] | None:
    """Addresses of all objects from which references lead to one of these; None if they are too many.

    The modules are always among them, and nothing that leads to these.

    The collector is asked once for each level, and passes over the whole heap faster than any walk does.
    """
    if not wanted or freezing.is_frozen():
        return None
    modules = [root.start for root in roots if is_public_module(root)]
    ends = {id(module) for module in modules} | {id(introspect.namespace_of_module(each)) for each in modules}
    leading = set(map(id, wanted)) | ends
    level = wanted
    passed_by = own | {id(wanted), id(sys._getframe())}
    for _ in range(_MAX_FORWARD_LEVELS):
        # No other list of referrers is left when those of the next level are asked for: it would be one.
        # A list would be copied to a tuple, which Python 3.13 gives as a referrer, too.
        asked = tuple(level)
        ignored = leading | passed_by | {id(level), id(asked)}
        level = [each for each in gc.get_referrers(*asked) if id(each) not in ignored]
        leading.update(map(id, level))
        if not level:
            return leading
        if len(leading) - len(ends) > max_leading:
            return None
    return None


def _walked(
    wanted: list[object],
    roots: list[Root],
    own: set[int],
    host: HostProcess,
    *,
    by: set[int] | None = None,
) -> dict[int, HeapPath]:
    """Shortest paths by one walk over what the roots reach; only by the objects at these addresses, if given.

    The modules come first, and other roots only for what no module leads to: a path that begins with a
    name in a module is worth more than a shorter one. The variables of running functions come before what
    runs them: a thread drops its arguments, and its function knows them by name.
    """
    walk = Walk(wanted, own, by)
    modules = [root for root in roots if is_public_module(root)]
    variables = [root for root in roots if type(root.start) is interpreter_roots.FrameVariables]
    callers = {id(each) for each in host.callers}
    walk.start_from(modules, passing_by=private_modules(roots) | callers)
    walk.start_from(list(host.roots), passing_by=callers)
    walk.start_from(variables, passing_by=callers)
    walk.start_from(roots)
    return walk.paths


class _Level(NamedTuple):
    """Objects that are equally far from the roots."""

    objects: list[object]
    came_from: "array[int]"
    """For each of them, where in the level before the chunk begins that refers to it."""


class Walk:
    """A walk, level by level, that can tell from where it came to each object.

    It passes by the objects at the addresses `own`, and leads through those at the addresses `by` alone, if
    these are given. `paths` has those of the wanted objects that it has come to, by their addresses.

    Beside a large heap a dict of all its objects would be another large heap: what is kept for each is a byte
    that says that it was seen, and for those that lead on a place in a list and where they were reached from.
    """

    def __init__(self, wanted: list[object], own: set[int], by: set[int] | None = None) -> None:
        self.paths: dict[int, HeapPath] = {}
        self._by = by
        self._missing = {id(each) for each in wanted}
        self._seen = AddressSet(own)
        self._levels: list[_Level] = []
        ours = (self, self.__dict__, self.paths, self._missing, self._seen, self._seen.pages, self._levels)
        for address in (*addresses_of_own_modules(), *map(id, ours)):
            self._seen.add(address)

    def start_from(self, roots: list[Root], *, passing_by: Iterable[int] = ()) -> None:
        """Walk on until there is a path to each wanted object, or all that these roots reach is seen."""
        passed_by = [address for address in passing_by if self._seen.add(address)]
        began = [root for root in roots if self._seen.add(id(root.start))]
        for root in began:
            if id(root.start) in self._missing:
                self._missing.discard(id(root.start))
                self.paths[id(root.start)] = HeapPath(root.step, [root.start])
        self._levels.append(self._own_level([root.start for root in began]))
        while self._levels[-1].objects and self._missing:
            self._walk_on(began)
        self._levels.clear()
        for address in passed_by:
            self._seen.discard(address)

    def _own_level(self, objects: list[object]) -> _Level:
        level = _Level(objects, array("I", [0]) * len(objects))
        self._seen.add(id(level))
        self._seen.add(id(level.objects))
        return level

    def _walk_on(self, began: list[Root]) -> None:
        """Add the level of what the last one refers to and no one before it did."""
        level = self._levels[-1].objects
        following = self._own_level([])
        for start in range(0, len(level), _ASKED_TOGETHER):
            for _some, referents in referents_in_chunks(level[start : start + _ASKED_TOGETHER]):
                for part in parts(referents):
                    leading_on = self._leading_on(self._unseen(part, start, began))
                    following.objects.extend(leading_on)
                    following.came_from.extend([start] * len(leading_on))
        self._levels.append(following)

    def _unseen(self, referents: list[object], start: int, began: list[Root]) -> list[object]:
        """Those that were not seen before, and are now; the path to each that is wanted is kept."""
        missing, pages, by = self._missing, self._seen.pages, self._by
        is_tracked = gc.is_tracked
        unseen: list[object] = []
        for child in referents:
            address = id(child)
            page = pages.get(address >> PAGE_BITS)
            if page is not None and page[address >> ALIGNMENT_BITS & LAST_PLACE]:
                continue
            if address in missing:
                path = self._traced_back(child, start, began)
                if path is not None:
                    missing.discard(address)
                    self.paths[address] = path
            # What is neither tracked nor a dict refers to nothing that could be looked for.
            if (is_tracked(child) or type(child) is dict) and (by is None or address in by):
                if page is None:
                    page = pages[address >> PAGE_BITS] = bytearray(PLACES)
                page[address >> ALIGNMENT_BITS & LAST_PLACE] = 1
                unseen.append(child)
        return unseen

    def _leading_on(self, objects: list[object]) -> list[object]:
        """Those that refer to anything that may lead on: in a large heap the others are the most."""
        missing = self._missing
        is_tracked, get_referents = gc.is_tracked, gc.get_referents
        leading_on: list[object] = []
        for each in objects:
            if type(each) is list and len(each) > LONG:
                leading_on.append(each)
                continue
            for child in get_referents(each):
                if is_tracked(child) or type(child) is dict or id(child) in missing:
                    leading_on.append(each)
                    break
        return leading_on

    def _traced_back(self, reached: object, start: int, began: list[Root]) -> HeapPath | None:
        """The path to an object of the next level; None if a thread has changed it meanwhile."""
        objects = [reached]
        for level in reversed(self._levels):
            place = _first_referrer(level.objects, start, objects[-1])
            if place is None:
                return None
            objects.append(level.objects[place])
            start = level.came_from[place] if level is not self._levels[0] else place
        objects.reverse()
        return HeapPath(began[start].step, objects)


def _first_referrer(level: list[object], start: int, wanted: object) -> int | None:
    """The place of the first object of the chunk that refers to the wanted one."""
    for place in range(start, min(start + _ASKED_TOGETHER, len(level))):
        for _some, referents in referents_in_chunks([level[place]]):
            if any(each is wanted for each in referents):
                return place
    return None
