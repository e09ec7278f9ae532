"""What a run asks for, told by an agent that only makes up the numbers."""

import itertools
import math
import random
from typing import Any

import pytest

from leakscan import wire
from leakscan.analysis import Settings, analyze, next_command
from leakscan.model.analysis import Drawing
from leakscan.model.run import Kind, RunOptions, Verdict
from tests.unit.analysis.records import a_header, a_sound_control
from tests.unit.analysis.scripted import Conversation, Workload, conversation

LEAK = Workload(blocks=lambda calls: 2 * calls, entries=lambda calls: calls)
OPTIONS = RunOptions(target="app:handle")


def _verdict(run: Conversation) -> Verdict:
    return analyze(run.records, Settings()).verdict


def test_a_run_measures_itself_before_it_loads_the_target() -> None:
    run = conversation(Workload())

    first, second = run.commands[:2]
    assert isinstance(first, wire.Control)
    assert second == wire.Load("app:handle")


def test_a_flat_target_is_clean_and_never_traced() -> None:
    run = conversation(Workload())

    assert _verdict(run) is Verdict.CLEAN
    assert not run.is_traced


def test_a_leak_is_traced_explained_proved_and_named() -> None:
    run = conversation(LEAK)

    after_the_screen = [type(c) for c in run.commands if not isinstance(c, wire.Rounds)][-7:]
    assert after_the_screen == [
        *(wire.StartTracing, wire.TakeSites, wire.TakeSites),
        *(wire.Explain, wire.Prove, wire.MeasureEntries, wire.Name),
    ]
    (finding,) = analyze(run.records, Settings()).findings
    assert finding.holder is not None
    assert (finding.verdict, finding.holder.name) == (Verdict.LEAKING, "app.CACHE")
    assert finding.holder.freed_share == 1.0


def test_the_calls_of_a_run_double_again_and_again_while_it_grows() -> None:
    run = conversation(LEAK)

    windows = [c.rounds * c.calls for c in run.asked(wire.Rounds) if c.stage == wire.Stage.SCREEN]
    assert len(windows) >= 3
    assert all(later >= earlier for earlier, later in itertools.pairwise(windows))
    assert windows[-1] >= 4 * windows[0]


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

    assert _verdict(run) is Verdict.LEAKING


def test_the_suspects_of_the_screen_are_handed_to_the_tracing() -> None:
    run = conversation(LEAK)

    (tracing,) = run.asked(wire.StartTracing)
    assert tracing.suspects
    assert tracing.frames == OPTIONS.frames


def test_a_holder_is_not_emptied_if_its_user_says_so() -> None:
    run = conversation(LEAK, proves=False)

    assert run.asked(wire.Prove) == []
    (finding,) = analyze(run.records, Settings()).findings
    assert finding.holder is not None
    assert finding.holder.freed_share is None


def test_holders_are_drawn_after_they_are_named_and_only_if_that_was_asked_for() -> None:
    plain, drawing = conversation(LEAK), conversation(LEAK, draws=True)

    (named,) = drawing.asked(wire.Name)
    assert plain.asked(wire.DrawGraphs) == []
    assert drawing.commands[-1] == wire.DrawGraphs(((0,),))
    assert (named.draws, plain.asked(wire.Name)[0].draws) == (True, False)
    (finding,) = analyze(drawing.records, Settings()).findings
    assert finding.drawing == Drawing(dot="digraph {}", holders=("p0n2",), growing=(("p0n1", "p0n2"),))
    assert analyze(plain.records, Settings()).findings[0].drawing is None


def test_what_leaked_until_a_target_raised_is_drawn_too() -> None:
    leak = Workload(blocks=LEAK.blocks, entries=LEAK.entries, raises_at=20_000, seconds_per_call=1e-5)

    run = conversation(leak, draws=True)

    assert run.commands[-1] == wire.DrawGraphs(((0,),))


def test_a_clean_target_is_not_drawn() -> None:
    run = conversation(Workload(), draws=True)

    assert run.asked(wire.DrawGraphs) == []


def test_a_cycle_is_drawn_where_it_is_found() -> None:
    piling = Workload(garbage=lambda calls: 3 * calls, is_collecting=False)

    run = conversation(piling, draws=True)

    assert [command.draws for command in run.asked(wire.CollectGarbage)] == [True]
    assert run.asked(wire.DrawGraphs) == []
    (finding,) = analyze(run.records, Settings()).findings
    assert finding.drawing == Drawing(dot="digraph {}", holders=(), growing=(("g1", "g1"),))


def test_a_picture_that_was_not_made_is_a_warning_and_the_finding_stays() -> None:
    drawn = [
        record for record in conversation(LEAK, draws=True).records if not isinstance(record, wire.Graphs)
    ]

    analysis = analyze([*drawn, wire.Graphs((), "it took longer than 20 s")], Settings())

    [warning] = analysis.warnings
    assert warning == (
        "what is around the holders could not be drawn (it took longer than 20 s); "
        "a graph shows their chains alone"
    )
    assert [finding.drawing for finding in analysis.findings] == [None]


def test_tables_that_stayed_large_are_looked_for_where_nothing_grows() -> None:
    flat = conversation(Workload())
    leaking = conversation(LEAK)

    assert len(flat.asked(wire.FindSpareCapacity)) == 1
    assert leaking.asked(wire.FindSpareCapacity) == []


@pytest.mark.parametrize("period", [7, 25, 400])
def test_a_saw_tooth_is_clean_and_never_traced(period: int) -> None:
    run = conversation(Workload(blocks=lambda calls: 3 * (calls % period)))

    assert _verdict(run) is Verdict.CLEAN
    assert not run.is_traced


@pytest.mark.parametrize("period", [10, 48, 60, 64, 100, 128, 256, 500, 512, 1_000, 1_024, 2_048, 4_096])
@pytest.mark.parametrize("collect_seconds", [0.001, 0.03, 0.1])
def test_what_is_flushed_with_a_period_does_not_creep_up_from_round_to_round(
    period: int, collect_seconds: float
) -> None:
    flushed = Workload(
        blocks=lambda calls: 3 * (calls % period), seconds_per_call=2e-5, collect_seconds=collect_seconds
    )

    run = conversation(flushed)

    assert _verdict(run) is Verdict.CLEAN
    assert not run.is_traced


def test_growth_that_fades_is_clean_and_never_traced() -> None:
    run = conversation(Workload(blocks=lambda calls: 500 * math.log2(calls + 1)))

    analysis = analyze(run.records, Settings())
    assert (analysis.verdict, analysis.kind) == (Verdict.CLEAN, Kind.WARM_UP)
    assert not run.is_traced


def test_a_plateau_that_comes_late_is_clean() -> None:
    run = conversation(Workload(blocks=lambda calls: min(calls, 3_000)))

    assert _verdict(run) is Verdict.CLEAN
    assert not run.is_traced


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

    assert _verdict(conversation(far)) is Verdict.FILLING


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_never_called_a_leak(seed: int) -> None:
    noise = random.Random(seed)  # noqa: S311 - noise, no secret
    run = conversation(Workload(blocks=lambda calls: noise.randrange(300) if calls else 0))

    assert _verdict(run) is not Verdict.LEAKING
    assert not run.is_traced


def test_slow_calls_that_tracing_does_not_slow_down_are_traced_for_as_long_as_the_span_has() -> None:
    slow = Workload(blocks=lambda calls: 2 * calls, entries=lambda calls: calls, seconds_per_call=0.06)

    run = conversation(slow)

    traced = [c.calls for c in run.asked(wire.Rounds) if c.stage == wire.Stage.TRACE]
    assert traced == [4, 20]


def test_a_leak_of_one_block_in_fifty_calls_is_found() -> None:
    rare = Workload(blocks=lambda calls: calls // 50, entries=lambda calls: calls // 50)

    run = conversation(rare)

    assert _verdict(run) is Verdict.LEAKING
    traced = [c.calls for c in run.asked(wire.Rounds) if c.stage == wire.Stage.TRACE]
    assert sum(traced) >= 50


def test_native_memory_that_grows_alone_is_called_native() -> None:
    run = conversation(Workload(heap=lambda calls: 1_000 * calls))

    analysis = analyze(run.records, Settings())
    assert (analysis.verdict, analysis.kind) == (Verdict.LEAKING, Kind.NATIVE)


def test_native_growth_is_watched_line_by_line_once() -> None:
    of_heap = conversation(Workload(heap=lambda calls: 1_000 * calls))
    of_pages = conversation(Workload(resident=lambda calls: 66_000 * calls))

    (heap,) = of_heap.asked(wire.WatchLines)
    (pages,) = of_pages.asked(wire.WatchLines)
    assert (heap.is_resident, pages.is_resident) == (False, True)
    assert heap.calls * 1_000 >= 256 * 1024


@pytest.mark.parametrize(
    "workload",
    [
        LEAK,
        Workload(),
        Workload(heap=lambda calls: 1_000_000 * calls, seconds_per_call=0.4),
        Workload(resident=lambda calls: 66_000 * calls, free=lambda calls: 66_000.0 * calls),
    ],
    ids=["a leak with a holder", "clean", "slow calls", "fragmentation"],
)
def test_nothing_else_is_watched_line_by_line(workload: Workload) -> None:
    assert conversation(workload).asked(wire.WatchLines) == []


def test_resident_memory_that_malloc_knows_nothing_of_is_native_too() -> None:
    run = conversation(Workload(resident=lambda calls: 66_000 * calls))

    analysis = analyze(run.records, Settings())
    assert (analysis.verdict, analysis.kind) == (Verdict.LEAKING, Kind.NATIVE)
    (finding,) = analysis.findings
    assert finding.bytes_per_call == 66_000.0


def test_resident_memory_that_malloc_could_give_back_is_fragmentation() -> None:
    run = conversation(
        Workload(resident=lambda calls: 66_000 * calls, free=lambda calls: 0.9 * 66_000 * calls)
    )

    analysis = analyze(run.records, Settings())
    assert (analysis.verdict, analysis.kind) == (Verdict.CLEAN, Kind.FRAGMENTATION)
    assert analysis.findings == ()


def test_garbage_that_nobody_collects_is_looked_at() -> None:
    run = conversation(Workload(garbage=lambda calls: 3 * calls, is_collecting=False))

    analysis = analyze(run.records, Settings())
    assert (analysis.verdict, analysis.kind) == (Verdict.LEAKING, Kind.CYCLIC_GARBAGE)
    assert len(run.asked(wire.CollectGarbage)) == 1
    assert not any(command.collects for command in run.asked(wire.TakeSites))


def test_garbage_that_is_collected_by_itself_is_no_leak() -> None:
    run = conversation(Workload(garbage=lambda calls: 3 * calls))

    assert _verdict(run) is Verdict.CLEAN


def test_with_numbers_given_the_rounds_are_exactly_those() -> None:
    run = conversation(LEAK, calls=50, rounds=12, warmup=100)

    asked = [(c.stage, c.rounds, c.calls) for c in run.asked(wire.Rounds) if c.stage != wire.Stage.TRACE]
    assert asked[0] == (wire.Stage.WARM_UP, 1, 100)
    assert sum(rounds for stage, rounds, _ in asked if stage == wire.Stage.SCREEN) == 12
    assert {calls for stage, _, calls in asked if stage == wire.Stage.SCREEN} == {50}


def test_a_warm_up_of_no_calls_is_none() -> None:
    run = conversation(Workload(), calls=50, rounds=12, warmup=0)

    assert [c for c in run.asked(wire.Rounds) if c.stage == wire.Stage.WARM_UP] == []


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


def test_growth_that_stops_before_it_is_traced_is_clean_once_more_windows_have_shown_it() -> None:
    run = conversation(Workload(blocks=lambda calls: 3.0 * min(calls, 31_900)))

    analysis = analyze(run.records, Settings())
    asked = [c for c in run.commands if isinstance(c, wire.Rounds | wire.Explain)]
    assert run.is_traced
    assert [type(c) for c in asked[-3:]] == [wire.Explain, wire.Rounds, wire.Rounds]
    assert {c.stage for c in asked[-2:] if isinstance(c, wire.Rounds)} == {wire.Stage.SCREEN}
    assert (analysis.verdict, analysis.kind) == (Verdict.CLEAN, Kind.WARM_UP)


@pytest.mark.parametrize("end", [18_000, 24_000, 29_000])
def test_growth_that_stops_within_a_window_is_waited_for_and_never_traced(end: int) -> None:
    run = conversation(
        Workload(blocks=lambda calls: 2.0 * min(calls, end), entries=lambda calls: min(calls, end))
    )

    analysis = analyze(run.records, Settings())
    assert not run.is_traced
    assert (analysis.verdict, analysis.kind) == (Verdict.CLEAN, Kind.WARM_UP)


def test_no_window_is_begun_that_would_end_after_the_longest_time() -> None:
    run = conversation(Workload(blocks=lambda calls: 3.0 * min(calls, 31_900)), max_time_seconds=4.5)

    assert run.is_traced
    assert run.asked(wire.Rounds)[-1].stage == wire.Stage.TRACE


def test_what_is_proved_is_not_screened_again() -> None:
    run = conversation(LEAK)

    stages = [c.stage for c in run.asked(wire.Rounds)]
    assert stages[-1] == wire.Stage.TRACE


def test_an_interval_is_kept_in_every_window() -> None:
    run = conversation(Workload(), interval_seconds=0.5)

    assert {c.interval_seconds for c in run.asked(wire.Rounds) if c.stage == wire.Stage.SCREEN} == {0.5}


def test_tracing_from_the_start_comes_after_two_windows() -> None:
    run = conversation(Workload(), traces_from_start=True)

    assert len([c for c in run.asked(wire.Rounds) if c.stage == wire.Stage.SCREEN]) == 2
    assert run.is_traced


def test_what_is_traced_where_memory_is_flat_has_taken_the_place_of_something_and_is_no_leak() -> None:
    replaced = Workload(traced=lambda calls: 2 * calls, entries=lambda _calls: 500)

    run = conversation(replaced, traces_from_start=True)

    assert run.is_traced
    assert _verdict(run) is Verdict.CLEAN


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


def test_the_screen_ends_when_its_time_is_over() -> None:
    noise = random.Random(1)  # noqa: S311 - noise, no secret
    slow = Workload(blocks=lambda calls: noise.randrange(300) if calls else 0, seconds_per_call=0.05)

    run = conversation(slow, max_time_seconds=10.0)

    seconds = max(r.at for r in run.records if isinstance(r, wire.Sample))
    assert seconds <= 15
    assert _verdict(run) in (Verdict.CLEAN, Verdict.INCONCLUSIVE)


@pytest.mark.parametrize(("max_time", "verdict"), [(None, Verdict.INCONCLUSIVE), (120.0, Verdict.CLEAN)])
def test_a_run_that_may_take_longer_settles_what_another_could_not(
    max_time: float | None, verdict: Verdict
) -> None:
    late = Workload(blocks=lambda calls: 10 * max(0, min(calls, 500) - 150), seconds_per_call=0.05)

    run = conversation(late, max_time_seconds=max_time)

    assert _verdict(run) is verdict


def test_a_target_that_raises_is_not_called_again() -> None:
    run = conversation(Workload(raises_at=41))

    last_calls = max(place for place, c in enumerate(run.commands) if isinstance(c, wire.Rounds))
    assert last_calls == len(run.commands) - 1
    analysis = analyze(run.records, Settings())
    assert analysis.failure is not None
    assert analysis.failure.message == "the target raised ValueError: no in call 41"
    assert analysis.exit_code == 3


def test_what_leaked_until_a_target_raised_is_still_named() -> None:
    run = conversation(
        Workload(blocks=LEAK.blocks, entries=LEAK.entries, raises_at=20_000, seconds_per_call=1e-5)
    )

    analysis = analyze(run.records, Settings())
    assert analysis.exit_code == 3
    assert [f.holder.name for f in analysis.findings if f.holder is not None] == ["app.CACHE"]
    stop = next(i for i, r in enumerate(run.records) if isinstance(r, wire.Raised))
    assert not [r for r in run.records[stop:] if isinstance(r, wire.Sample)]


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


def test_a_leak_that_ends_in_an_error_is_named_by_its_last_look() -> None:
    run = conversation(
        Workload(
            blocks=lambda calls: calls, entries=lambda calls: calls, raises_at=2_000, seconds_per_call=1e-5
        )
    )

    analysis = analyze(run.records, Settings())

    assert run.asked(wire.Rounds)[-1].stage == wire.Stage.SCREEN
    assert analysis.failure is not None
    (finding,) = analysis.findings
    assert finding.holder is not None
    assert (finding.holder.name, finding.holder.entries_per_call) == ("app.CACHE", 1.0)
    assert finding.bytes_per_call == 190.0


# --- what comes and goes ---


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


# --- the list of caches ---


@pytest.mark.parametrize("workload", [Workload(), LEAK], ids=["clean", "leak"])
def test_the_caches_are_listed_once_and_after_all_else(workload: Workload) -> None:
    run = conversation(workload, lists_caches=True)

    assert len(run.asked(wire.ListCaches)) == 1
    assert isinstance(run.commands[-1], wire.ListCaches)
    assert analyze(run.records, Settings()).caches is not None


def test_the_caches_are_not_listed_unless_somebody_asks() -> None:
    run = conversation(LEAK)

    assert run.asked(wire.ListCaches) == []
    assert analyze(run.records, Settings()).caches is None


def test_the_list_of_caches_changes_nothing_else() -> None:
    without, with_it = conversation(LEAK), conversation(LEAK, lists_caches=True)

    assert with_it.commands[:-1] == without.commands


def test_the_caches_of_a_target_that_raised_are_listed() -> None:
    run = conversation(Workload(raises_at=300), lists_caches=True)

    assert isinstance(run.commands[-1], wire.ListCaches)


@pytest.mark.parametrize(
    ("how", "command"),
    [("exited", wire.ListCaches()), ("raised", wire.ListCaches()), ("interrupted", None)],
)
def test_the_caches_are_listed_after_every_end_but_an_interruption(
    how: str, command: wire.Command | None
) -> None:
    stop = wire.Raised(how, "", None, 3)
    records: list[wire.Record] = [a_header(), a_sound_control(), wire.Loaded("app:handle", 0.1), stop]

    assert next_command(RunOptions(target="app:handle", lists_caches=True), records) == command


def test_a_list_that_failed_is_not_asked_for_again() -> None:
    options = RunOptions(target="app:handle", lists_caches=True)
    records: list[wire.Record] = [
        *(a_header(), a_sound_control(), wire.Loaded("app:handle", 0.1), wire.Raised("exited", "", None, 3)),
        wire.AgentFailed("ListCaches", "RuntimeError: no", ""),
    ]

    assert next_command(options, records) is None
