"""How long the windows of a screen are."""

import itertools

import pytest

from leakscan import wire
from leakscan.model.run import Verdict
from tests.unit.analysis.scripted import LEAK, Workload, conversation, verdict_of


def test_the_calls_of_a_run_double_again_and_again_while_it_grows() -> None:
    run = conversation(LEAK)

    windows = [c.rounds * c.calls for c in run.asked(wire.Rounds) if c.stage == wire.Stage.SCREEN]
    assert len(windows) >= 3
    assert all(later >= earlier for earlier, later in itertools.pairwise(windows))
    assert windows[-1] >= 4 * windows[0]


@pytest.mark.parametrize("period", [10, 48, 60, 64, 100, 128, 256, 500, 512, 1_000, 1_024, 2_048, 4_096])
@pytest.mark.parametrize("collect_seconds", [0.001, 0.03, 0.1])
def test_what_is_flushed_with_a_period_does_not_creep_up_from_round_to_round(
    period: int, collect_seconds: float
) -> None:
    flushed = Workload(
        blocks=lambda calls: 3 * (calls % period), seconds_per_call=2e-5, collect_seconds=collect_seconds
    )

    run = conversation(flushed)

    assert verdict_of(run) is Verdict.CLEAN
    assert not run.is_traced


def test_an_interval_is_kept_in_every_window() -> None:
    run = conversation(Workload(), interval_seconds=0.5)

    assert {c.interval_seconds for c in run.asked(wire.Rounds) if c.stage == wire.Stage.SCREEN} == {0.5}
