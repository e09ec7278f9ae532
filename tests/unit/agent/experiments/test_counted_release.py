"""What emptying a holder would free is counted without freeing anything, and without the target's code."""

import gc
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from leakscan.agent.experiments import counted_release
from leakscan.agent.heap.symbolize import Traceback
from leakscan.agent.tracing.live_blocks import all_traces
from leakscan.agent.tracing.tracer import Tracing

FILE = __file__


class Node:
    """An object that refers to others."""

    def __init__(self, *parts: object) -> None:
        self.parts = parts


def _all_sites() -> frozenset[Traceback]:
    return frozenset(
        traceback for part in all_traces() for _, _, traceback, *_ in part if traceback[0][0] == FILE
    )


def _freed(container: object, tracing: Tracing) -> int:
    tracing.old_and_new().forget()
    references = counted_release.references_of_entries(container)
    assert references is not None

    def taken_out() -> Iterator[object]:
        while references:
            yield references.pop()

    traces = counted_release.TracesRead(references, _all_sites(), tracing.objects)
    return counted_release.bytes_freed(taken_out(), traces)


@pytest.fixture
def tracing() -> Iterator[Tracing]:
    tracing = Tracing(1)
    yield tracing
    tracing.end()


def _leave_a_ring() -> None:
    ring = Node()
    ring.parts = (ring, bytearray(1000))


def _cache() -> Any:
    @cache
    def make(number: int) -> Node:
        return Node(bytearray(1000), number)

    for number in range(1000, 1100):
        make(number)
    return make


CONTAINERS: dict[str, Callable[[], Any]] = {
    "dict": lambda: {f"key {n}": Node(bytearray(1000)) for n in range(100)},
    "dict with odd keys": lambda: {(n, f"key {n}"): Node(bytearray(1000)) for n in range(100)},
    "OrderedDict": lambda: OrderedDict((f"key {n}", Node(bytearray(1000))) for n in range(100)),
    "list": lambda: [Node(bytearray(1000)) for _ in range(100)],
    "set": lambda: {Node(bytearray(1000)) for _ in range(100)},
    "deque": lambda: deque(Node(bytearray(1000)) for _ in range(100)),
    "lru_cache": _cache,
}


def test_it_is_counted_where_nothing_is_traced_any_more(tracing: Tracing) -> None:
    container = CONTAINERS["dict"]()
    sites = _all_sites()
    tracing.old_and_new().forget()
    references = counted_release.references_of_entries(container) or []

    traces = counted_release.TracesRead(references, sites, tracing.objects)
    tracing.stop()

    taken_out = (references.pop() for _ in range(len(references)))
    assert counted_release.bytes_freed(taken_out, traces) >= 100_000


@pytest.mark.parametrize("kind", CONTAINERS)
def test_all_that_only_the_holder_refers_to_would_go(kind: str, tracing: Tracing) -> None:
    container = CONTAINERS[kind]()

    freed = _freed(container, tracing)

    assert 100_000 <= freed <= 150_000


@pytest.mark.parametrize("kind", [kind for kind in CONTAINERS if kind != "lru_cache"])
def test_what_somebody_else_refers_to_would_stay_and_all_below_it(kind: str, tracing: Tracing) -> None:
    container = CONTAINERS[kind]()
    elsewhere = [*(container.values() if isinstance(container, dict) else container)][:50]

    freed = _freed(container, tracing)

    assert 50_000 <= freed <= 80_000
    assert len(elsewhere) == 50


def test_objects_that_refer_to_each_other_would_go_together(tracing: Tracing) -> None:
    container = [Node(bytearray(1000)) for _ in range(100)]
    for one, other in zip(container, reversed(container), strict=True):
        one.parts = (*one.parts, other)

    assert _freed(container, tracing) >= 100_000


def test_one_reference_from_elsewhere_holds_a_whole_ring(tracing: Tracing) -> None:
    container = [Node(bytearray(1000)) for _ in range(100)]
    for one, other in zip(container, [*container[1:], container[0]], strict=True):
        one.parts = (*one.parts, other)
    elsewhere = container[7]

    assert _freed(container, tracing) < 5_000
    assert elsewhere is container[7]


def test_objects_that_only_refer_to_each_other_are_unreachable(tracing: Tracing) -> None:
    gc.disable()
    kept = [Node() for _ in range(10)]
    for _ in range(5):
        _leave_a_ring()
    gc.enable()
    split = tracing.old_and_new()
    split.old.clear()
    split.reused.clear()

    unreachable = [each for each in counted_release.unreachable(split.new) if type(each) is Node]

    assert len(unreachable) == 5
    assert not set(map(id, unreachable)) & set(map(id, kept))


def test_a_buffer_has_no_references_to_be_counted() -> None:
    assert counted_release.references_of_entries(bytearray(1000)) is None


def test_of_too_many_objects_nothing_is_said(monkeypatch: pytest.MonkeyPatch, tracing: Tracing) -> None:
    monkeypatch.setattr(counted_release, "MAX_OBJECTS", 50)

    with pytest.raises(counted_release.TooMany):
        _freed(CONTAINERS["list"](), tracing)
