"""The release of holders is tried where the target loses nothing by it, and measured by what went."""

import ctypes
import gc
from collections.abc import Iterator

import pytest

from leakscan import wire
from leakscan.agent.experiments import counted_release, proof
from leakscan.agent.experiments.release import Release, release_of
from leakscan.agent.fork import copy
from leakscan.agent.heap.symbolize import Traceback
from leakscan.agent.holders.candidates import HolderCandidate
from leakscan.agent.tracing.allocations import TracedObjects
from leakscan.agent.tracing.live_blocks import blocks_of_target
from leakscan.agent.tracing.tracer import Tracing

ROWS = 50
NATIVE_BYTES = 5_000
OLD = [object() for _ in range(10_000)]
"""What was there before the tracing."""
LIBC = ctypes.CDLL(None)
LIBC.malloc.argtypes, LIBC.malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
LIBC.free.argtypes = [ctypes.c_void_p]


@pytest.fixture(autouse=True)
def _traced() -> Iterator[None]:
    gc.disable()
    tracing = Tracing(2)
    yield
    tracing.end()
    gc.enable()


def _one_more(*kept: list[bytearray]) -> None:
    row = bytearray(1_000)
    for each in kept:
        each.append(row)


def _grown(*kept: list[bytearray]) -> list[Traceback]:
    before = blocks_of_target()
    for _ in range(ROWS):
        _one_more(*kept)
    return blocks_of_target().grown_since(before, 10)


def _proved(holders: tuple[int, ...], sites: list[Traceback], *kept: list[bytearray]) -> wire.Proved:
    candidates = [HolderCandidate(each, list(each)) for each in kept]
    releases: list[Release | None] = [release_of(candidate, TracedObjects()) for candidate in candidates]
    command = wire.Prove(holders, tuple(range(len(sites))))
    return proof.prove(command, proof.Holders(candidates, releases, _forget_nothing, TracedObjects()), sites)


def _forget_nothing() -> None:
    pass


def test_the_release_of_the_one_holder_frees_the_growth_and_the_target_keeps_it() -> None:
    kept: list[bytearray] = []
    sites = _grown(kept)

    proved = _proved((0,), sites, kept)

    assert proved.message is None
    assert proved.grown_bytes >= ROWS * 1_000
    assert proved.freed_bytes >= 0.95 * proved.grown_bytes
    assert len(kept) == ROWS


def test_the_release_of_one_of_two_holders_frees_next_to_nothing() -> None:
    kept: list[bytearray] = []
    index: list[bytearray] = []
    sites = _grown(kept, index)

    one, both = (_proved(holders, sites, kept, index) for holders in ((0,), (0, 1)))

    assert one.freed_bytes < 0.1 * one.grown_bytes
    assert both.freed_bytes >= 0.95 * both.grown_bytes


def test_a_holder_that_nothing_releases_is_told_of() -> None:
    kept: list[bytearray] = []
    sites = _grown(kept)
    holders = proof.Holders([HolderCandidate(kept, [])], [None], _forget_nothing, TracedObjects())

    proved = proof.prove(wire.Prove((0,), (0,)), holders, sites)

    assert (proved.grown_bytes, proved.freed_bytes) == (0, 0)
    assert proved.message == "it can't be emptied from outside"


def test_without_a_sandbox_it_is_counted_by_references(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept: list[bytearray] = []
    index: list[bytearray] = []
    sites = _grown(kept, index)
    monkeypatch.setattr(copy.trial, "answer", "no sandbox here")

    one, both = (_proved(holders, sites, kept, index) for holders in ((0,), (0, 1)))

    assert one.counted_because == both.counted_because == "no sandbox here"
    assert one.freed_bytes < 0.1 * one.grown_bytes
    assert both.freed_bytes >= 0.95 * both.grown_bytes


class _Native:
    """An object that owns memory of which Python knows nothing."""

    __slots__ = ("_address",)

    def __init__(self) -> None:
        self._address = LIBC.malloc(NATIVE_BYTES)

    def __del__(self) -> None:
        LIBC.free(self._address)


def _one_more_native(kept: list[object], *, is_lost: bool) -> None:
    kept.append(object() if is_lost else _Native())
    if is_lost:
        LIBC.malloc(NATIVE_BYTES)


@pytest.mark.parametrize(("is_lost", "share_freed"), [(False, 1.0), (True, 0.0)])
def test_native_memory_that_the_entries_own_is_told_from_what_was_lost_beside_them(
    *, is_lost: bool, share_freed: float
) -> None:
    kept: list[object] = list(OLD)
    before = blocks_of_target()
    for _ in range(ROWS):
        _one_more_native(kept, is_lost=is_lost)
    sites = blocks_of_target().grown_since(before, 10)
    releases: list[Release | None] = [release_of(HolderCandidate(kept, []), TracedObjects())]
    holders = proof.Holders([HolderCandidate(kept, [])], releases, _forget_nothing, TracedObjects())

    proved = proof.prove(wire.Prove((0,), tuple(range(len(sites)))), holders, sites)

    assert proved.message is None
    assert proved.freed_heap_bytes == pytest.approx(
        share_freed * ROWS * NATIVE_BYTES, abs=0.05 * ROWS * NATIVE_BYTES
    )


def test_what_the_release_freed_is_told_by_site() -> None:
    kept: list[bytearray] = []
    sites = _grown(kept)

    proved = _proved((0,), sites, kept)

    assert proved.freed_sites is not None
    (site, blocks, size), *_ = sorted(proved.freed_sites, key=lambda freed: -freed[2])
    assert (site, blocks >= ROWS, size >= ROWS * 1_000) == (0, True, True)


def test_where_it_can_be_neither_tried_nor_counted_both_reasons_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept: list[bytearray] = []
    sites = _grown(kept)
    monkeypatch.setattr(copy.trial, "answer", "no sandbox here")
    monkeypatch.setattr(counted_release, "MAX_OBJECTS", 10)

    proved = _proved((0,), sites, kept)

    assert proved.counted_because is None
    assert (proved.message or "").startswith("no sandbox here; nor was it counted what would go: ")
    assert "TooMany" in (proved.message or "")
