"""The cycle round a cycle of garbage, and where it begins."""

from __future__ import annotations

from leakscan.agent.references import cycles


class Parent:
    def __init__(self) -> None:
        self.children: list[Child] = []


class Child:
    def __init__(self, parent: Parent) -> None:
        self.parent = parent
        parent.children.append(self)


def _links(*garbage: object) -> list[str]:
    """The links of the cycle that is found from the first of the objects on."""
    cycle = cycles.cycle_among(garbage[:1], set(map(id, garbage)))
    return [] if cycle is None else [step.link for step in cycles.cycle_steps(cycle)]


def test_a_cycle_begins_with_an_instance_wherever_it_was_met() -> None:
    parent = Parent()
    child = Child(parent)

    parts = parent.__dict__, child.__dict__

    assert _links(child, parent, parent.children, *parts) == ["Child", ".parent", ".children", "[0]"]
    assert _links(parent.children, child, parent, *parts) == ["Child", ".parent", ".children", "[0]"]


def test_a_function_that_refers_to_itself_is_named() -> None:
    def fetch(tries: int) -> None:
        if tries:
            fetch(tries - 1)

    assert fetch.__closure__ is not None

    links = _links(fetch.__closure__, *fetch.__closure__, fetch)

    assert links == [f"{fetch.__qualname__}()", "cell 'fetch'"]


def test_a_long_ring_is_told_as_one_link_many_times() -> None:
    class Node:
        next: Node

    nodes = [Node() for _ in range(30)]
    for place, node in enumerate(nodes):
        node.next = nodes[(place + 1) % 30]

    cycle = cycles.cycle_among(nodes, set(map(id, nodes)) | {id(node.__dict__) for node in nodes})

    assert cycle is not None
    assert [(step.link, step.repeats) for step in cycles.cycle_steps(cycle)][1:] == [(".next", 30)]


def test_what_leads_back_through_no_garbage_has_no_cycle() -> None:
    parent = Parent()
    Child(parent)

    assert _links(parent) == []
