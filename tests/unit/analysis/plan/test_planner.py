"""The stages of a run, their order and its end, told by an agent that only makes up the numbers."""

import pytest

from leakscan import wire
from leakscan.analysis import Settings, analyze, next_command
from leakscan.model.run import RunOptions, Verdict
from tests.unit.analysis.records import a_header, a_sound_control
from tests.unit.analysis.scripted import LEAK, Workload, conversation, verdict_of

OPTIONS = RunOptions(target="app:handle")


def test_a_run_measures_itself_before_it_loads_the_target() -> None:
    run = conversation(Workload())

    first, second = run.commands[:2]
    assert isinstance(first, wire.Control)
    assert second == wire.Load("app:handle")


def test_a_flat_target_is_clean_and_never_traced() -> None:
    run = conversation(Workload())

    assert verdict_of(run) is Verdict.CLEAN
    assert not run.is_traced


def test_a_leak_is_traced_explained_proved_and_named() -> None:
    run = conversation(LEAK)

    after_the_screen = [type(c) for c in run.commands if not isinstance(c, wire.Rounds)][-8:]
    assert after_the_screen == [
        *(wire.StartTracing, wire.TakeSites, wire.TakeSites),
        *(wire.Explain, wire.Prove, wire.MeasureEntries, wire.Name, wire.WatchStores),
    ]
    (finding,) = analyze(run.records, Settings()).findings
    assert finding.holder is not None
    assert (finding.verdict, finding.holder.name) == (Verdict.LEAKING, "app.CACHE")
    assert finding.holder.freed_share == 1.0


@pytest.mark.parametrize(("threshold", "verdict"), [(1_000.0, Verdict.LEAKING), (100_000.0, Verdict.CLEAN)])
def test_a_leak_under_the_threshold_is_no_clean_run_where_the_process_grew_by_more(
    threshold: float, verdict: Verdict
) -> None:
    # Two blocks that are traced, and 50 kB of a C library behind them, as of a document that is kept.
    of_a_library = Workload(
        blocks=lambda calls: 2 * calls, entries=lambda calls: calls, heap=lambda calls: 50_000 * calls
    )

    run = conversation(of_a_library)

    analysis = analyze(run.records, Settings(threshold_bytes_per_call=threshold))
    assert analysis.verdict is verdict
    assert analysis.growth.bytes_per_call == pytest.approx(50_000)


@pytest.mark.parametrize(
    "ending",
    [
        wire.LoadFailed("there is no module `ap`"),
        wire.Ended("crashed", -9, 1.0),
    ],
)
def test_nothing_is_asked_after_the_end(ending: wire.Record) -> None:
    assert next_command(OPTIONS, [a_header(), a_sound_control(), ending]) is None


def test_an_agent_that_fails_again_and_again_is_left_alone() -> None:
    failed = wire.AgentFailed("TakeCensus", "OSError: no", "Traceback")

    records: list[wire.Record] = [
        a_header(),
        a_sound_control(),
        wire.Loaded("app:handle", 0.1),
        *[failed] * 3,
    ]

    assert next_command(OPTIONS, records) is None
