"""Who refers to the memory that grew.

A leak hangs on references from old objects to new ones, so the grips are found first. Which of them matter is
weighed in a forked copy, where nothing is traced: a walk over the new objects behind each tells how much of
each growing site it holds.
"""

import gc
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from leakscan import wire
from leakscan.agent.experiments import release
from leakscan.agent.fork.copy import in_forked_copy
from leakscan.agent.heap import atomic_reads, census, introspect, lru_cache
from leakscan.agent.holders.candidates import Grip, grips_of, once
from leakscan.agent.holders.retained import Load, Seen, size_of
from leakscan.agent.references import steps
from leakscan.agent.tracing import tracer

MOST_HOLDERS = 24
SECONDS_TO_WEIGH = 20
"""Most that a forked copy may take for it."""
MOST_SLOTS = 2
_LEAST_OF_C = 8
"""New references of one object that make it a container, though not one of Python's own."""
_MOST_TYPES = 4
_ATOMS = (str, bytes, int, float, bool)


class Question(NamedTuple):
    """What is to be explained."""

    sites: list[tracer.Traceback]
    suspects: list[object]
    """Containers that grew call after call, to be named even if nothing traced hangs on them."""
    length_before: Callable[[int], int | None]
    """Length of a container when the tracing began, by address."""
    calls: int
    """Calls since then."""
    clock: Callable[[], float]


class Explanation(NamedTuple):
    """The holders by weight: what to tell of them, and how to empty them."""

    record: wire.Explained
    grips: list[Grip]
    cuts: list[release.Cut | None]


def explain(question: Question) -> Explanation:
    """What holds the sites, heaviest first, then the suspects that hold nothing of them."""
    started = question.clock()
    split = tracer.old_and_new()
    reused = {id(each) for each in split.reused}
    length_before = question.length_before
    # At the address of a container that is new there was another one, or none.
    question = question._replace(length_before=lambda at: None if at in reused else length_before(at))
    grips = grips_of(split, question.suspects)
    # All that there is of them now; beside a large heap the list is large, too.
    split.old.clear()

    def weigh_untraced() -> Iterator[wire.Record]:
        seen = Seen(question.sites, split, grips)
        tracer.stop()
        yield _weighed(grips, seen, question)

    answer = in_forked_copy(weigh_untraced, seconds=SECONDS_TO_WEIGH)
    if isinstance(answer, wire.Explained):
        record = answer
    else:
        record = _weighed(grips, Seen(question.sites, split, grips), question)
        record = record._replace(in_process_because=str(answer))
    split.forget()
    chosen = [_chosen(grips[held.grip], held.slot) for held in record.holders]
    return Explanation(
        record._replace(seconds=question.clock() - started), chosen, [_cut(grip) for grip in chosen]
    )


def _weighed(grips: list[Grip], seen: Seen, question: Question) -> wire.Explained:
    """The heaviest of the grips, or of their places, with what they hold."""
    seen.remember()
    whole = [(grip, Load.behind(grip, seen)) for grip in grips]
    lonely = _lonely(seen.sample, seen, [load for _grip, load in whole])
    whole = [_with_lonely(grip, load, lonely, seen) for grip, load in whole]
    heaviest = _heaviest(whole, question.suspects)
    owners = _owners_of_namespaces([grip for grip, _load in heaviest])
    parts = [
        (part, load if part is grip else Load.behind(part, seen))
        for grip, load in heaviest
        for part in _slots(grip, question.length_before, is_namespace=id(grip.parent) in owners)
    ]
    loaded = _heaviest(parts, question.suspects)
    loads = [load for _grip, load in loaded]
    return wire.Explained(
        holders=tuple(_held_by(grip, load, loads, seen, question) for grip, load in loaded),
        unheld=_unheld(seen.sample, seen, loads),
        unreferred=_unreferred(lonely),
    )


def _chosen(grip: Grip, slot: int | None) -> Grip:
    return grip if slot is None else _slot(grip, slot, once(grip.children)[slot])


def _slot(grip: Grip, slot: int, child: object) -> Grip:
    return Grip(grip.parent, [child], is_slot=True, number=grip.number, slot=slot)


def _heaviest(loaded: list[tuple[Grip, Load]], suspects: list[object]) -> list[tuple[Grip, Load]]:
    """The grips that hold something of the sites or are suspects; heaviest first."""
    suspected = {id(each) for each in suspects}
    relevant = [
        (grip, load)
        for grip, load in loaded
        if load.objects or (not grip.is_slot and id(grip.parent) in suspected)
    ]
    relevant.sort(key=lambda pair: pair[1].weight, reverse=True)
    rest = [pair for pair in relevant[MOST_HOLDERS:] if id(pair[0].parent) in suspected]
    return relevant[:MOST_HOLDERS] + rest[:MOST_HOLDERS]


def _owners_of_namespaces(grips: list[Grip]) -> set[int]:
    """Addresses of those parents that are the namespace of a module, a class or an instance."""
    dicts = [grip.parent for grip in grips if type(grip.parent) is dict]
    if not dicts:
        return set()
    referrers = gc.get_referrers(*dicts)
    return {
        id(each)
        for each in dicts
        for owner in referrers
        if owner is not dicts and steps.is_namespace_of(each, owner)
    }


def _slots(grip: Grip, length_before: Callable[[int], int | None], *, is_namespace: bool) -> Iterator[Grip]:
    """The grip itself where its entries grew in number, else one grip for each place that it grips with."""
    if grip.is_slot:
        yield grip
        return
    length = census.length_of(grip.parent)
    before = length_before(id(grip.parent))
    is_longer = length is not None and before is not None and length > before
    is_turned_over = length is not None and not is_namespace and len(grip.children) > MOST_SLOTS
    is_of_c = length is None and len(grip.children) > _LEAST_OF_C
    if is_longer or is_turned_over or is_of_c or not grip.children or census.is_in_bytes(grip.parent):
        yield grip
        return
    for slot, child in enumerate(once(grip.children)):
        yield _slot(grip, slot, child)


def _held_by(grip: Grip, load: Load, loads: list[Load], seen: Seen, question: Question) -> wire.HeldBy:
    holder = grip.children[0] if grip.is_slot else grip.parent
    return wire.HeldBy(
        address=id(grip.parent),
        type="list" if holder is census.AT_EXIT else introspect.type_name(type(holder)),
        is_container=not grip.is_slot,
        entries=_length(holder),
        entries_before=None if grip.is_slot else question.length_before(id(grip.parent)),
        added=None if grip.is_slot else _added(grip, seen),
        calls=question.calls,
        bound=None if grip.is_slot else census.bound_of(grip.parent),
        capacity_bytes=_capacity(holder),
        shares=load.shares(),
        overlaps={
            str(number): round(share, 4)
            for number, other in enumerate(loads)
            if other is not load and (share := load.shared_with(other)) > 0
        },
        is_weak=_is_weak(grip),
        in_bytes=census.is_in_bytes(holder) or type(holder) in (str, bytes),
        table_bytes=census.table_bytes_of(holder),
        grip=grip.number,
        slot=grip.slot,
        base=_base(holder),
    )


def _capacity(holder: object) -> int:
    inner = lru_cache.inner_dict(holder) if type(holder) is lru_cache.LRU else None
    return size_of(holder if inner is None else inner)


def _base(holder: object) -> str:
    base = census.base_of(type(holder))
    return "" if base is None else introspect.type_name(base)


def _length(holder: object) -> int | None:
    length = census.length_of(holder)
    if length is None and type(holder) in (str, bytes, tuple, frozenset, atomic_reads.FROZEN_DICT):
        return len(holder)  # type: ignore[arg-type]
    return length


def _added(grip: Grip, seen: Seen) -> int | None:
    """Entries that came since the tracing began; None where no entry is new memory."""
    if not grip.children or type(grip.parent) is lru_cache.LRU:
        return None
    parent = grip.parent
    if type.__subclasscheck__(dict, type(parent)):
        keys = seen.new_among(atomic_reads.keys_of(parent))
        # A new value of a key that was there is no new entry; but keys may be older than the dict.
        return len(keys or seen.new_among(atomic_reads.values_of(parent)))
    return len(grip.children)


def _is_weak(grip: Grip) -> bool:
    """Whether the entries are mere weak references, with keys that are atoms."""
    others = [
        kind for child in grip.children[:200] if not any((kind := type(child)) is atom for atom in _ATOMS)
    ]
    return bool(others) and all(type.__subclasscheck__(weakref.ref, kind) for kind in others)


def _cut(grip: Grip) -> release.Cut | None:
    if not grip.is_slot:
        return release.emptying(grip.parent) or release.severing_above(grip.parent)
    actions = [
        cut
        for each in (grip, *grip.alike)
        for child in (each.children if grip.alike else each.children[:1])
        if (cut := release.severing([each.parent, child])) is not None
    ]
    return partial(release.do_all, actions) if actions else release.severing_above(grip.parent)


def _unheld(new: list[object], seen: Seen, loads: Iterable[Load]) -> tuple[wire.SiteShare, ...]:
    """New tracked objects of the sites that hang on no old object."""
    held: set[int] = set().union(*(load.sizes for load in loads))
    alone = Load()
    for found in new:
        if id(found) not in held:
            alone.count(found, seen)
    return alone.shares()


def _lonely(new: list[object], seen: Seen, loads: Iterable[Load]) -> list[object]:
    """Those of the new tracked objects that hang on nothing old, nor on each other."""
    held: set[int] = set().union(*(load.sizes for load in loads))
    unheld = [found for found in new if id(found) not in held]
    below = {id(part) for found in unheld for part in gc.get_referents(found)}
    tops = [found for found in unheld if id(found) not in below]
    return [found for found in tops if _leads_to_growth(found, seen)]


def _leads_to_growth(found: object, seen: Seen) -> bool:
    """Whether the object, or what it refers to directly, is of the growing sites."""
    return any(seen.site_of(each) is not None for each in (found, *seen.parts_of(found)))


def _with_lonely(grip: Grip, load: Load, lonely: list[object], seen: Seen) -> tuple[Grip, Load]:
    """What hangs on nothing belongs to a registry in C that grew; the experiment tells whether that is so."""
    if grip.parent is not census.AT_EXIT or grip.children:
        return grip, load
    given = grip._replace(children=lonely)
    return given, Load.behind(given, seen)


def _unreferred(lonely: list[object]) -> tuple[wire.Unreferred, ...]:
    """How many references there are to objects to which nothing in Python refers, type by type."""
    by_type: dict[str, list[object]] = {}
    for found in lonely:
        by_type.setdefault(introspect.type_name(type(found)), []).append(found)
    most_first = sorted(by_type.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(
        wire.Unreferred(kind, len(found), _references(found)) for kind, found in most_first[:_MOST_TYPES]
    )


def _references(alike: list[object]) -> int:
    """References to the middle one of the objects, those of the agent left out."""
    found = alike[len(alike) // 2]
    # The referrers that Python sees are the agent's own lists; a loop variable counts as one, too.
    ours = len(gc.get_referrers(found))
    plain = [object()]
    look = plain[0]
    held_by_locals = sys.getrefcount(look) - len(plain)
    return max(0, sys.getrefcount(found) - held_by_locals - ours)
