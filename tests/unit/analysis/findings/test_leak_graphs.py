"""Which node of a picture is the holder, and which of its arrows grow."""

import pytest

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.model.analysis import LeakGraph
from tests.unit.analysis.records import (
    a_header,
    a_held_by,
    a_look,
    a_share,
    a_sound_control,
    a_traced_site,
    a_window,
    attribute_step,
    global_step,
    grown,
    module_step,
)

HOLDER = 0xA
Steps = tuple[wire.Step, ...]
Chain = tuple[tuple[str, ...], ...]
NODE = attribute_step("Node", "next", "Node")
QUEUE = (
    module_step(),
    global_step("JOBS", "Queue"),
    wire.Step("storage", ".queue", "deque", "Queue", "queue"),
)


def _leak_graph(steps: Steps, chain: Chain, *others: tuple[Steps, Chain]) -> LeakGraph | None:
    """The drawing of a leak whose holder is reached by the steps; `others` hold the same objects."""
    records: list[wire.Record] = [a_header(), a_sound_control(), a_look(1, 0)]
    for number in range(3):
        start, end = 2_400 * number, 2_400 * (number + 1)
        records += a_window([5_000 + start + 100 * n for n in range(25)], after=start)
        grew = [grown(HOLDER + place, start, end) for place in range(1 + len(others))]
        records.append(a_look(number + 2, end, *grew))
    every = [(steps, chain), *others]
    overlaps = {str(place): 1.0 for place in range(len(every))}
    held_by = [a_held_by(HOLDER + place, a_share(0), overlaps=overlaps) for place in range(len(every))]
    records += [
        wire.Tracing(16, 7_200),
        wire.Sites(0, 1.0, 0.0, ()),
        wire.Sites(100, 2.0, 1.0, (a_traced_site(),)),
        wire.Explained(tuple(held_by)),
        wire.Named(tuple(wire.NamedHolder(each) for each, _chain in every)),
        wire.Graphs(
            (wire.LeakGraph("digraph {}", tuple(each for _, each in every), tuple(range(len(every)))),)
        ),
        wire.Ended("finished", 0, 3.0),
    ]
    (finding,) = analyze(records, Settings()).findings
    return finding.leak_graph


@pytest.mark.parametrize(
    ("steps", "chain", "holder", "growing"),
    [
        ((module_step(), global_step("CACHE")), (("n1",), ("n2",)), "n2", (("n1", "n2"),)),
        (QUEUE, (("n1",), ("n2",), ("n3",)), "n2", (("n1", "n2"),)),
        (
            (module_step(), global_step("HEAD", "Node"), NODE._replace(repeats=1_240)),
            (("n1",), ("n2",), ("n3", "n4", "n5")),
            "n2",
            (("n2", "n3"), ("n3", "n4"), ("n4", "n5")),
        ),
        (
            (module_step(), global_step("APP", "App"), *[attribute_step("App", "x")] * 3),
            (("n1",), ("n2",), (), (), ("n3",)),
            "n3",
            (("n2", "n3"),),
        ),
        ((wire.Step("unknown", "dict", "dict", "dict"),), (("n1",),), "n1", ()),
    ],
    ids=["a global", "inside a queue", "a linked list", "past steps left out", "without a root"],
)
def test_the_holder_is_the_node_that_its_user_knows(
    steps: Steps, chain: Chain, holder: str, growing: tuple[tuple[str, str], ...]
) -> None:
    assert _leak_graph(steps, chain) == LeakGraph(dot="digraph {}", holders=(holder,), growing=growing)


def test_the_others_that_hold_the_same_are_known_by_their_nodes() -> None:
    by_id = (module_step(), global_step("BY_ID")), (("n1",), ("n2",))
    by_name = (module_step(), global_step("BY_NAME")), (("n1",), ("n3",))

    drawing = _leak_graph(*by_id, by_name)

    assert drawing == LeakGraph(dot="digraph {}", holders=("n2", "n3"), growing=(("n1", "n2"), ("n1", "n3")))
