"""The calls of a warm-up."""

from leakscan import wire
from leakscan.model.run import Verdict
from tests.unit.analysis.scripted import LEAK, Workload, conversation, verdict_of


def test_with_numbers_given_the_rounds_are_exactly_those() -> None:
    run = conversation(LEAK, calls=50, rounds=12, warmup=100)

    asked = [(c.stage, c.rounds, c.calls) for c in run.asked(wire.Rounds) if c.stage != wire.Stage.TRACE]
    assert asked[0] == (wire.Stage.WARM_UP, 1, 100)
    assert sum(rounds for stage, rounds, _ in asked if stage == wire.Stage.SCREEN) == 12
    assert {calls for stage, _, calls in asked if stage == wire.Stage.SCREEN} == {50}


def test_a_warm_up_of_no_calls_is_none() -> None:
    run = conversation(Workload(), calls=50, rounds=12, warmup=0)

    assert [c for c in run.asked(wire.Rounds) if c.stage == wire.Stage.WARM_UP] == []


def test_a_run_without_a_warm_up_begins_with_a_window_of_single_calls() -> None:
    run = conversation(LEAK, warmup=0)

    assert run.asked(wire.Rounds)[0].calls == 1
    assert verdict_of(run) is Verdict.LEAKING
