"""What an explanation tells, and what it lets go of."""

import gc
import os
import weakref
from collections.abc import Iterator
from time import perf_counter

import pytest

from leakscan.agent.holders.explain import Question, explain
from leakscan.agent.tracing.live_blocks import blocks_of_target
from leakscan.agent.tracing.tracer import Tracing


class _Order:
    pass


def _one_more(kept: dict[int, _Order]) -> None:
    kept[len(kept)] = _Order()


@pytest.mark.usefixtures("_not_collecting")
def test_an_explanation_keeps_nothing_of_what_it_has_looked_at() -> None:
    kept: dict[int, _Order] = {}
    tracing = Tracing(4)
    try:
        before = blocks_of_target()
        for _ in range(40):
            _one_more(kept)
        sites = blocks_of_target().grown_since(before, 10)
        newest = weakref.ref(kept[39])
        explained = explain(
            Question(
                tracing=tracing,
                sites=sites,
                suspects=[kept],
                length_before=lambda _: 0,
                calls=40,
                clock=perf_counter,
            )
        )
    finally:
        tracing.end()
    (kept_by,) = [candidate for candidate in explained.candidates if candidate.parent is kept]
    assert len(kept_by.children) == 40

    del explained, kept_by, tracing
    kept.clear()

    assert newest() is None


def _one_more_each(number: int, left: dict[int, bytes], right: dict[int, bytes]) -> None:
    left[number] = bytes(200)
    right[number] = bytes(300)


@pytest.mark.usefixtures("_not_collecting", "_how_it_is_measured")
def test_a_key_in_common_makes_no_two_dicts_one_leak() -> None:
    left: dict[int, bytes] = {}
    right: dict[int, bytes] = {}
    tracing = Tracing(4)
    try:
        before = blocks_of_target()
        for number in range(40):
            _one_more_each(1_000_000 + number, left, right)
        sites = blocks_of_target().grown_since(before, 10)
        explained = explain(
            Question(
                tracing=tracing,
                sites=sites,
                suspects=[left, right],
                length_before=lambda _: 0,
                calls=40,
                clock=perf_counter,
            )
        )
    finally:
        tracing.end()

    shared = [holder.overlaps for holder in explained.record.holders if holder.is_container]

    assert len(shared) == 2
    assert all(0 < share < 0.2 for overlaps in shared for share in overlaps.values())


class _Registry:
    def __init__(self) -> None:
        self.newest = _Order()
        self.rows: list[_Order] = []
        self.text = ""


def _one_more_row(registry: _Registry) -> None:
    registry.newest = _Order()
    registry.rows.append(registry.newest)
    registry.text += "x" * 500


@pytest.mark.usefixtures("_not_collecting", "_how_it_is_measured")
def test_a_container_that_got_longer_is_told_whole_and_an_object_place_by_place() -> None:
    registry = _Registry()
    tracing = Tracing(4)
    try:
        before = blocks_of_target()
        for _ in range(40):
            _one_more_row(registry)
        sites = blocks_of_target().grown_since(before, 10)
        explained = explain(
            Question(
                tracing=tracing,
                sites=sites,
                suspects=[registry.rows],
                length_before=lambda _: 0,
                calls=40,
                clock=perf_counter,
            )
        )
    finally:
        tracing.end()

    (rows,) = [held for held in explained.record.holders if held.address == id(registry.rows)]
    others = [held for held in explained.record.holders if not held.is_container]
    assert (rows.entries, rows.entries_before, rows.added, rows.calls) == (40, 0, 40, 40)
    assert sum(share.objects for share in rows.shares) >= 40
    assert "str" in {held.type for held in others if held.in_bytes}


@pytest.fixture(params=["in a copy", "in the process itself"])
def _how_it_is_measured(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no copy can be made, the same is found out at the cost of the target."""

    def fails() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    if request.param == "in the process itself":
        monkeypatch.setattr(os, "fork", fails)


@pytest.fixture
def _not_collecting() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    yield
    if was_enabled:
        gc.enable()
