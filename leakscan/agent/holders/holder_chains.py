"""The chain from a root to each holder, and what its owner tells of it: its bound, where it is defined.

Tracing is over by now: a walk over the heap makes many small objects, and each would be traced.
"""

import atexit
import gc
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from leakscan import wire
from leakscan.agent.heap import atomic_reads, entry_bounds, interpreter_roots, introspect
from leakscan.agent.heap.referents import closed_over, is_namespace_of
from leakscan.agent.holders.candidates import HolderCandidate
from leakscan.agent.holders.entry_summary import EntrySummary, summary_of_entries
from leakscan.agent.references import named_roots, search, steps
from leakscan.agent.references.c_registries import registries_among
from leakscan.agent.references.roots import NO_HOST, HeapPath, HostProcess, event_loop_step, root_at

_MAX_LINKED = 200_000
"""Nodes of a linked list that are counted."""
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


class HolderChain(NamedTuple):
    """How a holder is reached."""

    root: wire.Step
    objects: list[object]
    """From the root to the old object of the candidate."""
    shown: list[object]
    """From the root to what grows: the same, or on to the value of the one place that does."""


def chains_to(candidates: list[HolderCandidate], context: SearchContext) -> list[HolderChain]:
    """The chain to each candidate, in their order."""
    by_address = search.paths_to(
        [candidate.parent for candidate in candidates],
        target=context.target,
        setup_value=context.setup_value,
        event_loop=context.event_loop,
        own=context.own | {id(candidates)} | {id(candidate) for candidate in candidates},
        clock=context.clock,
        host=context.host,
    )
    paths = [by_address.get(id(each.parent)) or _path_of_root(each.parent) for each in candidates]
    unreached = [each.parent for each, path in zip(candidates, paths, strict=True) if path is None]
    if unreached:
        registries = zip(unreached, registries_among(unreached), strict=True)
        of_c = {id(each): HeapPath(root, [each]) for each, root in registries if root is not None}
        paths = [path or of_c.get(id(each.parent)) for each, path in zip(candidates, paths, strict=True)]
    return [_chain(each, path, context.event_loop) for each, path in zip(candidates, paths, strict=True)]


def named(candidates: list[HolderCandidate], chains: list[HolderChain]) -> tuple[wire.NamedHolder, ...]:
    """The steps of the chain to each candidate and what its owner tells of it, in their order."""
    at: dict[int, list[int]] = {}
    for number, candidate in enumerate(candidates):
        at.setdefault(id(candidate.parent), []).append(number)
    return tuple(
        _named(candidate, chain)._replace(through=_passed(chain, at))
        for candidate, chain in zip(candidates, chains, strict=True)
    )


def _passed(chain: HolderChain, at: dict[int, list[int]]) -> tuple[int, ...]:
    """The candidates at whose objects the chain passes before it ends, the nearest to the root first."""
    return tuple(number for each in chain.objects[:-1] for number in at.get(id(each), ()))


def _path_of_root(start: object) -> HeapPath | None:
    """The path to what only the interpreter keeps, which is a root itself; None to anything else."""
    root = root_at(start)
    return None if root is None else HeapPath(root.step, [start])


def _chain(candidate: HolderCandidate, path: HeapPath | None, event_loop: object) -> HolderChain:
    objects = [candidate.parent] if path is None else path.objects
    root = _unknown(candidate.parent) if path is None else path.root
    root, shown = _from_named_root(root, objects, event_loop)
    if candidate.is_slot and not candidate.alike:
        shown = [*shown, *candidate.children[:1]]
        shown.extend(_linked_to(shown[-1]))
    return HolderChain(root, objects, shown)


def _named(candidate: HolderCandidate, chain: HolderChain) -> wire.NamedHolder:
    bound, bound_name = _bound(candidate, chain.objects)
    inside = EntrySummary() if candidate.is_slot else summary_of_entries(candidate.parent)
    return wire.NamedHolder(
        steps=steps.steps(chain.shown, chain.root),
        bound=bound,
        bound_name=bound_name,
        defined_at=_defined_at(chain.objects[:-1]),
        entry_type=inside.type,
        entries_do=inside.do,
    )


def _from_named_root(
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
    linked: list[object] = []
    seen = {id(first)}
    following: object | None = first
    while following is not None and len(linked) < _MAX_LINKED:
        following = next(
            (each for each in _parts(following) if type(each) is kind and id(each) not in seen), None
        )
        if following is not None:
            seen.add(id(following))
            linked.append(following)
    return linked if len(linked) >= steps.MIN_LINKED else []


def _parts(node: object) -> Iterator[object]:
    if type(node) is FunctionType:
        yield from (held for _name, held in closed_over(node))
        return
    for part in gc.get_referents(node):
        if type(part) is dict and is_namespace_of(part, node):
            yield from atomic_reads.values_of(part)
        else:
            yield part


def _unknown(obj: object) -> wire.Step:
    kind = type(obj)
    if kind is list and _is_of_atexit(obj):
        return wire.Step(wire.StepKind.REGISTRY, "callbacks of atexit", "list", "atexit", "atexit")
    name = introspect.type_name(kind)
    return wire.Step(wire.StepKind.UNKNOWN, name, name, name, introspect.module_of_type(kind))


def _is_of_atexit(callbacks: Any) -> bool:
    """Whether this is the list that atexit keeps from 3.14 on, and nothing in Python refers to."""
    return len(callbacks) == atexit._ncallbacks() and all(
        type(each) is tuple and len(each) == 3 and callable(each[0]) for each in callbacks[:8]
    )


def _bound(candidate: HolderCandidate, objects: list[object]) -> tuple[int | None, str | None]:
    """How many entries the container or its owner allows, and what the owner calls that."""
    if candidate.is_slot:
        return None, None
    bound = entry_bounds.bound_of(candidate.parent, objects[:-1])
    return (None, None) if bound is None or bound.max_entries is None else bound


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
