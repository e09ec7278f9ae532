"""The cycle that keeps a piece of garbage from being freed at once."""

import gc
from collections.abc import Sequence
from types import CellType, FunctionType

from leakscan import wire
from leakscan.agent.heap import introspect
from leakscan.agent.references import steps

_MOST_STARTS = 50
_MOST_WAYS = 200
_INNARDS = (tuple, CellType)
_CONTAINERS = (dict, list, set)


def way_round(found: Sequence[object], garbage: set[int]) -> list[object] | None:
    """The shortest way from a garbage object back to itself, which stands at both ends; None if it is long.

    Of the objects on it, the one that its author knows best comes first: an instance, then a function.
    """
    for start in found[:_MOST_STARTS]:
        way = _way_back(start, garbage)
        if way is not None:
            ring = way[:-1]
            best = min(range(len(ring)), key=lambda place: _rank(ring[place]))
            return [*ring[best:], *ring[:best], ring[best]]
    return None


def steps_round(way: Sequence[object]) -> tuple[wire.Step, ...]:
    """The chain round the cycle; its first step names the object where it begins and ends."""
    start = way[0]
    root = wire.Step(wire.StepKind.GARBAGE, steps.described(start), introspect.type_name(type(start)))
    return steps.steps(way, root)


def _way_back(start: object, garbage: set[int]) -> list[object] | None:
    ways: list[list[object]] = [[start]]
    seen = {id(start)}
    for _ in range(_MOST_WAYS):
        if not ways:
            return None
        way = ways.pop(0)
        for child in gc.get_referents(way[-1]):
            if child is start:
                return [*way, child]
            if id(child) in garbage and id(child) not in seen:
                seen.add(id(child))
                ways.append([*way, child])
    return None


def _rank(found: object) -> int:
    """Low for what has a name in the program, high for what its parts are kept in."""
    kind = type(found)
    if any(kind is each for each in _INNARDS):
        return 3
    if any(kind is each for each in _CONTAINERS):
        return 2
    return 1 if kind is FunctionType else 0
