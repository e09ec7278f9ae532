"""The heaviest lines and holders, and the source of a function, drawn on a console."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from leakscan.reports.text.hyperlinks import Linker, no_links
from leakscan.reports.text.page import Page
from leakscan.reports.text_fit import ELLIPSIS
from leakscan.reports.views.listing import ListedFunction, ListedLine, ListView
from leakscan.reports.views.top import TopView


def draw_top(view: TopView, console: Console, link: Linker = no_links) -> None:
    """Print the table."""
    page = Page(console, link)
    page.line(view.headline)
    page.gap()
    if view.rows:
        table = [view.headings, *(row.numbers for row in view.rows)]
        widths = _widths(table)
        page.beside("  ".join([*_row(view.headings, widths), ""]), view.name_heading, style="dim")
        for row in view.rows:
            head = "  ".join([*_row(row.numbers, widths), ""])
            name = row.name
            page.beside(head, name if isinstance(name, str) else page.place(name, margin=len(head)))
            page.line(row.remark, indent=len(head), style="dim")
        if view.hidden is not None:
            page.line(view.hidden)
        page.gap()
    page.line(view.note)
    page.warnings(view.warnings)


def draw_list(view: ListView, console: Console, link: Linker = no_links) -> None:
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
    widths = _widths([(*headings, "line"), *cells])
    page.code("  ".join(_row((*headings, "line"), widths)), style="dim")
    for line in function.lines:
        if line is None:
            page.code(ELLIPSIS.rjust(sum(widths) + 2 * len(widths) - 2), style="dim")
            continue
        _draw_line(line, function.file, widths, page)


def _draw_line(line: ListedLine, file: str, widths: Sequence[int], page: Page) -> None:
    *numbers, number = _row((*line.own, line.through, str(line.number)), widths)
    start = Text("  ".join([*numbers, ""]) + number.removesuffix(number.lstrip()))
    linked = page.linked(number.lstrip(), file, line.number)
    text = Text(page.shown(f"  {line.text}".rstrip()))
    page.code(Text("").join([start, linked, text]), style="bold" if line.own[0] else "")


def _widths(table: Sequence[Sequence[str]]) -> list[int]:
    return [max(len(row[column]) for row in table) for column in range(len(table[0]))]


def _row(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
