"""A history of runs, on a console."""

from collections.abc import Sequence

from rich.console import Console

from leakscan.model.history import TargetHistory
from leakscan.reports.text.columns import row_of, widths_of
from leakscan.reports.text.headline import draw_first_line
from leakscan.reports.text.page import Page
from leakscan.reports.views.drifts import drift_sentence, standing_sentence
from leakscan.reports.views.history import HistoryView, TargetHistoryView
from leakscan.reports.views.sparkline import sparkline

SPARKLINE_WIDTH = 24
_LEFT_COLUMNS = 3


def draw_history(view: HistoryView, console: Console) -> None:
    """Print each target with its courses and its newest runs."""
    page = Page(console)
    draw_first_line(view, page)
    for target in view.targets:
        page.gap()
        _draw_target(target, page)
    if any(target.rows for target in view.targets):
        page.gap()
        page.line(view.note)


def draw_standing(history: TargetHistory, console: Console) -> None:
    """Print how the last run stands in its history."""
    page = Page(console)
    for drift in history.drifts:
        page.headline(f"DRIFT: {drift_sentence(drift)}", word="DRIFT", style="bold red")
    page.labelled("history", standing_sentence(history), indent=0)


def draw_drifts(history: TargetHistory, console: Console) -> None:
    """Print what is worse, one line each however long."""
    page = Page(console)
    for drift in history.drifts:
        line = page.opening(f"DRIFT: {drift_sentence(drift)}", word="DRIFT", style="bold red")
        console.print(line, soft_wrap=True)


def _draw_target(target: TargetHistoryView, page: Page) -> None:
    page.line(target.title, style="bold")
    for drift in target.drifts:
        page.headline(f"DRIFT: {drift}", word="DRIFT", style="bold red")
    for course in target.courses:
        bars = sparkline(course.values, width=SPARKLINE_WIDTH, min_span=course.min_span)
        page.labelled(course.label, f"{bars} {course.text}", indent=2)
    page.labelled("judged", target.standing, indent=2)
    if not target.rows:
        return
    page.gap()
    widths = widths_of([target.headings, *(row.cells for row in target.rows)])
    page.code(_line(target.headings, widths), style="dim")
    for row in target.rows:
        page.code(_line(row.cells, widths), style="bold" if row.is_outside else "")
        for remark in row.remarks:
            page.line(remark, indent=2 + widths[0] + 2)
    if target.hidden is not None:
        page.line(target.hidden, indent=2)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Names to the left, numbers to the right, each number with its change beside it."""
    return f"  {row_of(cells, widths, left=_LEFT_COLUMNS)}".rstrip()
