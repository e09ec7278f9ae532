"""An analysis, written in the forms that the user asks for."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from leakscan.cli.echo import echo_error
from leakscan.cli.options import CODE_QUALITY, GRAPH, Annotations, ReportOptions
from leakscan.cli.repository import checkout_of
from leakscan.errors import DrawingError, OutputError
from leakscan.model.analysis import Analysis
from leakscan.reports.formats.table import FORMATS
from leakscan.reports.locations import Checkout
from leakscan.reports.output import STDOUT, write_bytes
from leakscan.reports.text.consoles import discard, linker_for, stderr_console, stdout_bytes, stdout_console
from leakscan.reports.text.report import draw_headline, draw_report
from leakscan.reports.views.cutoffs import EVERYTHING, NORMAL
from leakscan.reports.views.report import report_view
from leakscan.reports.views.source import without_source

File = tuple[Callable[[], bytes], str]
"""What makes the content, and where it goes."""
NO_CACHES = (
    "there is no list of caches: `leakscan run --caches` takes it, if the target's process lives to its end"
)


def emit(analysis: Analysis, options: ReportOptions) -> int:
    """Show the report, write the files that were asked for, and return the exit code of the verdict.

    The report comes first: a file that can't be written must not cost it, nor the other files.
    """
    analysis = at_pace(analysis, options.calls_per_second)
    if not options.lists_caches:
        analysis = replace(analysis, caches=None)
    elif analysis.caches is None:
        analysis = replace(analysis, warnings=(*analysis.warnings, NO_CACHES))
    console = stderr_console() if options.takes_stdout else stdout_console()
    checkout = replace(checkout_of(analysis), shows_source=options.shows_source)
    if not options.shows_source:
        analysis = without_source(analysis)
    view = report_view(analysis, EVERYTHING if options.verbose else NORMAL)
    if options.quiet:
        draw_headline(view, console)
    else:
        draw_report(view, console, linker_for(console, checkout.folder))
    if options.annotations is Annotations.GITHUB:
        from leakscan.reports.formats.annotations import github_commands

        for command in github_commands(analysis, checkout):
            console.command(command)
    is_lost = write_all(_files(analysis, checkout, options))
    if analysis.recording_loss is not None:
        echo_error(OutputError(analysis.recording_loss))
        is_lost = True
    is_lost |= console.is_lost and not options.takes_stdout
    return exit_code_of(analysis.exit_code, is_lost=is_lost)


def exit_code_of(verdict: int, *, is_lost: bool) -> int:
    """The exit code of a verdict, when something that was asked for could not be written.

    A verdict that fails a job says more than the loss. A clean one must not pass a job whose next step reads
    the file.
    """
    return OutputError.exit_code if is_lost and verdict == 0 else verdict


def at_pace(analysis: Analysis, calls_per_second: float | None) -> Analysis:
    """The analysis, with its forecasts for this rate of calls if the user gave one."""
    if calls_per_second is None:
        return analysis
    return replace(analysis, pace=replace(analysis.pace, calls_per_second=calls_per_second, is_given=True))


def _files(analysis: Analysis, checkout: Checkout, options: ReportOptions) -> Iterator[File]:
    """Each file that is wanted, with where it goes."""
    if options.annotations is Annotations.GITLAB:
        from leakscan.reports.formats.annotations import gitlab_code_quality

        yield lambda: gitlab_code_quality(analysis, checkout).encode("utf-8"), CODE_QUALITY
    for form in FORMATS:
        destination = options.files.get(form.name)
        if destination is not None:
            yield partial(form.write, analysis, checkout), destination
    graph = options.files.get(GRAPH)
    if graph is not None:
        from leakscan.reports.formats.graph import graph_text
        from leakscan.reports.formats.graphviz import drawn

        yield lambda: drawn(graph_text(analysis), graph), graph


def write_all(files: Iterable[File]) -> bool:
    """Write each file to its path, or to stdout if that is `-`; whether one of them could not be written.

    It costs no other file; what is lost goes to stderr.
    """
    is_lost = False
    for content, destination in files:
        try:
            _write(content(), destination)
        except DrawingError as error:
            # What this machine can't draw says nothing about the target: the verdict stands.
            echo_error(error)
        except OutputError as error:
            echo_error(error)
            is_lost = True
    return is_lost


def _write(content: bytes, destination: str) -> None:
    try:
        write_bytes(content, destination, stdout=stdout_bytes())
    except BrokenPipeError:
        # Whoever read the pipe had enough; the verdict stands.
        discard(sys.stdout)
    except OutputError:
        if destination == STDOUT and sys.stdout is not None:
            discard(sys.stdout)
        raise
