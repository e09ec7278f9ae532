"""How long a program that runs by itself is watched: until little enough could hide in it."""

import pytest

from leakscan import wire
from leakscan.analysis import Settings, analyze, next_command
from leakscan.model.run import Kind, RunOptions, Verdict
from tests.unit.analysis.live_runs import a_census
from tests.unit.analysis.records import a_header, a_sample, a_sound_control

OPTIONS = RunOptions(target="app.worker", is_module=True)
ROUNDS = 24


def _watched(*, churn: int, until: float, options: RunOptions = OPTIONS) -> list[wire.Record]:
    """A program that keeps nothing, with so many blocks that come and go, as it is watched by the plan."""
    records: list[wire.Record] = [
        a_header(),
        a_sound_control(),
        wire.Loaded("-m app.worker", 0.1, None),
    ]
    at, taken = 3.0, 0
    while at < until:
        command = next_command(options, records, is_live=True)
        if isinstance(command, wire.TakeCensus):
            taken += 1
            records.append(a_census(taken, at))
        elif isinstance(command, wire.Watch):
            for number in range(command.rounds):
                at += command.interval_seconds
                blocks = 5_000 + churn * (number % 3)
                records.append(a_sample(0, blocks, stage=command.stage, at=at, cpu_seconds=at / 2))
            records.append(wire.RoundsDone(command.stage, command.rounds, is_returned=False))
        else:
            break
    return records


def _seconds(records: list[wire.Record]) -> float:
    return max(record.at for record in records if isinstance(record, wire.Sample))


@pytest.mark.parametrize("interval", [0.0, 1.0])
def test_a_quiet_program_is_watched_until_no_more_than_a_megabyte_an_hour_could_hide(interval: float) -> None:
    options = RunOptions(target="app.worker", is_module=True, interval_seconds=interval)
    records = _watched(churn=0, until=300, options=options)

    analysis = analyze([*records, wire.Ended("finished", 0, 60.0)], Settings())

    assert _seconds(records) < 60
    assert analysis.verdict is Verdict.CLEAN
    assert analysis.detection_limit_bytes_per_call is not None
    assert analysis.detection_limit_bytes_per_call * 3_600 <= 1e6


def test_a_noisy_program_is_watched_for_two_minutes_and_is_not_clean_then() -> None:
    records = _watched(churn=500, until=300)

    analysis = analyze([*records, wire.Ended("finished", 0, 150.0)], Settings())

    assert 96 < _seconds(records) < 150
    assert (analysis.verdict, analysis.kind) == (Verdict.INCONCLUSIVE, Kind.NOISE)
    assert (
        "MB per hour could hide in how it rises and falls; --max-time 480 would tell more" in analysis.reason
    )


@pytest.mark.parametrize(
    ("churn", "verdict"), [(0, Verdict.CLEAN), (5, Verdict.CLEAN), (5_000, Verdict.INCONCLUSIVE)]
)
def test_what_could_double_a_program_in_an_hour_is_not_clean_in_the_time_that_is_given(
    churn: int, verdict: Verdict
) -> None:
    options = RunOptions(target="app.worker", is_module=True, max_time_seconds=60.0)
    records = _watched(churn=churn, until=300, options=options)

    header = a_header()._replace(options={**a_header().options, "max_time_seconds": 60.0})
    analysis = analyze([header, *records[1:], wire.Ended("finished", 0, 60.0)], Settings())

    assert _seconds(records) <= 45
    assert analysis.verdict is verdict
    assert ("--max-time 240 would tell more" in analysis.reason) is (verdict is Verdict.INCONCLUSIVE)
