"""Growth that no Python object holds: references from C, and cyclic garbage."""

from collections.abc import Sequence

import pytest

from leakscan import wire
from leakscan.model.run import Kind, Verdict
from tests.unit.analysis.records import (
    a_share,
    a_traced_site,
    attribute_step,
    garbage,
)
from tests.unit.analysis.whole_runs import a_flat_run, a_leaking_run, analysis_of


def _leak_that_nothing_holds(explained: wire.Explained) -> list[wire.Record]:
    records = [
        record for record in a_leaking_run() if not isinstance(record, wire.Census | wire.Named | wire.Proved)
    ]
    return [explained if isinstance(record, wire.Explained) else record for record in records]


def test_what_only_c_refers_to_is_told_with_the_number_of_references() -> None:
    lost = wire.Explained((), (a_share(0),), unreferred=(wire.Unreferred("Cursor", 100, 2),))

    (finding,) = analysis_of(*_leak_that_nothing_holds(lost)).findings

    assert finding.kind is Kind.LOST_REFERENCE
    assert [step.name for step in finding.chain] == [
        "2 references from C to each Cursor, and none that Python sees"
    ]
    assert finding.advice is not None
    assert finding.advice.startswith("2 references from C to each Cursor")


def test_what_nothing_at_all_refers_to_is_on_its_way_out_and_no_leak() -> None:
    passing = wire.Explained((), (a_share(0),), unreferred=(wire.Unreferred("tuple", 100, 0),))

    analysis = analysis_of(*_leak_that_nothing_holds(passing))

    assert (analysis.verdict, analysis.findings) == (Verdict.INCONCLUSIVE, ())


def test_cycles_that_the_target_froze_are_garbage_and_not_lost() -> None:
    cycle = (wire.Step("garbage", "Knot", "Knot"), attribute_step("Knot", "itself", "Knot"))
    frozen = wire.Garbage(100, (("Knot", 100),), cycle, (a_share(0),))
    lost = wire.Explained((), (a_share(0),), frozen=(frozen,))

    (finding,) = analysis_of(*_leak_that_nothing_holds(lost)).findings

    assert finding.kind is Kind.CYCLIC_GARBAGE
    assert [step.name for step in finding.chain] == ["Knot", "Knot.itself"]
    assert "gc.freeze()" in str(finding.advice)


def _uncollected(records: Sequence[wire.Record], *, per_call: float) -> list[wire.Record]:
    """The records of a program whose collector is off, and of which each call leaves so much garbage."""
    return [
        r._replace(is_collecting=False, unreachable=round(100 * per_call))
        if isinstance(r, wire.Sample)
        else r
        for r in records
    ]


def test_a_holder_stays_the_answer_where_the_collector_is_off() -> None:
    records = _uncollected(a_leaking_run(), per_call=0.0)
    before_named = records.index(next(r for r in records if isinstance(r, wire.Explained)))
    records.insert(before_named, garbage(0))

    analysis = analysis_of(*records)

    assert [(f.kind, f.holder is not None and f.holder.name) for f in analysis.findings] == [
        (Kind.UNBOUNDED_GROWTH, "app.CACHE")
    ]


def test_garbage_beside_a_leak_is_a_finding_of_its_own_with_its_own_line() -> None:
    grown = (a_traced_site(7), a_traced_site(8, blocks=200, size=16_000))
    records = [
        *(
            r._replace(grown=grown) if isinstance(r, wire.Sites) and r.calls else r
            for r in _uncollected(a_leaking_run(), per_call=1.0)
        ),
        garbage(200, a_share(1, 200)),
    ]

    analysis = analysis_of(*records)

    assert [(f.kind, [site.frame.line for site in f.sites]) for f in analysis.findings] == [
        (Kind.CYCLIC_GARBAGE, [8]),
        (Kind.UNBOUNDED_GROWTH, [7]),
    ]
    assert [f.bytes_per_call for f in analysis.findings] == [160.0, pytest.approx(100.0, rel=0.4)]


def test_holders_beside_garbage_are_no_leak_where_what_is_kept_is_flat() -> None:
    traced = [r for r in a_leaking_run() if not isinstance(r, wire.Sample | wire.RoundsDone | wire.Census)]
    records = [*_uncollected(a_flat_run(), per_call=1.0), *traced, garbage(100, a_share(0))]

    analysis = analysis_of(*records)

    assert [f.kind for f in analysis.findings] == [Kind.CYCLIC_GARBAGE]


def test_garbage_of_which_no_piece_was_found_is_no_leak() -> None:
    traced = [r for r in a_leaking_run() if not isinstance(r, wire.Sample | wire.RoundsDone | wire.Census)]
    records = [*_uncollected(a_flat_run(), per_call=1.0), *traced, garbage(0)]

    analysis = analysis_of(*records)

    assert (analysis.verdict, analysis.findings) == (Verdict.INCONCLUSIVE, ())
    assert "cyclic garbage piled up while untraced, but the traced calls left none" in analysis.reason
