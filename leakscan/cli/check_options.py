"""The options of `leakscan check`, each group of them as one value."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import click

from leakscan.cli.history_options import (
    DriftOptions,
    band_points_option,
    bands_option,
    history_option,
    min_runs_option,
    window_option,
)
from leakscan.cli.options import (
    Annotations,
    Command,
    ReportOptions,
    annotations_option,
    file_options,
    no_source_option,
    number_or_auto,
    option_group,
    quiet_option,
    rate,
    show_keys_option,
    verbose_option,
    with_all,
)
from leakscan.cli.selection import Selection, shard_of
from leakscan.errors import ConfigurationError, UsageError
from leakscan.model.check import BAND
from leakscan.project.configuration import Configuration, find_configuration, read_configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the command line says instead of the configuration; None: as configured."""

    path: Path | None
    """The file to read; None: the nearest."""
    inconclusive: str | None
    calls_per_second: float | None

    def configuration(self, *, band: float | None) -> Configuration:
        """The configuration of the project, with these instead of its own.

        Raises UsageError where there is none, ConfigurationError where it can't be read or has no target.
        """
        path = self.path or find_configuration(Path.cwd())
        if path is None:
            raise UsageError(
                "nothing configures leakscan here", hint="`leakscan init` writes a first configuration"
            )
        configuration = read_configuration(path.resolve())
        if not configuration.targets:
            raise ConfigurationError(
                f"`{path}` configures no target", hint="`leakscan init app.jobs:handle` adds one"
            )
        if band is not None:
            configuration = replace(configuration, band=band)
        if self.inconclusive is not None:
            configuration = replace(configuration, passes_inconclusive=self.inconclusive == "pass")
        if self.calls_per_second is not None:
            targets = [
                replace(each, calls_per_second=self.calls_per_second) for each in configuration.targets
            ]
            configuration = replace(configuration, targets=tuple(targets))
        return configuration


def _report_options_of(
    *,
    files: Mapping[str, str | None],
    annotations: Annotations,
    no_source: bool,
    quiet: bool,
    verbose: bool,
) -> ReportOptions:
    return ReportOptions(
        files=files, quiet=quiet, verbose=verbose, annotations=annotations, shows_source=not no_source
    )


def check_options(command: Command) -> Command:
    """Add the options of `leakscan check`: it takes them as `selection`, `drift`, `overrides` and `options`.

    It takes `jobs`, `updates`, `history_path`, `recordings` and `show_keys` by themselves.
    """
    return with_all(command, _GROUPS)


_GROUPS = (
    option_group(
        "selection",
        Selection,
        (
            click.argument("names", metavar="[NAME]...", nargs=-1),
            click.option(
                "--config",
                "path",
                type=click.Path(path_type=Path),
                metavar="FILE",
                help="Where the targets are configured. [default: the nearest pyproject.toml with "
                "[tool.leakscan], or leakscan.toml, from here up]",
            ),
            click.option(
                "--tag",
                "tags",
                multiple=True,
                metavar="TAG",
                help="Only targets with one of the tags given.",
            ),
            click.option(
                "--shard",
                type=shard_of,
                metavar="N/M",
                help="Only the Nth of M parts of the targets, for a CI matrix: a target is always in the "
                "same part.",
            ),
            click.option(
                "--jobs",
                type=number_or_auto(1),
                default="auto",
                metavar="N|auto",
                help="Targets to run at a time. [default: auto, one a processor]",
            ),
            click.option(
                "--update-baseline",
                "updates",
                is_flag=True,
                help="Accept what leaks today, and take out what does not any more.",
            ),
        ),
    ),
    option_group(
        "drift",
        DriftOptions,
        (
            bands_option(
                "A known leak may grow faster, and a number be above its --history, by this share: 20%, or "
                "time=50% for one of growth, peak and time of the history; time=off keeps it and does not "
                f"judge it. Several times for several. [default: as configured, or {BAND:.0%}]"
            ),
            history_option,
            window_option,
            band_points_option,
            min_runs_option,
        ),
    ),
    option_group(
        "overrides",
        Overrides,
        (
            click.option(
                "--inconclusive",
                type=click.Choice(["pass", "fail"]),
                metavar="pass|fail",
                help="What a run without an answer does to the check. [default: as configured, or fail]",
            ),
            click.option(
                "-o",
                "--output",
                "recordings",
                type=click.Path(path_type=Path),
                metavar="FOLDER",
                help="Keep the recording of each target in this folder, for `leakscan report`.",
            ),
            click.option(
                "--rate",
                "calls_per_second",
                type=rate,
                metavar="RATE",
                help="How often each target is called in production: 1000/s, 50/min, 1e6/day. "
                "[default: as configured]",
            ),
        ),
    ),
    option_group(
        "options",
        _report_options_of,
        (
            file_options("check"),
            annotations_option,
            show_keys_option,
            no_source_option,
            quiet_option("One line: the answer."),
            verbose_option("All sentences on a finding, none left out."),
        ),
    ),
)
