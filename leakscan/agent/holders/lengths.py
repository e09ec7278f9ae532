"""The length of what grows, to be read again and again; where it is replaced, of what is in its place.

The places on the chain to it are read as the interpreter keeps them; no code of the target runs.
"""

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from functools import partial
from types import CellType, FunctionType
from typing import Any, NamedTuple

from leakscan import wire
from leakscan.agent.heap import atomic_reads, interpreter_roots, introspect, lru_cache
from leakscan.agent.heap.containers import Reader, length_of, measure_of
from leakscan.agent.heap.referents import is_namespace_of
from leakscan.agent.holders.candidates import HolderCandidate
from leakscan.agent.holders.holder_chains import HolderChain
from leakscan.agent.tracing.store_lines import Length
from leakscan.wire import StepKind

_MAX_PEERS = 4
"""Other containers of one object that are watched beside the holder."""
_PEERS = (dict, set, list, deque, OrderedDict, defaultdict)
_MAX_PLACES = 6
"""Places from the holder towards the root that are read anew at each line."""
_READERS: dict[type, Reader] = {
    str: str.__len__,
    bytes: bytes.__len__,
    tuple: tuple.__len__,
    frozenset: frozenset.__len__,
}
"""What is replaced by a longer one."""
_KEYS = (str, int, bytes)
"""Keys whose comparison runs no code of the target."""
_UNNAMED = (StepKind.VALUE, StepKind.KEY, StepKind.INDEX, StepKind.MEMBER, StepKind.CACHE, StepKind.STORAGE)
"""Steps that code takes without a name that is telling."""
_GONE = object()

Read = Callable[[Any], object]
"""From an object to what is in one of its places; `_GONE` where there is nothing any more."""


class Peer(NamedTuple):
    """Another container of the object that has the holder."""

    name: str
    length: Length


class Watched(NamedTuple):
    """A holder whose length is read at each line of the code that can reach it."""

    length: Length
    names: frozenset[str]
    """The names by which code reaches it, or one of its peers."""
    peers: tuple[Peer, ...] = ()
    """What is put there beside it may be taken out again, as of two indexes of which one is cleaned."""


def watched(candidate: HolderCandidate, chain: HolderChain, steps: tuple[wire.Step, ...]) -> Watched | None:
    """How to read the length of the holder at the end of the chain; None where it has none."""
    if candidate.alike:
        # Of a structure that grows at many of its nodes there is no length.
        return None
    objects = [*chain.objects, *candidate.children[:1]] if candidate.is_slot else list(chain.objects)
    length = _length(objects)
    if length is None:
        return None
    peers = tuple(_peers(list(_without_namespaces(objects))[-2:]))
    return Watched(length, names_of(steps) | {peer.name for peer in peers}, peers)


def _peers(end: list[Any]) -> Iterator[Peer]:
    """The other containers of the instance whose attribute is at the end; of anything else none."""
    owner, grown = end[0], end[-1]
    if owner is grown or measure_of(type(owner)) is not None or not _is_instance(owner):
        return
    slots = [(name, introspect.slot_value(owner, member)) for name, member in introspect.slots_of(owner)]
    kept = atomic_reads.items_of(introspect.instance_dict(owner) or {})
    if not any(value is grown for _name, value in (*slots, *kept)):
        return
    others = [(name, value) for name, value in (*slots, *kept) if value is not grown and type(name) is str]
    containers = [(name, value) for name, value in others if any(type(value) is each for each in _PEERS)]
    for name, _value in containers[:_MAX_PEERS]:
        read = partial(_attribute, name=name)
        yield Peer(name, partial(_length_of_peer, read, owner))


def _is_instance(owner: object) -> bool:
    kind = type(owner)
    is_class = type.__subclasscheck__(type, kind)
    return not (is_class or _is_module(kind) or kind is FunctionType or interpreter_roots.is_hidden(owner))


def _length_of_peer(read: Read, owner: object) -> int | None:
    container = read(owner)
    return length_of(container) if container is not _GONE else None


def names_of(steps: tuple[wire.Step, ...]) -> frozenset[str]:
    """The names in the last steps, back to the first that a program has to write to get there."""
    names: set[str] = set()
    for step in reversed(steps):
        names.update(_identifiers(step.link))
        if step.kind not in _UNNAMED:
            break
    return frozenset(names)


def _identifiers(link: str) -> Iterator[str]:
    name = ""
    for character in f"{link} ":
        if character.isidentifier() or (name and character.isdigit()):
            name += character
        elif name:
            yield name
            name = ""


def _length(objects: list[Any]) -> Length | None:
    grown = objects[-1]
    inside = lru_cache.inner_dict(grown) if type(grown) is lru_cache.LRU else None
    if inside is not None:
        # What such a cache tells of itself is put together by a function of Python.
        return partial(dict.__len__, inside)
    start, reads = _places(objects)
    read = _measuring(grown)
    if not reads:
        # What is replaced where nobody can read the place, as the variable of a running function, is lost.
        return None if measure_of(type(grown)) is None else partial(read, grown)

    def length() -> int | None:
        value = start
        for each in reads:
            value = each(value)
            if value is _GONE:
                return None
        return read(value)

    return length


def _measuring(grown: object) -> Callable[[Any], int | None]:
    """What tells the length of what is there now; of what has none, how often it was replaced."""
    kind = type(grown)
    measure = measure_of(kind)
    known: Reader | None = _READERS.get(kind) if measure is None else measure[0]
    if known is None:
        return _Replacements(grown).count
    reader = known

    def read(value: Any) -> int | None:
        if type(value) is kind:
            return reader(value)
        other = _READERS.get(type(value))
        return length_of(value) if other is None else other(value)

    return read


class _Replacements:
    """How often an object without a length was replaced by another, as the head of a linked list is."""

    def __init__(self, first: object) -> None:
        self._at = id(first)
        self._count = 0

    def count(self, value: object) -> int:
        """So far."""
        if id(value) != self._at:
            self._at = id(value)
            self._count += 1
        return self._count


def _places(objects: list[Any]) -> tuple[Any, list[Read]]:
    """Where to begin, and the places to read from there to the end; as far from the end as that is safe."""
    objects = list(_without_namespaces(objects))
    reads: list[Read] = []
    start = objects[-1]
    for parent, child in zip(reversed(objects[:-1]), reversed(objects[1:]), strict=True):
        read = _place(parent, child)
        if read is None or len(reads) == _MAX_PLACES or read(parent) is not child:
            break
        reads.insert(0, read)
        start = parent
    return start, reads


def _without_namespaces(objects: list[Any]) -> Iterator[Any]:
    """The objects, an instance without the dict of its attributes before one of these."""
    for place, each in enumerate(objects):
        is_inside = 0 < place < len(objects) - 1 and type(each) is dict
        if not (is_inside and is_namespace_of(each, objects[place - 1])):
            yield each


def _place(parent: Any, child: object) -> Read | None:
    """How to read the place of the parent that has the child; None where that can't be done safely."""
    kind = type(parent)
    if interpreter_roots.is_hidden(parent) or kind is FunctionType:
        return None
    if kind is CellType:
        return _cell_contents
    if type.__subclasscheck__(dict, kind):
        key = atomic_reads.key_of(parent, child)
        return partial(_value, key=key) if type(key) in _KEYS else None
    is_class = type.__subclasscheck__(type, kind)
    if is_class or _is_module(kind):
        namespace = (
            introspect.namespace_of_type(parent) if is_class else introspect.namespace_of_module(parent)
        )
        name = atomic_reads.key_of(namespace, child)
        return partial(_of_namespace, namespace.get, name) if type(name) is str else None
    name = _attribute_name(parent, child)
    return None if name is None else partial(_attribute, name=name)


def _is_module(kind: type) -> bool:
    return type.__subclasscheck__(type(interpreter_roots), kind)


def _attribute_name(parent: object, child: object) -> str | None:
    for name, member in introspect.slots_of(parent):
        if introspect.slot_value(parent, member) is child:
            return name
    namespace = introspect.instance_dict(parent)
    key: object = None if namespace is None else atomic_reads.key_of(namespace, child)
    return key if type(key) is str and introspect.attribute_of(parent, key) is child else None


def _cell_contents(cell: Any) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return _GONE


def _value(mapping: Any, *, key: object) -> object:
    return dict.get(mapping, key, _GONE)


def _of_namespace(get: Callable[[str, object], object], name: str, _owner: object) -> object:
    return get(name, _GONE)


def _attribute(owner: Any, *, name: str) -> object:
    try:
        # What a class makes of the lookup of attributes is passed by.
        return object.__getattribute__(owner, name)
    except (AttributeError, TypeError):
        return _GONE
