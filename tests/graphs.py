"""Graphs in the language of Graphviz, read by a parser that is not ours."""

import warnings
from collections.abc import Iterator

import pydot


def graph_of(text: str) -> pydot.Dot:
    """The one graph that the text is."""
    with warnings.catch_warnings():
        # pydot calls its own parser by names that this has since given up.
        warnings.simplefilter("ignore", DeprecationWarning)
        graphs = pydot.graph_from_dot_data(text)
    assert graphs is not None
    [graph] = graphs
    return graph


def labels_of(graph: pydot.Graph) -> dict[str, str]:
    """The last label of each node, by its name, that of subgraphs included; what is escaped stays so."""
    labels = {
        node.get_name(): node.get("label").strip('"')
        for node in graph.get_nodes()
        if node.get("label") is not None and node.get_name() not in ("graph", "node", "edge")
    }
    for each in graph.get_subgraphs():
        labels.update(labels_of(each))
    return labels


def arrows_of(graph: pydot.Graph) -> list[tuple[str, str, str]]:
    """Label at the beginning, words on it, label at the end of each arrow that can be seen."""
    labels = labels_of(graph)
    words: dict[tuple[str, str], str] = {}
    for edge in _edges_of(graph):
        ends = str(edge.get_source()), str(edge.get_destination())
        label = edge.get("label")
        if edge.get("style") != "invis":
            words[ends] = words.get(ends, "") if label is None else label.strip('"').strip()
    return [(labels[start], text, labels[end]) for (start, end), text in words.items()]


def _edges_of(graph: pydot.Graph) -> Iterator[pydot.Edge]:
    yield from graph.get_edges()
    for each in graph.get_subgraphs():
        yield from _edges_of(each)
