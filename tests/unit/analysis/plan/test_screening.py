"""How long a run is screened, and after which windows its containers are looked at."""

import math
import random
from typing import Any

import pytest

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.model.run import Kind, Verdict
from tests.unit.analysis.scripted import LEAK, Workload, conversation, verdict_of


def test_where_memory_grows_containers_are_looked_at_before_the_first_window_and_after_each() -> None:
    run = conversation(LEAK)

    windows = [c for c in run.asked(wire.Rounds) if c.stage == wire.Stage.SCREEN]
    assert len(run.asked(wire.TakeCensus)) == len(windows) + 1


def test_where_nothing_grows_containers_are_looked_at_before_the_first_window_and_after_the_last() -> None:
    run = conversation(Workload(seconds_per_call=0.001))

    stages = [c.stage if isinstance(c, wire.Rounds) else type(c) for c in run.commands]
    screened = stages[stages.index(wire.TakeCensus) : -1]
    assert len(screened) >= 4
    assert screened == [wire.TakeCensus, *[wire.Stage.SCREEN] * (len(screened) - 2), wire.TakeCensus]


def test_where_time_is_short_containers_are_looked_at_after_each_window_though_nothing_grows() -> None:
    run = conversation(Workload(entries=lambda calls: calls > 40, seconds_per_call=0.2))

    windows = [c for c in run.asked(wire.Rounds) if c.stage == wire.Stage.SCREEN]
    assert len(run.asked(wire.TakeCensus)) == len(windows) + 1 >= 3
    assert analyze(run.records, Settings()).verdict is Verdict.CLEAN


def test_a_container_that_alone_has_grown_is_looked_at_after_each_further_window() -> None:
    run = conversation(Workload(entries=lambda calls: calls, seconds_per_call=0.001))

    stages = [c.stage if isinstance(c, wire.Rounds) else type(c) for c in run.commands]
    screened = stages[stages.index(wire.TakeCensus) + 1 :]
    first = screened.index(wire.TakeCensus)
    assert screened[first : first + 5] == [wire.TakeCensus, *[wire.Stage.SCREEN, wire.TakeCensus] * 2]
    assert analyze(run.records, Settings()).verdict is Verdict.LEAKING


def test_a_container_that_has_gained_an_entry_in_a_hundred_calls_is_not_looked_at_again() -> None:
    run = conversation(Workload(entries=lambda calls: calls // 100, seconds_per_call=0.001))

    assert len(run.asked(wire.TakeCensus)) == 2


def _looks_at_tracked_alone(workload: Workload, **options: Any) -> list[bool]:
    run = conversation(workload, **options)
    return [look.tracked_only for look in run.asked(wire.TakeCensus)]


def test_where_nothing_grows_in_a_shared_process_later_looks_are_at_tracked_containers_alone() -> None:
    calm = Workload(seconds_per_call=0.001)

    assert _looks_at_tracked_alone(calm) == [False, False]
    assert _looks_at_tracked_alone(calm, shares_process=True) == [False, True]
    assert _looks_at_tracked_alone(calm, shares_process=True, rounds=24, calls=4) == [False, True, True]


def test_where_memory_grows_in_a_shared_process_all_containers_are_looked_at() -> None:
    assert set(_looks_at_tracked_alone(LEAK, shares_process=True)) == {False}


def test_a_container_that_grows_while_memory_does_not_is_found_in_a_run_that_follows_another() -> None:
    workload = Workload(entries=lambda calls: calls, seconds_per_call=0.001, follows_a_run=True)
    run = conversation(workload, shares_process=True)

    assert verdict_of(run) is Verdict.LEAKING


@pytest.mark.parametrize("period", [7, 25, 400])
def test_a_saw_tooth_is_clean_and_never_traced(period: int) -> None:
    run = conversation(Workload(blocks=lambda calls: 3 * (calls % period)))

    assert verdict_of(run) is Verdict.CLEAN
    assert not run.is_traced


def test_growth_that_fades_is_clean_and_never_traced() -> None:
    run = conversation(Workload(blocks=lambda calls: 500 * math.log2(calls + 1)))

    analysis = analyze(run.records, Settings())
    assert (analysis.verdict, analysis.kind) == (Verdict.CLEAN, Kind.WARM_UP)
    assert not run.is_traced


def test_a_plateau_that_comes_late_is_clean() -> None:
    run = conversation(Workload(blocks=lambda calls: min(calls, 3_000)))

    assert verdict_of(run) is Verdict.CLEAN
    assert not run.is_traced


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_never_called_a_leak(seed: int) -> None:
    noise = random.Random(seed)  # noqa: S311 - noise, no secret
    run = conversation(Workload(blocks=lambda calls: noise.randrange(300) if calls else 0))

    assert verdict_of(run) is not Verdict.LEAKING
    assert not run.is_traced


def test_a_list_that_grows_evenly_in_a_short_run_has_no_answer_and_hides_behind_no_limit() -> None:
    appended = Workload(entries=float)

    short = analyze(conversation(appended, calls=7, rounds=24, warmup=33).records, Settings())
    longer = analyze(conversation(appended, calls=7, rounds=48, warmup=33).records, Settings())

    assert short.verdict is Verdict.INCONCLUSIVE
    assert short.reason == (
        "24 rounds can't tell a dict that grows by 1.0 entries per call from a buffer; --rounds 48 would"
    )
    assert short.detection_limit_bytes_per_call is None
    assert longer.verdict is Verdict.LEAKING


@pytest.mark.parametrize("end", [18_000, 24_000, 29_000])
def test_growth_that_stops_within_a_window_is_waited_for_and_never_traced(end: int) -> None:
    run = conversation(
        Workload(blocks=lambda calls: 2.0 * min(calls, end), entries=lambda calls: min(calls, end))
    )

    analysis = analyze(run.records, Settings())
    assert not run.is_traced
    assert (analysis.verdict, analysis.kind) == (Verdict.CLEAN, Kind.WARM_UP)


def test_the_screen_ends_when_its_time_is_over() -> None:
    noise = random.Random(1)  # noqa: S311 - noise, no secret
    slow = Workload(blocks=lambda calls: noise.randrange(300) if calls else 0, seconds_per_call=0.05)

    run = conversation(slow, max_time_seconds=10.0)

    seconds = max(r.at for r in run.records if isinstance(r, wire.Sample))
    assert seconds <= 15
    assert verdict_of(run) in (Verdict.CLEAN, Verdict.INCONCLUSIVE)


@pytest.mark.parametrize(("max_time", "verdict"), [(None, Verdict.INCONCLUSIVE), (120.0, Verdict.CLEAN)])
def test_a_run_that_may_take_longer_settles_what_another_could_not(
    max_time: float | None, verdict: Verdict
) -> None:
    late = Workload(blocks=lambda calls: 10 * max(0, min(calls, 500) - 150), seconds_per_call=0.05)

    run = conversation(late, max_time_seconds=max_time)

    assert verdict_of(run) is verdict
