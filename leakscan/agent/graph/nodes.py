"""What is put into a graph: a node for each object, its label, and the heaviest of its parts.

Nothing of the target's code runs: labels are made of names of types, and of lengths that the built-in types
tell themselves; links are worded as in a chain; no value is shown.
"""

import gc
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import NamedTuple

from leakscan.agent.graph.dot import Node
from leakscan.agent.heap import atomic_reads, introspect, key_shapes, lru_cache
from leakscan.agent.heap.containers import base_of, is_in_bytes, length_of
from leakscan.agent.heap.entries import newest_entries
from leakscan.agent.heap.object_size import size_of
from leakscan.agent.heap.referents import is_namespace_of
from leakscan.agent.references import steps
from leakscan.agent.references.own_objects import is_own
from leakscan.agent.references.source_names import described

MAX_DRAWN_PARTS = 3
"""Parts of one object that are drawn; the others are counted."""
MAX_NODES = 40
"""From which on no further parts are drawn."""
MAX_LINE = 44
"""Characters of a line in a label."""
_MAX_WEIGHED_PARTS = 2_000
"""Parts of one object that are looked at to find the heaviest."""
_GUESSED_BEHIND = 400
"""Bytes that are taken to hang on an object that refers to others."""
_MIN_SIZE_SHOWN = 1_000
"""Bytes of an object of its own, from which on its label says them."""
_ATOMS = (bool, int, float, complex, type(None), type(...), type(NotImplemented))
"""Too small to draw, and most of them shared."""
_PLAIN_KEYS = (*_ATOMS, str, bytes, tuple)
_OF_A_FRAME = ("local ", "a value in ")
_CODE = (ModuleType, type, CodeType, BuiltinFunctionType)
"""What a program is made of, and no data."""


class Part(NamedTuple):
    """What an object refers to, and in which words."""

    words: str
    obj: object


class GraphNodes:
    """The nodes of one graph, by the objects that they stand for."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._nodes: dict[int, Node] = {}
        self._number = 0
        self.objects: list[object] = []
        """The objects drawn, so that no address is used again."""

    def has(self, obj: object) -> bool:
        """Whether the object has a node."""
        return id(obj) in self._nodes

    def node_of(self, obj: object, title: str | None = None) -> Node:
        """The node of the object; made now if there was none."""
        node = self._nodes.get(id(obj))
        if node is None:
            node = self._nodes[id(obj)] = self._new(label_of(obj, title))
            self.objects.append(obj)
        return node

    def note(self, text: str) -> Node:
        """A new node that stands for no object."""
        return self._new(text, is_note=True)

    def add_parts(
        self, starts: Sequence[object], *, levels: int, but_for: frozenset[int] = frozenset()
    ) -> None:
        """Draw the heaviest parts of the objects, and of these, so many levels deep.

        What several of them share is drawn, and no part of it: it is not theirs. `but_for` are addresses of
        those that are drawn by other means.
        """
        level = list(starts)
        for _ in range(levels):
            before = frozenset(self._nodes)
            reached = [part for each in level for part in self._add_parts_of(each, but_for)]
            times = Counter(map(id, reached))
            level = [part for part in reached if times[id(part)] == 1 and id(part) not in before]

    def add(self, source: Node, parts: list[Part], left_out: int) -> None:
        """Draw the parts, and a note that counts those that are left out."""
        for words, obj in parts:
            source.link(words, self.node_of(obj))
        if left_out > 0:
            source.link("", self.note(f"… {left_out:,} {'more' if parts else 'entries'}"))

    def _add_parts_of(self, obj: object, but_for: frozenset[int]) -> list[object]:
        """The parts, drawn; none if there is no more room."""
        if len(self.objects) >= MAX_NODES:
            return []
        parts, left_out = parts_of(obj, MAX_DRAWN_PARTS, but_for)
        self.add(self.node_of(obj), parts, left_out)
        return [part.obj for part in parts]

    def _new(self, label: str, *, is_note: bool = False) -> Node:
        self._number += 1
        return Node(f"{self._prefix}n{self._number}", label, is_note=is_note)


def label_of(obj: object, title: str | None = None) -> str:
    """What the object is, and below that how long or how large, where that is known without asking it."""
    lines = [one_line(title or described(obj))]
    size = _size_text(obj)
    if size is not None:
        lines.append(size)
    return "\n".join(lines)


def one_line(text: str) -> str:
    """The text as it fits into a graph: short, and nothing in it that does not print."""
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return shown if len(shown) <= MAX_LINE else shown[: MAX_LINE - 1] + "…"


def words_of(link: str) -> str:
    """The words on an arrow; the place of a local variable on a line of its own."""
    if link == "→":
        return ""
    name, place, where = link.partition(" in ") if link.startswith(_OF_A_FRAME) else (link, "", "")
    return "\n".join(one_line(text) for text in (name, f"in {where}" if place else "") if text)


def entry_parts(container: object, limit: int) -> tuple[list[Part], int]:
    """The newest entries of a container, whatever they are, and how many more there are."""
    length = length_of(container) or 0
    newest = newest_entries(container, limit)
    base = base_of(type(container))
    if base is dict:
        parts = [part for key, value in newest for part in _parts_of_item(key, value)]
    elif base is lru_cache.LRU:
        parts = [Part("[…]", value) for _key, value in newest]
    else:
        parts = [
            Part("{…}" if base is set else f"[{length - 1 - place}]", entry)
            for place, (entry,) in enumerate(newest)
        ]
    return parts, length - len(newest)


def parts_of(obj: object, limit: int, but_for: frozenset[int] = frozenset()) -> tuple[list[Part], int]:
    """The heaviest parts of an object in the order in which it has them, and how many more there are."""
    if (length_of(obj) or 0) > _MAX_WEIGHED_PARTS:
        return entry_parts(obj, limit)
    if any(type.__subclasscheck__(kind, type(obj)) for kind in _CODE):
        return [], 0
    every = (
        path for path in _paths_down(obj) if id(path[-1]) not in but_for and _is_worth_drawing(path[-1], obj)
    )
    paths = list({id(path[-1]): path for path in islice(every, _MAX_WEIGHED_PARTS)}.values())
    chosen = {id(part) for part in _heaviest([path[-1] for path in paths], limit)}
    left_out = len(paths) - len(chosen) + sum(1 for _ in every)
    return [Part(_words(path), path[-1]) for path in paths if id(path[-1]) in chosen], left_out


def _heaviest(parts: list[object], limit: int) -> list[object]:
    """Those of the objects with most bytes of their own, or more behind them."""
    return sorted(parts, key=_guessed_bytes, reverse=True)[:limit]


def _guessed_bytes(part: object) -> int:
    return size_of(part) + (_GUESSED_BEHIND if gc.is_tracked(part) else 0)


def _words(path: list[object]) -> str:
    return "\n".join(words_of(run[0].step.link) for run in steps.runs(path))


def _parts_of_item(key: object, value: object) -> Iterator[Part]:
    """The value of an entry, and its key where that is more than a text or a number."""
    if value is None or not any(type(key) is kind for kind in _PLAIN_KEYS):
        yield Part("key", key)
    if value is not None:
        yield Part(one_line(f"[{key_shapes.key_text(key)}]"), value)


def _paths_down(obj: object) -> Iterator[list[object]]:
    """The objects from this one to each that it refers to, through what its author does not see."""
    kind = type(obj)
    if kind is FunctionType:
        yield from _paths_out_of_function(obj)
        return
    is_mapping = type.__subclasscheck__(dict, kind)
    if is_mapping:
        for key, value in atomic_reads.items_of(obj):
            yield from ([obj, part.obj] for part in _parts_of_item(key, value))
    for child in gc.get_referents(obj):
        if type(child) is dict and is_namespace_of(child, obj):
            yield from ([obj, child, value] for value in atomic_reads.values_of(child))
        elif not is_mapping:
            yield [obj, child]


def _paths_out_of_function(function: object) -> Iterator[list[object]]:
    """What a function keeps, its code and its module left out."""
    closure = function.__closure__ or ()  # type: ignore[attr-defined]
    for cell in closure:
        yield from ([function, closure, cell, content] for content in gc.get_referents(cell))
    for defaults in (function.__defaults__, function.__kwdefaults__):  # type: ignore[attr-defined]
        yield from ([function, defaults, value] for value in gc.get_referents(defaults))
    namespace = introspect.instance_dict(function)
    yield from ([function, namespace, value] for value in atomic_reads.values_of(namespace or {}))


def _is_worth_drawing(part: object, obj: object) -> bool:
    kind = type(part)
    return (
        not any(kind is atom for atom in _ATOMS)
        and not any(type.__subclasscheck__(code, kind) for code in _CODE)
        and part is not obj
        and not is_own(part)
    )


def _size_text(obj: object) -> str | None:
    length = length_of(obj)
    if length is None and any(type(obj) is kind for kind in (tuple, frozenset)):
        length = len(obj)  # type: ignore[arg-type]
    if length is not None:
        unit = "B" if is_in_bytes(obj) else "entry" if length == 1 else "entries"
        return f"{length:,} {unit}"
    if any(type.__subclasscheck__(kind, type(obj)) for kind in _CODE):
        return None
    size = size_of(obj)
    is_text = type(obj) is str or type(obj) is bytes
    return f"{size:,} B" if is_text or size >= _MIN_SIZE_SHOWN else None
