"""Nodes and links as DOT, read again by a parser that is not ours."""

from leakscan.agent.graph.dot import Node, dot_of
from leakscan.reports.formats.recorded_dot import statements
from tests.graphs import graph_of

HOSTILE = 'a "quoted" \\name &lt;b&gt; </script> [label="x"] // # {}'


def test_nodes_and_links_are_a_graph_in_the_language_of_graphviz() -> None:
    root, cache = Node("n1", "module app"), Node("n2", "dict\n12,340 entries")
    more = Node("n3", "… 12,340 more", is_note=True)
    root.link(".cache", cache)
    cache.link("", more)

    text = dot_of([root])

    assert text == (
        "digraph ObjectGraph {\n"
        "  node[shape=box, style=filled, fillcolor=white];\n"
        '  n1[label="module app"];\n'
        '  n1 -> n2 [label=" .cache"];\n'
        '  n2[label="dict\\n12,340 entries"];\n'
        "  n2 -> n3;\n"
        '  n3[label="… 12,340 more", fontcolor="gray35", style="dashed"];\n'
        "}\n"
    )


def test_a_label_cannot_break_out_of_its_quotes() -> None:
    node = Node("n1", HOSTILE)
    node.link(HOSTILE, Node("n2", "plain"))

    text = dot_of([node])

    graph = graph_of(text)
    labels = {n.get_name(): n.get("label") for n in graph.get_nodes() if n.get("label") is not None}
    [edge] = graph.get_edges()
    written = HOSTILE.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    assert labels == {"n1": f'"{written}"', "n2": '"plain"'}
    assert edge.get("label") == f'" {written}"'


def test_two_links_to_one_node_are_one_arrow_with_the_words_of_both() -> None:
    queue, job = Node("n1", "Queue"), Node("n2", "Job")
    for words in (".first", ".last", ".first"):
        queue.link(words, job)

    graph = graph_of(dot_of([queue]))

    assert [edge.get("label") for edge in graph.get_edges()] == ['" .first\\n .last"']


def test_a_cycle_is_drawn_once() -> None:
    one, other = Node("n1", "Node"), Node("n2", "Node")
    one.link(".next", other)
    other.link(".prev", one)
    one.link(".itself", one)

    graph = graph_of(dot_of([one]))

    arrows = sorted((edge.get_source(), edge.get_destination()) for edge in graph.get_edges())
    assert arrows == [("n1", "n1"), ("n1", "n2"), ("n2", "n1")]


def test_what_the_report_reads_of_a_graph_is_all_that_is_written() -> None:
    root = Node("p0n1", "module app")
    root.link('["a"]', Node("p0n2", "… 12 more", is_note=True))

    text = dot_of([root])

    assert [f"  {statement}" for statement in statements(text)] == text.splitlines()[1:-1]


def test_a_label_is_one_line_of_text() -> None:
    assert len(dot_of([Node("n1", "one\ntwo\0three\\")]).splitlines()) == 4
