"""When more windows are screened after the tracing."""

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.model.run import Kind, Verdict
from tests.unit.analysis.scripted import LEAK, Workload, conversation


def test_growth_that_stops_before_it_is_traced_is_clean_once_more_windows_have_shown_it() -> None:
    run = conversation(Workload(blocks=lambda calls: 3.0 * min(calls, 31_900)))

    analysis = analyze(run.records, Settings())
    asked = [c for c in run.commands if isinstance(c, wire.Rounds | wire.Explain)]
    assert run.is_traced
    assert [type(c) for c in asked[-3:]] == [wire.Explain, wire.Rounds, wire.Rounds]
    assert {c.stage for c in asked[-2:] if isinstance(c, wire.Rounds)} == {wire.Stage.SCREEN}
    assert (analysis.verdict, analysis.kind) == (Verdict.CLEAN, Kind.WARM_UP)


def test_no_window_is_begun_that_would_end_after_the_longest_time() -> None:
    run = conversation(Workload(blocks=lambda calls: 3.0 * min(calls, 31_900)), max_time_seconds=4.5)

    assert run.is_traced
    assert run.asked(wire.Rounds)[-1].stage == wire.Stage.TRACE


def test_what_is_proved_is_not_screened_again() -> None:
    run = conversation(LEAK)

    stages = [c.stage for c in run.asked(wire.Rounds)]
    assert stages[-1] == wire.Stage.TRACE
