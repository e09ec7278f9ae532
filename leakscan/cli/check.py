"""`leakscan check`: run every target of a project, and fail for growth that is new or worse."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path

import click

from leakscan import __version__
from leakscan.cli.echo import echo_error
from leakscan.cli.emit_check import emit_check
from leakscan.cli.engine import Engine
from leakscan.cli.history_options import (
    BandOption,
    band_points_option,
    bands_option,
    drift_settings,
    history_option,
    min_runs_option,
    share_of_all,
    window_option,
)
from leakscan.cli.options import (
    Annotations,
    ReportOptions,
    annotations_option,
    check_files,
    file_options,
    no_source_option,
    number_or_auto,
    rate,
    show_keys_option,
)
from leakscan.cli.parallel import Finished, file_name, finished_runs, processors
from leakscan.cli.record_run import accept_drifts, record_run, recorder_of
from leakscan.cli.repository import checkout_around
from leakscan.comparison.gate import Rules, check_target, updated_baseline
from leakscan.errors import ConfigurationError, HistoryError, LeakscanError, OutputError, UsageError
from leakscan.model.check import Accepted, Check, TargetCheck
from leakscan.model.history import TargetHistory, Window
from leakscan.project.baseline import baseline_text, read_baseline
from leakscan.project.configuration import (
    Configuration,
    ConfiguredTarget,
    find_configuration,
    read_configuration,
)
from leakscan.project.toml_tables import toml_text
from leakscan.reports.formats.check_table import CHECK_FORMATS
from leakscan.reports.locations import Checkout
from leakscan.reports.output import write_bytes
from leakscan.reports.text.check import row_text
from leakscan.reports.text.consoles import stderr_console
from leakscan.reports.text.progress import no_board, progress_board
from leakscan.reports.views.check import target_row
from leakscan.reports.views.source import without_source

ACCEPTED_WITH_BASELINE = "accepted with the baseline"


def shard_of(text: str) -> tuple[int, int]:
    """Reads `2/5`: the second of five parts."""
    number, slash, parts = text.partition("/")
    if slash and number.isdecimal() and parts.isdecimal() and 1 <= int(number) <= int(parts):
        return int(number), int(parts)
    raise click.BadParameter(f"`{text}` is no part of a whole; write it like 2/5")


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where the targets are configured. [default: the nearest pyproject.toml with [tool.leakscan], or "
    "leakscan.toml, from here up]",
)
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only targets with one of the tags given.")
@click.option(
    "--shard",
    type=shard_of,
    metavar="N/M",
    help="Only the Nth of M parts of the targets, for a CI matrix: a target is always in the same part.",
)
@click.option(
    "--jobs",
    type=number_or_auto(1),
    default="auto",
    metavar="N|auto",
    help="Targets to run at a time. [default: auto, one a processor]",
)
@click.option(
    "--update-baseline",
    "updates",
    is_flag=True,
    help="Accept what leaks today, and take out what does not any more.",
)
@bands_option(
    "A known leak may grow faster, and a number be above its --history, by this share: 20%, or time=50% for "
    "one of growth, peak and time of the history; time=off keeps it and does not judge it. Several times for "
    "several. [default: as configured, or 20%]"
)
@history_option
@window_option
@band_points_option
@min_runs_option
@click.option(
    "--inconclusive",
    type=click.Choice(["pass", "fail"]),
    metavar="pass|fail",
    help="What a run without an answer does to the check. [default: as configured, or fail]",
)
@click.option(
    "-o",
    "--output",
    "recordings",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Keep the recording of each target in this folder, for `leakscan report`.",
)
@click.option(
    "--rate",
    "calls_per_second",
    type=rate,
    metavar="RATE",
    help="How often each target is called in production: 1000/s, 50/min, 1e6/day. [default: as configured]",
)
@file_options(CHECK_FORMATS)
@annotations_option
@show_keys_option
@no_source_option
@click.option("-q", "--quiet", is_flag=True, help="One line: the answer.")
@click.option("-v", "--verbose", is_flag=True, help="All sentences on a finding, none left out.")
@click.pass_obj
def check(
    engine: Engine,
    /,
    *,
    names: tuple[str, ...],
    path: Path | None,
    tags: tuple[str, ...],
    shard: tuple[int, int] | None,
    jobs: int | None,
    updates: bool,
    bands: tuple[BandOption, ...],
    history_path: Path | None,
    window: Window,
    band_points: tuple[BandOption, ...],
    min_runs: int,
    inconclusive: str | None,
    recordings: Path | None,
    calls_per_second: float | None,
    annotations: Annotations,
    show_keys: bool,
    no_source: bool,
    quiet: bool,
    verbose: bool,
    **files: str | None,
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
    configuration = _configured(path, share_of_all(bands), inconclusive, calls_per_second)
    shows_source = configuration.shows_source and not no_source
    report_options = ReportOptions(
        files=files, quiet=quiet, verbose=verbose, annotations=annotations, shows_source=shows_source
    )
    targets = selected(configuration.targets, names, tags, shard)
    if show_keys:
        targets = [replace(each, options=replace(each.options, shows_keys=True)) for each in targets]
    accepted = read_baseline(configuration.baseline)
    if recordings is not None:
        _refuse_one_file_for_two(targets)
        _make_folder(recordings)
    check_files(
        report_options,
        inputs=[configuration.path, *([] if updates else [configuration.baseline])],
        update_baseline=configuration.baseline if updates else None,
        history=history_path,
    )
    bands = (BandOption(quantity=None, share=configuration.band), *bands)
    settings = drift_settings(window=window, bands=bands, band_points=band_points, min_runs=min_runs)
    recorder = (
        None if history_path is None else recorder_of(history_path, settings, folder=configuration.folder)
    )
    runs: dict[str, Finished] = {}
    losses: list[LeakscanError] = []
    histories: dict[str, TargetHistory] = {}
    with no_board() if quiet else progress_board(stderr_console()) as board:
        for run in finished_runs(
            engine,
            targets,
            folder=configuration.folder,
            recordings=recordings,
            jobs=jobs or processors(),
            on_progress=board.show,
        ):
            name = run.target.name
            runs[name] = run if shows_source else replace(run, analysis=without_source(run.analysis))
            if recorder is not None:
                try:
                    histories[name] = record_run(
                        run.analysis, recorder, target=name, environment=dict(run.target.environment)
                    )
                except HistoryError as error:
                    losses.append(error)
            if run.analysis.recording_loss is not None:
                losses.append(OutputError(run.analysis.recording_loss))
            board.finish(name, row_text(target_row(_checked(run, configuration, accepted, histories))))
    in_order = [runs[target.name] for target in targets]
    judged = _check(in_order, configuration, accepted, histories)
    if updates:
        try:
            known = updated_baseline(accepted, judged, today=_today())
            _write_baseline(configuration.baseline, known)
            if recorder is not None:
                accept_drifts(recorder.path, histories.values(), reason=ACCEPTED_WITH_BASELINE)
            histories = {}
            judged = _check(in_order, configuration, known, histories)
        except (ConfigurationError, HistoryError, OutputError) as error:
            losses.append(error)
    checkout = replace(_checkout(configuration.folder), shows_source=shows_source)
    exit_code = emit_check(judged, report_options, checkout, is_lost=bool(losses))
    for loss in losses:
        echo_error(loss)
    return exit_code


def selected(
    targets: Sequence[ConfiguredTarget],
    names: Sequence[str],
    tags: Sequence[str],
    shard: tuple[int, int] | None,
) -> list[ConfiguredTarget]:
    """The targets of these names that have one of these tags and are in this part; all where none is given.

    Raises UsageError for a name or a tag that no target has.
    """
    for given, known, noun in (
        (names, [target.name for target in targets], "target is called"),
        (tags, sorted({tag for target in targets for tag in target.tags}), "target has the tag"),
    ):
        for name in given:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(known) or 'none'}"
                raise UsageError(f"no {noun} `{name}`", hint=hint)
    return [
        target
        for target in targets
        if (not names or target.name in names)
        and (not tags or not target.tags.isdisjoint(tags))
        and (shard is None or part_of(target.name, shard[1]) == shard[0])
    ]


def part_of(name: str, parts: int) -> int:
    """Which part, from 1, a target is in: by its name alone, so that another target moves none."""
    digest = hashlib.sha256(name.encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big") % parts + 1


def _configured(
    path: Path | None, band: float | None, inconclusive: str | None, calls_per_second: float | None
) -> Configuration:
    """The configuration, with what the command line says instead."""
    path = path or find_configuration(Path.cwd())
    if path is None:
        raise UsageError(
            "nothing configures leakscan here", hint="`leakscan init` writes a first configuration"
        )
    configuration = read_configuration(path.resolve())
    if not configuration.targets:
        raise ConfigurationError(f"`{path}` configures no target", hint="`leakscan init --help` shows how")
    if band is not None:
        configuration = replace(configuration, band=band)
    if inconclusive is not None:
        configuration = replace(configuration, passes_inconclusive=inconclusive == "pass")
    if calls_per_second is not None:
        targets = [replace(target, calls_per_second=calls_per_second) for target in configuration.targets]
        configuration = replace(configuration, targets=tuple(targets))
    return configuration


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"can't keep recordings in `{folder}`: {error.strerror}") from error


def _refuse_one_file_for_two(targets: Sequence[ConfiguredTarget]) -> None:
    names = [file_name(target.name) for target in targets]
    for target, name in zip(targets, names, strict=True):
        if names.count(name) > 1:
            raise UsageError(f"two targets would keep their recordings in `{name}.leakscan`: {target.name}")


def _check(
    runs: Sequence[Finished],
    configuration: Configuration,
    accepted: tuple[Accepted, ...],
    histories: Mapping[str, TargetHistory],
) -> Check:
    names = {target.name for target in configuration.targets}
    return Check(
        targets=tuple(_checked(run, configuration, accepted, histories) for run in runs),
        orphans=tuple(known for known in accepted if known.target not in names),
        leakscan_version=__version__,
    )


def _checked(
    run: Finished,
    configuration: Configuration,
    accepted: tuple[Accepted, ...],
    histories: Mapping[str, TargetHistory],
) -> TargetCheck:
    rules = Rules(
        accepted=accepted,
        allowances=configuration.allowances,
        failing_kinds=run.target.failing_kinds,
        band=configuration.band,
        passes_inconclusive=configuration.passes_inconclusive,
    )
    checked = check_target(run.target.name, run.analysis, rules, today=_today())
    history = histories.get(run.target.name)
    return replace(checked, printed=run.printed, drifts=() if history is None else history.drifts)


def _write_baseline(path: Path, known: Sequence[Accepted]) -> None:
    before = toml_text(path) if path.exists() else ""
    if not before and not known:
        return
    write_bytes(baseline_text(before, known).encode("utf-8"), str(path), stdout=None)


def _checkout(folder: Path) -> Checkout:
    return replace(checkout_around(folder), own_folder=str(folder))


def _today() -> date:
    return datetime.now(UTC).date()
