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


HELD: list[object] = []
TEXT = io.StringIO()
ROOTS = [Branch() for _ in range(6)]
OTHER: list[object] = []


@pytest.fixture(autouse=True)
def _nothing_held() -> Iterator[None]:
    yield
    HELD.clear()
    TEXT.seek(0)
    TEXT.truncate()
    for root in ROOTS:
        root.below = None


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
