"""A report for a pull-request comment or a job summary: what counts in sight, the rest folded."""

import html
import re
from collections.abc import Iterator

from leakscan.model.analysis import Analysis
from leakscan.reports.text.plain import plain_text
from leakscan.reports.views.caches import HEADINGS, CachesView
from leakscan.reports.views.cutoffs import NORMAL, Cutoffs
from leakscan.reports.views.facts import Place
from leakscan.reports.views.findings import FindingView
from leakscan.reports.views.report import ReportView, report_view

IN_SIGHT = Cutoffs(
    findings=20,
    sites=NORMAL.sites,
    types=NORMAL.types,
    also_held_by=NORMAL.also_held_by,
    links=NORMAL.links,
    frames=0,
    chain_steps=0,
    caches=NORMAL.caches,
    empty_caches=0,
    cache_details=0,
)
MOST_CHARACTERS = 60_000
"""A comment on GitHub holds 65,536 characters; what is too much is cut from the folded part."""


def markdown_text(analysis: Analysis) -> str:
    """The report as GitHub's Markdown, at most 60 lines in sight for 20 findings."""
    view = report_view(analysis, IN_SIGHT)
    in_sight = "\n".join(_lines_in_sight(analysis, view))
    return f"{in_sight}\n\n{folded('The whole report', plain_text(view), len(in_sight))}"


def _lines_in_sight(analysis: Analysis, view: ReportView) -> Iterator[str]:
    yield f"### leakscan: {view.verdict} ({analysis.kind})"
    yield ""
    yield code(view.headline.partition(": ")[2])
    for remark in view.remarks:
        yield f"<br>{code(remark)}"
    if view.failure is not None and view.failure.message is not None:
        yield f"<br>{code(view.failure.message)}"
    for warning in view.warnings:
        yield f"<br>warning: {code(warning)}"
    if view.findings:
        yield ""
    for number, finding in enumerate(view.findings, start=1):
        yield f"{number}. **{finding.verdict}** {code(finding.summary)}{where_text(finding)}"
    if view.hidden_findings is not None:
        yield ""
        yield view.hidden_findings
    if view.caches is not None:
        yield from _caches(view.caches)


def _caches(caches: CachesView) -> Iterator[str]:
    yield ""
    yield f"**Caches**: {caches.summary}"
    if caches.rows:
        yield ""
        yield f"| {' | '.join(HEADINGS)} |"
        yield "| ---: | ---: | ---: | ---: | --- |"
    for row in caches.rows:
        bound = f"**{row.bound}**" if row.stands_out else row.bound
        name = "<br>".join(map(cell, (row.name, *row.remarks)))
        yield f"| {row.size} | {row.entries} | {bound} | {row.hit_rate} | {name} |"
    for sentence in filter(None, (caches.hidden, caches.unlisted)):
        yield ""
        yield sentence


def where_text(finding: FindingView) -> str:
    """`, filled at` and the line; empty where none is known."""
    for fact in finding.facts:
        if isinstance(fact.text, Place):
            return f", {fact.label} {code(str(fact.text))}"
    return ""


def folded(title: str, text: str, used: int) -> str:
    """Text that a click unfolds, cut to what a comment holds beside the characters that are used."""
    room = MOST_CHARACTERS - used
    lines = [html.escape(line, quote=False) for line in text.splitlines()]
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            kept.append(f"… and {len(lines) - len(kept):,} more lines")
            break
        kept.append(line)
    body = "\n".join(kept)
    return f"<details>\n<summary>{title}</summary>\n\n<pre>\n{body}\n</pre>\n</details>\n"


def code(text: str) -> str:
    """The text as a code span, which no name can end: nothing in it is markup, a link or a mention."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    # One space at either end is not part of the span, unless it is all spaces.
    padding = " " if text.strip(" ") and (text[:1] in "` " or text[-1:] in "` ") else ""
    return f"{fence}{padding}{text}{padding}{fence}" if text else ""


def cell(text: str) -> str:
    """The text as code in a cell of a table.

    A pipe ends a cell even inside of a code span, and no two parsers agree on what a backslash before it
    does: there the text is HTML, with all that could be markup as character references.
    """
    if "|" not in text:
        return code(text)
    escaped = re.sub("[^a-zA-Z0-9 ]", lambda match: f"&#{ord(match[0])};", text)
    return f"<code>{escaped}</code>"
