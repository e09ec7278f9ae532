"""A check, written in the forms that the user asks for."""

from collections.abc import Iterator
from functools import partial

from leakscan.cli.emit import File, exit_code_of, write_all
from leakscan.cli.options import CODE_QUALITY, Annotations, ReportOptions
from leakscan.model.check import Check
from leakscan.reports.formats.check_annotations import check_github_commands, check_gitlab_code_quality
from leakscan.reports.formats.check_table import CHECK_FORMATS
from leakscan.reports.locations import Checkout
from leakscan.reports.text.check import draw_check, draw_check_headline
from leakscan.reports.text.consoles import linker_for, stderr_console, stdout_console
from leakscan.reports.views.check import check_view
from leakscan.reports.views.cutoffs import EVERYTHING, NORMAL


def emit_check(check: Check, options: ReportOptions, checkout: Checkout, *, is_lost: bool) -> int:
    """Show the check, write the files that were asked for, and return the exit code.

    The report comes first: a file that can't be written must not cost it, nor the other files. `is_lost` says
    whether something that is written beside them could not be.
    """
    console = stderr_console() if options.takes_stdout else stdout_console()
    view = check_view(check, EVERYTHING if options.verbose else NORMAL)
    if options.quiet:
        draw_check_headline(view, console)
    else:
        draw_check(view, console, linker_for(console, checkout.folder))
    if options.annotations is Annotations.GITHUB:
        for command in check_github_commands(check, checkout):
            console.command(command)
    is_lost |= write_all(_files(check, checkout, options))
    is_lost |= console.is_lost and not options.takes_stdout
    return exit_code_of(check.exit_code, is_lost=is_lost)


def _files(check: Check, checkout: Checkout, options: ReportOptions) -> Iterator[File]:
    """Each file that is wanted, with where it goes."""
    if options.annotations is Annotations.GITLAB:
        yield lambda: check_gitlab_code_quality(check, checkout).encode("utf-8"), CODE_QUALITY
    for form in CHECK_FORMATS:
        destination = options.files.get(form.name)
        if destination is not None:
            yield partial(form.write, check, checkout), destination
