"""A report, written in the forms that the user asks for: on the console, as annotations, in files."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TypeVar

from leakscan.cli.echo import echo_error
from leakscan.cli.options import Annotations, ReportOptions
from leakscan.cli.repository import checkout_of
from leakscan.errors import GraphvizError, OutputError
from leakscan.model.analysis import Analysis
from leakscan.reports.formats.table import FORMATS, Subject
from leakscan.reports.locations import Checkout
from leakscan.reports.output import STDOUT, write_bytes
from leakscan.reports.text.consoles import (
    StreamConsole,
    discard,
    linker_for,
    stderr_console,
    stdout_bytes,
    stdout_console,
)
from leakscan.reports.text.headline import Headlined, draw_headline
from leakscan.reports.text.hyperlinks import Linker
from leakscan.reports.text.report import draw_report
from leakscan.reports.views.max_rows import EVERYTHING, NORMAL
from leakscan.reports.views.report import report_view
from leakscan.reports.views.source import without_source

View = TypeVar("View", bound=Headlined)
File = tuple[Callable[[], bytes], str]
"""What makes the content, and where it goes."""
NO_CACHES = (
    "there is no list of caches: `leakscan run --caches` takes it, if the target's process lives to its end"
)


def emit_analysis(analysis: Analysis, options: ReportOptions) -> int:
    """Emit the report on a run; the exit code of its verdict."""
    analysis = at_pace(analysis, options.calls_per_second)
    if not options.lists_caches:
        analysis = replace(analysis, caches=None)
    elif analysis.caches is None:
        analysis = replace(analysis, warnings=(*analysis.warnings, NO_CACHES))
    checkout = replace(checkout_of(analysis), shows_source=options.shows_source)
    if not options.shows_source:
        analysis = without_source(analysis)
    view = report_view(analysis, EVERYTHING if options.verbose else NORMAL)
    losses = [] if analysis.recording_loss is None else [OutputError(analysis.recording_loss)]
    exit_code = emit(analysis, view, draw_report, options, checkout, is_lost=bool(losses))
    for loss in losses:
        echo_error(loss)
    return exit_code


def emit(
    subject: Subject,
    view: View,
    draw: Callable[[View, StreamConsole, Linker], None],
    options: ReportOptions,
    checkout: Checkout,
    *,
    is_lost: bool = False,
) -> int:
    """Show the report, write the files that were asked for, and return the exit code of the subject.

    The report comes first: a file that can't be written must not cost it, nor the other files. `is_lost` says
    whether something that is written beside them could not be.
    """
    console = stderr_console() if options.takes_stdout else stdout_console()
    if options.quiet:
        draw_headline(view, console)
    else:
        draw(view, console, linker_for(console, checkout.folder))
    if options.annotations is Annotations.GITHUB:
        console.commands(FORMATS["github"].write(subject, checkout).decode("utf-8"))
    is_lost |= write_all(_files(subject, checkout, options))
    is_lost |= console.is_lost and not options.takes_stdout
    return exit_code_with_loss(subject.exit_code, is_lost=is_lost)


def exit_code_with_loss(verdict: int, *, is_lost: bool) -> int:
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


def _files(subject: Subject, checkout: Checkout, options: ReportOptions) -> Iterator[File]:
    """Each file that is wanted, with where it goes."""
    for name, form in FORMATS.items():
        destination = options.destinations.get(name)
        if destination is not None:
            yield partial(form.write, subject, checkout, destination), destination


def write_all(files: Iterable[File]) -> bool:
    """Write each file to its path, or to stdout if that is `-`; whether one of them could not be written.

    It costs no other file; what is lost goes to stderr.
    """
    is_lost = False
    for content, destination in files:
        try:
            _write(content(), destination)
        except GraphvizError as error:
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
