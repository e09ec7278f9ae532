"""GitHub's Markdown, for a pull-request comment or a job summary: what counts in sight, the rest folded."""

import html
import re
from collections.abc import Iterable, Iterator, Sequence

from leakscan import units
from leakscan.model.analysis import Analysis
from leakscan.model.check import Check, Comparison
from leakscan.reports.locations import Checkout
from leakscan.reports.text.check import plain_check
from leakscan.reports.text.diff import plain_diff
from leakscan.reports.text.report import plain_report
from leakscan.reports.views.caches import HEADINGS, CachesView
from leakscan.reports.views.check import CheckView, Drifting, Judged, TargetRow, Unanswered, check_view
from leakscan.reports.views.diff import DiffView, diff_view
from leakscan.reports.views.facts import Place
from leakscan.reports.views.findings import FindingView
from leakscan.reports.views.max_rows import NORMAL, MaxRows
from leakscan.reports.views.report import ReportView, report_view

IN_SIGHT = MaxRows(
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
    reasons=0,
)
MAX_COMMENT_CHARACTERS = 60_000
"""A comment on GitHub holds 65,536 characters; what is too much is cut from the folded part."""
MAX_CHANGES = 40
MAX_FAILING = 20
MAX_DRIFTING = 4
MAX_UNANSWERED = 4
MAX_ROWS = 12
MAX_WARNINGS = 3
"""Of each so many are in sight, which for a check make 60 lines; the folded part has the rest."""


def report(analysis: Analysis, checkout: Checkout) -> bytes:
    """The report as GitHub's Markdown, at most 60 lines in sight for 20 findings."""
    del checkout
    view = report_view(analysis, IN_SIGHT)
    return _document(_lines_of_report(view), "The whole report", plain_report(view))


def check(check: Check, checkout: Checkout) -> bytes:
    """The check as GitHub's Markdown, at most 60 lines in sight however many targets there are."""
    del checkout
    view = check_view(check, IN_SIGHT)
    return _document(_lines_of_check(view), "The whole check", plain_check(view))


def diff(comparison: Comparison, checkout: Checkout) -> bytes:
    """The comparison as GitHub's Markdown: the changes in sight, all else folded."""
    del checkout
    view = diff_view(comparison)
    return _document(_lines_of_diff(view), "The whole comparison", plain_diff(view))


def _document(lines_in_sight: Iterable[str], title: str, whole: str) -> bytes:
    in_sight = "\n".join(lines_in_sight)
    return f"{in_sight}\n\n{folded(title, whole, len(in_sight))}".encode()


def _heading(answer: str, headline: str) -> Iterator[str]:
    yield f"### leakscan: {answer}"
    yield ""
    yield code(headline.partition(": ")[2])


def _lines_of_report(view: ReportView) -> Iterator[str]:
    yield from _heading(f"{view.verdict} ({view.subject.kind})", view.headline)
    for remark in view.remarks:
        yield f"<br>{code(remark)}"
    if view.failure is not None and view.failure.message is not None:
        yield f"<br>{code(view.failure.message)}"
    for warning in view.warnings:
        yield f"<br>warning: {code(warning)}"
    if view.findings:
        yield ""
    for number, finding in enumerate(view.findings, start=1):
        yield f"{number}. **{finding.verdict}** {code(finding.summary)}{_where_text(finding)}"
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


def _lines_of_check(view: CheckView) -> Iterator[str]:
    yield from _heading(view.word, view.headline)
    for warning in view.warnings[:MAX_WARNINGS]:
        yield f"<br>warning: {code(warning)}"
    if len(view.warnings) > MAX_WARNINGS:
        yield f"<br>{_more(len(view.warnings) - MAX_WARNINGS, 'warning')}"
    for part in (
        _failing(view.failing),
        _drifting(view.drifting),
        _unanswered(view.unanswered),
        _table_of_targets(view.rows),
    ):
        lines = list(part)
        if lines:
            yield ""
            yield from lines


def _failing(failing: Sequence[Judged]) -> Iterator[str]:
    for number, judged in enumerate(failing[:MAX_FAILING], start=1):
        where = "" if judged.finding is None else _where_text(judged.finding)
        yield (
            f"{number}. **{judged.standing}** in {code(judged.target)}: {code(judged.summary)}{where}; "
            f"{code(judged.remark)}"
        )
    if len(failing) > MAX_FAILING:
        yield ""
        yield _more(len(failing) - MAX_FAILING, "failing leak")


def _drifting(drifting: Sequence[Drifting]) -> Iterator[str]:
    for each in drifting[:MAX_DRIFTING]:
        yield f"- **drift** in {code(each.target)}: {code(each.text)}"
    if len(drifting) > MAX_DRIFTING:
        yield f"- {_more(len(drifting) - MAX_DRIFTING, 'drift')}"


def _unanswered(unanswered: Sequence[Unanswered]) -> Iterator[str]:
    for each in unanswered[:MAX_UNANSWERED]:
        failure = each.failure
        sentences = [each.headline, *([failure.message] if failure is not None and failure.message else [])]
        yield f"- {code(each.target)}: {'<br>'.join(code(text) for text in sentences)}"
    if len(unanswered) > MAX_UNANSWERED:
        yield f"- {_more(len(unanswered) - MAX_UNANSWERED, 'target')} without an answer"


def _table_of_targets(rows: Sequence[TargetRow]) -> Iterator[str]:
    """The targets; of too many, only those that fail."""
    failing = [row for row in rows if row.fails]
    shown = rows if len(rows) <= MAX_ROWS else failing[:MAX_ROWS]
    if shown:
        yield "| target | verdict | findings | growth | calls | time |"
        yield "| --- | --- | --- | ---: | ---: | ---: |"
    for row in shown:
        cells = [cell(row.target), row.verdict, row.findings, row.growth, row.calls, row.seconds]
        yield f"| {' | '.join(cells)} |"
    if len(rows) > len(shown):
        yield ""
        none_fails = ", none of which fails" if len(failing) <= MAX_ROWS else ""
        yield f"{_more(len(rows) - len(shown), 'target')}{none_fails}"


def _more(number: int, noun: str) -> str:
    return f"and {units.counted(number, f'more {noun}')}"


def _lines_of_diff(view: DiffView) -> Iterator[str]:
    yield from _heading(view.word, view.headline)
    for warning in view.warnings:
        yield f"<br>warning: {code(warning)}"
    if view.rows:
        yield ""
    for number, row in enumerate(view.rows[:MAX_CHANGES], start=1):
        yield f"{number}. **{row.change}** {code(row.finding.summary)}: {code(row.difference)}"
    if len(view.rows) > MAX_CHANGES:
        yield ""
        yield f"and {len(view.rows) - MAX_CHANGES} more"


def _where_text(finding: FindingView) -> str:
    """`, allocated at` and the line; empty where none is known."""
    for fact in finding.facts:
        if isinstance(fact.text, Place):
            return f", {fact.label} {code(str(fact.text))}"
    return ""


def folded(title: str, text: str, used: int) -> str:
    """Text that a click unfolds, cut to what a comment holds beside the characters that are used."""
    room = MAX_COMMENT_CHARACTERS - used
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
