"""One finding, put in order and into words; every report only shows this."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from leakscan import units
from leakscan.model.analysis import Analysis, ChainStep, Finding, SiteGrowth
from leakscan.model.run import Kind, Unit, Verdict
from leakscan.reports.locations import defined_line
from leakscan.reports.text_fit import ELLIPSIS, printable
from leakscan.reports.views import wording
from leakscan.reports.views.charts import ChartView, finding_chart
from leakscan.reports.views.facts import Fact, Place, place_of
from leakscan.reports.views.max_rows import MaxRows
from leakscan.reports.views.measures import ForecastRow, Measure, forecasts, measures
from leakscan.reports.views.patterns import Pattern, explained_pattern, explaining_command, pattern_url
from leakscan.reports.views.source import SourceReader, SourceView
from leakscan.reports.views.sparkline import evenly_spaced
from leakscan.reports.views.store_lines import (
    PUT,
    store_facts,
    storing_or_allocating_frame,
    unknown_store_lines,
)

SERIES_POINTS = 16


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
    """One reference of a chain, shown as an arrow with an object at its end."""

    link: str
    type: str
    """Empty where several links are only counted."""
    is_growing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesView:
    """The values of a sparkline, and the words beside it."""

    label: str
    values: tuple[float, ...]
    """At evenly spaced calls."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceView:
    """What to do about a finding, and where that is explained."""

    sentence: str
    command: str | None
    """The command that explains it; None where it follows from no pattern."""
    pattern: Pattern | None
    """The section that explains it, for a report that has room for it."""
    url: str | None
    """The page that explains it, for a reader who can follow a link; None while there is no site."""

    @property
    def text(self) -> str:
        """The sentence, and the command on a line of its own, to be copied whole."""
        return self.sentence if self.command is None else f"{self.sentence}; see\n`{self.command}`"

    @property
    def one_line(self) -> str:
        """The same, for those who fold lines by themselves."""
        return self.text.replace("\n", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """One finding: its sentences, then its numbers."""

    subject: Finding
    verdict: Verdict
    title: str
    summary: str
    facts: tuple[Fact, ...]
    remarks: tuple[str, ...]
    advice: AdviceView | None
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
    """The code around the line that puts it there, or else the first site; None where none is shown."""


def finding_view(finding: Finding, analysis: Analysis, max_rows: MaxRows) -> FindingView:
    """One finding in words."""
    unit, pace = analysis.unit, analysis.pace
    lines = _lines(finding.sites)
    shown = lines[: max_rows.sites]
    remarks = wording.remarks(finding, unit, max_also_held_by=max_rows.also_held_by, pace=pace)
    return FindingView(
        subject=finding,
        verdict=finding.verdict,
        title=wording.finding_title(finding),
        summary=wording.finding_summary(finding, unit),
        facts=tuple(_finding_facts(finding, max_rows)),
        remarks=tuple(remarks),
        advice=_advice(finding),
        sites=tuple(_site_row(site, max_rows) for site in shown),
        hidden_sites=hidden_text(len(lines) - len(shown), "site"),
        series=_finding_series(finding, unit),
        chain=tuple(chain_line(step) for step in finding.chain[: max_rows.chain_steps]),
        fingerprint=printable(finding.fingerprint),
        kind=finding.kind,
        measures=tuple(measures(finding, unit)),
        forecasts=tuple(forecasts(finding, unit, pace)),
        links=tuple(_links(finding.chain, max_rows.chain_steps)),
        links_title="the cycle" if finding.kind is Kind.CYCLIC_GARBAGE else "what holds it, from the root",
        gains=_gains(finding, unit, max_rows),
        bytes=units.bytes_text(finding.bytes_per_call),
        objects=units.rate_text(finding.objects_per_call),
        bytes_per_call=finding.bytes_per_call,
        objects_per_call=finding.objects_per_call,
    )


def illustrated(view: FindingView, analysis: Analysis, read_source: SourceReader) -> FindingView:
    """The view with what takes more than the finding itself: the run, and the files on the disk."""
    finding = view.subject
    frame = storing_or_allocating_frame(finding)
    source = None if frame is None else read_source(frame)
    return replace(view, chart=finding_chart(finding, analysis), source=source)


def finding_text(view: FindingView) -> str:
    """All sentences on a finding, a line each: its summary, its facts, its remarks and the advice."""
    lines = [view.summary, *(f"{fact.label} {fact.whole_text}" for fact in view.facts), *view.remarks]
    return "\n".join([*lines, *([f"advice: {view.advice.one_line}"] if view.advice is not None else [])])


def _advice(finding: Finding) -> AdviceView | None:
    if finding.advice is None:
        return None
    return AdviceView(
        sentence=printable(finding.advice),
        command=explaining_command(finding),
        pattern=explained_pattern(finding),
        url=pattern_url(finding),
    )


def _finding_facts(finding: Finding, max_rows: MaxRows) -> Iterator[Fact]:
    holder = finding.holder
    if holder is not None and holder.path:
        path = wording.path_text(holder.path, max_links=max_rows.links)
        yield Fact(label="held by", text=path)
    cycle = wording.cycle_text(finding, max_links=max_rows.links)
    if cycle is not None:
        yield Fact(label="cycle", text=cycle)
    if holder is not None and holder.entries_do is not None:
        yield Fact(label="entries", text=printable(holder.entries_do))
    yield from store_facts(finding)
    unknown = unknown_store_lines(finding) if max_rows.reasons else None
    if unknown is not None:
        yield Fact(label=PUT, text=unknown)
    if finding.sites:
        yield Fact(label=_label_of(finding.sites[0]), text=place_of(finding.sites[0].frame))
        return
    defined = defined_line(holder)
    if defined is not None:
        yield Fact(label="defined", text=Place(file=printable(defined.file), line=defined.number))


def _label_of(site: SiteGrowth) -> str:
    """What the place of a site is to a finding; without a stack, the only frame known is the target."""
    return "allocated at" if site.stack else "allocated in"


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


def _site_row(site: SiteGrowth, max_rows: MaxRows) -> SiteRow:
    return SiteRow(
        bytes=units.bytes_text(site.bytes_per_call),
        objects=units.rate_text(site.objects_per_call),
        place=place_of(site.frame),
        types=_types(site.types, max_rows),
        stack=tuple(place_of(frame) for frame in site.stack[: max_rows.frames]),
        bytes_per_call=site.bytes_per_call,
        objects_per_call=site.objects_per_call,
    )


def _types(rates: Mapping[str, float], max_rows: MaxRows) -> str:
    """`lock 10.0, str 10.0`, the most frequent first."""
    types = sorted(rates.items(), key=lambda item: (-item[1], item[0]))
    named = [f"{printable(name)} {units.rate_text(rate)}" for name, rate in types[: max_rows.types]]
    hidden = hidden_text(len(types) - len(named), "type")
    return ", ".join([*named, *([hidden] if hidden else [])])


def _gains(finding: Finding, unit: Unit, max_rows: MaxRows) -> str:
    """What all sites of a finding add, by type."""
    rates: dict[str, float] = {}
    for site in finding.sites:
        for name, rate in site.types.items():
            rates[name] = rates.get(name, 0.0) + rate
    types = _types(rates, max_rows)
    return f"{types} per {unit}" if types else ""


def chain_line(step: ChainStep) -> str:
    """One reference of a chain: `.keys (dict, grows)`."""
    grows = ", grows" if step.is_growing else ""
    return f"{printable(step.link)} ({printable(step.type)}{grows})"


def _links(chain: Sequence[ChainStep], max_steps: int) -> Iterator[LinkView]:
    """The steps of a chain; of more than `max_steps`, those in the middle are only counted."""
    head = max_steps // 2
    hidden = len(chain) - max_steps + 1 if len(chain) > max_steps else 0
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


def hidden_text(number: int, noun: str) -> str | None:
    """`and 3 more sites`; None where nothing is left out."""
    return f"and {units.counted(number, f'more {noun}')}" if number > 0 else None
