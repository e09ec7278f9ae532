"""The tracing tells old objects from new ones, and leaves the process as it was."""

import gc
import tracemalloc
from collections.abc import Iterator

import pytest

from leakscan.agent.tracing.tracer import Tracing


class Node:
    """An object that the collector tracks, with its dict in front of it on CPython 3.11 and later."""

    def __init__(self) -> None:
        self.name = "node"


@pytest.fixture
def tracing() -> Iterator[Tracing]:
    is_enabled = gc.isenabled()
    gc.disable()
    tracing = Tracing(1)
    yield tracing
    tracing.end()
    if is_enabled:
        gc.enable()


OLD = Node()


def test_what_was_there_before_the_tracing_is_old_and_what_came_since_is_new(tracing: Tracing) -> None:
    new = Node()

    split = tracing.old_and_new()

    is_old = any(each is OLD for each in split.old), any(each is new for each in split.old)
    is_new = any(each is OLD for each in split.new), any(each is new for each in split.new)
    split.forget()
    assert (is_old, is_new) == ((True, False), (False, True))


def test_new_objects_are_told_one_by_one_once_they_have_been_told_all_at_once(tracing: Tracing) -> None:
    new = Node()
    tracing.old_and_new().forget()

    assert tracing.objects.new_among([OLD, new]) == [new]
    assert tracing.objects.old_among([OLD, new]) == [OLD]


def test_a_target_that_clears_the_traces_is_noticed(tracing: Tracing) -> None:
    was_lost = tracing.is_lost
    tracemalloc.clear_traces()

    assert (was_lost, tracing.is_lost) == (False, True)


def test_a_target_that_freezes_is_noticed(tracing: Tracing) -> None:
    was_freezing = tracing.is_target_freezing
    kept = [Node() for _ in range(10)]
    gc.freeze()

    assert (was_freezing, tracing.is_target_freezing) == (False, True)
    assert len(kept) == 10


def test_after_its_end_nothing_is_traced_and_nothing_is_frozen() -> None:
    frozen_before = gc.get_freeze_count()
    tracing = Tracing(1)
    tracing.end()

    assert not tracemalloc.is_tracing()
    assert gc.get_freeze_count() <= frozen_before


def test_a_second_end_leaves_alone_what_has_begun_since(tracing: Tracing) -> None:
    tracing.end()
    tracemalloc.start()
    try:
        tracing.end()

        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()
