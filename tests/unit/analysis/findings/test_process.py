"""Growth that only the whole process shows is a finding like any other."""

from dataclasses import replace

import pytest

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.model.analysis import Analysis, Finding
from leakscan.model.run import Kind, Verdict
from tests.samples import recorded
from tests.unit.analysis.records import (
    a_header,
    a_held_by,
    a_look,
    a_share,
    a_sound_control,
    a_traced_site,
    a_window,
    global_step,
    grown,
    module_step,
)
from tests.unit.analysis.scripted import Workload, conversation

NATIVE = Workload(heap=lambda calls: 1_000 * calls)


def _judged(workload: Workload, *, threshold: float = 0.0) -> Analysis:
    return analyze(conversation(workload).records, Settings(threshold_bytes_per_call=threshold))


def _only_finding(analysis: Analysis) -> Finding:
    (finding,) = analysis.findings
    return finding


def test_native_growth_is_a_finding_at_the_target_without_a_holder_or_a_stack() -> None:
    finding = _only_finding(_judged(NATIVE))

    assert (finding.verdict, finding.kind, finding.holder) == (Verdict.LEAKING, Kind.NATIVE, None)
    assert finding.bytes_per_call == 1_000.0
    (site,) = finding.sites
    assert (site.frame.file, site.frame.line, site.frame.qualname) == ("app.py", 12, "handle")
    assert (site.stack, site.bytes_per_call) == ((), finding.bytes_per_call)
    assert finding.advice is not None


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (((40, 1_000),), [("Cache.load", 1_000)]),
        (((40, 600), (52, 380), (7, 20)), [("Cache.load", 600), ("<module>", 380)]),
        # Line 9 takes what another gives back at the end of the call.
        (((9, 64_000), (40, 1_010)), [("Cache.load", 1_010)]),
    ],
)
def test_the_lines_that_took_what_the_process_lost_are_told(
    lines: tuple[tuple[int, int], ...], expected: list[tuple[str, int]]
) -> None:
    finding = _only_finding(_judged(replace(NATIVE, lines=lines)))

    assert [(site.frame.qualname, site.bytes_per_call) for site in finding.sites] == expected
    assert [(frame.file, frame.line) for frame in finding.sites[0].stack] == [("app.py", 40), ("main.py", 3)]
    assert "the line calls" in str(finding.advice)


def test_the_only_line_that_takes_is_told_though_others_give_some_of_it_back() -> None:
    finding = _only_finding(_judged(replace(NATIVE, lines=((40, 1_600),), given_back=-620)))

    assert [site.frame.qualname for site in finding.sites] == ["Cache.load"]


@pytest.mark.parametrize(
    "lines",
    [(), ((40, 100),), ((9, 64_000), (40, 1_010), (52, 990)), ((9, 64_000), (40, 9_000))],
)
def test_lines_that_do_not_account_for_it_are_not_told(lines: tuple[tuple[int, int], ...]) -> None:
    finding = _only_finding(_judged(replace(NATIVE, lines=lines)))

    assert [site.frame.qualname for site in finding.sites] == ["handle"]
    assert finding.sites[0].stack == ()


def test_the_fingerprint_is_the_same_whether_a_line_is_known_or_not() -> None:
    known, unknown = (_judged(replace(NATIVE, lines=lines)) for lines in (((40, 1_000),), ()))

    assert _only_finding(known).fingerprint == _only_finding(unknown).fingerprint


def test_its_series_is_the_native_heap_at_each_sample_once() -> None:
    finding = _only_finding(_judged(NATIVE))

    calls = [calls for calls, _bytes in finding.series]
    assert calls == sorted(set(calls))
    assert {size - 1_000 * calls for calls, size in finding.series} == {4_000_000}
    assert finding.series_unit == "bytes"


def test_the_reason_says_that_it_is_native() -> None:
    reason = _judged(NATIVE).reason

    assert reason.startswith("memory grew by the same amount with every call over ")
    assert reason.endswith(": one leak in native memory")


def test_a_target_that_is_not_written_in_python_has_no_place() -> None:
    finding = _only_finding(_judged(replace(NATIVE, definition=None)))

    assert finding.sites == ()


def test_the_fingerprint_knows_the_target_wherever_it_lies_and_begins() -> None:
    moved = replace(NATIVE, definition=("/elsewhere/app.py", 99, "handle", "handle"))
    other = replace(NATIVE, definition=("/srv/app/app.py", 12, "serve", "serve"))

    here, there, another = (
        _only_finding(_judged(workload)).fingerprint for workload in (NATIVE, moved, other)
    )

    assert here == there
    assert here != another


def test_native_growth_under_the_threshold_fails_nothing() -> None:
    analysis = _judged(NATIVE, threshold=2_000)

    assert (analysis.verdict, analysis.kind, analysis.exit_code) == (
        Verdict.CLEAN,
        Kind.UNDER_THRESHOLD,
        0,
    )
    assert _only_finding(analysis).verdict is Verdict.CLEAN


@pytest.mark.parametrize(
    ("bytes_per_call", "expected"),
    [(3, [Kind.NATIVE]), (900, [Kind.UNBOUNDED_GROWTH])],
    ids=["a list that was longer at one look", "a buffer that grows"],
)
def test_a_holder_of_next_to_nothing_does_not_hide_native_growth(
    bytes_per_call: int, expected: list[Kind]
) -> None:
    records = [_with_a_holder(record, bytes_per_call) for record in conversation(NATIVE).records]

    analysis = analyze(records, Settings())

    assert [finding.kind for finding in analysis.findings] == expected


def _with_a_holder(record: wire.Record, bytes_per_call: int) -> wire.Record:
    """The record of a run in which one list held so much of what was traced."""
    match record:
        case wire.Sites(calls=calls) if calls:
            return record._replace(grown=(a_traced_site(blocks=4, size=bytes_per_call * calls),))
        case wire.Explained():
            return wire.Explained((a_held_by(0xB, a_share(0, 4), entries=27, entries_before=20, added=7),))
        case wire.Named():
            return wire.Named((wire.NamedHolder((module_step(), global_step("SEEN", "list"))),))
    return record


def test_blocks_that_grew_until_the_process_died_are_a_leak() -> None:
    died = wire.Ended("crashed", -9, 1.0)
    blocks = [a_window([5_000 + 100 * n + 2_400 * w for n in range(25)], after=2_400 * w) for w in range(3)]

    analysis = analyze(
        [a_header(), a_sound_control(), *(r for window in blocks for r in window), died], Settings()
    )

    assert (analysis.verdict, analysis.exit_code) == (Verdict.LEAKING, 1)
    finding = _only_finding(analysis)
    assert (finding.kind, finding.objects_per_call) == (Kind.UNBOUNDED_GROWTH, 1.0)


def test_blocks_that_grew_while_untraced_and_at_no_site_are_no_finding() -> None:
    growing = conversation(Workload(blocks=lambda calls: 2.0 * calls)).records
    untraced = [r._replace(grown=()) if isinstance(r, wire.Sites) else r for r in growing]

    analysis = analyze(untraced, Settings())

    assert (analysis.verdict, analysis.kind) == (Verdict.INCONCLUSIVE, Kind.NOISE)
    assert analysis.findings == ()


def test_a_container_that_no_name_leads_to_is_told_by_its_length() -> None:
    records: list[wire.Record] = [a_header(), a_sound_control(), a_look(1, 0)]
    for number in range(4):
        start = 2_400 * number
        records += a_window([5_000] * 25, after=start)
        records.append(a_look(number + 2, start + 2_400, grown(0xA, start, start + 2_400)))

    analysis = analyze([*records, wire.Ended("finished", 0, 3.0)], Settings())

    assert analysis.verdict is Verdict.LEAKING
    finding = _only_finding(analysis)
    assert finding.holder is not None
    assert (finding.holder.name, finding.holder.entries) == ("dict without a name", 9_600)
    assert (finding.holder.entries_per_call, finding.bytes_per_call) == (1.0, 8.0)
    assert finding.series[-1] == (9_600, 9_600)


@pytest.mark.parametrize("name", recorded())
def test_a_run_leaks_if_and_only_if_one_of_its_findings_does(name: str) -> None:
    analysis = analyze(recorded()[name], Settings())

    is_leaking = any(finding.verdict is Verdict.LEAKING for finding in analysis.findings)
    assert (analysis.verdict is Verdict.LEAKING) == is_leaking
