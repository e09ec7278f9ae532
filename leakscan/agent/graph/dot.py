"""A graph of nodes and links as a text in DOT, the language of Graphviz.

Nodes stand for the objects of the target: none of these is asked for anything here.
"""

import re
from collections.abc import Iterator, Sequence

_EVERY_NODE = "node[shape=box, style=filled, fillcolor=white]"
_NOTE = ', fontcolor="gray35", style="dashed"'
_CHARACTER_NAME = re.compile(r"&(?=#?\w+;)")


class Node:
    """One box of a graph."""

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
        earlier = self.links.get(to.name, ("", to))[0].split("\n")
        parts = [part for part in (*earlier, words) if part]
        self.links[to.name] = "\n".join(dict.fromkeys(parts)), to


def dot_of(tops: Sequence[Node]) -> str:
    """The graph of all that these nodes lead to, as a text of its own; the nearest nodes come first."""
    lines = [f"  {statement};\n" for statement in _statements(tops)]
    return "".join(["digraph ObjectGraph {\n", *lines, "}\n"])


def _statements(tops: Sequence[Node]) -> Iterator[str]:
    yield _EVERY_NODE
    waiting = list(dict.fromkeys(tops))
    names = {node.name for node in waiting}
    for node in waiting:
        yield f'{node.name}[label="{_escaped(node.label)}"{_NOTE if node.is_note else ""}]'
        for words, to in node.links.values():
            yield f"{node.name} -> {to.name}{_words_attribute(words)}"
            if to.name not in names:
                names.add(to.name)
                waiting.append(to)


def _words_attribute(words: str) -> str:
    # A space before each line, so that the words do not touch the arrow.
    lines = "\n".join(f" {line}" for line in words.splitlines())
    return f' [label="{_escaped(lines)}"]' if lines else ""


def _escaped(text: str) -> str:
    """The text as it stands between quotes: what Graphviz takes for a character (`&lt;`) is written out."""
    text = _CHARACTER_NAME.sub("&amp;", text)
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\0", "\\\\0")
