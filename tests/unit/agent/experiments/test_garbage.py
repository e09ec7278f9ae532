"""What a collection would free is told with its cycle, and left where it is."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from leakscan.agent.experiments.garbage import garbage_among_frozen, garbage_now
from leakscan.agent.heap.symbolize import Traceback
from leakscan.agent.tracing.live_blocks import blocks_of_target
from leakscan.agent.tracing.tracer import Tracing

RINGS = 30


class Node:
    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def tracing() -> Iterator[Tracing]:
    gc.collect()
    gc.disable()
    tracing = Tracing(2)
    yield tracing
    tracing.end()
    gc.enable()


def _leave_a_ring() -> "weakref.ref[Node]":
    return weakref.ref(Node())


def _left() -> tuple[list[Traceback], "weakref.ref[Node]"]:
    before = blocks_of_target()
    rings = [_leave_a_ring() for _ in range(RINGS)]
    return blocks_of_target().grown_since(before, 10), rings[-1]


def test_garbage_is_counted_by_its_sites_with_the_cycle_that_keeps_it(tracing: Tracing) -> None:
    sites, newest = _left()

    garbage = garbage_now(tracing, sites, draws=True)

    assert garbage.message is None
    assert garbage.objects >= RINGS
    assert dict(garbage.types)["Node"] == RINGS
    assert sum(share.objects for share in garbage.shares) >= RINGS
    assert [step.link for step in garbage.cycle] == ["Node", ".itself"]
    assert len(garbage.graphs) == 1
    assert newest() is not None


def test_what_the_target_has_frozen_is_looked_at_thawed_and_stays_frozen() -> None:
    sites, newest = _left()
    gc.freeze()
    try:
        garbage = garbage_among_frozen(sites)
        frozen = gc.get_freeze_count()
    finally:
        gc.unfreeze()

    assert garbage.message is None
    assert dict(garbage.types)["Node"] == RINGS
    assert frozen > 0
    assert newest() is not None
    assert garbage.graphs == ()
