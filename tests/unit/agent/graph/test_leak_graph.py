"""LeakGraphs of holders and cycles, from objects made by hand."""

import functools
import gc
import itertools
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest

from leakscan import wire
from leakscan.agent.graph.leak_graph import GraphContext, Held, cycle_graph, draw, leak_graph
from leakscan.agent.holders.candidates import HolderCandidate
from leakscan.agent.holders.holder_chains import HolderChain
from leakscan.agent.references import cycles, steps
from tests.graphs import arrows_of, graph_of, labels_of

ROOT = wire.Step("module", "shop", "module", "shop", "shop")


class Registry:
    def __init__(self) -> None:
        self.sessions: dict[int, Session] = {}
        self.by_name: dict[str, Session] = {}


class Session:
    def __init__(self, number: int) -> None:
        self.number = number
        self.rows = [bytes(100)]


class Node:
    next: "Node | None" = None


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A module `shop` whose `registry` holds four sessions by number and by name."""
    module = types.ModuleType("shop")
    monkeypatch.setitem(sys.modules, "shop", module)
    module.registry = registry = Registry()  # type: ignore[attr-defined]
    for number in range(4):
        registry.sessions[number] = registry.by_name[f"row-{number}"] = Session(number)
    yield module
    vars(module).clear()


def _held(number: int, candidate: HolderCandidate, *objects: object) -> Held:
    return Held(number, candidate, HolderChain(ROOT, list(objects), list(objects)))


def _forget_nothing() -> None:
    pass


def _nothing() -> float:
    return 0.0


def _sessions(shop: Any, number: int = 0) -> Held:
    registry = shop.registry
    path = (shop, vars(shop), registry, vars(registry), registry.sessions)
    return _held(number, HolderCandidate(registry.sessions, []), *path)


def _drawn(*leak: Held, levels: int = 2, own: frozenset[int] = frozenset()) -> wire.LeakGraph:
    lists = {id(each.chain.objects) for each in leak} | {id(each.chain.shown) for each in leak}
    return leak_graph("p0", leak, GraphContext(lists | own, _nothing, levels))


def test_a_graph_leads_from_the_root_to_the_newest_entries_and_counts_the_rest(shop: Any) -> None:
    held = _sessions(shop)

    drawn = _drawn(held, levels=1)

    assert arrows_of(graph_of(drawn.dot)) == [
        ("module shop", ".registry", "Registry"),
        ("Registry", ".sessions", "dict\\n4 entries"),
        ("dict\\n4 entries", "[3]", "Session"),
        ("dict\\n4 entries", "[2]", "Session"),
        ("dict\\n4 entries", "", "… 2 more"),
        ("Session", ".rows", "list\\n1 entry"),
        ("Session", ".rows", "list\\n1 entry"),
    ]


def test_each_step_of_the_chain_knows_its_node(shop: Any) -> None:
    held = _sessions(shop, number=7)

    drawn = _drawn(held)

    labels = labels_of(graph_of(drawn.dot))
    [chain] = drawn.chains
    assert drawn.holders == (7,)
    assert [[labels[node] for node in step] for step in chain] == [
        ["module shop"],
        ["Registry"],
        ["dict\\n4 entries"],
    ]
    assert len(chain) == len(steps.steps(held.chain.shown, ROOT))


def test_two_holders_of_the_same_objects_are_in_one_graph(shop: Any) -> None:
    registry = shop.registry
    path = (shop, vars(shop), registry, vars(registry), registry.by_name)
    both = [_sessions(shop, 0), _held(1, HolderCandidate(registry.by_name, []), *path)]

    drawn = _drawn(*both, levels=0)

    arrows = arrows_of(graph_of(drawn.dot))
    assert ("Registry", ".by_name", "dict\\n4 entries") in arrows
    assert [words for _start, words, end in arrows if end == "Session"] == [
        *("[3]", "[2]"),
        *("['row-…' (5 characters)]", "['row-…' (5 characters)]"),
    ]
    assert len([label for label in labels_of(graph_of(drawn.dot)).values() if label == "Session"]) == 2


def test_another_way_to_the_holder_is_drawn_from_its_root(shop: Any) -> None:
    shop.AUDIT = {"open": shop.registry.sessions}
    held = _sessions(shop)

    drawn = _drawn(held, levels=0)

    arrows = arrows_of(graph_of(drawn.dot))
    assert ("module shop", ".AUDIT", "dict\\n1 entry") in arrows
    assert ("dict\\n1 entry", "['open']", "dict\\n4 entries") in arrows


def test_lists_of_the_agent_that_refer_to_the_holder_are_not_drawn(shop: Any) -> None:
    held = _sessions(shop)
    of_the_agent = [[shop.registry.sessions], {"holder": shop.registry.sessions}]

    drawn = _drawn(held, levels=0)

    assert len(of_the_agent) == 2
    assert [words for _start, words, end in arrows_of(graph_of(drawn.dot)) if end == "dict\\n4 entries"] == [
        ".sessions"
    ]


def test_a_linked_list_is_cut_in_its_middle(shop: Any) -> None:
    nodes = [Node() for _ in range(1_000)]
    for node, following in itertools.pairwise(nodes):
        node.next = following
    shop.HEAD = nodes[0]
    objects = [shop, vars(shop), *(part for node in nodes for part in (node, vars(node)))][:-1]
    held = _held(0, HolderCandidate(vars(shop), [nodes[0]], is_slot=True), *objects)

    drawn = _drawn(held)

    labels = labels_of(graph_of(drawn.dot))
    assert [[labels[node] for node in step] for step in drawn.chains[0]] == [
        ["module shop"],
        ["Node"],
        ["Node", "… 997 more", "Node"],
    ]


def test_a_long_chain_keeps_its_ends(shop: Any) -> None:
    value: Any = []
    objects = [value]
    for depth in range(30):
        value = {f"level {depth}": value}
        objects.insert(0, value)
    shop.DEEP = value
    held = _held(0, HolderCandidate(objects[-1], []), shop, vars(shop), *objects)

    drawn = _drawn(held)

    labels = labels_of(graph_of(drawn.dot))
    [chain] = drawn.chains
    assert len(chain) == len(steps.steps(held.chain.shown, ROOT))
    assert [labels[nodes[0]] for nodes in chain if nodes].count("… 19 more steps") == 1
    assert labels[chain[-1][-1]] == "list\\n0 entries"
    assert len(labels) < 20


@pytest.mark.parametrize("bound", [None, 5])
def test_the_results_in_a_cache_are_drawn_and_not_its_keys(bound: int | None, shop: Any) -> None:
    @functools.lru_cache(maxsize=bound)
    def price(sku: int) -> str:
        return f"{sku:>60}"

    shop.price = price
    for number in range(10):
        price(1_000_000 + number)
    held = _held(0, HolderCandidate(price, []), shop, vars(shop), price)

    drawn = _drawn(held)

    entries = [end for _start, words, end in arrows_of(graph_of(drawn.dot)) if words in ("[…]", "")]
    assert [end.partition("\\n")[0] for end in entries] == ["str", "str", f"… {(bound or 10) - 2} more"]


def test_a_cycle_is_drawn_with_what_hangs_on_it() -> None:
    parent, child = Registry(), Session(1)
    parent.sessions[1] = child
    child.parent = parent  # type: ignore[attr-defined]
    cycle = [parent, vars(parent), parent.sessions, child, vars(child), parent]

    drawn = cycle_graph(cycle, cycles.cycle_steps(cycle)[0])

    assert arrows_of(graph_of(drawn.dot)) == [
        ("Registry", ".sessions", "dict\\n1 entry"),
        ("Registry", ".by_name", "dict\\n0 entries"),
        ("dict\\n1 entry", "[1]", "Session"),
        ("Session", ".parent", "Registry"),
        ("Session", ".rows", "list\\n1 entry"),
    ]
    [chain] = drawn.chains
    assert chain[0] == chain[-1]


def test_drawing_in_a_copy_leaves_the_objects_without_a_dict_that_they_had_not(shop: Any) -> None:
    held = _sessions(shop)
    before = [session.__sizeof__() for session in shop.registry.sessions.values()]

    drawn = draw(
        wire.DrawGraphs(((0,),)), [held.candidate], [held.chain], forget=_forget_nothing, clock=_nothing
    )

    assert drawn.message is None
    assert [each.holders for each in drawn.graphs] == [(0,)]
    assert [session.__sizeof__() for session in shop.registry.sessions.values()] == before


def test_other_ways_through_frozen_objects_are_drawn(shop: Any) -> None:
    shop.AUDIT = {"open": shop.registry.sessions, "of": shop.registry}
    held = _sessions(shop)

    gc.freeze()
    drawn = draw(
        wire.DrawGraphs(((0,),)), [held.candidate], [held.chain], forget=_forget_nothing, clock=_nothing
    )
    gc.unfreeze()

    [each] = drawn.graphs
    assert "['open']" in [words for _start, words, _end in arrows_of(graph_of(each.dot))]


def test_a_graph_that_cannot_be_made_says_why(shop: Any) -> None:
    held = _sessions(shop)

    def fails() -> None:
        raise RuntimeError("no room")

    drawn = draw(wire.DrawGraphs(((0,),)), [held.candidate], [held.chain], forget=fails, clock=_nothing)

    assert drawn.graphs == ()
    assert drawn.message is not None
