"""What the release of a holder would free, counted by references and not tried: no code of the target runs.

It is how the collector finds garbage. An object that has more references than come from among those
that would lose their holder is held from elsewhere, and so is all that it refers to; the rest would go.
"""

import gc
import sys
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from leakscan.agent.heap import lru_cache
from leakscan.agent.heap.containers import base_of
from leakscan.agent.heap.object_size import size_of
from leakscan.agent.heap.symbolize import Traceback
from leakscan.agent.tracing.allocations import TracedObjects, traceback_of

MAX_OBJECTS = 2_000_000
"""Objects behind the holders, from which on they are not counted: each takes some hundred bytes meanwhile."""
_COUNTED = (dict, list, set, deque)
_FROM_FREE_LISTS = frozenset({tuple, list, dict})
"""Types whose objects may have a block from before the tracing, and be new."""


class TooMany(Exception):
    """More hangs on the holders than can be counted."""


def references_of_entries(container: object) -> list[object] | None:
    """What a container refers to by its entries, an object once for each reference; None if unknown."""
    base = base_of(type(container))
    if base is lru_cache.LRU:
        direct = gc.get_referents(container)
        return direct + [part for each in direct if type(each) is dict for part in references_of(each)]
    return references_of(container) if base in _COUNTED else None


def references_of(obj: object) -> list[object]:
    """What the object refers to, an object once for each reference.

    Of keys that are all strings, `gc.get_referents` shows none, and of those of an OrderedDict one of two.
    """
    direct = gc.get_referents(obj)
    if base_of(type(obj)) is dict:
        entries: Any = obj
        shown = 3 if type.__subclasscheck__(OrderedDict, type(obj)) else 2
        if len(direct) < shown * dict.__len__(entries):
            direct.extend(dict.keys(entries))
    return direct


class TracesRead:
    """Which objects behind some references are new, and which of them at certain sites: read once.

    To count makes an object for each that is counted, which is slow while each allocation is traced: after
    this, nothing has to be.
    """

    def __init__(
        self, references: Iterable[object], sites: frozenset[Traceback], traced: TracedObjects
    ) -> None:
        """Reads the traces of the new objects behind the references, and keeps none of them."""
        self._is_at_site: dict[int, bool] = {}
        level = list(references)
        while level:
            new = [each for each in traced.new_among(level) if id(each) not in self._is_at_site]
            # What looks old may only have an old block, and refer to what is new.
            reused = gc.get_referents(*(each for each in level if type(each) in _FROM_FREE_LISTS))
            new += [each for each in traced.new_among(reused) if id(each) not in self._is_at_site]
            self._is_at_site.update({id(each): (traceback_of(each) or ()) in sites for each in new})
            level = [part for each in new for part in references_of(each)]

    def new_among(self, objects: list[object]) -> list[object]:
        """Those that were allocated since the tracing began."""
        return [each for each in objects if id(each) in self._is_at_site]

    def is_at_site(self, instance: object) -> bool:
        """Whether it was allocated at one of the sites."""
        return self._is_at_site.get(id(instance), False)


def bytes_freed(references: Iterator[object], traces: TracesRead) -> int:
    """Bytes at the sites of the traces that would be freed if these references went.

    `references` has an object once for each reference to it, and keeps none of them. Raises TooMany.
    """
    lost: Counter[int] = Counter()
    objects: list[object] = []
    _reach(references, objects, lost, traces)
    free = _unheld(objects, lost)
    return sum(size_of(objects[place]) for place in free if traces.is_at_site(objects[place]))


def unreachable(objects: list[object]) -> list[object]:
    """Those of the objects that nothing but themselves refers to: what a collection of them would free."""
    lost: Counter[int] = Counter(id(part) for each in objects for part in references_of(each))
    return [objects[place] for place in sorted(_unheld(objects, lost))]


def _reach(
    references: Iterator[object], objects: list[object], lost: Counter[int], traces: TracesRead
) -> None:
    """All objects behind the references that may go with them, and how many references to each would go.

    New objects, and what else has no other reference: a tuple whose block came from a free list looks old.
    """
    seen: set[int] = set()
    others: list[object] = []
    while True:
        fresh: list[object] = []
        for each in references:
            lost[id(each)] += 1
            if id(each) not in seen:
                seen.add(id(each))
                fresh.append(each)
        level = traces.new_among(fresh)
        new = set(map(id, level))
        others.extend(each for each in fresh if id(each) not in new)
        fresh.clear()
        level = level or _without_other_references(others, lost)
        objects.extend(level)
        if len(objects) > MAX_OBJECTS:
            raise TooMany
        if not level:
            return
        references = (part for each in level for part in references_of(each))


def _without_other_references(others: list[object], lost: Counter[int]) -> list[object]:
    """Takes out of the list those all of whose references would go."""
    places = _by_references(others, lambda count, obj: count <= lost[id(obj)])
    taken = [others[place] for place in places]
    for place in reversed(places):
        del others[place]
    return taken


def _by_references(objects: list[object], is_wanted: Callable[[int, object], bool]) -> list[int]:
    """Places of the objects whose number of references, ours left out, is wanted."""
    plain: list[object] = [object()]
    # By the list, the variable of the loop, and whatever this Python counts besides.
    (ours,) = [sys.getrefcount(obj) for _place, obj in enumerate(plain)]
    return [place for place, obj in enumerate(objects) if is_wanted(sys.getrefcount(obj) - ours, obj)]


def _unheld(objects: list[object], lost: Counter[int]) -> set[int]:
    """Places of the objects that nothing else refers to, directly or through others of them."""
    place_of = {id(obj): place for place, obj in enumerate(objects)}
    held = _by_references(objects, lambda count, obj: count > lost[id(obj)])
    kept = set(held)
    while held:
        for part in references_of(objects[held.pop()]):
            below = place_of.get(id(part), -1)
            if below >= 0 and below not in kept:
                kept.add(below)
                held.append(below)
    return set(range(len(objects))) - kept
