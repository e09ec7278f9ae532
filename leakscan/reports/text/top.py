"""The heaviest lines and holders, and the source of a function, on a console."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from leakscan.reports.text.columns import GAP, margin_of, row_of, widths_of
from leakscan.reports.text.hyperlinks import Linker, no_hyperlinks
from leakscan.reports.text.page import Page
from leakscan.reports.text_fit import ELLIPSIS
from leakscan.reports.views.listing import ListedFunction, ListedLine, ListView
from leakscan.reports.views.top import TopView


def draw_top(view: TopView, console: Console, link: Linker = no_hyperlinks) -> None:
    """Print the table."""
    page = Page(console, link)
    page.line(view.headline)
    page.gap()
    if view.rows:
        table = [view.headings, *(row.numbers for row in view.rows)]
        widths = widths_of(table)
        page.beside(row_of(view.headings, widths) + GAP, view.name_heading, style="dim")
        for row in view.rows:
            head = row_of(row.numbers, widths) + GAP
            name = row.name
            page.beside(head, name if isinstance(name, str) else page.place(name, margin=len(head)))
            page.line(row.remark, indent=len(head), style="dim")
        if view.hidden is not None:
            page.line(view.hidden)
        page.gap()
    page.line(view.note)
    page.warnings(view.warnings)


def draw_list(view: ListView, console: Console, link: Linker = no_hyperlinks) -> None:
    """Print each function with its numbers."""
    page = Page(console, link)
    for function in view.functions:
        _draw_function(function, view.headings, page)
        page.gap()
    page.line(view.note)
    page.warnings(view.warnings)


def _draw_function(function: ListedFunction, headings: Sequence[str], page: Page) -> None:
    page.line(function.title, style="bold")
    if function.note is not None:
        page.line(function.note, indent=2)
    cells = [(*line.own, line.through, str(line.number)) for line in function.lines if line is not None]
    widths = widths_of([(*headings, "line"), *cells])
    page.code(row_of((*headings, "line"), widths), style="dim")
    for line in function.lines:
        if line is None:
            page.code(ELLIPSIS.rjust(margin_of(widths) - len(GAP)), style="dim")
            continue
        _draw_line(line, function.file, widths, page)


def _draw_line(line: ListedLine, file: str, widths: Sequence[int], page: Page) -> None:
    number = str(line.number)
    start = Text(row_of((*line.own, line.through, number), widths).removesuffix(number))
    linked = page.hyperlinked(number, file, line.number)
    text = Text(page.shown(f"  {line.text}".rstrip()))
    page.code(Text("").join([start, linked, text]), style="bold" if line.own[0] else "")
