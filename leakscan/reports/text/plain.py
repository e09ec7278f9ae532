"""A report view as plain text: what the terminal shows, for a file."""

import io

from leakscan.reports.text.consoles import plain_console
from leakscan.reports.text.report import draw_report
from leakscan.reports.views.report import ReportView

WIDTH = 100


def plain_text(view: ReportView, *, width: int = WIDTH) -> str:
    """The whole report as the terminal words it, without colour, at a fixed width."""
    file = io.StringIO()
    draw_report(view, plain_console(file, width=width))
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())
