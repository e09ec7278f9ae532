"""`leakscan run`: run a target again and again, and judge whether its heap grows."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leakscan.cli.echo import echo_error
from leakscan.cli.emit import emit_analysis, exit_code_with_loss
from leakscan.cli.engine import Engine
from leakscan.cli.history_options import DriftOptions, drift_options, history_option
from leakscan.cli.options import GRAPH, ReportOptions, check_files, report_options
from leakscan.cli.run_options import target_options
from leakscan.errors import HistoryError
from leakscan.model.analysis import Analysis
from leakscan.model.run import STDERR, Progress, RunOptions, Surroundings
from leakscan.reports.text.consoles import stderr_console, stdout_console
from leakscan.reports.text.progress import progress_display

if TYPE_CHECKING:
    from leakscan.cli.history_writer import HistoryWriter
    from leakscan.comparison.drift_settings import DriftSettings


@click.command()
@target_options
@report_options
@history_option
@drift_options
@click.pass_obj
def run(
    engine: Engine,
    /,
    *,
    run_options: RunOptions,
    recording_path: Path | None,
    threshold: float,
    options: ReportOptions,
    history_path: Path | None,
    drift: DriftOptions,
) -> int:
    """Run a target again and again, and judge whether its heap grows.

    TARGET is `module:func`, `module:Class.method`, `path/file.py:func` or
    `script.py`; plain or async. The current folder is importable. What follows
    ` -- ` is the target's own `sys.argv`. It runs in a process of its own.

    \b
    Examples:
      leakscan run app.jobs:handle
      leakscan run app/jobs.py:handle --calls 200 --rounds 12 --json report.json
      leakscan run app.jobs:handle --setup app.testing:database
      leakscan run import.py -- --limit 100
      leakscan run -m app.worker --interval 1
      leakscan run app.jobs:handle --history leakscan-history.db

    Exit codes: 0 clean or filling, 1 leaking, or worse than its history
    allows, 2 usage, or clean but a file can't be written, 3 the target failed,
    4 inconclusive.
    """
    check_files(options, output=recording_path)
    settings = drift.settings()
    writer = None if history_path is None else _writer(history_path, settings)
    run_options = replace(
        run_options, lists_caches=options.lists_caches, draws=options.files.get(GRAPH) is not None
    )
    with _display(options) as on_progress:
        analysis = engine.analysis_of_run(
            run_options,
            threshold_bytes_per_call=threshold,
            on_progress=on_progress,
            recording_path=recording_path,
            surroundings=Surroundings(stdout=STDERR if options.takes_stdout else None),
        )
    exit_code = emit_analysis(analysis, options)
    if writer is None:
        return exit_code
    try:
        return _recorded(analysis, writer, options) or exit_code
    except HistoryError as error:
        echo_error(error)
        return exit_code_with_loss(exit_code, is_lost=True)


def _writer(path: Path, settings: "DriftSettings") -> "HistoryWriter":
    from leakscan.cli.history_writer import history_writer

    return history_writer(path, settings, folder=Path.cwd())


def _recorded(analysis: Analysis, writer: "HistoryWriter", options: ReportOptions) -> int:
    """Record the run and show how it stands in its history; 1 if it is worse than that allows, else 0."""
    from leakscan.cli.history_writer import add_to_history
    from leakscan.reports.text.history import draw_drifts, draw_standing

    history = add_to_history(analysis, writer, target=analysis.target)
    console = stderr_console() if options.takes_stdout else stdout_console()
    if options.quiet:
        draw_drifts(history, console)
    else:
        draw_standing(history, console)
    return 1 if history.drifts else 0


def _display(options: ReportOptions) -> AbstractContextManager[Callable[[Progress], None]]:
    if options.quiet:
        return nullcontext(_ignore)
    return progress_display(stderr_console())


def _ignore(progress: Progress) -> None:
    del progress
