"""Order, cut-offs and wording of a report."""

from dataclasses import replace

import pytest

from leakscan.model.analysis import ChainStep
from leakscan.model.run import Kind, Unit, Verdict
from leakscan.reports.views.facts import Fact, Place
from leakscan.reports.views.max_rows import EVERYTHING, NORMAL, WHOLE_PAGE
from leakscan.reports.views.report import report_view
from tests.builders import (
    a_failure,
    a_filling_finding,
    a_finding,
    a_finding_without_holder,
    a_holder,
    a_site,
    an_analysis,
)


def _fact(facts: tuple[Fact, ...], label: str) -> object:
    return next((fact.text for fact in facts if fact.label == label), None)


def test_what_fails_the_run_comes_before_what_only_fills() -> None:
    analysis = an_analysis(
        a_finding(verdict=Verdict.CLEAN, kind=Kind.UNDER_THRESHOLD, holder=a_holder("small")),
        a_filling_finding(holder=a_holder("filling", bound=20_000)),
        a_finding(holder=a_holder("worst")),
        a_finding(holder=a_holder("second")),
    )

    view = report_view(analysis)

    assert [finding.title for finding in view.findings] == ["worst", "second", "filling", "small"]


def test_the_headline_holds_verdict_kind_and_reason() -> None:
    view = report_view(an_analysis(a_finding()))

    assert view.headline == "LEAKING (unbounded growth): the heap grows with every call"


def test_a_clean_report_leads_with_the_growth_that_could_hide() -> None:
    view = report_view(an_analysis())

    assert view.remarks == ("no growth ≥ 8 B per call could hide here",)


def test_a_leaking_report_says_its_limit_among_the_numbers() -> None:
    view = report_view(an_analysis(a_finding()))

    assert view.remarks == ()
    assert _fact(view.facts, "limit") == "no growth ≥ 8 B per call could hide here"


def test_a_limit_that_was_not_measured_is_not_said() -> None:
    view = report_view(an_analysis(detection_limit_bytes_per_call=None))

    assert view.remarks == ()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.TOO_FEW_CALLS, "to settle it: run longer, with --max-time 40"),
        (Kind.NOISE, "to settle it: average over more, with --rounds 48"),
        (
            Kind.LEAKSCAN_FAILED,
            "to settle it: run it again; this is a fault of leakscan, not of the target",
        ),
        (
            Kind.INTERRUPTED,
            "to settle it: let it run to its end, or give it one with --max-time",
        ),
        (
            Kind.CHILD_PROCESSES,
            "to settle it: run what the child processes call as a target of its own, in this process",
        ),
    ],
)
def test_an_open_verdict_says_what_would_settle_it(kind: Kind, expected: str) -> None:
    analysis = an_analysis(
        verdict=Verdict.INCONCLUSIVE,
        kind=kind,
        reason="the heap neither settles nor grows",
        seconds=10.0,
        rounds=12,
        detection_limit_bytes_per_call=None,
    )

    assert report_view(analysis).remarks == (expected,)


def test_a_reason_that_names_a_flag_is_not_said_twice() -> None:
    analysis = an_analysis(
        verdict=Verdict.INCONCLUSIVE,
        kind=Kind.TOO_FEW_CALLS,
        reason="only 3 calls fit; give it --max-time 120",
        detection_limit_bytes_per_call=None,
    )

    assert report_view(analysis).remarks == ()


def test_more_findings_and_sites_than_are_shown_are_counted() -> None:
    sites = tuple(a_site(f"app/jobs.py:{line}") for line in range(1, 8))
    analysis = an_analysis(*[a_finding(sites=sites)] * 12)

    view = report_view(analysis, NORMAL)

    assert len(view.findings) == 10
    assert view.hidden_findings == "and 2 more findings"
    assert len(view.findings[0].sites) == 5
    assert view.findings[0].hidden_sites == "and 2 more sites"


def test_in_full_detail_nothing_is_left_out() -> None:
    sites = tuple(a_site(f"app/jobs.py:{line}") for line in range(1, 8))
    analysis = an_analysis(*[a_finding(sites=sites)] * 12)

    view = report_view(analysis, EVERYTHING)

    assert len(view.findings) == 12
    assert view.hidden_findings is None
    assert len(view.findings[0].sites) == 7
    stack = [str(place) for place in view.findings[0].sites[0].stack]
    assert stack == ["app/jobs.py:1 in Jobs.put", "app/main.py:7 in main"]
    assert view.findings[0].chain == ("app.jobs (Jobs)", ".done (dict, grows)")


def test_the_ways_to_one_line_are_one_row() -> None:
    ways = (
        a_site(bytes_per_call=600.0, types={"str": 2.0}),
        a_site(bytes_per_call=400.0, types={"str": 1.0}),
    )

    (row,) = report_view(an_analysis(a_finding(sites=ways))).findings[0].sites

    assert (row.bytes, row.types) == ("1.0 kB", "str 3.0")


def test_types_of_a_site_come_by_weight_then_by_name() -> None:
    site = a_site(types={"str": 10.0, "dict": 10.0, "Lock": 20.0, "int": 0.5})

    view = report_view(an_analysis(a_finding(sites=(site,))))

    assert view.findings[0].sites[0].types == "Lock 20.0, dict 10.0, str 10.0, and 1 more type"


def test_growth_that_nothing_holds_is_made_somewhere_and_held_nowhere() -> None:
    view = report_view(an_analysis(a_finding_without_holder(Kind.NATIVE)))

    assert [fact.label for fact in view.findings[0].facts] == ["allocated at"]


def test_garbage_shows_the_cycle_that_keeps_it() -> None:
    steps = [("Node", "Node"), (".peer", "Node")]
    chain = tuple(ChainStep(link=link, type=kind, name="", is_growing=False) for link, kind in steps)
    garbage = a_finding_without_holder(Kind.CYCLIC_GARBAGE)

    [told] = report_view(an_analysis(replace(garbage, chain=chain))).findings
    [unknown] = report_view(an_analysis(garbage)).findings

    assert told.facts[0] == Fact(label="cycle", text="Node → .peer → (back)")
    assert [fact.label for fact in unknown.facts] == ["allocated at"]


def test_a_holder_filled_nowhere_known_says_where_it_is_defined() -> None:
    holder = a_holder(defined_at="app/jobs.py:12")

    view = report_view(an_analysis(a_finding(sites=(), holder=holder)))

    assert _fact(view.findings[0].facts, "defined") == Place(file="app/jobs.py", line=12)


def test_the_table_of_a_holder_is_said_beside_its_length() -> None:
    holder = a_holder(capacity_bytes=589_912)

    series = report_view(an_analysis(a_finding(holder=holder))).findings[0].series

    assert series is not None
    assert series.text == "2,340 to 12,340 over 1,000 calls, table 590 kB"


def test_a_series_of_bytes_reads_as_bytes() -> None:
    finding = a_finding(series=((0, 1_000), (500, 2_500_000)), series_unit="bytes")

    series = report_view(an_analysis(finding)).findings[0].series

    assert series is not None
    assert series.text == "1.0 kB to 2.5 MB over 500 calls"


def test_late_rounds_are_counted() -> None:
    view = report_view(an_analysis(late_rounds=1))

    assert _fact(view.facts, "late") == "1 round began late: the interval is too short"


def test_a_run_without_calls_counts_its_seconds() -> None:
    view = report_view(an_analysis(a_finding(), unit=Unit.SECOND))

    assert view.bytes_heading == "bytes/second"
    assert _fact(view.facts, "growth") == ("+1.9 kB of heap, +30.0 blocks, +2.1 kB resident per second")


def test_a_failure_keeps_the_lines_of_the_targets_own_traceback() -> None:
    view = report_view(an_analysis(failure=a_failure(hint="call it with an argument")))

    assert view.failure is not None
    assert view.failure.traceback[1] == '  File "app/jobs.py", line 41, in put'
    assert view.failure.hint == "call it with an argument"


def test_a_failure_that_is_the_reason_is_said_once() -> None:
    failure = a_failure(traceback=None, hint="did you mean `handle`?")
    analysis = an_analysis(reason=failure.message, failure=failure, calls=0)

    view = report_view(analysis)

    assert view.failure is not None
    assert view.failure.message is None
    assert view.failure.hint == "did you mean `handle`?"


def test_a_target_that_was_never_called_has_no_growth_to_tell() -> None:
    view = report_view(an_analysis(calls=0, failure=a_failure()))

    assert _fact(view.facts, "growth") is None


def test_a_finding_has_its_numbers_ready_for_a_table() -> None:
    finding = report_view(an_analysis(a_finding())).findings[0]

    assert [(measure.label, measure.text) for measure in finding.measures] == [
        ("grows by", "1.9 kB per call"),
        ("objects", "+30.0 per call"),
        ("entries", "12,340"),
        ("added", "10.0 per call"),
        ("removed", "none"),
    ]
    assert [(forecast.pace, forecast.time) for forecast in finding.forecasts] == [
        ("at 1 call/s", "7 days"),
        ("at 10 calls/s", "16 hours"),
        ("at 100 calls/s", "94 minutes"),
        ("at 1,000 calls/s", "9 minutes"),
    ]


def test_what_only_fills_has_no_forecast_of_running_out() -> None:
    assert report_view(an_analysis(a_filling_finding())).findings[0].forecasts == ()


def test_a_chain_of_hundreds_keeps_its_ends() -> None:
    chain = tuple(ChainStep(link=f".l{n}", type="Node", name="", is_growing=n == 299) for n in range(300))

    links = report_view(an_analysis(a_finding(chain=chain)), WHOLE_PAGE).findings[0].links

    assert len(links) == WHOLE_PAGE.chain_steps
    assert [link.link for link in links][11:14] == [".l11", "… 277 more", ".l289"]
    assert (links[-1].link, links[-1].is_growing) == (".l299", True)


def test_the_objects_that_a_chain_gains_are_added_up_over_its_sites() -> None:
    sites = (a_site(types={"str": 10.0, "lock": 10.0}), a_site(types={"str": 2.5}))

    view = report_view(an_analysis(a_finding(sites=sites)))

    assert view.findings[0].gains == "str 12.5, lock 10.0 per call"


def test_the_looks_at_a_call_that_never_returns_are_told_in_seconds() -> None:
    finding = a_finding(series=((0.5, 10), (9.5, 9_010)))

    (shown,) = report_view(an_analysis(finding, unit=Unit.SECOND)).findings

    assert shown.series is not None
    assert shown.series.text.startswith("10 to 9,010 over 9.0 s")


def test_what_could_hide_in_a_program_is_told_by_the_hour_and_by_the_day() -> None:
    view = report_view(replace(an_analysis(unit=Unit.SECOND), detection_limit_bytes_per_call=250.0))

    assert "no growth ≥ 900 kB per hour could hide here, 21.6 MB per day" in view.remarks
