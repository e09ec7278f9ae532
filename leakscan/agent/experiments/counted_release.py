"""What the release of a holder would free, counted by references and not tried: no code of the target runs.

It is how the collector finds garbage. An object that has more references than come from among those
that would lose their holder is held from elsewhere, and so is all that it refers to; the rest would go.
"""

import gc
import sys
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from typing import Any

from leakscan.agent.heap import lru_cache
from leakscan.agent.heap.containers import base_of
from leakscan.agent.heap.object_size import size_of
from leakscan.agent.heap.symbolize import Traceback
from leakscan.agent.tracing.allocations import TracedObjects, traceback_of

MAX_OBJECTS = 2_000_000
"""Objects behind the holders, from which on they are not counted: each takes some hundred bytes meanwhile."""
_COUNTED = (dict, list, set, deque)


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


def bytes_freed(references: Iterator[object], sites: frozenset[Traceback], traced: TracedObjects) -> int:
    """Bytes at the sites that would be freed if these references went.

    `references` has an object once for each reference to it, and keeps none of them. Raises TooMany.
    """
    lost: Counter[int] = Counter()
    objects: list[object] = []
    _reach(references, objects, lost, traced)
    free = _unheld(objects, lost)
    return sum(size_of(objects[place]) for place in free if (traceback_of(objects[place]) or ()) in sites)


def unreachable(objects: list[object]) -> list[object]:
    """Those of the objects that nothing but themselves refers to: what a collection of them would free."""
    lost: Counter[int] = Counter(id(part) for each in objects for part in references_of(each))
    return [objects[place] for place in sorted(_unheld(objects, lost))]


def _reach(
    references: Iterator[object], objects: list[object], lost: Counter[int], traced: TracedObjects
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
        level = traced.new_among(fresh)
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
