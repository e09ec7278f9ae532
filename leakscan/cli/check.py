"""`leakscan check`: run every target of a project, and fail for growth that is new or worse."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from leakscan.cli.check_options import Overrides, check_options
from leakscan.cli.check_runs import CheckRuns
from leakscan.cli.echo import echo_error, echo_text
from leakscan.cli.emit import emit
from leakscan.cli.engine import Engine
from leakscan.cli.history_options import DriftOptions
from leakscan.cli.history_writer import history_writer
from leakscan.cli.options import ReportOptions, check_files
from leakscan.cli.parallel import file_name, finished_runs
from leakscan.cli.repository import checkout_around
from leakscan.cli.selection import Selection
from leakscan.errors import UsageError
from leakscan.project.baseline import read_baseline
from leakscan.project.configuration import Configuration, ConfiguredTarget
from leakscan.reports.locations import Checkout
from leakscan.reports.text.check import draw_check, row_text
from leakscan.reports.text.consoles import stderr_console
from leakscan.reports.text.progress import no_board, progress_board
from leakscan.reports.views.check import check_view, target_row
from leakscan.reports.views.max_rows import EVERYTHING, NORMAL


@click.command()
@check_options
@click.pass_obj
def check(
    engine: Engine,
    /,
    *,
    selection: Selection,
    jobs: int | None,
    updates: bool,
    drift: DriftOptions,
    history_path: Path | None,
    overrides: Overrides,
    recordings: Path | None,
    show_keys: bool,
    options: ReportOptions,
) -> int:
    """Run every target of a project, and fail for growth that is new or worse.

    The targets are tables of pyproject.toml, `[[tool.leakscan.target]]`, or of
    leakscan.toml; `leakscan init` writes the first. What the baseline knows is
    listed and fails nothing, unless it grows faster than the band or has expired.

    \b
    Examples:
      leakscan check
      leakscan check --update-baseline          accept what leaks today
      leakscan check api jobs --jobs 1
      leakscan check --tag nightly --shard 2/5
      leakscan check --html check.html --junit check.xml
      leakscan check --history leakscan-history.db

    Exit codes: 0 no leak is new or worse, 1 a leak is, or a number is worse than
    its history allows, 2 usage, or a file can't be written, 3 a target failed,
    4 a target is inconclusive. The worst counts, in the order 1, 3, 4, 2.
    """
    configuration = overrides.configuration(band=drift.share_of_all)
    options = replace(options, shows_source=options.shows_source and configuration.shows_source)
    targets = selection.selected(configuration.targets)
    if show_keys:
        targets = [replace(each, options=replace(each.options, shows_keys=True)) for each in targets]
    accepted = read_baseline(configuration.baseline)
    if recordings is not None:
        _make_folder(recordings, targets)
    _check_paths(configuration, options, history_path, updates=updates)
    settings = drift.settings(default_share=configuration.band)
    folder = configuration.folder
    writer = None if history_path is None else history_writer(history_path, settings, folder=folder)
    runs = CheckRuns(configuration, accepted, writer, shows_source=options.shows_source)
    with no_board() if options.quiet else progress_board(stderr_console()) as board:
        for run in finished_runs(engine, targets, folder, recordings, jobs=jobs, on_progress=board.show):
            board.finish(run.target.name, row_text(target_row(runs.add(run))))
    written = runs.update_baseline() if updates else None
    if written is not None and not options.quiet:
        echo_text(written)
    checkout = replace(_checkout(folder), shows_source=options.shows_source)
    checked = runs.check()
    view = check_view(checked, EVERYTHING if options.verbose else NORMAL)
    exit_code = emit(checked, view, draw_check, options, checkout, is_lost=bool(runs.losses))
    for loss in runs.losses:
        echo_error(loss)
    return exit_code


def _make_folder(folder: Path, targets: Sequence[ConfiguredTarget]) -> None:
    """Make the folder of the recordings, where each target has a file of its own."""
    names = [file_name(target.name) for target in targets]
    for target, name in zip(targets, names, strict=True):
        if names.count(name) > 1:
            raise UsageError(f"two targets would keep their recordings in `{name}.leakscan`: {target.name}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"can't keep recordings in `{folder}`: {error.strerror}") from error


def _check_paths(
    configuration: Configuration, options: ReportOptions, history_path: Path | None, *, updates: bool
) -> None:
    baseline = configuration.baseline
    check_files(
        options,
        inputs=[configuration.path] if updates else [configuration.path, baseline],
        update_baseline=baseline if updates else None,
        history=history_path,
    )


def _checkout(folder: Path) -> Checkout:
    return replace(checkout_around(folder), own_folder=str(folder))
