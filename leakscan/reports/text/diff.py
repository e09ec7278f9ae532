"""A comparison on a console."""

from functools import partial

from rich.console import Console

from leakscan.model.check import Change
from leakscan.reports.text.consoles import plain_text
from leakscan.reports.text.headline import draw_first_line
from leakscan.reports.text.hyperlinks import Linker, no_hyperlinks
from leakscan.reports.text.page import Page
from leakscan.reports.text.report import draw_fact
from leakscan.reports.views.diff import ChangeRow, DiffView

_CHANGE_STYLES = {
    Change.NEW: "bold yellow",
    Change.WORSE: "bold yellow",
    Change.SAME: "bold",
    Change.BETTER: "bold green",
    Change.GONE: "bold green",
}


def draw_diff(view: DiffView, console: Console, link: Linker = no_hyperlinks) -> None:
    """Print the whole comparison."""
    page = Page(console, link)
    draw_first_line(view, page)
    for row in view.rows:
        _draw_row(row, page)
    page.warnings(view.warnings)
    page.gap()
    for fact in view.facts:
        draw_fact(fact, page, indent=0)


def plain_diff(view: DiffView) -> str:
    """The whole comparison as the terminal words it, for a file."""
    return plain_text(partial(draw_diff, view))


def _draw_row(row: ChangeRow, page: Page) -> None:
    page.gap()
    style = "bold red" if row.fails else _CHANGE_STYLES[row.change]
    page.headline(f"{row.change}: {row.finding.summary}", word=row.change, style=style)
    page.labelled("change", row.difference, indent=2)
    for fact in row.finding.facts:
        draw_fact(fact, page, indent=2)
    page.labelled("known as", row.finding.fingerprint, indent=2)
