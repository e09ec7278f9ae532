"""When the calls are watched line by line."""

import pytest

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.model.run import Kind, Verdict
from tests.unit.analysis.scripted import LEAK, Workload, conversation


def test_native_memory_that_grows_alone_is_called_native() -> None:
    run = conversation(Workload(heap=lambda calls: 1_000 * calls))

    analysis = analyze(run.records, Settings())
    assert (analysis.verdict, analysis.kind) == (Verdict.LEAKING, Kind.NATIVE)


def test_native_growth_is_watched_line_by_line_once() -> None:
    of_heap = conversation(Workload(heap=lambda calls: 1_000 * calls))
    of_pages = conversation(Workload(resident=lambda calls: 66_000 * calls))

    (heap,) = of_heap.asked(wire.WatchLines)
    (pages,) = of_pages.asked(wire.WatchLines)
    assert (heap.is_resident, pages.is_resident) == (False, True)
    assert heap.calls * 1_000 >= 256 * 1024


@pytest.mark.parametrize(
    "workload",
    [
        LEAK,
        Workload(),
        Workload(heap=lambda calls: 1_000_000 * calls, seconds_per_call=0.4),
        Workload(resident=lambda calls: 66_000 * calls, free=lambda calls: 66_000.0 * calls),
    ],
    ids=["a leak with a holder", "clean", "slow calls", "fragmentation"],
)
def test_nothing_else_is_watched_line_by_line(workload: Workload) -> None:
    assert conversation(workload).asked(wire.WatchLines) == []


def test_resident_memory_that_malloc_knows_nothing_of_is_native_too() -> None:
    run = conversation(Workload(resident=lambda calls: 66_000 * calls))

    analysis = analyze(run.records, Settings())
    assert (analysis.verdict, analysis.kind) == (Verdict.LEAKING, Kind.NATIVE)
    (finding,) = analysis.findings
    assert finding.bytes_per_call == 66_000.0


def test_resident_memory_that_malloc_could_give_back_is_fragmentation() -> None:
    run = conversation(
        Workload(resident=lambda calls: 66_000 * calls, free=lambda calls: 0.9 * 66_000 * calls)
    )

    analysis = analyze(run.records, Settings())
    assert (analysis.verdict, analysis.kind) == (Verdict.CLEAN, Kind.FRAGMENTATION)
    assert analysis.findings == ()
