"""What an explanation tells, and what it lets go of."""

import gc
import weakref
from collections.abc import Iterator
from time import perf_counter

import pytest

from leakscan.agent.holders.explain import Question, explain
from leakscan.agent.tracing import tracer


class _Order:
    pass


def _one_more(kept: dict[int, _Order]) -> None:
    kept[len(kept)] = _Order()


@pytest.mark.usefixtures("_not_collecting")
def test_an_explanation_keeps_nothing_of_what_it_has_looked_at() -> None:
    kept: dict[int, _Order] = {}
    tracer.start(4)
    try:
        before = tracer.take()
        for _ in range(40):
            _one_more(kept)
        sites = tracer.take().grown_since(before, 10)
        newest = weakref.ref(kept[39])
        explained = explain(
            Question(sites=sites, suspects=[kept], length_before=lambda _: 0, calls=40, clock=perf_counter)
        )
    finally:
        tracer.stop()
    (kept_by,) = [candidate for candidate in explained.candidates if candidate.parent is kept]
    assert len(kept_by.children) == 40

    del explained, kept_by
    kept.clear()

    assert newest() is None


def _one_more_each(number: int, left: dict[int, bytes], right: dict[int, bytes]) -> None:
    left[number] = bytes(200)
    right[number] = bytes(300)


@pytest.mark.usefixtures("_not_collecting")
def test_a_key_in_common_makes_no_two_dicts_one_leak() -> None:
    left: dict[int, bytes] = {}
    right: dict[int, bytes] = {}
    tracer.start(4)
    try:
        before = tracer.take()
        for number in range(40):
            _one_more_each(1_000_000 + number, left, right)
        sites = tracer.take().grown_since(before, 10)
        explained = explain(
            Question(
                sites=sites, suspects=[left, right], length_before=lambda _: 0, calls=40, clock=perf_counter
            )
        )
    finally:
        tracer.stop()

    shared = [holder.overlaps for holder in explained.record.holders if holder.is_container]

    assert len(shared) == 2
    assert all(0 < share < 0.2 for overlaps in shared for share in overlaps.values())


@pytest.fixture
def _not_collecting() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    yield
    if was_enabled:
        gc.enable()
