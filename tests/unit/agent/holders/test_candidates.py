"""Who refers to new objects: objects that predate the tracing, and what they are a part of."""

import gc
import io
import sys
from collections.abc import Iterator

import pytest

from leakscan.agent.holders.candidates import HolderCandidate, candidates_of
from leakscan.agent.tracing.tracer import Tracing


class Row:
    pass


class Branch:
    """A node of a tree, which grows at its leaves."""

    def __init__(self) -> None:
        self.below: Branch | None = None


@pytest.fixture
def tracing() -> Iterator[Tracing]:
    is_enabled = gc.isenabled()
    gc.disable()
    tracing = Tracing(1)
    yield tracing
    tracing.end()
    if is_enabled:
        gc.enable()


class AskedBranch(Branch):
    """A node whose namespace has been asked for."""

    def __init__(self) -> None:
        super().__init__()
        vars(self)


class LooseBranch(AskedBranch):
    """A node whose namespace is a dict also where Python could do without it (CPython 3.13)."""

    def __init__(self) -> None:
        super().__init__()
        self.__dict__ = dict(vars(self))


class ListBranch(list[object]):
    """A list, with attributes beside its entries."""

    below: object = None


class Registry:
    """An instance whose attributes are the entries."""

    def __init__(self) -> None:
        self.__dict__ = {}


HELD: list[object] = []
TEXT = io.StringIO()
ROOTS = [Branch() for _ in range(6)]
ASKED_ROOTS = [AskedBranch() for _ in range(6)]
LOOSE_ROOTS = [LooseBranch() for _ in range(6)]
REGISTRIES = [Registry() for _ in range(6)]
LISTS = [ListBranch() for _ in range(6)]
OTHER: list[object] = []


@pytest.fixture(autouse=True)
def _nothing_held() -> Iterator[None]:
    yield
    HELD.clear()
    TEXT.seek(0)
    TEXT.truncate()
    for root in (*ROOTS, *ASKED_ROOTS, *LOOSE_ROOTS):
        root.below = None
    for branch in LISTS:
        branch.below = None
    for registry in REGISTRIES:
        vars(registry).clear()


def _candidates(tracing: Tracing, *suspects: object) -> list[HolderCandidate]:
    split = tracing.old_and_new()
    try:
        return candidates_of(split, list(suspects), tracing.objects)
    finally:
        split.forget()


def _of(parent: object, candidates: list[HolderCandidate]) -> list[HolderCandidate]:
    return [candidate for candidate in candidates if candidate.parent is parent]


def test_an_old_object_that_refers_to_new_ones_is_a_candidate_with_them(tracing: Tracing) -> None:
    rows = [Row() for _ in range(3)]
    HELD.extend(rows)

    (candidate,) = _of(HELD, _candidates(tracing))

    assert len(candidate.children) == 3
    assert all(any(child is row for child in candidate.children) for row in rows)


def test_an_old_object_without_new_ones_is_none_but_where_it_is_suspected(tracing: Tracing) -> None:
    assert _of(OTHER, _candidates(tracing)) == []


def test_a_suspect_is_a_candidate_in_any_case(tracing: Tracing) -> None:
    (candidate,) = _of(OTHER, _candidates(tracing, OTHER))

    assert candidate.children == []


def test_nodes_of_one_type_that_refer_to_others_of_it_are_one_candidate(tracing: Tracing) -> None:
    for root in ROOTS:
        root.below = Branch()

    candidates = _candidates(tracing)

    trees = [each for each in candidates if type(each.parent) is Branch]
    (tree,) = trees
    assert (len(tree.alike), len(tree.children), tree.is_slot) == (len(ROOTS) - 1, len(ROOTS), True)


@pytest.mark.parametrize("roots", [ASKED_ROOTS, LOOSE_ROOTS], ids=["asked", "loose"])
def test_the_namespace_of_a_node_is_the_node(tracing: Tracing, roots: list[AskedBranch]) -> None:
    for root in roots:
        root.below = type(root)()

    candidates = _candidates(tracing)

    (tree,) = [each for each in candidates if type(each.parent) is type(roots[0])]
    nodes = (tree, *tree.alike)
    assert {id(node.parent) for node in nodes} == set(map(id, roots))
    assert {id(child) for node in nodes for child in node.children} == {id(root.below) for root in roots}
    assert not any(_of(vars(root), candidates) for root in roots)


def test_a_namespace_that_is_asked_for_while_traced_is_seen_through(tracing: Tracing) -> None:
    for root in ROOTS:
        root.below = Branch()
        vars(root)

    (tree,) = [each for each in _candidates(tracing) if type(each.parent) is Branch]

    assert {id(child) for child in tree.children} == {id(root.below) for root in ROOTS}
    assert len(tree.alike) == len(ROOTS) - 1


def test_nodes_with_and_without_a_namespace_of_their_own_are_one_structure(tracing: Tracing) -> None:
    for root in ROOTS[:2]:
        vars(root)
    for root in ROOTS:
        root.below = Branch()

    (tree,) = [each for each in _candidates(tracing) if type(each.parent) is Branch]

    assert {id(child) for child in tree.children} == {id(root.below) for root in ROOTS}


def test_a_namespace_that_grows_call_after_call_is_a_container(tracing: Tracing) -> None:
    namespaces = [vars(registry) for registry in REGISTRIES]
    for namespace in namespaces:
        namespace.update({f"entry_{number}": Registry() for number in range(10)})

    candidates = _candidates(tracing, *namespaces)

    for namespace in namespaces:
        (candidate,) = _of(namespace, candidates)
        assert sum(type(child) is Registry for child in candidate.children) == len(namespace)
    assert not any(type(each.parent) is Registry for each in candidates)


def test_the_namespaces_of_other_than_nodes_are_no_structure(tracing: Tracing) -> None:
    for branch in LISTS:
        branch.below = ListBranch()
    for root in LOOSE_ROOTS:
        vars(root)["row"] = Row()

    candidates = _candidates(tracing)

    assert not any(each.alike for each in candidates)
    for root in LOOSE_ROOTS:
        assert len(_of(vars(root), candidates)) == 1
        del vars(root)["row"]


def test_a_tuple_from_the_free_list_leads_to_the_new_objects_in_it(tracing: Tracing) -> None:
    free = [(each,) for each in ROOTS]
    assert len(free) == len(ROOTS)
    rows = [Row() for _ in range(3)]
    del free

    HELD.extend((row,) for row in rows)
    (candidate,) = _of(HELD, _candidates(tracing))

    assert {id(child) for child in candidate.children} == set(map(id, HELD))


def test_candidates_are_numbered_in_their_order(tracing: Tracing) -> None:
    HELD.append(Row())

    candidates = _candidates(tracing, OTHER)

    assert [candidate.number for candidate in candidates] == list(range(len(candidates)))


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="its text is in a buffer of its own")
def test_the_parts_of_a_text_are_given_to_the_text_that_collects_them(tracing: Tracing) -> None:
    for number in range(20):
        TEXT.write(f"line {number}\n")

    (candidate,) = _of(TEXT, _candidates(tracing, TEXT))

    assert len(candidate.children) >= 20
