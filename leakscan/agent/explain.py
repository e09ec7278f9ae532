"""Who refers to the memory that grew.

Tracing tells old objects from new ones: what was allocated since it began has a traceback. A leak hangs on
references from old objects to new ones, and an old object that gained many of them is a container that
grows. So one pass over the heap finds every old object that refers to a new one, and a walk over the new
objects behind it tells how much of each growing site it holds.
"""

import gc
import io
import sys
import weakref
from _queue import SimpleQueue
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from leakscan import wire
from leakscan.agent import census, cuts, links, names, paths, tracing
from leakscan.agent.forked import in_forked_copy

MOST_HOLDERS = 24
MOST_WALKED = 12_000
MOST_NEW = 4_000
MOST_READ = 200_000
"""New tracked objects that are asked where they were made; of more, a part."""
SECONDS_TO_WEIGH = 20
"""Most that a forked copy may take for it."""
MOST_SLOTS = 2
_CHUNK = 256
_DEEPEST_TUPLES = 4
_LEAST_NODES = 4
_LEAST_OF_C = 8
"""New references of one object that make it a container, though not one of Python's own."""
_LOOKED_AT = 1_500
_MOST_TYPES = 4
_OLD, _OF_NO_SITE = -2, -1
_NOWHERE: tracing.Traceback = (("", 0),)
_GC_HEAD_BYTES = 16
_INNER: dict[type, type] = {links.LRU: dict, SimpleQueue: list}
"""Containers that keep their entries in another one, of this type."""
_ATOMS = (str, bytes, int, float, bool)


class Grip(NamedTuple):
    """An old object, and new ones that it refers to directly."""

    parent: object
    children: list[object]
    is_slot: bool = False
    """Whether what grows is the value in one place, not the number of places."""
    alike: "tuple[Grip, ...]" = ()
    """Further grips of the same kind, where a structure grows at many of its nodes."""
    number: int = 0
    """Its place among all grips."""
    slot: int | None = None
    """The place of its one child among those of the grip with that number; None: all of them."""


class Seen:
    """Which objects are new, and of which growing site: all that the tracer is asked, asked at once.

    What looks at the new objects afterwards makes many objects itself, and may do so where none is traced.
    """

    def __init__(self, sites: list[tracing.Traceback], split: tracing.Split, grips: list[Grip]) -> None:
        self.sample = _targets_own(split.new[:: max(1, len(split.new) // MOST_NEW)])
        """Some of the new tracked objects."""
        index = {traceback: number for number, traceback in enumerate(sites)}
        tracked = len(split.new)
        found = list(split.new)
        for grip in grips:
            found.extend(grip.children)
        parts = _untracked_parts(split.new)
        inner = _untracked_containers(found[tracked:]) + _untracked_containers(parts)
        found.extend(parts)
        for _ in range(_DEEPEST_TUPLES):
            parts = _untracked_parts(inner)
            found.extend(parts)
            inner = _untracked_containers(parts)
        stride = max(1, tracked // MOST_READ)
        # Numbers, not objects, so that next to nothing is allocated while each allocation is traced.
        numbers = array("q", [_OF_NO_SITE]) * tracked + array("q", [_OLD]) * (len(found) - tracked)
        for place, each in enumerate(found):
            if place < tracked and place % stride:
                continue
            traceback = tracing.traceback_of(each)
            if traceback is not None:
                numbers[place] = index.get(traceback, _OF_NO_SITE)
        self._found = found
        self._numbers = numbers
        self._site_of: dict[int, int] = {}
        self._parts: dict[int, list[object]] = {}

    def remember(self) -> None:
        """Make what was read ready to be asked for."""
        self._site_of = {
            id(each): number
            for each, number in zip(self._found, self._numbers, strict=True)
            if number != _OLD
        }
        self._found.clear()

    def new_among(self, objects: Iterable[object]) -> list[object]:
        """Those that were allocated since the tracing began."""
        return [each for each in objects if id(each) in self._site_of]

    def parts_of(self, found: object) -> list[object]:
        """The new objects that it refers to directly."""
        parts = self._parts.get(id(found))
        if parts is None:
            parts = self._parts[id(found)] = self.new_among(links.referents(found))
        return parts

    def site_of(self, found: object) -> int | None:
        """Its growing site; None if it has none."""
        number = self._site_of.get(id(found), _OLD)
        return number if number >= 0 else None


def _untracked_parts(objects: Iterable[object]) -> list[object]:
    found: list[object] = []
    for each in objects:
        found.extend([part for part in links.referents(each) if not gc.is_tracked(part)])
    return found


def _untracked_containers(objects: Iterable[object]) -> list[object]:
    """The new dicts and tuples of atoms among the objects: what they hold is new as well."""
    containers = [
        each for each in objects if (type(each) is dict or type(each) is tuple) and not gc.is_tracked(each)
    ]
    return _once(each for each in containers if tracing.traceback_of(each) is not None)


class Load:
    """The new objects behind a grip: how much of each growing site they are."""

    def __init__(self) -> None:
        self.addresses: set[int] = set()
        self.objects: Counter[int] = Counter()
        self.bytes: Counter[int] = Counter()
        self.types: dict[int, Counter[str]] = {}

    @classmethod
    def behind(cls, grip: Grip, seen: Seen) -> "Load":
        """All new objects that the grip leads to; of many, a part is looked at closely."""
        self = cls()
        reached: list[object] = []
        stack = list(grip.children)
        while stack and len(reached) < MOST_WALKED:
            found = stack.pop()
            if id(found) in self.addresses:
                continue
            self.addresses.add(id(found))
            reached.append(found)
            stack.extend(each for each in seen.parts_of(found) if gc.is_tracked(each))
        stride = max(1, len(reached) // _LOOKED_AT)
        for found in reached[::stride]:
            self.count(found, seen, stride)
            for part in seen.parts_of(found):
                if not gc.is_tracked(part) and id(part) not in self.addresses:
                    self.addresses.add(id(part))
                    self.count(part, seen, stride)
        return self

    def count(self, found: object, seen: Seen, stands_for: int = 1) -> None:
        """Add an object, if its site grows, and the others that it stands for."""
        site = seen.site_of(found)
        if site is not None:
            self.objects[site] += stands_for
            self.bytes[site] += stands_for * _size(found)
            self.types.setdefault(site, Counter())[names.type_name(type(found))] += stands_for

    @property
    def weight(self) -> tuple[int, int]:
        """Bytes, then objects, of the growing sites."""
        return self.bytes.total(), self.objects.total()

    def shared_with(self, other: "Load") -> float:
        """Share of these objects that hang on the other, too."""
        if not self.addresses:
            return 0.0
        return len(self.addresses & other.addresses) / len(self.addresses)

    def shares(self) -> tuple[wire.SiteShare, ...]:
        """What is held of each site, by site."""
        return tuple(
            wire.SiteShare(site, count, self.bytes[site], dict(self.types[site].most_common(8)))
            for site, count in sorted(self.objects.items())
        )


class Question(NamedTuple):
    """What is to be explained."""

    sites: list[tracing.Traceback]
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
    cuts: list[cuts.Cut | None]


def explain(question: Question) -> Explanation:
    """What holds the sites, heaviest first, then the suspects that hold nothing of them."""
    started = question.clock()
    split = tracing.old_and_new()
    reused = {id(each) for each in split.reused}
    length_before = question.length_before
    # At the address of a container that is new there was another one, or none.
    question = question._replace(length_before=lambda at: None if at in reused else length_before(at))
    grips = _with_nodes_folded(_of_texts(_grips(split, question.suspects), question.suspects, split))
    grips = [grip._replace(number=number) for number, grip in enumerate(grips)]

    def weigh_untraced() -> wire.Record:
        gc.disable()
        seen = Seen(question.sites, split, grips)
        tracing.stop()
        return _weighed(grips, seen, question)

    record = in_forked_copy(weigh_untraced, seconds=SECONDS_TO_WEIGH)
    if not isinstance(record, wire.Explained):
        record = _weighed(grips, Seen(question.sites, split, grips), question)
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
    return grip if slot is None else _slot(grip, slot, _once(grip.children)[slot])


def _slot(grip: Grip, slot: int, child: object) -> Grip:
    return Grip(grip.parent, [child], is_slot=True, number=grip.number, slot=slot)


def _grips(split: tracing.Split, suspects: list[object]) -> list[Grip]:
    """Every old object that refers to new ones, and the suspects in any case."""
    grips: list[Grip] = []
    owners: list[object] = []
    old = split.old
    for start in range(0, len(old), _CHUNK):
        chunk = old[start : start + _CHUNK]
        owners.extend([each for each in chunk if type(each) is links.LRU or type(each) is SimpleQueue])
        referents = gc.get_referents(*chunk)
        if tracing.has_targets_own(referents):
            for parent in chunk:
                _add_grip(grips, parent)
        loose = [each for each in referents if type(each) is dict and not gc.is_tracked(each)]
        if loose and tracing.new_among(gc.get_referents(*loose)):
            for parent in _once(loose):
                if tracing.traceback_of(parent) is None:
                    _add_grip(grips, parent)
    for root in paths.hidden_roots():
        _add_grip(grips, root.start)
    for parent in split.reused:
        _add_grip(grips, parent)
    for suspect in suspects:
        # Its new keys, if they are strings, did not show among the referents of its chunk.
        _add_grip(grips, suspect)
    grips, inside = _of_owners(_without_reused(grips), owners)
    known = {id(grip.parent) for grip in grips} | inside
    grips.extend(Grip(each, []) for each in suspects if id(each) not in known)
    return grips


def _of_owners(grips: list[Grip], owners: list[object]) -> tuple[list[Grip], set[int]]:
    """The grips, those of an inner container given to its owner; and the addresses of the inner ones.

    The dict inside an `lru_cache` and the list inside a `SimpleQueue` are nothing that a program knows.
    """
    by_parent = {id(grip.parent): grip for grip in grips}
    inside: set[int] = set()
    for owner in owners:
        for part in gc.get_referents(owner):
            if type(part) is _INNER[type(owner)] and not links.is_namespace_of(part, owner):
                inside.add(id(part))
                inner = by_parent.pop(id(part), None)
                if inner is not None:
                    known = by_parent.get(id(owner))
                    children = [] if known is None else known.children
                    by_parent[id(owner)] = Grip(owner, children + inner.children)
    return list(by_parent.values()), inside


def _of_texts(grips: list[Grip], suspects: list[object], split: tracing.Split) -> list[Grip]:
    """The grips, those of the list that a `StringIO` collects its text in (up to 3.11) given to it.

    No reference that Python sees leads from the one to the other: they are known by the length of the text.
    """
    texts: list[Any] = [each for each in suspects if census.base_of(type(each)) is io.StringIO]
    by_length = {io.StringIO.tell(text): text for text in texts if census.is_open(text)}
    if not by_length:
        return grips
    own = {id(suspects), *map(id, split)}
    owners = {
        id(grip): by_length.get(_text_length(grip.parent))
        for grip in grips
        if type(grip.parent) is list and not _has_referrers(grip.parent, own)
    }
    given = {id(owner) for owner in owners.values() if owner is not None}
    return [
        grip if owner is None else Grip(owner, grip.children)
        for grip in grips
        if id(grip.parent) not in given
        for owner in [owners.get(id(grip))]
    ]


def _text_length(pieces: list[Any]) -> int:
    return sum(map(len, pieces)) if all(type(each) is str for each in pieces) else -1


def _has_referrers(found: object, own: set[int]) -> bool:
    return any(type(each) is not Grip and id(each) not in own for each in gc.get_referrers(found))


def _without_reused(grips: list[Grip]) -> list[Grip]:
    """The grips by those that really are old: a tuple that refers to a new object is as new as that.

    It only looks old because its block was taken from a free list that had been filled before the tracing.
    """
    by_parent = {id(grip.parent): grip for grip in grips}
    for _ in range(_DEEPEST_TUPLES):
        reused = {
            address: grip
            for address, grip in by_parent.items()
            if type.__subclasscheck__(tuple, type(grip.parent))
        }
        if not reused:
            break
        tuples = [grip.parent for grip in reused.values()]
        for address in reused:
            del by_parent[address]
        for parent in gc.get_referrers(*tuples):
            if parent is tuples or parent is grips or tracing.new_among([parent]):
                continue
            through = [each for each in gc.get_referents(parent) if id(each) in reused]
            known = by_parent.get(id(parent))
            children = [] if known is None else known.children
            inner = [child for each in _once(through) for child in reused[id(each)].children]
            by_parent[id(parent)] = Grip(parent, children + inner)
    return list(by_parent.values())


def _with_nodes_folded(grips: list[Grip]) -> list[Grip]:
    """The grips, those of many nodes of one type as one: a tree that grows has no container that does."""
    by_type: dict[int, list[Grip]] = {}
    for grip in grips:
        if census.measure_of(type(grip.parent)) is None:
            by_type.setdefault(id(type(grip.parent)), []).append(grip)
    nodes = {
        kind: found
        for kind, found in by_type.items()
        if len(found) >= _LEAST_NODES
        and any(id(type(child)) == kind for grip in found for child in grip.children)
    }
    folded = [grip for grip in grips if id(type(grip.parent)) not in nodes]
    for found in nodes.values():
        first, *alike = found
        children = _once(child for grip in found for child in grip.children)
        folded.append(Grip(first.parent, children, is_slot=True, alike=tuple(alike)))
    return folded


def _add_grip(grips: list[Grip], parent: object) -> None:
    if id(parent) == census.INTERNED_STRINGS:
        return
    children = _targets_own(tracing.new_among(links.referents(parent)))
    is_hidden_root = type(parent) is links.FrameVariables or type(parent) is links.SignalHandlers
    if children and (is_hidden_root or not names.module_of_type(type(parent)).startswith("leakscan.")):
        grips.append(Grip(parent, children))


def _targets_own(new: list[object]) -> list[object]:
    """Those of the new objects that the agent did not make for itself."""
    return [each for each in new if not tracing.is_own(tracing.traceback_of(each) or _NOWHERE)]


def _once(found: Iterable[object]) -> list[object]:
    return list({id(each): each for each in found}.values())


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
        if owner is not dicts and links.is_namespace_of(each, owner)
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
    for slot, child in enumerate(_once(grip.children)):
        yield _slot(grip, slot, child)


def _held_by(grip: Grip, load: Load, loads: list[Load], seen: Seen, question: Question) -> wire.HeldBy:
    holder = grip.children[0] if grip.is_slot else grip.parent
    return wire.HeldBy(
        address=id(grip.parent),
        type="list" if holder is census.AT_EXIT else names.type_name(type(holder)),
        is_container=not grip.is_slot,
        entries=_length(holder),
        entries_before=None if grip.is_slot else question.length_before(id(grip.parent)),
        added=None if grip.is_slot else _added(grip, seen),
        calls=question.calls,
        bound=None if grip.is_slot else census.bound_of(grip.parent),
        capacity_bytes=_size(holder),
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
    )


def _length(holder: object) -> int | None:
    length = census.length_of(holder)
    if length is None and type(holder) in (str, bytes, tuple, frozenset, links.FROZEN_DICT):
        return len(holder)  # type: ignore[arg-type]
    return length


def _added(grip: Grip, seen: Seen) -> int | None:
    """Entries that came since the tracing began; None where no entry is new memory."""
    if not grip.children or type(grip.parent) is links.LRU:
        return None
    parent = grip.parent
    if type.__subclasscheck__(dict, type(parent)):
        keys = seen.new_among(dict.keys(parent))  # type: ignore[arg-type]
        values = seen.new_among(dict.values(parent))  # type: ignore[arg-type]
        return max(len(keys), len(values))
    return len(grip.children)


def _is_weak(grip: Grip) -> bool:
    """Whether the entries are mere weak references, with keys that are atoms."""
    others = [
        kind for child in grip.children[:200] if not any((kind := type(child)) is atom for atom in _ATOMS)
    ]
    return bool(others) and all(type.__subclasscheck__(weakref.ref, kind) for kind in others)


def _cut(grip: Grip) -> cuts.Cut | None:
    if not grip.is_slot:
        return cuts.emptying(grip.parent) or cuts.severing_above(grip.parent)
    actions = [
        cut
        for each in (grip, *grip.alike)
        for child in (each.children if grip.alike else each.children[:1])
        if (cut := cuts.severing([each.parent, child])) is not None
    ]
    if actions:
        return partial(cuts.do_all, actions)
    return None if type(grip.parent) is links.FrameVariables else cuts.severing_above(grip.parent)


def _unheld(new: list[object], seen: Seen, loads: Iterable[Load]) -> tuple[wire.SiteShare, ...]:
    """New tracked objects of the sites that hang on no old object."""
    held: set[int] = set().union(*(load.addresses for load in loads))
    alone = Load()
    for found in new:
        if id(found) not in held:
            alone.count(found, seen)
    return alone.shares()


def _lonely(new: list[object], seen: Seen, loads: Iterable[Load]) -> list[object]:
    """Those of the new tracked objects that hang on nothing old, nor on each other."""
    held: set[int] = set().union(*(load.addresses for load in loads))
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
        by_type.setdefault(names.type_name(type(found)), []).append(found)
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


def _size(found: object) -> int:
    """Bytes of the object itself, by the size that its built-in base knows, not by an override."""
    kind = type(found)
    head = _GC_HEAD_BYTES if gc.is_tracked(found) else 0
    for base in names.mro_of_type(kind):
        measure = names.namespace_of_type(base).get("__sizeof__")
        if measure is not None and base is not object and not _flags_of(base) & _MADE_AT_RUN_TIME:
            return int(measure(found)) + head
    return int(_basic_size(kind)) + head


_basic_size = type.__dict__["__basicsize__"].__get__
_flags_of = type.__dict__["__flags__"].__get__
_MADE_AT_RUN_TIME = 1 << 9
"""The flag of classes that Python code, or a C module while it is imported, has made."""
