"""When calls are traced, how many, and what is looked at before them."""

import pytest

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.model.run import RunOptions, Verdict
from tests.unit.analysis.scripted import LEAK, Workload, conversation, verdict_of

OPTIONS = RunOptions(target="app:handle")


def test_the_suspects_of_the_screen_are_handed_to_the_tracing() -> None:
    run = conversation(LEAK)

    (tracing,) = run.asked(wire.StartTracing)
    assert tracing.suspects
    assert tracing.frames == OPTIONS.frames


def test_a_buffer_that_doubles_is_traced_with_few_frames() -> None:
    run = conversation(Workload(blocks=lambda calls: 4 << (calls + 1).bit_length()))

    (tracing,) = run.asked(wire.StartTracing)
    assert tracing.frames < OPTIONS.frames
    traced = [c.calls for c in run.asked(wire.Rounds) if c.stage == wire.Stage.TRACE]
    before = sum(c.rounds * c.calls for c in run.asked(wire.Rounds) if c.stage != wire.Stage.TRACE)
    assert traced[-1] >= before


def test_a_cache_that_filled_up_is_named_without_a_traced_call() -> None:
    full = Workload(
        blocks=lambda calls: min(calls, 5_000), entries=lambda calls: min(calls, 5_000), bound=5_000
    )

    run = conversation(full)

    analysis = analyze(run.records, Settings())
    assert (analysis.verdict, analysis.exit_code) == (Verdict.FILLING, 0)
    assert [c for c in run.asked(wire.Rounds) if c.stage == wire.Stage.TRACE] == []
    (finding,) = analysis.findings
    assert finding.holder is not None
    assert (finding.holder.entries, finding.holder.bound) == (5_000, 5_000)


def test_a_cache_far_from_its_bound_is_filling_and_no_leak() -> None:
    far = Workload(blocks=lambda calls: calls, entries=lambda calls: calls, bound=10_000_000)

    assert verdict_of(conversation(far)) is Verdict.FILLING


def test_slow_calls_that_tracing_does_not_slow_down_are_traced_for_as_long_as_the_span_has() -> None:
    slow = Workload(blocks=lambda calls: 2 * calls, entries=lambda calls: calls, seconds_per_call=0.06)

    run = conversation(slow)

    traced = [c.calls for c in run.asked(wire.Rounds) if c.stage == wire.Stage.TRACE]
    assert traced == [4, 20]


def test_a_leak_of_one_block_in_fifty_calls_is_found() -> None:
    rare = Workload(blocks=lambda calls: calls // 50, entries=lambda calls: calls // 50)

    run = conversation(rare)

    assert verdict_of(run) is Verdict.LEAKING
    traced = [c.calls for c in run.asked(wire.Rounds) if c.stage == wire.Stage.TRACE]
    assert sum(traced) >= 50


def test_tracing_from_the_start_comes_after_two_windows() -> None:
    run = conversation(Workload(), traces_from_start=True)

    assert len([c for c in run.asked(wire.Rounds) if c.stage == wire.Stage.SCREEN]) == 2
    assert run.is_traced


def test_what_is_traced_where_memory_is_flat_has_taken_the_place_of_something_and_is_no_leak() -> None:
    replaced = Workload(traced=lambda calls: 2 * calls, entries=lambda _calls: 500)

    run = conversation(replaced, traces_from_start=True)

    assert run.is_traced
    assert verdict_of(run) is Verdict.CLEAN


def test_a_growing_container_is_looked_at_from_call_to_call_before_it_is_traced() -> None:
    run = conversation(Workload(blocks=lambda n: 2.0 * n, entries=lambda n: 2.0 * n, removed=8))

    looks = run.asked(wire.TakeChurn)
    spans = [command for command in run.asked(wire.Rounds) if command.stage == wire.Stage.CHURN]
    assert len(looks) == len(spans) + 1 == 5
    assert [(span.rounds, span.calls) for span in spans] == [(1, 1)] * 4
    places = [number for number, c in enumerate(run.commands) if isinstance(c, wire.TakeChurn)]
    assert places[-1] < next(n for n, c in enumerate(run.commands) if isinstance(c, wire.StartTracing))
    (finding,) = analyze(run.records, Settings()).findings
    assert finding.holder is not None
    assert (finding.holder.entries_per_call, finding.holder.added_per_call) == (2.0, 10.0)
    assert finding.holder.removed_per_call == 8.0


def test_a_container_that_grows_now_and_then_is_looked_at_over_as_many_calls() -> None:
    run = conversation(Workload(blocks=lambda n: n // 7, entries=lambda n: n // 7))

    assert {c.calls for c in run.asked(wire.Rounds) if c.stage == wire.Stage.CHURN} <= {7, 8}


@pytest.mark.parametrize(
    "workload", [Workload(), Workload(heap=lambda n: 4_096.0 * n)], ids=["clean", "native"]
)
def test_where_no_container_grows_there_is_nothing_to_look_at(workload: Workload) -> None:
    assert conversation(workload).asked(wire.TakeChurn) == []


def test_calls_that_take_long_are_not_made_for_it() -> None:
    slow = Workload(blocks=lambda n: 2.0 * n, entries=float, seconds_per_call=0.3)

    assert conversation(slow).asked(wire.TakeChurn) == []
