"""What a candidate retains is measured by the new objects behind it, site by site."""

import gc
from collections.abc import Iterator

import pytest

from leakscan.agent.holders.candidates import HolderCandidate
from leakscan.agent.holders.retained import Retained
from leakscan.agent.tracing.live_blocks import blocks_of_target
from leakscan.agent.tracing.new_objects import NewObjects
from leakscan.agent.tracing.tracer import Tracing


@pytest.fixture(autouse=True)
def _not_collecting() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


class Row:
    __slots__ = ("cells",)

    def __init__(self, number: int) -> None:
        self.cells = bytes(200 + number)


def _fill(kept: list[Row], number: int) -> None:
    kept.append(Row(number))


def _filled(rows: int) -> tuple[list[Row], NewObjects]:
    kept: list[Row] = []
    tracing = Tracing(2)
    try:
        before = blocks_of_target()
        for number in range(rows):
            _fill(kept, number)
        sites = blocks_of_target().grown_since(before, 10)
        split = tracing.old_and_new()
        new = NewObjects(sites, split)
        split.forget()
    finally:
        tracing.end()
    new.remember()
    return kept, new


def test_a_candidate_retains_its_entries_and_what_hangs_on_them() -> None:
    kept, new = _filled(20)

    retained = Retained.behind(HolderCandidate(kept, list(kept)), new)

    assert retained.objects.total() == 40
    assert retained.weight[0] > 20 * 200
    types = [share.types for share in retained.shares()]
    assert {name for each in types for name in each} == {"Row", "bytes"}


def test_what_two_candidates_share_is_a_share_of_the_bytes() -> None:
    kept, new = _filled(20)
    whole = Retained.behind(HolderCandidate(kept, list(kept)), new)
    half = Retained.behind(HolderCandidate(kept, list(kept[:10])), new)

    assert half.shared_with(whole) == 1.0
    assert 0.4 < whole.shared_with(half) < 0.6
    assert Retained().shared_with(whole) == 0.0


def test_of_very_many_objects_some_are_counted_for_all() -> None:
    kept, new = _filled(4_000)

    retained = Retained.behind(HolderCandidate(kept, list(kept)), new)

    assert retained.objects.total() == pytest.approx(8_000, rel=0.02)
