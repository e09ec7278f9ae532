"""What was there before the calls is kept from the collector, and is collected when it has to be."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from leakscan.agent.calling.host_freeze import HostFreeze


class Node:
    """One that refers to itself, so that only a collection frees it."""

    def __init__(self, size: int = 0) -> None:
        self.itself = self
        self.kept = [[n] for n in range(size)]


@pytest.fixture
def host_freeze() -> Iterator[HostFreeze]:
    """It has just collected everything."""
    host_freeze = HostFreeze()
    host_freeze.begin()
    host_freeze.end()
    yield host_freeze
    host_freeze.end()


def _old(node: Node) -> "weakref.ref[Node]":
    """Make it as old as what has been through a collection of everything."""
    gc.freeze()
    gc.unfreeze()
    return weakref.ref(node)


def test_what_was_there_is_frozen_until_the_end(host_freeze: HostFreeze) -> None:
    before = gc.get_freeze_count()

    host_freeze.begin()
    frozen = gc.get_freeze_count()
    host_freeze.end()

    assert frozen > before
    assert gc.get_freeze_count() == before


def test_garbage_among_what_was_there_is_collected_at_the_end(host_freeze: HostFreeze) -> None:
    node = Node()
    left = _old(node)

    host_freeze.begin()
    del node
    gc.collect()
    was_there = left() is not None
    host_freeze.end()

    assert was_there
    assert left() is None


def test_a_little_garbage_can_wait_and_much_is_collected_at_the_next_beginning(
    host_freeze: HostFreeze,
) -> None:
    host_freeze.begin()
    objects = gc.get_freeze_count()
    host_freeze.end()
    is_left = []

    for size in (objects // 100, objects // 5):
        node = Node(size)
        left = _old(node)
        del node
        host_freeze.begin()
        is_left.append(left() is not None)
        host_freeze.end(collects=False)

    assert is_left == [True, False]


def test_what_somebody_else_has_frozen_stays_frozen(host_freeze: HostFreeze) -> None:
    gc.freeze()
    try:
        host_freeze.begin()
        host_freeze.end()
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
