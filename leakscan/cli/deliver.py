"""An analysis, handed to the user in the form they asked for."""

import sys

from leakscan.cli.options import ReportOptions
from leakscan.model import Analysis
from leakscan.reports.consoles import discard, stderr_console, stdout_console
from leakscan.reports.json_report import json_text
from leakscan.reports.output import STDOUT, write_text
from leakscan.reports.terminal import draw_headline, draw_report
from leakscan.reports.view import EVERYTHING, NORMAL, report_view


def deliver(analysis: Analysis, options: ReportOptions) -> int:
    """Show the report, write the JSON if asked for, and return the exit code of the verdict.

    The report comes first: a JSON file that can't be written must not cost it.
    """
    console = stderr_console() if options.json == STDOUT else stdout_console()
    view = report_view(analysis, EVERYTHING if options.verbose else NORMAL)
    if options.quiet:
        draw_headline(view, console)
    else:
        draw_report(view, console)
    if options.json is not None:
        _write_json(analysis, options.json)
    return analysis.exit_code


def _write_json(analysis: Analysis, destination: str) -> None:
    try:
        write_text(json_text(analysis), destination, stdout=sys.stdout)
    except BrokenPipeError:
        # Whoever read the pipe had enough; the verdict stands.
        discard(sys.stdout)
