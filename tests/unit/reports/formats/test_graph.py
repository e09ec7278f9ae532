"""The graph of a report: what was drawn is framed and marked, and what was not is drawn from its chain."""

from dataclasses import replace

import pytest

from leakscan.analysis import settings
from leakscan.model.analysis import ChainStep, Finding, LeakGraph
from leakscan.model.run import Kind, Verdict
from leakscan.reports.formats.graph import MAX_FINDINGS
from tests.builders import (
    a_failure,
    a_finding,
    a_finding_without_holder,
    a_holder,
    an_analysis,
)
from tests.graphs import arrows_of, graph_of, labels_of
from tests.promises import About, promise
from tests.written import text_of

LEAK_GRAPH = LeakGraph(
    dot=(
        "digraph ObjectGraph {\n"
        "  node[shape=box, style=filled, fillcolor=white];\n"
        '  p0n1[label="module app.jobs"];\n'
        '  p0n1 -> p0n2 [label=" .done"];\n'
        '  p0n2[label="dict\\n12,340 entries"];\n'
        "  p0n2 -> p0n3 [label=\" ['a']\"];\n"
        '  p0n3[label="Job"];\n'
        '  p0n4[label="Archive"];\n'
        '  p0n4 -> p0n3 [label=" .last"];\n'
        "}\n"
    ),
    holders=("p0n2",),
    growing=(("p0n1", "p0n2"),),
)
HOLDER_LABEL = "Jobs.done\\ndict, 12,340 entries, +10.0\\nper call, none removed"


def _step(link: str, kind: str, *, is_growing: bool = False) -> ChainStep:
    return ChainStep(link=link, type=kind, name="", is_growing=is_growing)


def _numbered(*findings: Finding) -> list[Finding]:
    """The findings, each drawn with nodes of its own."""
    return [
        replace(
            finding,
            leak_graph=LeakGraph(
                dot=LEAK_GRAPH.dot.replace("p0", f"p{number}"),
                holders=(f"p{number}n2",),
                growing=((f"p{number}n1", f"p{number}n2"),),
            ),
        )
        for number, finding in enumerate(findings)
    ]


def test_a_drawing_is_framed_and_its_holder_and_growing_link_are_marked() -> None:
    text = text_of("graph", an_analysis(a_finding(leak_graph=LEAK_GRAPH)))

    assert text == (
        "strict digraph leakscan {\n"
        '  graph [label="app.jobs:handle: LEAKING (unbounded growth): the heap grows with every call\\l", '
        'fontname="Helvetica,Arial,sans-serif", fontsize="13", labeljust="l", labelloc="t", nodesep="0.3", '
        'ranksep="0.45"];\n'
        '  node [fontname="Helvetica,Arial,sans-serif", fontsize="11", color="gray45", margin="0.12,0.06"];\n'
        '  edge [fontname="Helvetica,Arial,sans-serif", fontsize="10", color="gray45", arrowsize="0.7"];\n'
        "  subgraph cluster_0 {\n"
        '    graph [label="Jobs.done (dict, 12,340 entries, +10.0 per\\lcall, none removed) grows by 1.9 kB '
        'per call\\lallocated at app/jobs.py:41 in Jobs.put\\l", style="rounded", color="gray75", '
        'margin="14"];\n'
        "    node[shape=box, style=filled, fillcolor=white];\n"
        '    p0n1[label="module app.jobs"];\n'
        '    p0n1 -> p0n2 [label=" .done"];\n'
        '    p0n2[label="dict\\n12,340 entries"];\n'
        "    p0n2 -> p0n3 [label=\" ['a']\"];\n"
        '    p0n3[label="Job"];\n'
        '    p0n4[label="Archive"];\n'
        '    p0n4 -> p0n3 [label=" .last"];\n'
        f'    p0n2 [label="{HOLDER_LABEL}", fillcolor="#fbd5d0", color="#b3261e", fontcolor="black", '
        'penwidth="2.5"];\n'
        '    p0n1 -> p0n2 [label=" .done\\n grows", color="#b3261e", fontcolor="#b3261e", penwidth="2.5"];\n'
        "  }\n"
        "}\n"
    )


def test_others_that_hold_the_same_are_marked_by_their_names() -> None:
    graph = replace(LEAK_GRAPH, holders=("p0n2", "p0n4"))
    finding = a_finding(leak_graph=graph, also_held_by=(a_holder("Archive.last", type="Archive"),))

    labels = labels_of(graph_of(text_of("graph", an_analysis(finding))))

    assert labels["p0n2"] == HOLDER_LABEL
    assert labels["p0n4"].startswith("Archive.last\\nArchive")


def test_a_finding_that_was_not_drawn_shows_its_chain_and_says_so() -> None:
    chain = (_step("app.jobs", "module"), _step("→", "partial"), _step(".done", "dict", is_growing=True))

    text = text_of("graph", an_analysis(a_finding(chain=chain)))

    assert arrows_of(graph_of(text)) == [
        ("app.jobs", "", "partial"),
        ("partial", ".done\\n grows", HOLDER_LABEL),
    ]
    assert "the chain alone; `leakscan run --graph` draws what is around it, too" in text
    assert "the chain alone" not in text_of("graph", an_analysis(a_finding(leak_graph=LEAK_GRAPH)))


def test_a_cycle_that_was_not_drawn_is_closed() -> None:
    chain = (_step("Node", "Node"), _step(".next", "Leaf"), _step(".prev", "Node"))
    garbage = replace(a_finding_without_holder(Kind.CYCLIC_GARBAGE), chain=chain)

    text = text_of("graph", an_analysis(garbage))

    assert arrows_of(graph_of(text)) == [("Node", ".next", "Leaf"), ("Leaf", ".prev", "Node")]


def test_what_nothing_holds_is_said_in_its_frame() -> None:
    lost = replace(
        a_finding_without_holder(Kind.LOST_REFERENCE),
        chain=(ChainStep(link="?", type="Row", name="2 references from C to each Row", is_growing=True),),
    )

    text = text_of("graph", an_analysis(lost, a_finding_without_holder(Kind.NATIVE)))

    labels = labels_of(graph_of(text))
    assert "the chain alone" not in text
    assert sorted(labels.values()) == ["2 references from C to each Row", "no Python object holds it"]


def test_the_worst_findings_are_drawn_each_in_a_frame_and_the_others_counted() -> None:
    findings = _numbered(*[a_finding(bytes_per_call=float(size)) for size in range(9, 0, -1)])

    text = text_of("graph", an_analysis(*findings))

    graph = graph_of(text)
    assert [each.get_name() for each in graph.get_subgraphs()] == [f"cluster_{n}" for n in range(5)]
    assert "and 4 more findings" in text


def test_no_more_is_drawn_than_is_shown() -> None:
    assert settings.MAX_DRAWN == MAX_FINDINGS


def test_what_fails_the_run_is_framed_before_what_only_fills() -> None:
    [filling, leaking] = _numbered(a_finding(verdict=Verdict.FILLING), a_finding())

    text = text_of("graph", an_analysis(filling, leaking))

    assert text.index("p1n1") < text.index("p0n1")


def test_findings_stand_in_two_columns_each_below_the_one_before() -> None:
    text = text_of("graph", an_analysis(*_numbered(*[a_finding()] * 4)))

    hidden = [line.strip() for line in text.splitlines() if "invis" in line]
    assert hidden == [
        "p0n3 -> p2n1 [style=invis, weight=0];",
        "p1n3 -> p3n1 [style=invis, weight=0];",
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "there is no leak to draw"),
        ({"failure": a_failure()}, "the target failed"),
        (
            {"verdict": Verdict.INCONCLUSIVE, "kind": Kind.NOISE},
            "no growth is proved, so there is none to draw",
        ),
    ],
)
def test_a_report_without_findings_is_a_graph_that_says_why(
    changes: dict[str, object], expected: str
) -> None:
    text = text_of("graph", replace(an_analysis(), **changes))  # type: ignore[arg-type]

    assert labels_of(graph_of(text)) == {"nothing": expected}


def test_a_name_cannot_break_out_of_its_label() -> None:
    name = 'a "b" \\ &lt; ]; x -> y {\n\x1b[31m'
    holder = a_holder(name)
    chain = (_step(name, "module"), _step(name, name, is_growing=True))

    graph = graph_of(text_of("graph", an_analysis(a_finding(holder=holder, chain=chain), target=name)))

    assert len(arrows_of(graph)) == 1
    [label, _] = labels_of(graph).values()
    assert label == 'a \\"b\\" \\\\ &amp;lt; ]; x -> y {\\\\n\\\\x1b[31m'


def test_the_same_analysis_gives_the_same_text() -> None:
    analysis = an_analysis(*_numbered(a_finding(), a_finding()))

    assert text_of("graph", analysis) == text_of("graph", analysis)


HOSTILE_STATEMENTS = (
    'p0n1[image="/etc/passwd"];',
    'p0n1[label="x", shapefile="/etc/passwd"];',
    'p0n1[label=<<img src="/etc/passwd"/>>];',
    'p0n1[URL="javascript:alert(1)", href="x"];',
    'graph [imagepath="/", fontpath="/"];',
    "p0n1[shape=epsf];",
    'p0n1[label="x"]; p0n2[image="y"];',
    "subgraph cluster_9 {",
    "}",
    'p0n1[fontname="/tmp/evil.ttf"];',
    'nothing -> p0n1 [label="x"];',
    '"p0n1" -> "p0n2";',
    "/* p0n1[label=x]; */",
)


@promise(
    About.NEVER,
    "A drawing of a recording is never handed to Graphviz as it is: what is known of it is written anew.",
)
def test_of_a_drawing_only_what_the_agent_writes_is_taken() -> None:
    dot = LEAK_GRAPH.dot.replace("}\n", "\n".join(("", *HOSTILE_STATEMENTS, "}\n")))
    hostile = replace(LEAK_GRAPH, dot=dot, holders=('p0n2[image="x"]; a',), growing=(("a[b=c];x", "y"),))

    text = text_of("graph", an_analysis(a_finding(leak_graph=hostile)))

    # The label of the second statement is a label, whatever stood beside it.
    for word in ("image", "shapefile", "img", "URL", "href", "fontpath", "epsf", "evil", "cluster_9", "a[b"):
        assert word not in text
    assert ("x", ".done", "dict\\n12,340 entries") in arrows_of(graph_of(text))
