"""A check on a console."""

from collections.abc import Sequence
from functools import partial

from rich.console import Console

from leakscan.model.check import Standing
from leakscan.reports.text.columns import row_of, widths_of
from leakscan.reports.text.consoles import plain_text
from leakscan.reports.text.headline import draw_first_line
from leakscan.reports.text.hyperlinks import Linker, no_hyperlinks
from leakscan.reports.text.page import Page
from leakscan.reports.text.report import draw_fact, draw_failure, draw_finding
from leakscan.reports.views.check import CheckView, Drifting, Judged, TargetRow, TargetView, Unanswered

_TEXT_COLUMNS = 3
"""Of the table of targets; the others are numbers, and end at one column."""
_STANDING_STYLES = {Standing.GONE: "bold green", Standing.BETTER: "bold green"}


def draw_check(view: CheckView, console: Console, link: Linker = no_hyperlinks) -> None:
    """Print the whole check."""
    page = Page(console, link)
    draw_first_line(view, page)
    _draw_findings(view.failing, view.drifting, view.unanswered, view.listed, page)
    page.warnings(view.warnings)
    _draw_rows(view.rows, page)
    page.gap()
    for fact in view.facts:
        draw_fact(fact, page, indent=0)


def plain_check(view: CheckView) -> str:
    """The whole check as the terminal words it, for a file."""
    return plain_text(partial(draw_check, view))


def plain_target(target: TargetView) -> str:
    """One target as the terminal words it, for a file; empty where the terminal has its row alone."""
    return plain_text(partial(_draw_target, target)).lstrip("\n")


def _draw_target(target: TargetView, console: Console) -> None:
    unanswered = () if target.unanswered is None else (target.unanswered,)
    _draw_findings(target.failing, target.drifting, unanswered, target.listed, Page(console))


def row_text(row: TargetRow) -> str:
    """A target on one line, for the moment when its run is over."""
    findings = f"  {row.findings}" if row.findings else ""
    return f"{row.target}  {row.verdict}{findings}  {row.calls} calls, {row.seconds}"


def _draw_findings(
    failing: Sequence[Judged],
    drifting: Sequence[Drifting],
    unanswered: Sequence[Unanswered],
    listed: Sequence[Judged],
    page: Page,
) -> None:
    for judged in failing:
        _draw_failing(judged, page)
    if drifting:
        page.gap()
    for each in drifting:
        page.headline(f"drift  {each.target}: {each.text}", word="drift", style="bold red")
    for target in unanswered:
        _draw_unanswered(target, page)
    if listed:
        page.gap()
    for judged in listed:
        style = _STANDING_STYLES.get(judged.standing, "bold")
        page.headline(f"{judged.standing}  {judged.target}: {judged.text}", word=judged.standing, style=style)


def _draw_failing(failing: Judged, page: Page) -> None:
    page.gap()
    page.headline(f"{failing.standing}  {failing.target}", word=failing.standing, style="bold red")
    page.line(failing.remark, indent=2)
    if failing.finding is not None:
        draw_finding(failing.finding, page)


def _draw_unanswered(unanswered: Unanswered, page: Page) -> None:
    page.gap()
    page.line(f"{unanswered.target}: {unanswered.headline}", style="bold")
    for remark in unanswered.remarks:
        page.line(remark, indent=2)
    if unanswered.failure is not None:
        draw_failure(unanswered.failure, page)
    if unanswered.printed:
        page.line("the end of what it printed:", indent=2)
    for line in unanswered.printed:
        page.verbatim(line, indent=4)


def _draw_rows(rows: tuple[TargetRow, ...], page: Page) -> None:
    page.gap()
    table = [("target", "verdict", "findings", "growth", "calls", "time")]
    table += [(row.target, row.verdict, row.findings, row.growth, row.calls, row.seconds) for row in rows]
    widths = widths_of(table)
    for number, cells in enumerate(table):
        style = "dim" if number == 0 else "bold red" if rows[number - 1].fails else ""
        page.code(row_of(cells, widths, left=_TEXT_COLUMNS).rstrip(), style=style)
