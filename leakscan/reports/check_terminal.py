"""A check, drawn on a console."""

import io

from rich.cells import cell_len
from rich.console import Console

from leakscan.model import Standing
from leakscan.reports.check_view import CheckView, Failing, TargetRow, Unanswered
from leakscan.reports.consoles import plain_console
from leakscan.reports.page import Page
from leakscan.reports.plain import WIDTH
from leakscan.reports.terminal import draw_failure, draw_finding

_STYLES = {"OK": "bold green", "WORSE": "bold red", "FAILED": "bold red", "INCONCLUSIVE": "bold magenta"}
_TEXT_COLUMNS = 3
"""Of the table of targets; the others are numbers, and end at one column."""
_STANDING_STYLES = {Standing.GONE: "bold green", Standing.BETTER: "bold green"}


def draw_check(view: CheckView, console: Console) -> None:
    """Print the whole check."""
    page = Page(console)
    page.headline(view.headline, word=view.word, style=_STYLES[view.word])
    for failing in view.failing:
        _draw_failing(failing, page)
    if view.drifting:
        page.gap()
    for drifting in view.drifting:
        page.headline(f"drift  {drifting.target}: {drifting.text}", word="drift", style="bold red")
    for unanswered in view.unanswered:
        _draw_unanswered(unanswered, page)
    if view.listed:
        page.gap()
    for listed in view.listed:
        style = _STANDING_STYLES.get(listed.standing, "bold")
        page.headline(f"{listed.standing}  {listed.target}: {listed.text}", word=listed.standing, style=style)
    if view.warnings:
        page.gap()
    for warning in view.warnings:
        page.line(f"warning: {warning}")
    _draw_rows(view.rows, page)
    page.gap()
    for label, text in view.facts:
        page.labelled(label, text, indent=0)


def draw_check_headline(view: CheckView, console: Console) -> None:
    """Print the answer on one line however long."""
    opening = Page(console).opening(view.headline, word=view.word, style=_STYLES[view.word])
    console.print(opening, soft_wrap=True)


def plain_check(view: CheckView) -> str:
    """The whole check as the terminal words it, for a file."""
    file = io.StringIO()
    draw_check(view, plain_console(file, width=WIDTH))
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


def row_text(row: TargetRow) -> str:
    """A target on one line, as it is told when its run is over."""
    findings = f"  {row.findings}" if row.findings else ""
    return f"{row.target}  {row.verdict}{findings}  {row.calls} calls, {row.seconds}"


def _draw_failing(failing: Failing, page: Page) -> None:
    page.gap()
    page.headline(f"{failing.standing}  {failing.target}", word=failing.standing, style="bold red")
    page.line(failing.why, indent=2)
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
    widths = [max(cell_len(line[column]) for line in table) for column in range(6)]
    for number, line in enumerate(table):
        cells = [
            text + padding if column < _TEXT_COLUMNS else padding + text
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
            for padding in [" " * (width - cell_len(text))]
        ]
        style = "dim" if number == 0 else "bold red" if rows[number - 1].fails else ""
        page.code("  ".join(cells).rstrip(), style=style)
