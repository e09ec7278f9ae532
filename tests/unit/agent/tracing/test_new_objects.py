"""What is new is told from what is old, with the site that each new object is of."""

import gc
from collections.abc import Iterator

import pytest

from leakscan.agent.tracing.live_blocks import blocks_of_target
from leakscan.agent.tracing.new_objects import NewObjects, targets_own
from leakscan.agent.tracing.tracer import Tracing


class Order:
    def __init__(self, number: int) -> None:
        self.rows = {number: bytes(100)}


@pytest.fixture(autouse=True)
def _not_collecting() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def _one_more(kept: list[Order]) -> None:
    kept.append(Order(len(kept) + 1_000))


@pytest.fixture
def orders() -> list[Order]:
    """Orders, the first ten of which are older than the tracing."""
    kept: list[Order] = []
    for _ in range(10):
        _one_more(kept)
    return kept


@pytest.fixture
def new(orders: list[Order]) -> NewObjects:
    tracing = Tracing(2)
    try:
        before = blocks_of_target()
        # The first dicts may be old ones of the interpreter's, used again.
        for _ in range(200):
            _one_more(orders)
        sites = blocks_of_target().grown_since(before, 10)
        split = tracing.old_and_new()
        objects = NewObjects(sites, split)
        split.forget()
    finally:
        tracing.end()
    objects.remember()
    return objects


def test_objects_of_before_the_tracing_are_not_new(orders: list[Order], new: NewObjects) -> None:
    assert new.new_among(orders) == orders[10:]
    assert new.site_of(orders[0]) is None


def test_a_new_object_has_the_site_at_which_it_was_allocated(orders: list[Order], new: NewObjects) -> None:
    assert {new.site_of(order) for order in orders[10:]} == {new.site_of(orders[10])}
    assert new.site_of(orders[10]) is not None
    assert new.site_of(orders[10].rows) != new.site_of(orders[10])


def test_dicts_that_the_collector_does_not_track_are_new_with_what_they_have(
    orders: list[Order], new: NewObjects
) -> None:
    rows = orders[-1].rows
    assert not gc.is_tracked(rows)

    assert rows[1_209] in new.parts_of(rows)
    assert new.parts_of(orders[0].rows) == []


def test_an_object_of_the_agents_is_not_the_targets_own() -> None:
    tracing = Tracing(2)
    try:
        order, ours = Order(1), blocks_of_target()

        own = targets_own([order, ours])
    finally:
        tracing.end()

    assert own == [order]


def test_what_the_target_allocated_since_then_is_told_from_what_was_there_and_from_the_agents() -> None:
    old = bytes(100)
    tracing = Tracing(2)
    try:
        new, ours = bytes(200), blocks_of_target()

        assert (tracing.objects.has_new([old]), tracing.objects.has_new([old, new])) == (False, True)
        assert tracing.objects.targets_own_among([old, new, ours]) == [new]
    finally:
        tracing.end()
