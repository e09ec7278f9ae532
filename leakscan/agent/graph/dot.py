"""A picture of nodes and links, drawn by objgraph in the language of Graphviz.

objgraph is given nodes that stand for the objects of the target, never an object itself: its labels and its
search would run the target's code. It is a second copy of the module that looks at nodes; the one that the
target and the search for chains know stays as it is.
"""

import functools
import io
import re
import sys
from collections.abc import Sequence
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any

import objgraph

_NOTE = (("fontcolor", "gray35"), ("style", "dashed"))
_CHARACTER_NAME = re.compile(r"&(?=#?\w+;)")
_PLAIN = (("fontcolor", "black"),)


class Node:
    """One box of a picture."""

    __slots__ = ("is_note", "label", "links", "name")

    def __init__(self, name: str, label: str, *, is_note: bool = False) -> None:
        self.name = name
        """Its identifier in the text: letters and digits."""
        self.label = label
        self.is_note = is_note
        """Whether it stands for no object: `… 12,338 more`."""
        self.links: dict[str, tuple[str, Node]] = {}
        """By the name of the node that is linked to: the words on the arrow, and the node."""

    def link(self, words: str, to: "Node") -> None:
        """Draw an arrow; of two to the same node, one with the words of both."""
        known = self.links.get(to.name, ("", to))[0].split("\n")
        parts = [part for part in (*known, words) if part]
        self.links[to.name] = "\n".join(dict.fromkeys(parts)), to


def dot_of(tops: Sequence[Node]) -> str:
    """The graph of all that hangs on these nodes, as a text of its own that Graphviz reads."""
    text = io.StringIO()
    _our_objgraph().show_refs(
        list(tops),
        max_depth=sys.maxsize,
        too_many=sys.maxsize,
        extra_node_attrs=_look,
        output=text,
    )
    return text.getvalue()


@functools.cache
def _our_objgraph() -> ModuleType:
    """objgraph, as it is when it looks at nodes."""
    # Not imported a second time: in a sandbox no file can be read.
    module = ModuleType(objgraph.__name__)
    space = vars(module)
    for name, found in vars(objgraph).items():
        is_its_own = type(found) is FunctionType and found.__globals__ is vars(objgraph)
        space[name] = _with_globals(found, space) if is_its_own else found
    ours = {
        "gc": SimpleNamespace(get_referents=_linked, collect=_collect_nothing),
        "_obj_node_id": _name,
        "_obj_label": functools.partial(_label, module),
        "_edge_label": functools.partial(_edge_label, module),
    }
    missing = [name for name in (*ours, "_quote") if not hasattr(module, name)]
    if missing:
        raise LookupError(f"this version of objgraph has no {missing[0]}")
    vars(module).update(ours)
    return module


def _with_globals(function: FunctionType, space: dict[str, Any]) -> FunctionType:
    copy = FunctionType(
        function.__code__, space, function.__name__, function.__defaults__, function.__closure__
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def _linked(*nodes: Node) -> list[Node]:
    return [to for node in nodes for _words, to in node.links.values()]


def _collect_nothing() -> int:
    """Nothing that is drawn is made by a collection, and a collection runs finalizers."""
    return 0


def _name(node: Node) -> str:
    return node.name


def _label(module: ModuleType, node: Node, *_options: object) -> str:
    text: str = module._quote(_as_it_stands(node.label))
    return text


def _edge_label(module: ModuleType, source: Node, target: Node, *_options: object) -> str:
    # A space before each line, so that the words do not touch the arrow.
    words = "\n".join(f" {line}" for line in source.links[target.name][0].splitlines())
    return f' [label="{module._quote(_as_it_stands(words))}"]' if words else ""


def _as_it_stands(text: str) -> str:
    """The text, with what Graphviz would take for the name of a character (`&lt;`) written out."""
    return _CHARACTER_NAME.sub("&amp;", text)


def _look(node: Node) -> dict[str, str]:
    return dict(_NOTE if node.is_note else _PLAIN)
