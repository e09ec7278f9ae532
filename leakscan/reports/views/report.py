"""An analysis, put in order and into words; every report only shows this."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from leakscan import units
from leakscan.model.analysis import Accounted, Analysis, Finding
from leakscan.model.run import Kind, Unit, Verdict
from leakscan.reports.text_fit import printable
from leakscan.reports.views.caches import CachesView, caches_view
from leakscan.reports.views.charts import ChartView, process_charts
from leakscan.reports.views.conditions import command_text, conditions
from leakscan.reports.views.facts import Fact
from leakscan.reports.views.findings import (
    SERIES_POINTS,
    FindingView,
    SeriesView,
    finding_view,
    hidden_text,
    illustrated,
)
from leakscan.reports.views.max_rows import NORMAL, MaxRows
from leakscan.reports.views.reasons import reason_lines
from leakscan.reports.views.source import SourceReader, no_source
from leakscan.reports.views.sparkline import evenly_spaced


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureView:
    """How the target failed."""

    message: str | None
    """None where the headline says it already."""
    traceback: tuple[str, ...]
    hint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """A whole report, in the order in which it is read."""

    subject: Analysis
    verdict: Verdict
    headline: str
    remarks: tuple[str, ...]
    """What the verdict rests on and what would settle it."""
    failure: FailureView | None
    findings: tuple[FindingView, ...]
    hidden_findings: str | None
    warnings: tuple[str, ...]
    bytes_heading: str
    objects_heading: str
    series: SeriesView | None
    caches: CachesView | None
    """None where the list was not asked for."""
    facts: tuple[Fact, ...]
    charts: tuple[ChartView, ...]
    """What the whole process had in use."""
    command: str | None
    """The command line that runs it again; None where the options are not known."""
    conditions: tuple[Fact, ...]
    """Where and when it was run: beside the facts, what it takes to see the same."""
    target: str
    reasons: tuple[str, ...]
    """The rules that decided, a line each; none unless everything is shown."""

    @property
    def word(self) -> str:
        """The first word of the headline."""
        return self.verdict.value


def report_view(
    analysis: Analysis, max_rows: MaxRows = NORMAL, *, read_source: SourceReader = no_source
) -> ReportView:
    """The report on an analysis: what fails the run first, then what only fills."""
    ranked = ranked_findings(analysis)
    shown = ranked[: max_rows.findings]
    return ReportView(
        subject=analysis,
        verdict=analysis.verdict,
        headline=headline(analysis),
        remarks=tuple(_remarks(analysis)),
        failure=_failure(analysis),
        findings=tuple(
            illustrated(finding_view(finding, analysis, max_rows), analysis, read_source) for finding in shown
        ),
        hidden_findings=hidden_text(len(ranked) - len(shown), "finding"),
        warnings=tuple(printable(warning) for warning in analysis.warnings),
        bytes_heading=f"bytes/{analysis.unit}",
        objects_heading=f"objects/{analysis.unit}",
        series=_heap_series(analysis),
        caches=_caches(analysis, max_rows),
        facts=tuple(_facts(analysis)),
        charts=tuple(process_charts(analysis)),
        command=None if analysis.run is None else command_text(analysis.run),
        conditions=tuple(Fact(label=label, text=printable(text)) for label, text in conditions(analysis)),
        target=printable(analysis.target),
        reasons=tuple(islice(reason_lines(analysis), max_rows.reasons)),
    )


def headline(analysis: Analysis) -> str:
    """The verdict, its kind and its reason, in one line."""
    return f"{analysis.verdict} ({analysis.kind}): {printable(analysis.reason)}"


def ranked_findings(analysis: Analysis) -> list[Finding]:
    """The findings in the order in which every report tells them."""
    return sorted(analysis.findings, key=lambda finding: _RANK[finding.verdict])


_RANK = {
    Verdict.LEAKING: 0,
    Verdict.INCONCLUSIVE: 1,
    Verdict.FILLING: 2,
    Verdict.CLEAN: 3,
}


def _remarks(analysis: Analysis) -> Iterator[str]:
    limit = detection_limit(analysis)
    if limit is not None and analysis.verdict is not Verdict.LEAKING:
        yield limit
    advice = _what_settles_it(analysis)
    if advice is not None:
        yield f"to settle it: {advice}"


def detection_limit(analysis: Analysis) -> str | None:
    """The smallest growth that this run would have seen, as a sentence."""
    if analysis.detection_limit_bytes_per_call is None:
        return None
    limit = analysis.detection_limit_bytes_per_call
    if analysis.unit is Unit.SECOND:
        an_hour, a_day = units.bytes_text(3_600 * limit), units.bytes_text(86_400 * limit)
        return f"no growth ≥ {an_hour} per hour could hide here, {a_day} per day"
    return f"no growth ≥ {units.bytes_text(limit)} per {analysis.unit} could hide here"


def _what_settles_it(analysis: Analysis) -> str | None:
    """The flag and the number that would turn INCONCLUSIVE into a verdict.

    None where the reason names a flag itself.
    """
    if analysis.verdict is not Verdict.INCONCLUSIVE or "--" in analysis.reason:
        return None
    match analysis.kind:
        case Kind.TOO_FEW_CALLS:
            more_seconds = max(30, round(4 * analysis.seconds))
            return f"run longer, with --max-time {more_seconds}"
        case Kind.NOISE:
            return f"average over more, with --rounds {max(24, 4 * analysis.rounds)}"
        case Kind.LEAKSCAN_FAILED:
            return "run it again; this is a fault of leakscan, not of the target"
        case Kind.INTERRUPTED:
            return "let it run to its end, or give it one with --max-time"
        case Kind.CHILD_PROCESSES:
            return "run what the child processes call as a target of its own, in this process"
    return None


def _failure(analysis: Analysis) -> FailureView | None:
    failure = analysis.failure
    if failure is None:
        return None
    return FailureView(
        message=None if failure.message in analysis.reason else printable(failure.message),
        traceback=tuple(printable(line) for line in (failure.traceback or "").splitlines()),
        hint=None if failure.hint is None else printable(failure.hint),
    )


def _heap_series(analysis: Analysis) -> SeriesView | None:
    if len(analysis.series) < 2:
        return None
    (_, first), *_, (_, last) = analysis.series
    return SeriesView(
        label="blocks",
        values=evenly_spaced(analysis.series, points=SERIES_POINTS),
        text=f"{units.count_text(first)} to {units.count_text(last)} in use",
    )


def _caches(analysis: Analysis, max_rows: MaxRows) -> CachesView | None:
    if analysis.caches is None:
        return None
    return caches_view(
        analysis.caches,
        max_rows=max_rows.caches,
        max_empty=max_rows.empty_caches,
        max_details=max_rows.cache_details,
        max_links=max_rows.links,
    )


def _facts(analysis: Analysis) -> Iterator[Fact]:
    if analysis.calls:
        yield _growth(analysis)
    if analysis.accounted is not None:
        yield from _accounted(analysis.accounted)
    rounds = units.counted(analysis.rounds, "round")
    # What runs by itself has no calls that return.
    done = f"{units.counted(analysis.calls, 'call')} in {rounds}"
    seconds = units.seconds_text(analysis.seconds)
    if not analysis.calls and analysis.unit is Unit.SECOND:
        done = f"{rounds} beside it"
    yield Fact(label="ran", text=f"{printable(analysis.target)}: {done}, {seconds}")
    if analysis.late_rounds:
        late = units.counted(analysis.late_rounds, "round")
        yield Fact(label="late", text=f"{late} began late: the interval is too short")
    limit = detection_limit(analysis)
    if limit is not None and analysis.verdict is Verdict.LEAKING:
        yield Fact(label="limit", text=limit)
    versions = f"Python {analysis.python}, leakscan {analysis.leakscan_version}"
    yield Fact(label="with", text=printable(versions))


def _accounted(accounted: Accounted) -> Iterator[Fact]:
    """How much of the growth the findings are; resident memory speaks only where nothing finer grew."""
    finer = [(accounted.blocks, "in blocks"), (accounted.heap, "in native heap")]
    known = [f"{units.share_text(share)} {what}" for share, what in finer if share is not None]
    if not known and accounted.rss is not None:
        known = [f"{units.share_text(accounted.rss)} in resident memory"]
    if known:
        yield Fact(label="accounted", text=f"for growth: {', '.join(known)}")


def _growth(analysis: Analysis) -> Fact:
    growth = analysis.growth
    per_call = [
        f"{units.signed(units.bytes_text(growth.bytes_per_call))} of heap",
        f"{units.signed(units.rate_text(growth.blocks_per_call))} blocks",
        f"{units.signed(units.bytes_text(growth.rss_bytes_per_call))} resident",
    ]
    return Fact(label="growth", text=f"{', '.join(per_call)} per {analysis.unit}")
