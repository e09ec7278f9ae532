"""The numbers that a history keeps of a run."""

from datetime import UTC, datetime
from typing import Any

import pytest

from leakscan.comparison.past_run import conditions_digest, leaked_bytes_per_call, past_run
from leakscan.model.analysis import Analysis, ProcessSample, RunFacts
from leakscan.model.history import Machine, PastRun
from leakscan.model.run import RunOptions, RunStage, Verdict
from tests.builders import a_failure, a_filling_finding, a_finding, an_analysis

MACHINE = Machine(system="Linux x86_64 glibc", processor="Xeon")
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def kept(analysis: Analysis, target: str = "jobs") -> PastRun:
    return past_run(analysis, target=target, commit=None, machine=MACHINE, at=NOW, environment={})


def a_sample(stage: RunStage, calls: int, *, rss: int, call_seconds: float) -> ProcessSample:
    return ProcessSample(
        stage=stage,
        calls=calls,
        seconds=0.0,
        blocks=0,
        garbage_blocks=0,
        heap_bytes=0,
        rss_bytes=rss,
        call_seconds=call_seconds,
    )


def facts(*samples: ProcessSample, **options: Any) -> RunFacts:
    return RunFacts(
        options=RunOptions(target="app.jobs:handle", **options),
        threshold_bytes_per_call=64.0,
        platform="Linux",
        started_at="2026-01-01T00:00:00+00:00",
        samples=samples,
    )


def test_the_peak_is_of_all_rounds_and_the_time_of_those_after_the_warm_up() -> None:
    run = facts(
        a_sample(RunStage.WARM_UP, 10, rss=70, call_seconds=9.0),
        a_sample(RunStage.SCREEN, 10, rss=50, call_seconds=0.0),
        a_sample(RunStage.SCREEN, 20, rss=60, call_seconds=0.1),
        a_sample(RunStage.SCREEN, 30, rss=60, call_seconds=0.9),
        a_sample(RunStage.SCREEN, 40, rss=60, call_seconds=0.2),
    )

    past = kept(an_analysis(run=run))

    assert past.peak_bytes == 70
    assert past.seconds_per_call == pytest.approx(0.02)
    assert past.threshold_bytes_per_call == 64
    assert past.started_at == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_call_that_never_returned_has_no_time() -> None:
    run = facts(
        a_sample(RunStage.SCREEN, 0, rss=50, call_seconds=1.0),
        a_sample(RunStage.SCREEN, 0, rss=50, call_seconds=1.0),
    )

    assert kept(an_analysis(run=run)).seconds_per_call is None


def test_a_run_of_which_nothing_more_is_known_has_its_answer_all_the_same() -> None:
    past = kept(an_analysis(a_finding(), failure=a_failure()))

    assert (past.peak_bytes, past.seconds_per_call, past.started_at) == (None, None, NOW)
    assert (past.verdict, past.is_failed, past.growth_bytes_per_call) == (Verdict.LEAKING, True, 1_900)


def test_growth_is_that_of_the_leaks_and_not_of_caches_that_fill() -> None:
    under_threshold = a_finding(verdict=Verdict.CLEAN, bytes_per_call=20.0)

    assert leaked_bytes_per_call(an_analysis(a_finding(), a_filling_finding(), under_threshold)) == 1_920
    assert leaked_bytes_per_call(an_analysis(a_filling_finding())) == 0


def test_a_name_that_is_no_text_can_be_kept() -> None:
    assert kept(an_analysis(), "app/\udc80.py:f").target == "app/\\udc80.py:f"


@pytest.mark.parametrize("changes", [{"calls": 7}, {"setup": "app:db"}, {"arguments": ("--fast",)}])
def test_options_that_make_it_do_something_else_are_told_apart(changes: dict[str, Any]) -> None:
    options = RunOptions(target="app:f")

    assert conditions_digest(RunOptions(target="app:f", **changes), {}) != conditions_digest(options, {})
    assert conditions_digest(options, {"PYTHONMALLOC": "malloc"}) != conditions_digest(options, {})


@pytest.mark.parametrize(
    "changes", [{"frames": 3}, {"proves": False}, {"draws": True}, {"lists_caches": True}], ids=str
)
def test_options_that_change_only_the_explanation_are_not(changes: dict[str, Any]) -> None:
    explained = RunOptions(target="a", **changes)

    assert conditions_digest(explained, {}) == conditions_digest(RunOptions(target="a"), {})


def test_secrets_do_not_show_in_the_digest() -> None:
    assert "hunter2" not in conditions_digest(RunOptions(target="a"), {"PASSWORD": "hunter2"})
