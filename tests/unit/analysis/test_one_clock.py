"""Rates of a program that runs by itself: by its own time, though it is slower while it is traced."""

import pytest

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.model.analysis import Finding
from tests.unit.analysis.live_runs import ENTRIES_PER_SECOND, SEEN, a_growing_program, named_untraced
from tests.unit.analysis.records import (
    a_held_by,
    a_share,
    a_traced_site,
    global_step,
    module_step,
)

ENTRY_BYTES = 150


def _finding(*, entries_while_traced: int, seconds: float = 2.0, table_bytes: int = 0) -> Finding:
    """Of a program that was traced for so long, in which so many entries came, of two blocks each."""
    site = a_traced_site(blocks=2 * entries_while_traced, size=ENTRY_BYTES * max(1, entries_while_traced))
    holder = a_held_by(
        SEEN,
        a_share(0, max(1, entries_while_traced)),
        entries=10_000,
        entries_before=9_600,
        calls=0,
        table_bytes=table_bytes,
    )
    records: list[wire.Record] = [
        *a_growing_program(),
        named_untraced(),
        wire.Tracing(16, 0),
        wire.Sites(0, 97.0, 0.0, ()),
        wire.Sites(0, 97.0 + seconds, seconds, (site,), entries=((SEEN, entries_while_traced),)),
        wire.Explained((holder,)),
        wire.Named((wire.NamedHolder((module_step(), global_step("seen"))),)),
        wire.Ended("finished", 0, 100.0),
    ]
    (finding,) = analyze(records, Settings()).findings
    return finding


@pytest.mark.parametrize("entries_while_traced", [3, 20, 60, 200])
def test_the_rate_is_that_of_the_untraced_program_however_slow_it_was_while_traced(
    entries_while_traced: int,
) -> None:
    finding = _finding(entries_while_traced=entries_while_traced)

    assert finding.bytes_per_call == pytest.approx(ENTRY_BYTES * ENTRIES_PER_SECOND)
    assert finding.objects_per_call == pytest.approx(2 * ENTRIES_PER_SECOND)


@pytest.mark.parametrize("table_bytes", [0, 400_000])
def test_the_rows_of_a_finding_add_up_to_its_heading(table_bytes: int) -> None:
    finding = _finding(entries_while_traced=60, table_bytes=table_bytes)

    assert finding.bytes_per_call == pytest.approx((ENTRY_BYTES + table_bytes / 10_000) * ENTRIES_PER_SECOND)
    assert sum(site.bytes_per_call for site in finding.sites) == pytest.approx(finding.bytes_per_call)
    assert sum(site.objects_per_call for site in finding.sites) == pytest.approx(finding.objects_per_call)
