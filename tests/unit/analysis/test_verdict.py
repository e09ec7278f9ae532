"""The verdict, its kind, its sentence and its exit code, from built recordings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.analysis.growth.screen import screen
from leakscan.analysis.verdict import judge
from leakscan.model.run import Kind, RunOptions, Unit, Verdict
from tests.builders import a_filling_finding, a_finding_without_holder, a_holder
from tests.unit.analysis.records import (
    a_header,
    a_held_by,
    a_look,
    a_sample,
    a_share,
    a_sound_control,
    a_traced_site,
    a_window,
    attribute_step,
    garbage,
    global_step,
    grown,
    module_step,
)
from tests.unit.analysis.whole_runs import HOLDER, a_flat_run, a_leaking_run, analysis_of


def test_what_grew_untraced_and_no_more_once_it_was_traced_is_no_leak() -> None:
    windows = [a_window([5_000 + 2_400 * n + 100 * i for i in range(25)], after=2_400 * n) for n in range(3)]
    one_dict_of_the_span = a_held_by(HOLDER, a_share(0, 1), is_container=False, entries_before=None)

    analysis = analysis_of(
        *(record for window in windows for record in window),
        wire.Tracing(16, 7_200),
        wire.Sites(0, 1.0, 0.0, ()),
        wire.Sites(100, 2.0, 1.0, (a_traced_site(blocks=1, size=64),)),
        wire.Explained((one_dict_of_the_span,)),
        wire.Named((wire.NamedHolder((module_step(), global_step("LAST"))),)),
    )

    assert (analysis.verdict, analysis.findings) == (Verdict.INCONCLUSIVE, ())
    assert analysis.reason.startswith("blocks in use grew while untraced")


def test_flat_windows_are_clean() -> None:
    analysis = analysis_of(*a_flat_run())

    assert (analysis.verdict, analysis.kind, analysis.exit_code) == (Verdict.CLEAN, Kind.FLAT, 0)
    assert analysis.reason == "memory is flat over 7,200 calls"
    assert analysis.findings == ()


def test_a_leak_is_told_with_its_holder_its_line_and_its_proof() -> None:
    analysis = analysis_of(*a_leaking_run())

    assert (analysis.verdict, analysis.exit_code) == (Verdict.LEAKING, 1)
    assert analysis.kind is Kind.UNBOUNDED_GROWTH
    assert analysis.reason == (
        "memory grew by the same amount with every call over 7,200 calls: one leak held by app.CACHE"
    )
    (finding,) = analysis.findings
    assert finding.holder is not None
    assert (finding.holder.name, finding.holder.freed_share) == ("app.CACHE", 0.992)
    assert (finding.holder.entries, finding.holder.entries_per_call) == (1_100, 1.0)
    assert finding.bytes_per_call == 100.0
    assert (finding.sites[0].frame.file, finding.sites[0].frame.line) == ("app.py", 7)


def test_proved_growth_under_the_threshold_is_listed_and_does_not_fail() -> None:
    analysis = analysis_of(*a_leaking_run(), threshold=101.0)

    assert (analysis.verdict, analysis.kind) == (Verdict.CLEAN, Kind.UNDER_THRESHOLD)
    assert analysis.exit_code == 0
    (finding,) = analysis.findings
    assert (finding.verdict, finding.kind) == (Verdict.CLEAN, Kind.UNDER_THRESHOLD)
    assert finding.bytes_per_call == 100.0


def test_growth_of_exactly_the_threshold_fails() -> None:
    assert analysis_of(*a_leaking_run(), threshold=100.0).exit_code == 1


def test_growth_towards_a_bound_is_filling_and_does_not_fail() -> None:
    analysis = analysis_of(*a_leaking_run(bound=1_000_000))

    assert (analysis.verdict, analysis.kind) == (Verdict.FILLING, Kind.BOUNDED)
    assert analysis.exit_code == 0
    (finding,) = analysis.findings
    assert finding.holder is not None
    assert finding.holder.bound == 1_000_000


def test_a_leak_that_could_not_be_named_is_a_leak() -> None:
    assert analysis_of(*a_leaking_run(named=False)).exit_code == 1


_few = st.integers(0, 3)


@st.composite
def _any_records(draw: st.DrawFn) -> list[wire.Record]:
    """What an agent might have seen: every number is small, and often nothing."""
    records: list[wire.Record] = [a_look(1, 0)]
    is_collecting = draw(st.booleans())
    calls, length = 0, 0
    for number in range(draw(st.integers(1, 4))):
        in_round, per_call, unreachable, freed = 10 * 2**number, draw(_few), draw(_few), draw(_few)
        records += [
            a_sample(
                calls + place * in_round,
                1_000 + per_call * (calls + place * in_round),
                garbage=freed * in_round + 28,
                unreachable=draw(st.sampled_from([None, unreachable * in_round, unreachable])),
                is_collecting=is_collecting,
                heap=1_000_000 + draw(st.sampled_from([0, 20_000])) * (calls + place * in_round),
            )
            for place in range(9)
        ]
        calls += 8 * in_round
        records.append(wire.RoundsDone(wire.Stage.SCREEN, 8))
        gained = draw(_few) * calls
        records.append(
            a_look(number + 2, calls, *([grown(HOLDER, length, length + gained)] if gained else []))
        )
        length += gained
    sites = tuple(a_traced_site(7 + n, blocks=draw(_few), size=draw(_few)) for n in range(draw(_few)))
    shares = [a_share(n, draw(_few)) for n in range(len(sites))]
    holder = a_held_by(
        HOLDER,
        *shares,
        is_container=draw(st.booleans()),
        entries=draw(_few),
        entries_before=draw(st.sampled_from([None, 0, 1])),
        added=draw(_few),
    )
    traced: list[wire.Record] = [
        wire.Tracing(16, calls),
        wire.Sites(0, 1.0, 0.0, ()),
        wire.Sites(draw(_few), 2.0, draw(st.sampled_from([0.0, 1.0])), sites),
        garbage(draw(_few), *shares),
        wire.Explained(draw(st.sampled_from([(), (holder,)])), tuple(shares)),
        wire.Named((wire.NamedHolder((module_step(), global_step("CACHE"))),)),
    ]
    return [*records, *traced[: draw(st.integers(0, len(traced)))]]


@given(_any_records(), st.sampled_from([None, 8, 48]), st.sampled_from(["finished", "crashed"]))
def test_what_is_leaking_grows(records: list[wire.Record], rounds: int | None, how: str) -> None:
    analysis = analysis_of(*records, rounds=rounds, how=how)

    leaking = [finding for finding in analysis.findings if finding.verdict is Verdict.LEAKING]
    assert (analysis.verdict is Verdict.LEAKING) == bool(leaking)
    assert all(finding.grows for finding in leaking)


def test_a_verdict_of_growth_can_not_be_made_of_a_finding_without_any() -> None:
    records = [a_header(), *a_flat_run()]
    nothing = a_finding_without_holder(Kind.CYCLIC_GARBAGE, bytes_per_call=0.0, objects_per_call=0.0)

    judgement = judge(records, RunOptions(target="app:handle"), screen(records), [nothing], None)

    assert judgement.verdict is Verdict.CLEAN


def test_a_fingerprint_has_no_number_in_it() -> None:
    before = a_leaking_run()
    moved = [
        r._replace(grown=(a_traced_site(99, size=77_700),)) if isinstance(r, wire.Sites) else r
        for r in before
    ]

    fingerprints = [analysis_of(*records).findings[0].fingerprint for records in (before, moved)]

    assert fingerprints[0] == fingerprints[1]


def test_noise_is_inconclusive_and_says_what_would_settle_it() -> None:
    rising_once = [*a_window([5_000] * 25), *a_window([5_000 + 90 * n for n in range(25)])]

    analysis = analysis_of(*rising_once)

    assert (analysis.verdict, analysis.exit_code) == (Verdict.INCONCLUSIVE, 4)
    assert "--max-time 120 would settle it" in analysis.reason


def test_too_few_rounds_say_how_many_would_do() -> None:
    analysis = analysis_of(a_sample(100), rounds=2)

    assert (analysis.verdict, analysis.kind) == (Verdict.INCONCLUSIVE, Kind.TOO_FEW_CALLS)
    assert analysis.reason == "2 rounds can't tell growth from noise; --rounds 12 would"


def test_an_interrupted_run_is_inconclusive_and_no_failure_of_the_target() -> None:
    analysis = analysis_of(a_sample(100), how="interrupted")

    assert (analysis.verdict, analysis.kind) == (Verdict.INCONCLUSIVE, Kind.INTERRUPTED)
    assert (analysis.failure, analysis.exit_code) == (None, 4)


def test_growth_that_could_not_be_traced_any_more_is_no_noise() -> None:
    until_traced = [record for record in a_leaking_run() if isinstance(record, wire.Sample | wire.RoundsDone)]

    analysis = analyze([a_header(), a_sound_control(), *until_traced], Settings())

    assert (analysis.verdict, analysis.kind) == (Verdict.INCONCLUSIVE, Kind.INTERRUPTED)
    assert analysis.reason == "memory grew over 7,200 calls, and the run ended before it could be traced"


@pytest.mark.parametrize("stage", [wire.Stage.SCREEN, wire.Stage.WATCH])
def test_growth_that_was_traced_and_not_explained_in_time_is_a_leak_without_a_holder(
    stage: wire.Stage,
) -> None:
    # By calls, and by the time of a program that runs by itself: 100 blocks in each of 24 steps a window.
    windows = [
        [
            a_sample(
                0 if stage == wire.Stage.WATCH else 100 * step,
                5_000 + 100 * step,
                stage=stage,
                at=float(step),
                cpu_seconds=step,
            )
            for step in range(24 * number, 24 * number + 25)
        ]
        for number in range(3)
    ]
    watched: list[wire.Record] = []
    for window in windows:
        watched += [*window, wire.RoundsDone(stage, 24, is_returned=stage == wire.Stage.SCREEN)]
    traced = wire.Sites(0 if stage == wire.Stage.WATCH else 400, 80.0, 4.0, (a_traced_site(blocks=400),))

    analysis = analyze(
        [
            a_header(),
            a_sound_control(),
            *watched,
            wire.Tracing(16, 7_200),
            traced._replace(calls=0, seconds=0.0, grown=()),
            traced,
            wire.Ended("finished", None, 100.0, unanswered="Explain"),
        ],
        Settings(),
    )

    assert (analysis.verdict, analysis.exit_code) == (Verdict.LEAKING, 1)
    assert [finding.holder for finding in analysis.findings] == [None]
    assert "the time was over before the holder was found" in analysis.warnings[0]


def test_a_saw_tooth_is_clean_and_called_so() -> None:
    windows = [a_window([5_000 + 100 * (n % 5) for n in range(25)]) for _ in range(3)]

    analysis = analysis_of(*(record for window in windows for record in window))

    assert (analysis.verdict, analysis.kind) == (Verdict.CLEAN, Kind.SAW_TOOTH)


def _spare(*steps: wire.Step) -> wire.SpareCapacity:
    return wire.SpareCapacity((wire.SpareTable("dict", 0, 589_848, steps),))


def test_a_table_that_stayed_large_is_spare_capacity_and_no_leak() -> None:
    kept = _spare(module_step(), global_step("BURST", "BurstMap"), attribute_step("BurstMap", "table"))

    analysis = analysis_of(*a_flat_run(), kept)

    assert (analysis.verdict, analysis.kind) == (Verdict.CLEAN, Kind.SPARE_CAPACITY)
    assert analysis.reason.endswith("spare capacity in BurstMap.table: 0 entries in a table of 589,848 bytes")


def test_a_large_table_that_no_name_leads_to_is_not_the_targets() -> None:
    analysis = analysis_of(*a_flat_run(), _spare(wire.Step("unknown", "dict", "dict", "dict")))

    assert analysis.kind is Kind.FLAT


def test_a_call_that_never_returns_grows_by_the_second() -> None:
    records: list[wire.Record] = []
    for number in range(4):
        samples = [
            a_sample(
                0, 5_000 + 100 * (24 * number + n), stage=wire.Stage.WATCH, at=24.0 * number + n
            )._replace(cpu_seconds=24.0 * number + n)
            for n in range(25)
        ]
        records += [*samples, wire.RoundsDone(wire.Stage.WATCH, 24, is_returned=False)]

    analysis = analysis_of(*records)

    assert analysis.unit is Unit.SECOND
    assert analysis.growth.blocks_per_call == pytest.approx(100, rel=0.05)
    assert analysis.failure is None


def test_late_rounds_are_counted() -> None:
    analysis = analysis_of(a_sample(1), a_sample(2, is_late=True), a_sample(3, is_late=True))

    assert analysis.late_rounds == 2


@pytest.mark.parametrize(("unit", "when"), [(Unit.CALL, "by call 12"), (Unit.SECOND, "after 12 s")])
def test_when_a_cache_was_full_is_told_in_the_unit_of_the_run(unit: Unit, when: str) -> None:
    full = a_filling_finding(holder=a_holder(bound=5_000, entries=5_000), series=((0.0, 0), (12.0, 5_000)))
    stage = wire.Stage.WATCH if unit is Unit.SECOND else wire.Stage.SCREEN
    flat = [record for after in (0, 100, 300, 700) for record in a_window([9] * 25, after=after, stage=stage)]

    judgement = judge(flat, RunOptions(target="app:handle"), screen(flat, unit, is_final=True), [full], None)

    assert (judgement.verdict, when in judgement.reason) == (Verdict.FILLING, True)


def test_a_recording_without_an_end_is_judged_by_what_it_holds() -> None:
    analysis = analyze([a_header(), a_sound_control(), *a_leaking_run()], Settings())

    assert (analysis.verdict, analysis.exit_code) == (Verdict.LEAKING, 1)


def test_a_target_that_failed_after_its_growth_was_proved_leaks_and_has_also_failed() -> None:
    raised = wire.Raised("raised", "MemoryError", "Traceback …", 8_000)

    analysis = analysis_of(*a_leaking_run(), raised)

    assert (analysis.verdict, analysis.exit_code) == (Verdict.LEAKING, 1)
    assert len(analysis.findings) == 1
    assert analysis.reason.endswith("; then the target raised MemoryError in call 8,001")


def _until_explained(*records: wire.Record, traced: int = 100) -> list[wire.Record]:
    """As the records of a leaking run, up to the sites; so many blocks were traced."""
    place = [type(record) for record in records].index(wire.Explained)
    sites = wire.Sites(100, 2.0, 1.0, (a_traced_site(blocks=traced),))
    return [*records[: place - 1], sites]


def test_growth_that_was_traced_when_somebody_ended_the_run_is_a_leak() -> None:
    records = _until_explained(*a_leaking_run())

    analysis = analysis_of(*records, how="interrupted")

    assert (analysis.verdict, analysis.kind) == (Verdict.LEAKING, Kind.UNBOUNDED_GROWTH)
    (finding,) = analysis.findings
    assert finding.objects_per_call == pytest.approx(1.0)


def test_a_run_that_was_ended_before_it_was_explained_is_not_called_noise() -> None:
    records = _until_explained(*a_leaking_run(), traced=1)

    analysis = analysis_of(*records, how="interrupted")

    assert (analysis.verdict, analysis.kind) == (Verdict.INCONCLUSIVE, Kind.INTERRUPTED)
    assert analysis.reason.endswith("and the run ended before it could be explained")


@pytest.mark.parametrize(
    ("power", "pace"),
    [
        (1.0, "by the same amount with every call"),
        (1.6, "by more and more with every call"),
        (0.7, "by less and less with every call"),
    ],
)
def test_growth_is_even_only_where_each_window_gains_alike(power: float, pace: str) -> None:
    records: list[wire.Record] = []
    start = 0
    for calls in (100, 200, 400):
        span = range(start, start + 25 * calls, calls)
        records += a_window([5_000 + each**power for each in span], after=start, calls=calls)
        start = span[-1]
    holder = a_held_by(HOLDER, a_share(0))
    steps = (module_step(), global_step("CACHE"))

    analysis = analysis_of(
        *records,
        wire.Tracing(16, start),
        wire.Sites(0, 1.0, 0.0, ()),
        wire.Sites(100, 2.0, 1.0, (a_traced_site(blocks=10_000),)),
        wire.Explained((holder,)),
        wire.Named((wire.NamedHolder(steps),)),
    )

    assert analysis.reason.startswith(f"memory grew {pace}")
