"""DOT of a recording, written anew: a recording may come from a stranger, and so may its graph.

Of the language, what the agent writes is taken: nodes and edges, with a label and colours. Graphviz itself
reads files and follows links for other attributes (`image`, `shapefile`, `URL`).
"""

import re
from collections.abc import Iterator, Mapping

from leakscan.reports.text_fit import printable

MAX_STATEMENTS = 5_000
"""The graph of a leak has some hundred, and Graphviz takes more than a minute for so many."""
MAX_LABEL_CHARACTERS = 2_000
"""Of a label; the agent's have a tenth of it."""
_VALUE = r'(?:"(?:[^"\\]|\\.)*+"|[\w#]+)'
_ATTRIBUTE = re.compile(rf"(?P<name>\w+)=(?P<value>{_VALUE})", re.ASCII)
_STATEMENT = re.compile(
    rf"(?P<start>\w+)(?P<arrow> -> (?P<end>\w+))?(?P<space> ?)"
    rf"(?:\[(?P<attributes>(?:\w+={_VALUE}(?:, )?)*+)\])?;",
    re.ASCII,
)
_NODE = re.compile(r"(?:p\d+|g)n\d+", re.ASCII)
_COLOUR = re.compile(r"[\w#.,]{1,40}", re.ASCII)
_STYLE = re.compile("filled|dashed|dotted|bold|solid|invis")
_VALUES: Mapping[str, re.Pattern[str]] = {
    "color": _COLOUR,
    "fillcolor": _COLOUR,
    "fontcolor": _COLOUR,
    "shape": re.compile("box"),
    "style": _STYLE,
}
"""What each attribute may say, the label aside."""
_EVERY_NODE = "node"


def statements(dot: str) -> Iterator[str]:
    """The statements of a recorded graph that an agent can have written, each in a line of its own."""
    _, _, inside = dot.partition("{")
    for line in inside.rpartition("}")[0].splitlines()[:MAX_STATEMENTS]:
        match = _STATEMENT.fullmatch(line.strip())
        if match is not None and _are_names(match):
            attributes = ", ".join(_attributes(match["attributes"] or ""))
            shown = f"[{attributes}]" if attributes else ""
            yield f"{match['start']}{match['arrow'] or ''}{match['space'] if shown else ''}{shown};"


def is_node(name: str) -> bool:
    """Whether a name is one that the agent gives to nodes."""
    return _NODE.fullmatch(name) is not None


def _are_names(statement: re.Match[str]) -> bool:
    start, end = statement["start"], statement["end"]
    if end is None:
        return is_node(start) or start == _EVERY_NODE
    return is_node(start) and is_node(end)


def _attributes(text: str) -> Iterator[str]:
    for match in _ATTRIBUTE.finditer(text):
        name, value = match["name"], match["value"]
        if name == "label" and value.startswith('"') and len(value) <= MAX_LABEL_CHARACTERS:
            yield f"label={printable(value)}"
        elif name in _VALUES and _VALUES[name].fullmatch(value.strip('"')):
            yield f"{name}={value}"
