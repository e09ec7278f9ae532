"""What an analysis keeps of how a run was started and of each round."""

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.model.run import RunStage
from tests.unit.analysis.records import a_header, a_sample, a_sound_control


def test_only_untraced_rounds_tell_what_the_target_had_in_use() -> None:
    records: list[wire.Record] = [
        a_header(calls=7),
        a_sound_control(),
        a_sample(1, 900, stage=wire.Stage.WARM_UP),
        a_sample(8, 1_000, garbage=12),
        a_sample(15, 5_000, stage=wire.Stage.TRACE),
    ]

    run = analyze(records, Settings(threshold_bytes_per_call=64)).run

    assert run is not None
    assert (run.options.calls, run.threshold_bytes_per_call) == (7, 64)
    assert [(s.stage, s.calls, s.blocks, s.garbage_blocks) for s in run.samples] == [
        (RunStage.WARM_UP, 1, 900, 0),
        (RunStage.SCREEN, 8, 1_000, 12),
    ]


def test_a_call_that_never_returns_is_sampled_beside_it() -> None:
    records: list[wire.Record] = [
        a_header(),
        a_sound_control(),
        a_sample(0, 900, stage=wire.Stage.WATCH),
        a_sample(0, 950, stage=wire.Stage.WATCH),
    ]

    run = analyze(records, Settings()).run

    assert run is not None
    assert [sample.stage for sample in run.samples] == [RunStage.SCREEN, RunStage.SCREEN]
