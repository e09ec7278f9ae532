"""What a plan asks of the attribution is what the findings would answer."""

import pytest

from leakscan import wire
from leakscan.analysis.attribution.attributed import attributed, worst_holders_first
from leakscan.analysis.case import Case
from leakscan.analysis.growth.screen import screen
from leakscan.analysis.passes import FINDING, after
from leakscan.analysis.record_index import RecordIndex
from leakscan.model.analysis import Finding
from leakscan.model.run import Kind, Unit
from tests.unit.analysis.scripted import LEAK, Workload, conversation

WORKLOADS = {
    "leak": LEAK,
    "clean": Workload(),
    "native": Workload(heap=lambda calls: 1_000 * calls),
    "native beside a leak": Workload(
        blocks=LEAK.blocks, entries=LEAK.entries, heap=lambda calls: 50_000 * calls
    ),
    "resident memory": Workload(resident=lambda calls: 66_000 * calls),
    "fragmentation": Workload(resident=lambda calls: 66_000 * calls, free=lambda calls: 0.9 * 66_000 * calls),
    "garbage": Workload(garbage=lambda calls: 3 * calls, is_collecting=False),
    "garbage beside a leak": Workload(
        blocks=LEAK.blocks, entries=LEAK.entries, garbage=lambda calls: 3 * calls, is_collecting=False
    ),
    "container alone": Workload(entries=lambda calls: calls, seconds_per_call=0.001),
    "filling": Workload(blocks=lambda calls: calls, entries=lambda calls: calls, bound=10_000_000),
    "stopped": Workload(blocks=lambda calls: 3.0 * min(calls, 31_900)),
    "lost": Workload(blocks=LEAK.blocks),
    "native that a holder accounts for": Workload(
        heap=lambda calls: 500 * calls, traced=lambda calls: 2 * calls, entries=lambda calls: calls
    ),
    "by chance": Workload(
        blocks=LEAK.blocks, traced=lambda calls: calls // 20, entries=lambda calls: calls // 20
    ),
    "replaced": Workload(
        blocks=lambda calls: 3.0 * min(calls, 31_900),
        entries=lambda calls: min(calls, 31_900),
        traced=lambda calls: 2 * calls,
    ),
    "untraced": Workload(blocks=LEAK.blocks, traced=lambda _calls: 0),
    "raises": Workload(blocks=LEAK.blocks, entries=LEAK.entries, raises_at=20_000, seconds_per_call=1e-5),
}


def _moments(workload: Workload) -> list[RecordIndex]:
    """The records until after each answer once something was traced."""
    records = [_with_arrivals(record) for record in conversation(workload, draws=True).records]
    ends = [n for n, record in enumerate(records, start=1) if not isinstance(record, wire.Sample)]
    moments = [RecordIndex(records[:end]) for end in ends]
    return [index for index in moments if index.has(wire.Tracing)]


def _with_arrivals(record: wire.Record) -> wire.Record:
    """The record; where a container is explained, entries came into it, if only in place of others."""
    if not isinstance(record, wire.Explained):
        return record
    return record._replace(holders=tuple(held._replace(added=held.added or 5) for held in record.holders))


def _findings(index: RecordIndex) -> tuple[Finding, ...]:
    return after(Case(records=index, screen=screen(index, Unit.CALL, is_final=True)), FINDING).findings


@pytest.mark.parametrize("name", WORKLOADS)
def test_growth_is_explained_where_it_would_be_a_finding(name: str) -> None:
    for index in _moments(WORKLOADS[name]):
        growth = attributed(index, screen(index, Unit.CALL, is_final=True))

        assert growth.is_explained == bool(_findings(index))


@pytest.mark.parametrize("name", WORKLOADS)
def test_native_growth_is_what_the_finding_of_it_would_have(name: str) -> None:
    for index in _moments(WORKLOADS[name]):
        growth = attributed(index, screen(index, Unit.CALL, is_final=True))

        native = [f.bytes_per_call for f in _findings(index) if f.kind is Kind.NATIVE]
        assert growth.native_bytes_per_unit == next(iter(native), None)


def test_what_grows_is_known_before_anything_is_named() -> None:
    named_at = next(
        n for n, record in enumerate(conversation(LEAK).records) if isinstance(record, wire.Named)
    )
    index = RecordIndex(conversation(LEAK).records[:named_at])

    growth = attributed(index, screen(index, Unit.CALL, is_final=True))

    [leak] = growth.still_growing
    assert (leak.entries_per_unit, leak.blocks_per_unit, leak.is_bounded) == (1.0, 2.0, False)
    assert worst_holders_first(index, screen(index, Unit.CALL, is_final=True)) == ((0,),)
