"""`leakscan diff`: what became of each finding from one run to the next."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from leakscan.cli.emit import File, exit_code_of, write_all
from leakscan.cli.engine import Engine
from leakscan.cli.options import (
    CODE_QUALITY,
    Annotations,
    ReportOptions,
    annotations_option,
    check_files,
    file_options,
    no_source_option,
    quiet_option,
    share,
    threshold_option,
)
from leakscan.cli.repository import checkout_of
from leakscan.errors import UsageError
from leakscan.model.analysis import Analysis
from leakscan.model.check import Comparison
from leakscan.reports.formats.annotations import github_commands_of_changes, gitlab_code_quality_of_changes
from leakscan.reports.formats.diff_table import DIFF_FORMATS
from leakscan.reports.locations import Checkout
from leakscan.reports.text.consoles import linker_for, stderr_console, stdout_console
from leakscan.reports.text.diff import draw_diff, draw_diff_headline
from leakscan.reports.views.diff import diff_view


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--band",
    type=share,
    default="20%",
    metavar="SHARE",
    help="Growth may differ by this share and still be the same: 20%, 0.2. [default: 20%]",
)
@threshold_option
@file_options(DIFF_FORMATS)
@annotations_option
@no_source_option
@quiet_option("One line: the answer.")
@click.pass_obj
def diff(
    engine: Engine,
    /,
    *,
    old: Path,
    new: Path,
    band: float,
    threshold: float,
    annotations: Annotations,
    no_source: bool,
    quiet: bool,
    files: Mapping[str, str | None],
) -> int:
    """Compare two runs: which findings are new, worse, the same, better or gone.

    OLD and NEW are recordings (`leakscan run -o`) or JSON reports (`--json`). A finding is known
    by its fingerprint, so it may move within its file. Growth that differs by no more than --band,
    or by less than the runs could see, is the same. A JSON report keeps the --threshold of its run.

    \b
    Examples:
      leakscan diff main.json branch.json
      leakscan diff main.leakscan branch.leakscan --band 50%
      leakscan diff main.json branch.json --markdown comment.md

    Exit codes: 0 no leak is new or worse, 1 a leak is, 2 usage, 3 the target of
    the new run failed, 4 the new run is inconclusive.
    """
    options = ReportOptions(
        files=files, quiet=quiet, verbose=False, annotations=annotations, shows_source=not no_source
    )
    check_files(options, inputs=[old, new])
    before = engine.analysis_of_file(old, threshold_bytes_per_call=threshold)
    after = engine.analysis_of_file(new, threshold_bytes_per_call=threshold)
    _check_units(before, after)
    from leakscan.comparison.runs import compare

    comparison = compare(before, after, band=band)
    view = diff_view(comparison)
    checkout = replace(checkout_of(after), shows_source=options.shows_source)
    console = stderr_console() if options.takes_stdout else stdout_console()
    if quiet:
        draw_diff_headline(view, console)
    else:
        draw_diff(view, console, linker_for(console, checkout.folder))
    if annotations is Annotations.GITHUB:
        for command in github_commands_of_changes(comparison, checkout):
            console.command(command)
    is_lost = write_all(_files(comparison, checkout, options))
    is_lost |= console.is_lost and not options.takes_stdout
    return exit_code_of(comparison.exit_code, is_lost=is_lost)


def _files(comparison: Comparison, checkout: Checkout, options: ReportOptions) -> Iterator[File]:
    """Each file that is wanted, with where it goes."""
    if options.annotations is Annotations.GITLAB:
        yield lambda: gitlab_code_quality_of_changes(comparison, checkout).encode("utf-8"), CODE_QUALITY
    for form in DIFF_FORMATS:
        destination = options.files.get(form.name)
        if destination is not None:
            yield partial(form.write, comparison, checkout), destination


def _check_units(old: Analysis, new: Analysis) -> None:
    if old.unit is not new.unit:
        raise UsageError(
            f"the old run counts its growth by the {old.unit}, the new one by the {new.unit}",
            hint="compare runs of the same target",
        )
