"""Each pass takes a case and gives it back with more in it."""

import pytest

from leakscan import wire
from leakscan.analysis import PASSES
from leakscan.analysis.case import Case
from leakscan.analysis.passes import EXPLAINING, FINDING, Pass, after
from leakscan.analysis.record_index import indexed
from leakscan.model.run import Kind, Verdict
from tests.unit.analysis.records import a_header, a_sound_control
from tests.unit.analysis.whole_runs import HOLDER, a_flat_run, a_leaking_run


def _case(records: list[wire.Record], threshold: float = 0.0) -> Case:
    ended = wire.Ended("finished", 0, 3.0)
    whole = indexed([a_header(), a_sound_control(), *records, ended])
    return Case(records=whole, threshold_bytes_per_unit=threshold)


@pytest.mark.parametrize("each", FINDING, ids=lambda each: each.__name__)
def test_a_pass_leaves_a_case_as_it_is_where_nothing_was_explained(each: Pass) -> None:
    case = _case(a_flat_run())

    assert each(case) == case


def test_each_pass_adds_what_the_next_one_reads() -> None:
    case = after(_case(a_leaking_run()), (*PASSES[:3], *EXPLAINING))

    assert case.explanation is not None
    assert case.admission is not None
    assert case.admission.groups == ((0,),)
    assert [group.grown_blocks for group in case.groups] == [100]
    assert [leak.holders for leak in case.leaks] == [(0,)]
    assert case.explanation.explained.holders[case.leaks[0].main].address == HOLDER
    assert (case.findings, case.judgement) == ((), None)


def test_no_pass_takes_a_reason_back() -> None:
    case = _case(a_leaking_run())

    for each in PASSES:
        before, case = case.reasons, each(case)

        assert case.reasons[: len(before)] == before


def test_the_threshold_is_the_cases() -> None:
    case = after(_case(a_leaking_run(), threshold=1e6), PASSES)

    assert [finding.kind for finding in case.findings] == [Kind.UNDER_THRESHOLD]
    assert case.judgement is not None
    assert case.judgement.verdict is Verdict.CLEAN
