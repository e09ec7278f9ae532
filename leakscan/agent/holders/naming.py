"""The chain from a root to each holder, and what its owner says about it.

Tracing is over by now: a walk over the heap makes many small objects, and each would be traced.
"""

import atexit
import gc
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from leakscan import wire
from leakscan.agent.heap import atomic_reads, interpreter_roots, introspect, limits
from leakscan.agent.holders.candidates import HolderCandidate
from leakscan.agent.holders.entry_summary import Entries, entries_of
from leakscan.agent.references import named_roots, search, steps
from leakscan.agent.references.c_registries import registries_among
from leakscan.agent.references.referents import closed_over, is_namespace_of
from leakscan.agent.references.roots import NO_HOST, HeapPath, HostProcess, event_loop_step, root_at

_MOST_LINKED = 200_000
_SETS = (set, frozenset)


class SearchContext(NamedTuple):
    """Where chains may begin."""

    target: object
    setup_value: object
    event_loop: object
    own: set[int]
    """Addresses of what is the agent's."""
    clock: Callable[[], float]
    host: HostProcess = NO_HOST


class Way(NamedTuple):
    """How a holder is reached."""

    root: wire.Step
    objects: list[object]
    """From the root to the old object of the candidate."""
    shown: list[object]
    """From the root to what grows: the same, or on to the value of the one place that does."""


def ways_to(candidates: list[HolderCandidate], scene: SearchContext) -> list[Way]:
    """The way to each candidate, in their order."""
    found = search.paths_to(
        [candidate.parent for candidate in candidates],
        target=scene.target,
        setup_value=scene.setup_value,
        event_loop=scene.event_loop,
        own=scene.own | {id(candidates)} | {id(candidate) for candidate in candidates},
        clock=scene.clock,
        host=scene.host,
    )
    ways = [found.get(id(candidate.parent)) or _hidden(candidate.parent) for candidate in candidates]
    unknown = [candidate.parent for candidate, way in zip(candidates, ways, strict=True) if way is None]
    if unknown:
        known_now = zip(unknown, registries_among(unknown), strict=True)
        of_c = {id(each): HeapPath(root, [each]) for each, root in known_now if root is not None}
        ways = [
            way or of_c.get(id(candidate.parent)) for candidate, way in zip(candidates, ways, strict=True)
        ]
    return [_way(candidate, way, scene.event_loop) for candidate, way in zip(candidates, ways, strict=True)]


def named(candidates: list[HolderCandidate], ways: list[Way]) -> tuple[wire.NamedHolder, ...]:
    """The chain of each candidate, in their order."""
    at: dict[int, list[int]] = {}
    for number, candidate in enumerate(candidates):
        at.setdefault(id(candidate.parent), []).append(number)
    return tuple(
        _named(candidate, way)._replace(through=_passed(way, at))
        for candidate, way in zip(candidates, ways, strict=True)
    )


def _passed(way: Way, at: dict[int, list[int]]) -> tuple[int, ...]:
    """The candidates at whose objects the way passes before it ends, the nearest to the root first."""
    return tuple(number for each in way.objects[:-1] for number in at.get(id(each), ()))


def _hidden(start: object) -> HeapPath | None:
    root = root_at(start)
    return None if root is None else HeapPath(root.step, [start])


def _way(candidate: HolderCandidate, path: HeapPath | None, event_loop: object) -> Way:
    objects = [candidate.parent] if path is None else path.objects
    root = _unknown(candidate.parent) if path is None else path.root
    root, shown = _from_what_is_known(root, objects, event_loop)
    if candidate.is_slot and not candidate.alike:
        shown = [*shown, *candidate.children[:1]]
        shown.extend(_linked_to(shown[-1]))
    return Way(root, objects, shown)


def _named(candidate: HolderCandidate, way: Way) -> wire.NamedHolder:
    bound, bound_name = _bound(candidate, way.objects)
    inside = Entries() if candidate.is_slot else entries_of(candidate.parent)
    return wire.NamedHolder(
        steps=steps.steps(way.shown, way.root),
        bound=bound,
        bound_name=bound_name,
        defined_at=_defined_at(way.objects[:-1]),
        entry_type=inside.type,
        entries_do=inside.do,
    )


def _from_what_is_known(
    root: wire.Step, objects: list[object], event_loop: object
) -> tuple[wire.Step, list[object]]:
    """The root and the objects from the last of them that has a name in the whole process."""
    for place in range(len(objects) - 2, 0, -1):
        is_loop = event_loop is not None and objects[place] is event_loop
        step = event_loop_step(event_loop) if is_loop else named_roots.named_root(objects[place])
        if step is not None:
            return step, objects[place:]
    return root, objects


def _linked_to(first: object) -> list[object]:
    """The objects of a long linked list, from its second on; none where the first begins no such list."""
    kind = type(first)
    if any(kind is each for each in _SETS) or type.__subclasscheck__(type, kind):
        return []
    found: list[object] = []
    seen = {id(first)}
    following: object | None = first
    while following is not None and len(found) < _MOST_LINKED:
        following = next(
            (each for each in _parts(following) if type(each) is kind and id(each) not in seen), None
        )
        if following is not None:
            seen.add(id(following))
            found.append(following)
    return found if len(found) >= steps.MIN_LINKED else []


def _parts(node: object) -> Iterator[object]:
    if type(node) is FunctionType:
        yield from (held for _name, held in closed_over(node))
        return
    for part in gc.get_referents(node):
        if type(part) is dict and is_namespace_of(part, node):
            yield from atomic_reads.values_of(part)
        else:
            yield part


def _unknown(found: object) -> wire.Step:
    kind = type(found)
    if kind is list and _is_of_atexit(found):
        return wire.Step(wire.StepKind.REGISTRY, "callbacks of atexit", "list", "atexit", "atexit")
    name = introspect.type_name(kind)
    return wire.Step(wire.StepKind.UNKNOWN, name, name, name, introspect.module_of_type(kind))


def _is_of_atexit(found: Any) -> bool:
    """Whether this is the list that atexit keeps from 3.14 on, and nothing in Python refers to."""
    return len(found) == atexit._ncallbacks() and all(
        type(each) is tuple and len(each) == 3 and callable(each[0]) for each in found[:8]
    )


def _bound(candidate: HolderCandidate, objects: list[object]) -> tuple[int | None, str | None]:
    """The most entries that the container or its owner allows, and what the owner calls that."""
    if candidate.is_slot:
        return None, None
    found = limits.bound_of(candidate.parent, objects[:-1])
    return (None, None) if found is None or found.most is None else found


def _defined_at(owners: list[object]) -> str | None:
    """`file:line` of a method of the class, or of the function, that the holder belongs to."""
    for owner in reversed(owners):
        kind = type(owner)
        if kind is dict:
            continue
        if kind is FunctionType:
            return _place(owner.__code__)  # type: ignore[attr-defined]
        if kind is interpreter_roots.FrameVariables:
            return _place(owner.frame.f_code)  # type: ignore[attr-defined]
        if interpreter_roots.is_hidden(owner):
            return None
        is_class = type.__subclasscheck__(type, kind)
        namespace = introspect.namespace_of_type(owner if is_class else kind)  # type: ignore[arg-type]
        for method in (namespace.get("__init__"), *atomic_reads.values_of(namespace)):
            if type(method) is FunctionType:
                return _place(method.__code__)
        return None
    return None


def _place(code: CodeType) -> str:
    return f"{code.co_filename}:{code.co_firstlineno}"
