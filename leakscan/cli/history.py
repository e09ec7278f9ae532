"""`leakscan history`: the runs of each target from day to day, and what got worse."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leakscan.cli.emit import exit_code_with_loss, write_all
from leakscan.cli.history_options import DriftOptions, drift_options
from leakscan.cli.history_writer import accept_drifts
from leakscan.cli.options import number_from
from leakscan.errors import UsageError
from leakscan.model.history import PastRun, TargetHistory
from leakscan.project.history_db import past_runs
from leakscan.reports.formats.history_json import history_json
from leakscan.reports.output import STDOUT, check_destination
from leakscan.reports.text.consoles import stderr_console, stdout_console
from leakscan.reports.text.history import draw_history
from leakscan.reports.views.history import history_view

if TYPE_CHECKING:
    from leakscan.comparison.drift_settings import DriftSettings

DEFAULT_PATH = "leakscan-history.db"
MAX_NAMES = 5


@click.command()
@click.option(
    "--history",
    "path",
    type=click.Path(path_type=Path),
    default=DEFAULT_PATH,
    metavar="PATH",
    help=f"The history that `--history` of `run` and `check` keeps. [default: {DEFAULT_PATH}]",
)
@click.option("--target", metavar="NAME", help="Show this target alone.")
@click.option(
    "-n",
    "--most",
    "max_rows",
    type=number_from(0, 1_000_000),
    default="10",
    metavar="N",
    help="Runs to list of each target, the newest; 0 only draws. [default: 10]",
)
@drift_options
@click.option(
    "--accept",
    "reason",
    metavar="REASON",
    help="From the last run on, hold what is worse now against its new level only, and keep the reason.",
)
@click.option(
    "--json",
    "json_path",
    metavar="PATH",
    help="Write all of it as JSON, too. With `-` stdout holds that alone.",
)
def history(
    *,
    path: Path,
    target: str | None,
    max_rows: int,
    drift: DriftOptions,
    reason: str | None,
    json_path: str | None,
) -> int:
    """Show how the growth, the peak and the time per call of each target went from run to run.

    A run is held against the mean of the runs in the --window before it, and fails (`run` and `check` with
    --history) if it is worse by more than the --band, or by more than the runs scatter, whichever is more.
    What gets worse by little and little is held against the lowest mean that the window ever had.

    \b
    Examples:
      leakscan history
      leakscan history --target app.jobs:handle --window 30d -n 50
      leakscan history --target app.jobs:handle --accept "keeps an index since 2.4"

    Exit codes: 0, or 2 if there is no such history or target.
    """
    settings = drift.settings()
    if json_path is not None:
        check_destination(json_path)
    shown = _histories(path, target, settings)
    if reason is not None:
        if not accept_drifts(path, shown, reason=reason):
            raise UsageError("nothing is worse than its history allows, so there is nothing to accept")
        shown = _histories(path, target, settings)
    console = stderr_console() if json_path == STDOUT else stdout_console()
    draw_history(history_view(shown, max_rows=max_rows), console)
    files = () if json_path is None else ((lambda: history_json(shown).encode("utf-8"), json_path),)
    return exit_code_with_loss(0, is_lost=write_all(files))


def _histories(path: Path, target: str | None, settings: "DriftSettings") -> tuple[TargetHistory, ...]:
    from leakscan.comparison.drift import histories

    runs = past_runs(path, target)
    if target is not None and not runs:
        raise _unknown(path, target, past_runs(path))
    return histories(runs, settings)


def _unknown(path: Path, target: str, runs: Sequence[PastRun]) -> UsageError:
    names = sorted({run.target for run in runs})
    listed = ", ".join(f"`{name}`" for name in names[:MAX_NAMES])
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    hint = f"there are {listed}{more}" if names else "it holds no runs yet"
    return UsageError(f"`{path}` holds no run of `{target}`", hint=hint)
