"""The neighbourhood of each holder as a graph in DOT, the language of Graphviz.

The graph that the agent recorded is framed and marked: which node is the holder, by what name and how it
grows, and which link grows. A finding without a recorded graph shows its chain alone.
"""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from leakscan import units
from leakscan.model.analysis import Analysis, Finding, Holder, LeakGraph
from leakscan.model.run import Kind, Unit, Verdict
from leakscan.reports.formats.recorded_dot import is_node, statements
from leakscan.reports.locations import Checkout
from leakscan.reports.text_fit import printable
from leakscan.reports.views.report import headline, ranked_findings
from leakscan.reports.views.wording import described, finding_summary, place_text

MAX_FINDINGS = 5
"""More do not fit into one graph that can be read."""
COLUMNS = 2
"""Findings beside each other; more than that make a graph too wide to read."""
_TITLE_WIDTH = 84
_NODE_LABEL_WIDTH = 36
_FONT = "Helvetica,Arial,sans-serif"
_GRAPH = {
    "fontname": _FONT,
    "fontsize": "13",
    "labeljust": "l",
    "labelloc": "t",
    "nodesep": "0.3",
    "ranksep": "0.45",
}
_NODE = {"fontname": _FONT, "fontsize": "11", "color": "gray45", "margin": "0.12,0.06"}
_EDGE = {"fontname": _FONT, "fontsize": "10", "color": "gray45", "arrowsize": "0.7"}
_CLUSTER = {"style": "rounded", "color": "gray75", "margin": "14"}
_HOLDER = {"fillcolor": "#fbd5d0", "color": "#b3261e", "fontcolor": "black", "penwidth": "2.5"}
_OTHER_HOLDER = {"fillcolor": "#fde9c8", "color": "#a35c00", "fontcolor": "black", "penwidth": "2"}
_GROWING = {"color": "#b3261e", "fontcolor": "#b3261e", "penwidth": "2.5"}
_BOX = {"shape": "box", "style": "filled", "fillcolor": "white"}
_NOTE = {"shape": "box", "style": "dashed", "fontcolor": "gray35"}
_ARROW = re.compile(r"\s*(?P<start>\w+) -> (?P<end>\w+)\b")
_CHARACTER_NAME = re.compile(r"&(?=#?\w+;)")


def report(analysis: Analysis, checkout: Checkout) -> bytes:
    """The worst findings, a frame for each, in one graph."""
    del checkout
    ranked = ranked_findings(analysis)
    lines = [
        # Strict: to name an edge again adds to its attributes, and makes no second one.
        "strict digraph leakscan {",
        f"  graph {_attributes({'label': _left(_titles(analysis, len(ranked))), **_GRAPH})};",
        f"  node {_attributes(_NODE)};",
        f"  edge {_attributes(_EDGE)};",
    ]
    frames = [list(_framed(each, number, analysis.unit)) for number, each in enumerate(ranked[:MAX_FINDINGS])]
    for number, frame in enumerate(frames):
        lines += [f"  subgraph cluster_{number} {{", *frame, "  }"]
    for above, below in zip(frames, frames[COLUMNS:], strict=False):
        lines.extend(_one_below_the_other(above, below))
    if not ranked:
        lines.append(f"  nothing {_attributes({'label': _reason_for_nothing(analysis), **_NOTE})};")
    return ("\n".join([*lines, "}"]) + "\n").encode("utf-8")


def _titles(analysis: Analysis, findings: int) -> Iterator[str]:
    yield f"{printable(analysis.target)}: {headline(analysis)}"
    if findings > MAX_FINDINGS:
        yield f"and {units.counted(findings - MAX_FINDINGS, 'more finding')}"


def _reason_for_nothing(analysis: Analysis) -> str:
    if analysis.failure is not None:
        return _quoted("the target failed")
    is_open = analysis.verdict is Verdict.INCONCLUSIVE
    return _quoted("no growth is proved, so there is none to draw" if is_open else "there is no leak to draw")


def _framed(finding: Finding, number: int, unit: Unit) -> Iterator[str]:
    """The lines of one finding."""
    titles = [finding_summary(finding, unit)]
    if finding.stored_at:
        titles.append(f"put there at {place_text(finding.stored_at[0].frame)}")
    if finding.sites:
        titles.append(f"allocated at {place_text(finding.sites[0].frame)}")
    if finding.leak_graph is None and finding.chain and finding.kind is not Kind.LOST_REFERENCE:
        titles.append("the chain alone; `leakscan run --graph` draws what is around it, too")
    yield f"    graph {_attributes({'label': _left(titles), **_CLUSTER})};"
    if finding.leak_graph is not None:
        yield from (f"    {statement}" for statement in statements(finding.leak_graph.dot))
        yield from _marked(finding.leak_graph, finding, unit)
    else:
        yield from _chain(finding, f"c{number}", unit)


def _one_below_the_other(above: Sequence[str], below: Sequence[str]) -> Iterator[str]:
    """Arrows that are not seen, from the ends of one graph to the top of another one."""
    arrows = [match for line in above if (match := _ARROW.match(line))]
    starts = {match["start"] for match in arrows}
    ends = {match["end"] for match in arrows} - starts
    top = next((match["start"] for line in below if (match := _ARROW.match(line))), None)
    if top is not None:
        for end in sorted(ends or starts):
            yield f"  {end} -> {top} [style=invis, weight=0];"


def _marked(leak_graph: LeakGraph, finding: Finding, unit: Unit) -> Iterator[str]:
    holders = [] if finding.holder is None else [finding.holder, *finding.also_held_by]
    for place, (node, holder) in enumerate(zip(leak_graph.holders, holders, strict=False)):
        style = _OTHER_HOLDER if place else _HOLDER
        if not is_node(node):
            continue
        yield f"    {node} {_attributes({'label': _holder_label(holder, unit), **style})};"
    for place, (source, target) in enumerate(leak_graph.growing):
        if not is_node(source) or not is_node(target):
            continue
        label: dict[str, str] = {}
        if finding.holder is not None and finding.chain and not place:
            label["label"] = _centred([_link_words(finding.chain[-1].link), " grows"])
        yield f"    {source} -> {target} {_attributes({**label, **_GROWING})};"


def _chain(finding: Finding, prefix: str, unit: Unit) -> Iterator[str]:
    """The way from the root to the holder, or round the cycle, where no graph is recorded."""
    steps = finding.chain
    if finding.kind is Kind.LOST_REFERENCE or not steps:
        known = [step.name for step in steps] or ["no Python object holds it"]
        for place, text in enumerate(known):
            yield _box(f"{prefix}n{place}", _wrapped(printable(text)), _NOTE)
        return
    is_cycle = finding.kind is Kind.CYCLIC_GARBAGE
    nodes = [f"{prefix}n{place}" for place in range(len(steps))]
    if is_cycle and len(steps) > 1:
        nodes[-1] = nodes[0]
    for place, (node, step) in enumerate(zip(nodes, steps, strict=True)):
        if place and node == nodes[0]:
            continue
        yield _box(node, [printable(step.link if place == 0 else step.type)], _BOX)
    if finding.holder is not None:
        yield f"    {nodes[-1]} {_attributes({'label': _holder_label(finding.holder, unit), **_HOLDER})};"
    for (source, target), step in zip(pairwise(nodes), steps[1:], strict=True):
        words = [_link_words(step.link), *([" grows"] if step.is_growing else [])]
        style = _GROWING if step.is_growing or is_cycle else {}
        yield f"    {source} -> {target} {_attributes({'label': _centred(words), **style})};"


def _box(node: str, lines: Sequence[str], style: Mapping[str, str]) -> str:
    return f"    {node} {_attributes({'label': _centred(lines), **style})};"


def _holder_label(holder: Holder, unit: Unit) -> str:
    return _centred([*_wrapped(printable(holder.name)), *_wrapped(described(holder, unit))])


def _link_words(link: str) -> str:
    # A space, so that the words do not touch the arrow.
    return "" if link == "→" else f" {printable(link)}"


def _wrapped(text: str, width: int = _NODE_LABEL_WIDTH) -> list[str]:
    """The text in as few lines as it takes, of about the same length: no last word alone on a line."""
    lines = textwrap.wrap(text, width, break_on_hyphens=False) or [""]
    while width > 1:
        width -= 1
        narrower = textwrap.wrap(text, width, break_on_hyphens=False)
        if len(narrower) != len(lines):
            break
        lines = narrower
    return lines


def _left(texts: Iterator[str] | Sequence[str]) -> str:
    """Lines that begin at the left, each text wrapped."""
    return (
        '"' + "".join(f"{_escaped(line)}\\l" for text in texts for line in _wrapped(text, _TITLE_WIDTH)) + '"'
    )


def _centred(lines: Sequence[str]) -> str:
    return '"' + "\\n".join(_escaped(line) for line in lines if line) + '"'


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return _CHARACTER_NAME.sub("&amp;", text).replace("\\", "\\\\").replace('"', '\\"')


def _attributes(values: Mapping[str, str]) -> str:
    """`[label="…", color="…"]`; a label comes quoted."""
    return "[" + ", ".join(f"{k}={v if k == 'label' else _quoted(v)}" for k, v in values.items()) + "]"
