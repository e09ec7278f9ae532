"""How a failure of the target is reported."""

import pytest

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.model.run import Kind
from tests.unit.analysis.records import a_header, a_sample, a_sound_control
from tests.unit.analysis.whole_runs import analysis_of


def test_an_agent_that_cannot_load_the_target_is_a_failure_and_no_short_run() -> None:
    fault = wire.AgentFailed("Load", "RuntimeError: no", "Traceback")

    analysis = analyze([a_header(), a_sound_control(), *[fault] * 3], Settings())

    assert analysis.failure is not None
    assert analysis.failure.message == "leakscan could not load the target: RuntimeError: no"
    assert analysis.kind is Kind.TARGET_FAILED


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (-9, "the target's process was killed by SIGKILL after 200 calls"),
        (-11, "the target's process was killed by SIGSEGV after 200 calls"),
        (-34, "the target's process was killed by signal 34 after 200 calls"),
        (7, "the target's process ended by itself with exit code 7 after 200 calls"),
    ],
)
def test_a_crash_is_told_by_how_the_process_died(status: int, message: str) -> None:
    ended = wire.Ended("crashed", status, 1.0)

    analysis = analyze([a_header(), a_sample(100), a_sample(200), ended], Settings())

    assert analysis.failure is not None
    assert analysis.failure.message == message
    assert (analysis.kind, analysis.exit_code) == (Kind.TARGET_FAILED, 3)


def test_a_call_that_hangs_has_timed_out() -> None:
    analysis = analysis_of(a_sample(100), how="timed out")

    assert analysis.failure is not None
    assert analysis.failure.message == "a call of the target did not return in time, after 100 calls"
    assert analysis.failure.hint == "--max-time SECONDS gives it longer"
    assert analysis.exit_code == 3


def test_a_job_now_and_then_that_leaves_something_behind_is_no_program_that_does_nothing() -> None:
    kept = [
        a_sample(0, 1_000 + 100 * n, stage=wire.Stage.WATCH, at=float(n), cpu_seconds=0.0) for n in range(9)
    ]
    nothing = [a_sample(0, stage=wire.Stage.WATCH, at=float(n), cpu_seconds=0.0) for n in range(9)]

    assert analysis_of(*kept).failure is None
    assert analysis_of(*nothing).failure is not None


def test_no_calls_are_counted_of_a_program_that_runs_by_itself() -> None:
    watched = [a_sample(0, stage=wire.Stage.WATCH, at=float(second)) for second in range(3)]

    deaf = analysis_of(*watched, how="timed out").failure
    crashed = analyze([a_header(), *watched, wire.Ended("crashed", -9, 42.0)], Settings()).failure

    assert deaf is not None
    assert (
        deaf.message
        == "a call of the target did not return in time, and nothing could be seen of it any more"
    )
    assert crashed is not None
    assert crashed.message == "the target's process was killed by SIGKILL after 42 s"


def test_what_raised_is_told_with_its_call_and_its_traceback() -> None:
    raised = wire.Raised("raised", "ValueError: no", "Traceback …", 41)

    analysis = analysis_of(raised)

    assert analysis.failure is not None
    assert analysis.failure.message == "the target raised ValueError: no in call 42"
    assert analysis.failure.traceback == "Traceback …"
    assert analysis.exit_code == 3


def test_an_exit_is_told_as_one() -> None:
    analysis = analysis_of(wire.Raised("exited", "SystemExit: 3", None, 4))

    assert analysis.failure is not None
    assert analysis.failure.message == "the target ended the process with SystemExit: 3 in call 5"


def test_a_target_that_is_not_found_comes_with_the_nearest_name() -> None:
    record = wire.LoadFailed("`app` has no `handel`", None, "handel", ("handle", "main"))

    analysis = analysis_of(record)

    assert analysis.failure is not None
    assert analysis.failure.hint == "did you mean `handle`?"


def test_a_name_that_is_like_no_other_comes_without_a_guess() -> None:
    analysis = analysis_of(wire.LoadFailed("`app` has no `xyz`", None, "xyz", ("handle", "main")))

    assert analysis.failure is not None
    assert analysis.failure.hint is None
