"""An analysis, put in order and into words; every report on it only draws this."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from leakscan import units
from leakscan.model.analysis import Analysis, ChainStep, Finding, Frame, Holder, SiteGrowth
from leakscan.model.run import Kind, Unit, Verdict
from leakscan.reports.lines import defined_line
from leakscan.reports.text_fit import ELLIPSIS, printable
from leakscan.reports.views import findings as wording
from leakscan.reports.views.caches import CachesView, caches_view
from leakscan.reports.views.charts import ChartView, finding_chart, process_charts
from leakscan.reports.views.conditions import command_text, conditions
from leakscan.reports.views.measures import ForecastRow, Measure, forecasts, measures
from leakscan.reports.views.source import SourceReader, SourceView, no_source
from leakscan.reports.views.sparkline import evenly_spaced

SERIES_POINTS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoffs:
    """The most of each list that a report shows; the rest is counted."""

    findings: int
    sites: int
    types: int
    also_held_by: int
    links: int
    frames: int
    chain_steps: int
    caches: int
    empty_caches: int
    cache_details: int
    """Lines below each cache."""


NORMAL = Cutoffs(
    findings=10,
    sites=5,
    types=3,
    also_held_by=3,
    links=12,
    frames=0,
    chain_steps=0,
    caches=10,
    empty_caches=0,
    cache_details=0,
)
EVERYTHING = Cutoffs(
    findings=sys.maxsize,
    sites=sys.maxsize,
    types=sys.maxsize,
    also_held_by=sys.maxsize,
    links=sys.maxsize,
    frames=sys.maxsize,
    chain_steps=sys.maxsize,
    caches=sys.maxsize,
    empty_caches=sys.maxsize,
    cache_details=sys.maxsize,
)


WHOLE_PAGE = replace(EVERYTHING, types=12, links=24, frames=64, chain_steps=24)
"""For a page that unfolds: every finding and site, and of what may be endless as much as is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of code; its file may be shortened to fit."""

    file: str
    line: int
    function: str = ""
    """Empty where the line is not said to be in one."""

    def __str__(self) -> str:
        """`app/jobs.py:41 in Jobs.put`."""
        return f"{self.file}:{self.line}" + (f" in {self.function}" if self.function else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A label and what it stands for."""

    label: str
    text: str | Place


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """One row of a finding's table of sites."""

    bytes: str
    objects: str
    place: Place
    types: str
    """`dict 10.0, str 10.0`; empty where no type is known."""
    stack: tuple[Place, ...]
    bytes_per_call: float
    """To sort by."""
    objects_per_call: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """One reference of a chain, to be drawn as an arrow with an object at its end."""

    link: str
    type: str
    """Empty where several links are only counted."""
    is_growing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesView:
    """A series to draw, and the words beside it."""

    label: str
    values: tuple[float, ...]
    """At evenly spaced calls."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """One finding: its sentences, then its numbers."""

    verdict: Verdict
    title: str
    summary: str
    facts: tuple[Fact, ...]
    remarks: tuple[str, ...]
    advice: str | None
    sites: tuple[SiteRow, ...]
    hidden_sites: str | None
    series: SeriesView | None
    chain: tuple[str, ...]
    fingerprint: str
    kind: Kind
    measures: tuple[Measure, ...]
    forecasts: tuple[ForecastRow, ...]
    links: tuple[LinkView, ...]
    """The chain, root first, as parts."""
    links_title: str
    gains: str
    """What the end of the chain gains: `lock 10.0, str 10.0 per call`; empty where unknown."""
    bytes: str
    objects: str
    bytes_per_call: float
    """To sort by."""
    objects_per_call: float
    chart: ChartView | None = None
    source: SourceView | None = None
    """The code around the first site; None where the report shows none."""


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


def report_view(
    analysis: Analysis, cutoffs: Cutoffs = NORMAL, *, read_source: SourceReader = no_source
) -> ReportView:
    """The report on an analysis: what fails the run first, then what only fills."""
    ranked = ranked_findings(analysis)
    shown = ranked[: cutoffs.findings]
    return ReportView(
        verdict=analysis.verdict,
        headline=headline(analysis),
        remarks=tuple(_remarks(analysis)),
        failure=_failure(analysis),
        findings=tuple(
            illustrated(finding_view(finding, analysis, cutoffs), finding, analysis, read_source)
            for finding in shown
        ),
        hidden_findings=_hidden(len(ranked) - len(shown), "finding"),
        warnings=tuple(printable(warning) for warning in analysis.warnings),
        bytes_heading=f"bytes/{analysis.unit}",
        objects_heading=f"objects/{analysis.unit}",
        series=_heap_series(analysis),
        caches=_caches(analysis, cutoffs),
        facts=tuple(_facts(analysis)),
        charts=tuple(process_charts(analysis)),
        command=None if analysis.run is None else command_text(analysis.run),
        conditions=tuple(Fact(label=label, text=printable(text)) for label, text in conditions(analysis)),
        target=printable(analysis.target),
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
    least = units.bytes_text(analysis.detection_limit_bytes_per_call)
    return f"no growth ≥ {least} per {analysis.unit} could hide here"


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
    return None


def _failure(analysis: Analysis) -> FailureView | None:
    failure = analysis.failure
    if failure is None:
        return None
    return FailureView(
        message=None if failure.message == analysis.reason else printable(failure.message),
        traceback=tuple(printable(line) for line in (failure.traceback or "").splitlines()),
        hint=None if failure.hint is None else printable(failure.hint),
    )


def finding_view(finding: Finding, analysis: Analysis, cutoffs: Cutoffs) -> FindingView:
    """One finding in words."""
    unit, pace = analysis.unit, analysis.pace
    lines = _lines(finding.sites)
    shown = lines[: cutoffs.sites]
    remarks = wording.remarks(finding, unit, most_also_held_by=cutoffs.also_held_by, pace=pace)
    return FindingView(
        verdict=finding.verdict,
        title=wording.finding_title(finding),
        summary=wording.finding_summary(finding, unit),
        facts=tuple(_finding_facts(finding, cutoffs)),
        remarks=tuple(remarks),
        advice=_advice(finding),
        sites=tuple(_site_row(site, cutoffs) for site in shown),
        hidden_sites=_hidden(len(lines) - len(shown), "site"),
        series=_finding_series(finding, unit),
        chain=tuple(chain_line(step) for step in finding.chain[: cutoffs.chain_steps]),
        fingerprint=printable(finding.fingerprint),
        kind=finding.kind,
        measures=tuple(measures(finding, unit)),
        forecasts=tuple(forecasts(finding, unit, pace)),
        links=tuple(_links(finding.chain, cutoffs.chain_steps)),
        links_title="the cycle" if finding.kind is Kind.CYCLIC_GARBAGE else "what holds it, from the root",
        gains=_gains(finding, unit, cutoffs),
        bytes=units.bytes_text(finding.bytes_per_call),
        objects=units.rate_text(finding.objects_per_call),
        bytes_per_call=finding.bytes_per_call,
        objects_per_call=finding.objects_per_call,
    )


def _advice(finding: Finding) -> str | None:
    if finding.advice is None:
        return None
    see = "" if finding.advice_page is None else f"; see {finding.advice_page}"
    return printable(finding.advice + see)


def illustrated(
    view: FindingView, finding: Finding, analysis: Analysis, read_source: SourceReader
) -> FindingView:
    """The view with what takes more than the finding itself: the run, and the files on the disk."""
    source = read_source(finding.sites[0].frame) if finding.sites else None
    return replace(view, chart=finding_chart(finding, analysis), source=source)


def _finding_facts(finding: Finding, cutoffs: Cutoffs) -> Iterator[Fact]:
    holder = finding.holder
    if holder is not None and holder.path:
        path = wording.path_text(holder.path, most_links=cutoffs.links)
        yield Fact(label="held by", text=path)
    cycle = wording.cycle_text(finding, most_links=cutoffs.links)
    if cycle is not None:
        yield Fact(label="cycle", text=cycle)
    if holder is not None and holder.entries_do is not None:
        yield Fact(label="entries", text=printable(holder.entries_do))
    if finding.sites:
        yield Fact(label=_label_of(finding.sites[0], holder), text=place_of(finding.sites[0].frame))
        return
    defined = defined_line(holder)
    if defined is not None:
        yield Fact(label="defined", text=Place(file=printable(defined.file), line=defined.number))


def _label_of(site: SiteGrowth, holder: Holder | None) -> str:
    """What the place of a site is to a finding: without a stack, no more is known than who is called."""
    if not site.stack:
        return "made by"
    return "made at" if holder is None else "filled at"


def _lines(sites: Sequence[SiteGrowth]) -> list[SiteGrowth]:
    """The sites, those of one line as one, with the stack of the heaviest of them."""
    lines: dict[tuple[str, int, str], SiteGrowth] = {}
    for site in sites:
        place = site.frame.file, site.frame.line, site.frame.qualname
        known = lines.get(place)
        lines[place] = site if known is None else _together(known, site)
    return list(lines.values())


def _together(one: SiteGrowth, other: SiteGrowth) -> SiteGrowth:
    types = Counter(one.types)
    types.update(other.types)
    return replace(
        one,
        bytes_per_call=one.bytes_per_call + other.bytes_per_call,
        objects_per_call=one.objects_per_call + other.objects_per_call,
        types=types,
        live_bytes=one.live_bytes + other.live_bytes,
        live_objects=one.live_objects + other.live_objects,
    )


def _site_row(site: SiteGrowth, cutoffs: Cutoffs) -> SiteRow:
    return SiteRow(
        bytes=units.bytes_text(site.bytes_per_call),
        objects=units.rate_text(site.objects_per_call),
        place=place_of(site.frame),
        types=_types(site.types, cutoffs),
        stack=tuple(place_of(frame) for frame in site.stack[: cutoffs.frames]),
        bytes_per_call=site.bytes_per_call,
        objects_per_call=site.objects_per_call,
    )


def _types(rates: Mapping[str, float], cutoffs: Cutoffs) -> str:
    """`lock 10.0, str 10.0`, the most frequent first."""
    types = sorted(rates.items(), key=lambda item: (-item[1], item[0]))
    named = [f"{printable(name)} {units.rate_text(rate)}" for name, rate in types[: cutoffs.types]]
    hidden = _hidden(len(types) - len(named), "type")
    return ", ".join([*named, *([hidden] if hidden else [])])


def _gains(finding: Finding, unit: Unit, cutoffs: Cutoffs) -> str:
    """What all sites of a finding add, by type."""
    rates: dict[str, float] = {}
    for site in finding.sites:
        for name, rate in site.types.items():
            rates[name] = rates.get(name, 0.0) + rate
    types = _types(rates, cutoffs)
    return f"{types} per {unit}" if types else ""


def place_of(frame: Frame) -> Place:
    """Where a frame is, fit to print."""
    return Place(file=printable(frame.file), line=frame.line, function=printable(frame.qualname))


def chain_line(step: ChainStep) -> str:
    """One reference of a chain: `.keys (dict, grows)`."""
    grows = ", grows" if step.is_growing else ""
    return f"{printable(step.link)} ({printable(step.type)}{grows})"


def _links(chain: Sequence[ChainStep], most: int) -> Iterator[LinkView]:
    """The steps of a chain; of more than `most`, those in the middle are only counted."""
    head = most // 2
    hidden = len(chain) - most + 1 if len(chain) > most else 0
    for place, step in enumerate(chain):
        if hidden and place == head:
            yield LinkView(link=f"{ELLIPSIS} {units.count_text(hidden)} more", type="", is_growing=False)
        elif not head < place < head + hidden:
            yield LinkView(link=printable(step.link), type=printable(step.type), is_growing=step.is_growing)


def _finding_series(finding: Finding, unit: Unit) -> SeriesView | None:
    if len(finding.series) < 2:
        return None
    (begin, first), *_, (end, last) = finding.series
    as_text = units.bytes_text if finding.series_unit == "bytes" else units.count_text
    span = end - begin
    over = units.seconds_text(span) if unit is Unit.SECOND else units.counted(round(span), "call")
    return SeriesView(
        label=finding.series_unit,
        values=evenly_spaced(finding.series, points=SERIES_POINTS),
        text=f"{as_text(first)} to {as_text(last)} over {over}{_table(finding)}",
    )


def _table(finding: Finding) -> str:
    """The size of an entry, and of the holder's own table: its length alone does not say what it keeps."""
    holder = finding.holder
    if holder is None:
        return ""
    each = "" if holder.bytes_per_entry is None else f", {units.bytes_text(holder.bytes_per_entry)} each"
    if holder.capacity_bytes is None:
        return each
    return f"{each}, table {units.bytes_text(holder.capacity_bytes)}"


def _heap_series(analysis: Analysis) -> SeriesView | None:
    if len(analysis.series) < 2:
        return None
    (_, first), *_, (_, last) = analysis.series
    return SeriesView(
        label="blocks",
        values=evenly_spaced(analysis.series, points=SERIES_POINTS),
        text=f"{units.count_text(first)} to {units.count_text(last)} in use",
    )


def _caches(analysis: Analysis, cutoffs: Cutoffs) -> CachesView | None:
    if analysis.caches is None:
        return None
    return caches_view(
        analysis.caches,
        most=cutoffs.caches,
        most_empty=cutoffs.empty_caches,
        most_details=cutoffs.cache_details,
        most_links=cutoffs.links,
    )


def _facts(analysis: Analysis) -> Iterator[Fact]:
    if analysis.calls:
        yield _growth(analysis)
    calls = units.counted(analysis.calls, "call")
    rounds = units.counted(analysis.rounds, "round")
    seconds = units.seconds_text(analysis.seconds)
    yield Fact(label="ran", text=f"{printable(analysis.target)}: {calls} in {rounds}, {seconds}")
    if analysis.late_rounds:
        late = units.counted(analysis.late_rounds, "round")
        yield Fact(label="late", text=f"{late} began late: the interval is too short")
    limit = detection_limit(analysis)
    if limit is not None and analysis.verdict is Verdict.LEAKING:
        yield Fact(label="limit", text=limit)
    versions = f"Python {analysis.python}, leakscan {analysis.leakscan_version}"
    yield Fact(label="with", text=printable(versions))


def _growth(analysis: Analysis) -> Fact:
    growth = analysis.growth
    per_call = [
        f"{units.signed(units.bytes_text(growth.bytes_per_call))} of heap",
        f"{units.signed(units.rate_text(growth.blocks_per_call))} blocks",
        f"{units.signed(units.bytes_text(growth.rss_bytes_per_call))} resident",
    ]
    return Fact(label="growth", text=f"{', '.join(per_call)} per {analysis.unit}")


def _hidden(number: int, noun: str) -> str | None:
    return f"and {units.counted(number, f'more {noun}')}" if number > 0 else None
