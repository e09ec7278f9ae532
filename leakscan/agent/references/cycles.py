"""The cycle that keeps a piece of garbage from being freed at once."""

import gc
from collections.abc import Sequence
from types import CellType, FunctionType

from leakscan import wire
from leakscan.agent.heap import introspect
from leakscan.agent.references import steps
from leakscan.agent.references.source_names import described

_MAX_STARTS = 50
"""Objects from which a cycle is looked for."""
_MAX_PATHS_FROM_ONE = 200
"""Paths that are followed from each of them."""
_INNARDS = (tuple, CellType)
_CONTAINERS = (dict, list, set)


def cycle_among(objects: Sequence[object], garbage: set[int]) -> list[object] | None:
    """A shortest path from one of the objects back to itself, which stands at both ends; None if it is long.

    It leads through the objects at the addresses `garbage`. The one that its author knows best comes first:
    an instance, then a function.
    """
    for start in objects[:_MAX_STARTS]:
        path = _path_back(start, garbage)
        if path is not None:
            ring = path[:-1]
            best = min(range(len(ring)), key=lambda place: _rank(ring[place]))
            return [*ring[best:], *ring[:best], ring[best]]
    return None


def cycle_steps(cycle: Sequence[object]) -> tuple[wire.Step, ...]:
    """The chain along the cycle; its first step names the object where it begins and ends."""
    start = cycle[0]
    root = wire.Step(wire.StepKind.GARBAGE, described(start), introspect.type_name(type(start)))
    return steps.steps(cycle, root)


def _path_back(start: object, garbage: set[int]) -> list[object] | None:
    paths: list[list[object]] = [[start]]
    seen = {id(start)}
    for _ in range(_MAX_PATHS_FROM_ONE):
        if not paths:
            return None
        path = paths.pop(0)
        for child in gc.get_referents(path[-1]):
            if child is start:
                return [*path, child]
            if id(child) in garbage and id(child) not in seen:
                seen.add(id(child))
                paths.append([*path, child])
    return None


def _rank(obj: object) -> int:
    """Low for what has a name in the program, high for what its parts are kept in."""
    kind = type(obj)
    if any(kind is each for each in _INNARDS):
        return 3
    if any(kind is each for each in _CONTAINERS):
        return 2
    return 1 if kind is FunctionType else 0
