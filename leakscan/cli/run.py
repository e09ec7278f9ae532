"""`leakscan run`: run a target again and again, and judge whether its heap grows."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leakscan.cli.echo import echo_error
from leakscan.cli.emit import emit, exit_code_of
from leakscan.cli.engine import Engine
from leakscan.cli.history_options import BandOption, drift_options, drift_settings, history_option
from leakscan.cli.options import (
    GRAPH,
    Annotations,
    ReportOptions,
    check_files,
    number_from,
    number_or_auto,
    report_options,
    seconds,
    show_keys_option,
    some_seconds,
)
from leakscan.errors import HistoryError, UsageError
from leakscan.model.analysis import Analysis
from leakscan.model.history import Window
from leakscan.model.run import STDERR, Progress, RunOptions, Surroundings
from leakscan.reports.text.consoles import stderr_console, stdout_console
from leakscan.reports.text.progress import progress_display

if TYPE_CHECKING:
    from leakscan.cli.record_run import Recorder
    from leakscan.comparison.settings import DriftSettings

MAX_FRAMES = 65_535
"""What `tracemalloc` can count."""


@click.command()
@click.argument("target_and_arguments", metavar="[TARGET] [-- ARGS]...", nargs=-1)
@click.option(
    "-m",
    "module",
    metavar="MODULE",
    help="Run a module as a program, as `python -m` does, instead of TARGET.",
)
@click.option(
    "--setup",
    metavar="MODULE:FUNC",
    help="A context manager or generator function, entered once; its value is handed to "
    "the target if the target takes one argument. It has 15 seconds to end, 3 where time is over "
    "or the run is interrupted.",
)
@click.option(
    "--interval",
    type=seconds,
    default="0",
    metavar="SECONDS",
    help="Start a round every so many seconds. A target that does not return is sampled at "
    "this interval. [default: 0, back to back]",
)
@click.option(
    "--calls",
    type=number_or_auto(1),
    default="auto",
    metavar="N|auto",
    help="Calls per round. [default: auto]",
)
@click.option(
    "--warmup",
    type=number_or_auto(0),
    default="auto",
    metavar="N|auto",
    help="Calls before the first round. [default: auto]",
)
@click.option(
    "--rounds",
    type=number_or_auto(1),
    default="auto",
    metavar="N|auto",
    help="Rounds to measure. [default: auto]",
)
@click.option(
    "--max-time",
    type=some_seconds,
    metavar="SECONDS",
    help="End the run after so many seconds, whatever it has seen by then.",
)
@click.option(
    "--mode",
    type=click.Choice(["auto", "trace"]),
    default="auto",
    metavar="auto|trace",
    help="`trace` traces allocations from the start; `auto` only once growth is seen. [default: auto]",
)
@click.option(
    "--frames",
    type=number_from(1, MAX_FRAMES),
    default="16",
    metavar="N",
    help="Frames kept of each allocation's stack. [default: 16]",
)
@click.option(
    "--no-prove",
    is_flag=True,
    help="Do not empty the holder at the end to see whether the growth goes with it.",
)
@click.option(
    "-o",
    "--output",
    "recording_path",
    type=click.Path(path_type=Path),
    metavar="RECORDING",
    help="Keep everything that was seen in a file, for `leakscan report`.",
)
@show_keys_option
@report_options
@history_option
@drift_options
@click.pass_obj
def run(
    engine: Engine,
    /,
    *,
    target_and_arguments: tuple[str, ...],
    module: str | None,
    setup: str | None,
    interval: float,
    calls: int | None,
    warmup: int | None,
    rounds: int | None,
    max_time: float | None,
    mode: str,
    frames: int,
    no_prove: bool,
    recording_path: Path | None,
    show_keys: bool,
    threshold: float,
    annotations: Annotations,
    rate: float | None,
    caches: bool,
    no_source: bool,
    quiet: bool,
    verbose: bool,
    history_path: Path | None,
    window: Window,
    bands: tuple[BandOption, ...],
    band_points: tuple[BandOption, ...],
    min_runs: int,
    **files: str | None,
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
      leakscan run -m app.worker --interval 1 --max-time 60
      leakscan run app.jobs:handle --history leakscan-history.db

    Exit codes: 0 clean or filling, 1 leaking, or worse than its history
    allows, 2 usage, or clean but a file can't be written, 3 the target failed,
    4 inconclusive.
    """
    target, arguments = _target(target_and_arguments, module)
    if setup is not None and ":" not in setup:
        raise UsageError(f"--setup `{setup}` names no function", hint="write it as module:func")
    options = RunOptions(
        target=target,
        is_module=module is not None,
        arguments=arguments,
        setup=setup,
        interval_seconds=interval,
        calls=calls,
        warmup=warmup,
        rounds=rounds,
        max_time_seconds=max_time,
        traces_from_start=mode == "trace",
        frames=frames,
        proves=not no_prove,
        lists_caches=caches,
        draws=files.get(GRAPH) is not None,
        shows_keys=show_keys,
    )
    report_options = ReportOptions(
        files=files,
        quiet=quiet,
        verbose=verbose,
        annotations=annotations,
        lists_caches=caches,
        calls_per_second=rate,
        shows_source=not no_source,
    )
    check_files(report_options, output=recording_path)
    settings = drift_settings(window=window, bands=bands, band_points=band_points, min_runs=min_runs)
    recorder = None if history_path is None else _recorder(history_path, settings)
    with _display(report_options) as on_progress:
        analysis = engine.analysis_of_run(
            options,
            threshold_bytes_per_call=threshold,
            on_progress=on_progress,
            recording_path=recording_path,
            surroundings=Surroundings(stdout=STDERR if report_options.takes_stdout else None),
        )
    exit_code = emit(analysis, report_options)
    if recorder is None:
        return exit_code
    try:
        return _recorded(analysis, recorder, report_options) or exit_code
    except HistoryError as error:
        echo_error(error)
        return exit_code_of(exit_code, is_lost=True)


def _recorder(path: Path, settings: "DriftSettings") -> "Recorder":
    from leakscan.cli.record_run import recorder_of

    return recorder_of(path, settings, folder=Path.cwd())


def _recorded(analysis: Analysis, recorder: "Recorder", options: ReportOptions) -> int:
    """Record the run and show how it stands in its history; 1 if it is worse than that allows, else 0."""
    from leakscan.cli.record_run import record_run
    from leakscan.reports.text.history import draw_drifts, draw_standing

    history = record_run(analysis, recorder, target=analysis.target)
    console = stderr_console() if options.takes_stdout else stdout_console()
    if options.quiet:
        draw_drifts(history, console)
    else:
        draw_standing(history, console)
    return 1 if history.drifts else 0


def _target(words: tuple[str, ...], module: str | None) -> tuple[str, tuple[str, ...]]:
    """The target and its own arguments."""
    if module is None:
        if not words:
            raise UsageError(
                "there is no target",
                hint="name one, as in `leakscan run app.jobs:handle`; see `leakscan run --help`",
            )
        return words[0], words[1:]
    if ":" in module:
        raise UsageError(
            f"-m runs a whole module, and `{module}` names a function",
            hint=f"write `leakscan run {module}`",
        )
    return module, words


def _display(options: ReportOptions) -> AbstractContextManager[Callable[[Progress], None]]:
    if options.quiet:
        return nullcontext(_ignore)
    return progress_display(stderr_console())


def _ignore(progress: Progress) -> None:
    del progress
