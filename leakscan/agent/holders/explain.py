"""Which holders retain the memory that grew, and how much of it.

A leak hangs on references from old objects to new ones, so the candidates are collected first. Which
of them matter is measured in a forked copy, where nothing is traced: a walk over the new objects behind each
measures how much of each growing site it retains.
"""

import gc
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from leakscan import wire
from leakscan.agent.fork.copy import in_forked_copy
from leakscan.agent.heap import atomic_reads, introspect, lru_cache
from leakscan.agent.heap.containers import (
    AT_EXIT,
    base_of,
    is_in_bytes,
    length_of,
    max_entries_of,
    table_bytes_of,
)
from leakscan.agent.heap.object_size import size_of
from leakscan.agent.heap.referents import is_namespace_of
from leakscan.agent.heap.symbolize import Traceback
from leakscan.agent.holders.candidates import HolderCandidate, candidates_of, once
from leakscan.agent.holders.retained import Retained
from leakscan.agent.tracing.new_objects import NewObjects
from leakscan.agent.tracing.tracer import Tracing

MAX_HOLDERS = 24
"""Holders in an explanation; as many again that are containers which grow."""
MAX_SECONDS = 20
"""Seconds of processor time in which a forked copy measures what the candidates retain."""
MAX_SLOTS = 2
"""New objects of a container that did not get longer, up to which each is a holder of its own."""
_MIN_OF_C = 8
"""New references of one object that make it a container, though not one of Python's own."""
_MAX_TYPES = 4
"""Types of objects that nothing in Python refers to in an explanation."""
_ATOMS = (str, bytes, int, float, bool)


class Question(NamedTuple):
    """What is to be explained."""

    tracing: Tracing
    sites: list[Traceback]
    suspects: list[object]
    """Containers that grew call after call, to be named even if nothing traced hangs on them."""
    length_before: Callable[[int], int | None]
    """Length of a container when the tracing began, by address."""
    calls: int
    """Calls since then."""
    clock: Callable[[], float]


class Explanation(NamedTuple):
    """The holders, those that retain most first: what to tell of them, and what they are."""

    record: wire.Explained
    candidates: list[HolderCandidate]


def explain(question: Question) -> Explanation:
    """What retains the memory of the sites, most first, then the suspects that retain nothing of it."""
    started = question.clock()
    split = question.tracing.old_and_new()
    reused = {id(each) for each in split.reused}
    length_before = question.length_before
    # At the address of a container that is new there was another one, or none.
    question = question._replace(length_before=lambda at: None if at in reused else length_before(at))
    candidates = candidates_of(split, question.suspects, question.tracing.objects)
    # All that there is of them now; beside a large heap the list is large, too.
    split.old.clear()

    def measured_untraced() -> Iterator[wire.Record]:  # in a copy
        new = NewObjects(question.sites, split, _children_of(candidates))
        question.tracing.stop()
        yield _measured(candidates, new, question)

    answer = in_forked_copy(measured_untraced, seconds=MAX_SECONDS)
    if isinstance(answer, wire.Explained):
        record = answer
    else:
        in_process = NewObjects(question.sites, split, _children_of(candidates))
        record = _measured(candidates, in_process, question)
        record = record._replace(in_process_because=str(answer))
    split.forget()
    chosen = [_chosen(candidates[held.candidate], held.slot) for held in record.holders]
    return Explanation(record._replace(seconds=question.clock() - started), chosen)


def _children_of(candidates: list[HolderCandidate]) -> Iterator[list[object]]:
    return (candidate.children for candidate in candidates)


def _measured(candidates: list[HolderCandidate], new: NewObjects, question: Question) -> wire.Explained:
    """The candidates that retain most, or their places that do, with what they retain."""
    new.remember()
    whole = [(candidate, Retained.behind(candidate, new)) for candidate in candidates]
    lonely = _lonely(new.sample, new, [retained for _candidate, retained in whole])
    whole = [_with_lonely(candidate, retained, lonely, new) for candidate, retained in whole]
    heaviest = _heaviest(whole, question.suspects)
    owners = _owners_of_namespaces([candidate for candidate, _retained in heaviest])
    parts = [
        (part, retained if part is candidate else Retained.behind(part, new))
        for candidate, retained in heaviest
        for part in _slots(candidate, question.length_before, is_namespace=id(candidate.parent) in owners)
    ]
    measured = _heaviest(parts, question.suspects)
    every = [retained for _candidate, retained in measured]
    return wire.Explained(
        holders=tuple(
            _held_by(candidate, retained, every, _added(candidate, new), question)._replace(
                renewed=_renewed(candidate, new)
            )
            for candidate, retained in measured
        ),
        unheld=_unheld(new.sample, new, every),
        unreferred=_unreferred(lonely),
    )


def _chosen(candidate: HolderCandidate, slot: int | None) -> HolderCandidate:
    return candidate if slot is None else _slot(candidate, slot, once(candidate.children)[slot])


def _slot(candidate: HolderCandidate, slot: int, child: object) -> HolderCandidate:
    return HolderCandidate(candidate.parent, [child], is_slot=True, number=candidate.number, slot=slot)


def _heaviest(
    measured: list[tuple[HolderCandidate, Retained]], suspects: list[object]
) -> list[tuple[HolderCandidate, Retained]]:
    """The candidates that hold something of the sites or are suspects; heaviest first."""
    suspected = {id(each) for each in suspects}
    relevant = [
        (candidate, retained)
        for candidate, retained in measured
        if retained.objects or (not candidate.is_slot and id(candidate.parent) in suspected)
    ]
    relevant.sort(key=lambda pair: pair[1].weight, reverse=True)
    rest = [pair for pair in relevant[MAX_HOLDERS:] if id(pair[0].parent) in suspected]
    return relevant[:MAX_HOLDERS] + rest[:MAX_HOLDERS]


def _owners_of_namespaces(candidates: list[HolderCandidate]) -> set[int]:
    """Addresses of those parents that are the namespace of a module, a class or an instance."""
    dicts = [candidate.parent for candidate in candidates if type(candidate.parent) is dict]
    if not dicts:
        return set()
    referrers = gc.get_referrers(*dicts)
    return {
        id(each)
        for each in dicts
        for owner in referrers
        if owner is not dicts and is_namespace_of(each, owner)
    }


def _slots(
    candidate: HolderCandidate, length_before: Callable[[int], int | None], *, is_namespace: bool
) -> Iterator[HolderCandidate]:
    """The candidate itself where its entries grew in number, else one for each of its places that refers."""
    if candidate.is_slot:
        yield candidate
        return
    length = length_of(candidate.parent)
    before = length_before(id(candidate.parent))
    is_longer = length is not None and before is not None and length > before
    has_many_new = length is not None and not is_namespace and len(candidate.children) > MAX_SLOTS
    is_of_c = length is None and len(candidate.children) > _MIN_OF_C
    if is_longer or has_many_new or is_of_c or not candidate.children or is_in_bytes(candidate.parent):
        yield candidate
        return
    for slot, child in enumerate(once(candidate.children)):
        yield _slot(candidate, slot, child)


def held_untraced(candidate: HolderCandidate) -> wire.HeldBy:
    """What can be told of a holder beside which nothing was traced."""
    holder = candidate.children[0] if candidate.is_slot else candidate.parent
    return wire.HeldBy(
        address=id(candidate.parent),
        type="list" if holder is AT_EXIT else introspect.type_name(type(holder)),
        is_container=not candidate.is_slot,
        entries=_length(holder),
        entries_before=None,
        added=None,
        calls=0,
        bound=None if candidate.is_slot else max_entries_of(candidate.parent),
        capacity_bytes=_capacity(holder),
        shares=(),
        overlaps={},
        is_weak=_is_weak(candidate),
        in_bytes=is_in_bytes(holder) or type(holder) in (str, bytes),
        table_bytes=table_bytes_of(holder),
        candidate=candidate.number,
        slot=candidate.slot,
        base=_base(holder),
    )


def _held_by(
    candidate: HolderCandidate,
    retained: Retained,
    every: list[Retained],
    added: int | None,
    question: Question,
) -> wire.HeldBy:
    return held_untraced(candidate)._replace(
        entries_before=None if candidate.is_slot else question.length_before(id(candidate.parent)),
        added=None if candidate.is_slot else added,
        calls=question.calls,
        shares=retained.shares(),
        overlaps={
            str(number): round(share, 4)
            for number, other in enumerate(every)
            if other is not retained and (share := retained.shared_with(other)) > 0
        },
    )


def _capacity(holder: object) -> int:
    inner = lru_cache.inner_dict(holder) if type(holder) is lru_cache.LRU else None
    return size_of(holder if inner is None else inner)


def _base(holder: object) -> str:
    base = base_of(type(holder))
    return "" if base is None else introspect.type_name(base)


def _length(holder: object) -> int | None:
    length = length_of(holder)
    if length is None and type(holder) in (str, bytes, tuple, frozenset, atomic_reads.FROZEN_DICT):
        return len(holder)  # type: ignore[arg-type]
    return length


def _added(candidate: HolderCandidate, new: NewObjects) -> int | None:
    """Entries that came since the tracing began; None where no entry is new memory."""
    if not candidate.children or type(candidate.parent) is lru_cache.LRU:
        return None
    parent = candidate.parent
    if type.__subclasscheck__(dict, type(parent)):
        keys = new.new_among(atomic_reads.keys_of(parent))
        # A new value of a key that was there is no new entry; but keys may be older than the dict.
        return len(keys or new.new_among(atomic_reads.values_of(parent)))
    return len(candidate.children)


def _renewed(candidate: HolderCandidate, new: NewObjects) -> int:
    """Entries of a dict with a new value under an older key: it took the place of another."""
    parent = candidate.parent
    if candidate.is_slot or not type.__subclasscheck__(dict, type(parent)):
        return 0
    keys, values = atomic_reads.keys_of(parent), atomic_reads.values_of(parent)
    new_keys = set(map(id, new.new_among(keys)))
    # Keys may be older than the dict: then nothing tells what was replaced.
    if not new_keys:
        return 0
    older = [value for key, value in zip(keys, values, strict=False) if id(key) not in new_keys]
    return len(new.new_among(older))


def _is_weak(candidate: HolderCandidate) -> bool:
    """Whether the entries are mere weak references, with keys that are atoms."""
    others = [
        kind
        for child in candidate.children[:200]
        if not any((kind := type(child)) is atom for atom in _ATOMS)
    ]
    return bool(others) and all(type.__subclasscheck__(weakref.ref, kind) for kind in others)


def _unheld(sample: list[object], new: NewObjects, every: Iterable[Retained]) -> tuple[wire.SiteShare, ...]:
    """New tracked objects of the sites that hang on no old object."""
    held: set[int] = set().union(*(retained.sizes for retained in every))
    alone = Retained()
    for each in sample:
        if id(each) not in held:
            alone.count(each, new)
    return alone.shares()


def _lonely(sample: list[object], new: NewObjects, every: Iterable[Retained]) -> list[object]:
    """Those of the new tracked objects that hang on nothing old, nor on each other."""
    held: set[int] = set().union(*(retained.sizes for retained in every))
    unheld = [each for each in sample if id(each) not in held]
    below = {id(part) for each in unheld for part in gc.get_referents(each)}
    tops = [each for each in unheld if id(each) not in below]
    return [each for each in tops if _leads_to_growth(each, new)]


def _leads_to_growth(obj: object, new: NewObjects) -> bool:
    """Whether the object, or what it refers to directly, is of the growing sites."""
    return any(new.site_of(each) is not None for each in (obj, *new.parts_of(obj)))


def _with_lonely(
    candidate: HolderCandidate, retained: Retained, lonely: list[object], new: NewObjects
) -> tuple[HolderCandidate, Retained]:
    """What hangs on nothing belongs to a registry in C that grew; the experiment shows whether that is so."""
    if candidate.parent is not AT_EXIT or candidate.children:
        return candidate, retained
    given = candidate._replace(children=lonely)
    return given, Retained.behind(given, new)


def _unreferred(lonely: list[object]) -> tuple[wire.Unreferred, ...]:
    """How many references there are to objects to which nothing in Python refers, type by type."""
    by_type: dict[str, list[object]] = {}
    for each in lonely:
        by_type.setdefault(introspect.type_name(type(each)), []).append(each)
    most_first = sorted(by_type.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(
        wire.Unreferred(name, len(alike), _references(alike)) for name, alike in most_first[:_MAX_TYPES]
    )


def _references(alike: list[object]) -> int:
    """References to the middle one of the objects, those of the agent left out."""
    middle = alike[len(alike) // 2]
    # The referrers that Python sees are the agent's own lists; a loop variable counts as one, too.
    ours = len(gc.get_referrers(middle))
    plain = [object()]
    local = plain[0]
    held_by_locals = sys.getrefcount(local) - len(plain)
    return max(0, sys.getrefcount(middle) - held_by_locals - ours)
