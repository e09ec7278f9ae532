"""Objects that predate tracing and refer to objects allocated since: the candidate holders.

What was allocated since tracing began has a traceback. An old object that gained many references to new ones
is a container that grows, and one pass over the heap finds them all.
"""

import gc
import io
from _queue import SimpleQueue
from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from types import ModuleType
from typing import Any, NamedTuple

from leakscan.agent.heap import census, interpreter_roots, introspect, lru_cache
from leakscan.agent.heap.chunks import referents_in_chunks
from leakscan.agent.heap.containers import base_of, is_open, measure_of
from leakscan.agent.heap.referents import is_namespace_of, namespace_among, referents
from leakscan.agent.references.roots import roots_of_interpreter
from leakscan.agent.tracing.allocations import TracedObjects, traceback_of
from leakscan.agent.tracing.new_objects import MAX_TUPLE_DEPTH
from leakscan.agent.tracing.tracer import Split

_MIN_NODES = 4
"""Candidates of one type that refer to others of it, from which on they are the nodes of one structure."""
_INNER: dict[type, type] = {lru_cache.LRU: dict, SimpleQueue: list}
"""Containers that keep their entries in another one, of this type."""


class HolderCandidate(NamedTuple):
    """An old object, and new ones that it refers to directly."""

    parent: object
    children: list[object]
    is_slot: bool = False
    """Whether what grows is the value in one place, not the number of places."""
    alike: "tuple[HolderCandidate, ...]" = ()
    """Further candidates of the same kind, where a structure grows at many of its nodes."""
    number: int = 0
    """Its place among all candidates."""
    slot: int | None = None
    """The place of its one child among those of the candidate with that number; None: all of them."""


def candidates_of(split: Split, suspects: list[object], traced: TracedObjects) -> list[HolderCandidate]:
    """Every old object that refers to new ones, and the suspects in any case; each with its number."""
    candidates = _of_texts(_referring_to_new(split, suspects, traced), suspects, split)
    owners = _owners_of_namespaces(candidates, suspects, split.old)
    candidates = _with_nodes_folded(candidates, owners, traced)
    return [candidate._replace(number=number) for number, candidate in enumerate(candidates)]


def _referring_to_new(split: Split, suspects: list[object], traced: TracedObjects) -> list[HolderCandidate]:
    candidates, owners = _old_referring_to_new(split, traced)
    for root in roots_of_interpreter():
        _add_candidate(candidates, root.start, traced)
    for parent in split.reused:
        _add_candidate(candidates, parent, traced)
    referring = {id(candidate.parent) for candidate in candidates}
    for suspect in suspects:
        # Its new keys, if they are strings, did not show among the referents of its chunk.
        if id(suspect) not in referring:
            _add_candidate(candidates, suspect, traced)
    candidates, inside = _of_owners(_without_reused(candidates, traced), owners)
    included = {id(candidate.parent) for candidate in candidates} | inside
    candidates.extend(HolderCandidate(each, []) for each in suspects if id(each) not in included)
    return candidates


def _old_referring_to_new(split: Split, traced: TracedObjects) -> tuple[list[HolderCandidate], list[object]]:
    """The old objects that refer to new ones, and those old ones that keep their entries in another one."""
    candidates: list[HolderCandidate] = []
    owners: list[object] = []
    young = {id(each) for each in split.new if type(each) is dict or type(each) is tuple}
    long_before: object = None
    for some, children in referents_in_chunks(split.old):
        if some and some[0] is long_before:
            # Another part of a long list, all of whose references have been looked at by now.
            continue
        owners.extend([each for each in some if type(each) is lru_cache.LRU or type(each) is SimpleQueue])
        if traced.has_targets_own(children) or _untraced_of_new(children, young, traced):
            for parent in some:
                _add_candidate(candidates, parent, traced, young)
            long_before = some[0] if len(some) == 1 else None
        loose = [each for each in children if type(each) is dict and not gc.is_tracked(each)]
        if loose and traced.has_new(gc.get_referents(*loose)):
            for parent in once(loose):
                if traceback_of(parent) is None:
                    _add_candidate(candidates, parent, traced)
    return candidates, owners


def _of_owners(
    candidates: list[HolderCandidate], owners: list[object]
) -> tuple[list[HolderCandidate], set[int]]:
    """The candidates, those of an inner container given to its owner; and the addresses of the inner ones.

    The dict inside an `lru_cache` and the list inside a `SimpleQueue` have no name in a program.
    """
    by_parent = {id(candidate.parent): candidate for candidate in candidates}
    inside: set[int] = set()
    for owner in owners:
        for part in gc.get_referents(owner):
            if type(part) is _INNER[type(owner)] and not is_namespace_of(part, owner):
                inside.add(id(part))
                inner = by_parent.pop(id(part), None)
                if inner is not None:
                    of_owner = by_parent.get(id(owner))
                    children = [] if of_owner is None else of_owner.children
                    by_parent[id(owner)] = HolderCandidate(owner, children + inner.children)
    return list(by_parent.values()), inside


def _of_texts(
    candidates: list[HolderCandidate], suspects: list[object], split: Split
) -> list[HolderCandidate]:
    """The candidates, those of the list that a `StringIO` collects its text in (up to 3.11) given to it.

    No reference that Python sees leads from the one to the other: they are matched by the length of the text.
    """
    texts: list[Any] = [each for each in suspects if base_of(type(each)) is io.StringIO]
    by_length = {io.StringIO.tell(text): text for text in texts if is_open(text)}
    if not by_length:
        return candidates
    own = {id(suspects), *map(id, split)}
    owners = {
        id(candidate): by_length.get(_text_length(candidate.parent))
        for candidate in candidates
        if type(candidate.parent) is list and not _has_referrers(candidate.parent, own)
    }
    given = {id(owner) for owner in owners.values() if owner is not None}
    return [
        candidate if owner is None else HolderCandidate(owner, candidate.children)
        for candidate in candidates
        if id(candidate.parent) not in given
        for owner in [owners.get(id(candidate))]
    ]


def _text_length(parts: list[Any]) -> int:
    return sum(map(len, parts)) if all(type(each) is str for each in parts) else -1


def _has_referrers(obj: object, own: set[int]) -> bool:
    return any(type(each) is not HolderCandidate and id(each) not in own for each in gc.get_referrers(obj))


def _without_reused(candidates: list[HolderCandidate], traced: TracedObjects) -> list[HolderCandidate]:
    """The candidates by those that really are old: a tuple that refers to a new object is as new as that.

    It only looks old because its block was taken from a free list that had been filled before the tracing.
    """
    by_parent = {id(candidate.parent): candidate for candidate in candidates}
    for _ in range(MAX_TUPLE_DEPTH):
        reused = {
            address: candidate
            for address, candidate in by_parent.items()
            if type.__subclasscheck__(tuple, type(candidate.parent))
        }
        if not reused:
            break
        # A list would be copied to a tuple, which Python 3.13 gives as a referrer.
        tuples = tuple(candidate.parent for candidate in reused.values())
        for address in reused:
            del by_parent[address]
        for parent in gc.get_referrers(*tuples):
            if parent is tuples or parent is candidates or traced.new_among([parent]):
                continue
            through = [each for each in gc.get_referents(parent) if id(each) in reused]
            of_parent = by_parent.get(id(parent))
            children = [] if of_parent is None else of_parent.children
            inner = [child for each in once(through) for child in reused[id(each)].children]
            by_parent[id(parent)] = HolderCandidate(parent, children + inner)
    return list(by_parent.values())


def _owners_of_namespaces(
    candidates: list[HolderCandidate], suspects: list[object], old: list[object]
) -> dict[int, object]:
    """The instance whose attributes are in a candidate, by the address of that; nodes of a structure may be.

    An instance whose `__dict__` was asked for keeps its attributes there. They are its own all the same, but
    where the dict grows call after call: that is a container.
    """
    suspected = set(map(id, suspects))
    dicts = [each for each in candidates if type(each.parent) is dict and id(each.parent) not in suspected]
    held = Counter(
        kind for each in dicts for kind in {id(type(child)) for child in each.children if _may_be_node(child)}
    )
    if not any(number >= _MIN_NODES for number in held.values()):
        return {}
    addresses = {id(each.parent) for each in dicts}
    owners: dict[int, object] = {}
    for some, referred in referents_in_chunks(old):
        if addresses.isdisjoint([id(each) for each in referred if type(each) is dict]):
            continue
        for owner in filter(_may_be_node, some):
            parts = [each for each in gc.get_referents(owner) if type(each) is dict and id(each) in addresses]
            namespace = namespace_among(owner, parts)
            if namespace is not None:
                owners[id(namespace)] = owner
    return owners


def _may_be_node(obj: object) -> bool:
    kind = type(obj)
    return (
        introspect.may_have_dict(kind)
        and measure_of(kind) is None
        and not type.__subclasscheck__(ModuleType, kind)
    )


def _with_nodes_folded(
    candidates: list[HolderCandidate], owners: dict[int, object], traced: TracedObjects
) -> list[HolderCandidate]:
    """The candidates, many nodes of one type as one: a tree that grows has no container that does.

    A namespace is its owner here.
    """
    by_type: dict[int, dict[int, HolderCandidate]] = {}
    for candidate in candidates:
        node = owners.get(id(candidate.parent), candidate.parent)
        if measure_of(type(node)) is None:
            alike = by_type.setdefault(id(type(node)), {})
            children = alike[id(node)].children if id(node) in alike else []
            alike[id(node)] = HolderCandidate(node, children + candidate.children)
    nodes: dict[int, list[HolderCandidate]] = {}
    for kind, alike in by_type.items():
        if len(alike) >= _MIN_NODES:
            seen = [_seen_through(candidate, traced) for candidate in alike.values()]
            if any(id(type(child)) == kind for candidate in seen for child in candidate.children):
                nodes[kind] = seen
    folded = [
        candidate
        for candidate in candidates
        if id(type(owners.get(id(candidate.parent), candidate.parent))) not in nodes
    ]
    for first, *others in nodes.values():
        children = once(child for candidate in (first, *others) for child in candidate.children)
        folded.append(HolderCandidate(first.parent, children, is_slot=True, alike=tuple(others)))
    return folded


def _seen_through(candidate: HolderCandidate, traced: TracedObjects) -> HolderCandidate:
    """The candidate; where its namespace is new, with what is new in that."""
    namespace = namespace_among(candidate.parent, candidate.children)
    if namespace is None:
        return candidate
    others = [child for child in candidate.children if child is not namespace]
    return candidate._replace(children=others + traced.targets_own_among(referents(namespace)))


def _add_candidate(
    candidates: list[HolderCandidate],
    parent: object,
    traced: TracedObjects,
    young: AbstractSet[int] = frozenset(),
) -> None:
    """Add it, if it refers to new objects; `young` are addresses as for `_untraced_of_new`."""
    if id(parent) == census.INTERNED_STRINGS:
        return
    parts = referents(parent)
    children = traced.targets_own_among(parts)
    untraced = _untraced_of_new(parts, young, traced)
    children.extend(each for each in untraced if type(each) is tuple)
    is_own = introspect.module_of_type(type(parent)).startswith("leakscan.")
    if is_own and not interpreter_roots.is_hidden(parent):
        return
    if children:
        candidates.append(HolderCandidate(parent, children))
    dicts = [each for each in untraced if type(each) is dict]
    namespace = namespace_among(parent, dicts) if dicts else None
    if namespace is not None:
        _add_candidate(candidates, namespace, traced)


def _untraced_of_new(objects: list[object], young: AbstractSet[int], traced: TracedObjects) -> list[object]:
    """Those that refer to new objects and have no traceback, though the collector did not track them before.

    A block from a free list has none, and a dict of atoms becomes tracked with the first object that is put
    there, however old it is. `young` are the addresses of what is tracked since the tracing began.
    """
    # Only what may be such is asked for its address: that is a new object, and those are slow here.
    inner = [each for each in objects if type(each) is dict or type(each) is tuple]
    if not young or not inner or not traced.has_targets_own(gc.get_referents(*inner)):
        return []
    return [
        each
        for each in inner
        if id(each) in young and traceback_of(each) is None and traced.has_targets_own(gc.get_referents(each))
    ]


def once(objects: Iterable[object]) -> list[object]:
    """Each of the objects once, in the order of the first time."""
    return list({id(each): each for each in objects}.values())
