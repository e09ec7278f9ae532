"""`leakscan diff`: what became of each finding from one run to the next."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import click

from leakscan.cli.emit import emit
from leakscan.cli.engine import Engine
from leakscan.cli.options import (
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
from leakscan.model.check import BAND
from leakscan.reports.text.diff import draw_diff
from leakscan.reports.views.diff import diff_view


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--band",
    type=share,
    default=f"{BAND:.0%}",
    metavar="SHARE",
    help=f"Growth may differ by this share and still be the same: 20%, 0.2. [default: {BAND:.0%}]",
)
@threshold_option
@file_options("diff")
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
    checkout = replace(checkout_of(after), shows_source=options.shows_source)
    return emit(comparison, diff_view(comparison), draw_diff, options, checkout)


def _check_units(old: Analysis, new: Analysis) -> None:
    if old.unit is not new.unit:
        raise UsageError(
            f"the old run counts its growth by the {old.unit}, the new one by the {new.unit}",
            hint="compare runs of the same target",
        )
