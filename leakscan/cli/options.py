"""Options that several commands share, and the types of their values."""

import inspect
import math
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Any

import click

from leakscan import units
from leakscan.errors import UsageError
from leakscan.reports.formats.graphviz import SUFFIXES
from leakscan.reports.formats.table import Format, flags_of
from leakscan.reports.output import STDOUT, check_destination

Command = Callable[..., Any]
Decorator = Callable[[Command], Command]


def option_group(name: str, read: Callable[..., object], options: Sequence[Decorator]) -> Decorator:
    """Adds the options; the command takes what `read` makes of their values as one argument, `name`.

    An option that `read` has no parameter for reaches the command by itself.
    """
    parameters = tuple(inspect.signature(read).parameters)

    def add(command: Command) -> Command:
        @wraps(command)
        def with_group(*arguments: object, **values: object) -> object:
            own = {parameter: values.pop(parameter) for parameter in parameters}
            return command(*arguments, **values, **{name: read(**own)})

        return with_all(with_group, options)

    return add


def with_all(command: Command, options: Sequence[Decorator]) -> Command:
    """The command with the options, in their order."""
    for option in reversed(options):
        command = option(command)
    return command


def number_or_auto(minimum: int) -> Callable[[str], int | None]:
    """Reads a whole number from `minimum` up; None stands for `auto`."""

    def read(text: str) -> int | None:
        if text == "auto":
            return None
        number = _whole_number(text)
        if number is None or number < minimum:
            raise click.BadParameter(f"`{text}` is neither `auto` nor a whole number ≥ {minimum}")
        return number

    return read


def number_from(minimum: int, maximum: int) -> Callable[[str], int]:
    """Reads a whole number between two bounds."""

    def read(text: str) -> int:
        number = _whole_number(text)
        if number is None or not minimum <= number <= maximum:
            raise click.BadParameter(f"`{text}` is not a whole number from {minimum} to {maximum}")
        return number

    return read


def seconds(text: str) -> float:
    """Reads a finite number of seconds that is not negative. Raises click.BadParameter for anything else."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number < 0:
        raise click.BadParameter(f"`{text}` is not a number of seconds ≥ 0")
    return number


def some_seconds(text: str) -> float:
    """Reads a finite number of seconds greater than zero. Raises click.BadParameter for anything else."""
    number = seconds(text)
    if number == 0:
        raise click.BadParameter("a time of 0 seconds leaves nothing to do")
    return number


def size(text: str) -> float:
    """Reads a size such as `64B`, in bytes. Raises click.BadParameter for anything else."""
    try:
        return units.bytes_of(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def rate(text: str) -> float:
    """Reads a rate such as `1000/s`, in calls per second. Raises click.BadParameter for anything else."""
    try:
        return units.calls_per_second_of(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def share(text: str) -> float:
    """Reads a share such as `20%` or `0.2`. Raises click.BadParameter for anything else."""
    try:
        return units.share_of(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def graph_file(path: str) -> str:
    """Reads the name of a file for a graph. Raises click.BadParameter for anything else."""
    if path != STDOUT and not path.lower().endswith(SUFFIXES):
        raise click.BadParameter(f"`{path}` is no picture that can be drawn; its name ends in {_ENDINGS}")
    return path


GRAPH = "graph"
_ENDINGS = f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
CODE_QUALITY = "gl-code-quality-report.json"
"""The name that GitLab's own examples give the report, in the current folder."""


class Annotations(StrEnum):
    """Who shows remarks on the lines that allocate."""

    NONE = "none"
    GITHUB = "github"
    GITLAB = "gitlab"


def annotations_of(choice: str, environment: Mapping[str, str]) -> Annotations:
    """What was chosen; `auto` is whoever runs this."""
    if choice != "auto":
        return Annotations(choice)
    if environment.get("GITHUB_ACTIONS") == "true":
        return Annotations.GITHUB
    return Annotations.GITLAB if environment.get("GITLAB_CI") == "true" else Annotations.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """Which report on an analysis is wanted, and where."""

    files: Mapping[str, str | None]
    """Name of a format → path, `-` for stdout, None for a format that is not wanted."""
    quiet: bool
    verbose: bool
    annotations: Annotations = Annotations.NONE
    lists_caches: bool = False
    calls_per_second: float | None = None
    """How often the target is called in production; None where the user did not say."""
    shows_source: bool = True

    def __post_init__(self) -> None:
        if self.quiet and self.verbose:
            raise UsageError("--quiet and --verbose contradict each other", hint="give one of them")

    @property
    def takes_stdout(self) -> bool:
        """Whether a file goes to stdout, which then holds nothing else."""
        return STDOUT in self.files.values()

    @property
    def destinations(self) -> Mapping[str, str | None]:
        """Where each format goes, that of the annotations included."""
        is_wanted = self.annotations is Annotations.GITLAB
        return {**self.files, Annotations.GITLAB.value: CODE_QUALITY if is_wanted else None}


def check_files(options: ReportOptions, *, inputs: Sequence[Path] = (), **others: Path | None) -> None:
    """Raise UsageError if the files can't all be written, before the work is done.

    `inputs` are what is read, which no report may replace; `others` are files beside the reports, each by
    the option that has it written, such as `output`.
    """
    wanted = {f"--{name.replace('_', '-')}": str(path) for name, path in others.items() if path is not None}
    wanted |= {f"--{name}": path for name, path in options.files.items() if path is not None}
    if options.annotations is Annotations.GITLAB:
        wanted["--annotations"] = CODE_QUALITY
    for destination, times in Counter(map(_resolved, wanted.values())).items():
        if times > 1:
            flags = [flag for flag, path in wanted.items() if _resolved(path) == destination]
            raise _same_destination(flags, wanted[flags[0]])
    read = {_resolved(str(path)) for path in inputs}
    for flag, destination in wanted.items():
        if destination != STDOUT and _resolved(destination) in read:
            raise UsageError(
                f"{flag} would replace `{destination}`, which is read", hint="give it another file"
            )
        check_destination(destination)


def _resolved(destination: str) -> str:
    return destination if destination == STDOUT else os.path.realpath(destination)


def _same_destination(flags: list[str], destination: str) -> UsageError:
    named = " and ".join(flags)
    if destination == STDOUT:
        return UsageError(f"{named} can't share stdout", hint="give all but one of them a file")
    return UsageError(f"{named} are the same file, `{destination}`")


def file_options(name: str) -> Decorator:
    """Adds a flag with a path for each format that `report`, `check` or `diff` writes.

    The command takes them as one mapping, `files`.
    """
    formats = flags_of(name)
    options = [_file_option(form, form.help[name]) for form in formats]

    def add(command: Command) -> Command:
        @wraps(command)
        def with_files(*arguments: object, **values: object) -> object:
            files = {form.name: values.pop(form.name) for form in formats}
            return command(*arguments, **values, files=files)

        return with_all(with_files, options)

    return add


def _file_option(form: Format, text: str) -> Decorator:
    read = graph_file if form.name == GRAPH else None
    return click.option(f"--{form.name}", form.name, type=read, metavar="PATH", help=text)


threshold_option = click.option(
    "--threshold",
    type=size,
    default="0",
    metavar="SIZE",
    help="Growth per call under which a finding is reported but fails nothing: "
    "0, 64B, 1KiB. It counts for each finding, not for their sum. "
    "[default: 0, any proved growth fails]",
)
annotations_option = click.option(
    "--annotations",
    type=click.Choice(["auto", "github", "gitlab", "none"]),
    default="auto",
    callback=lambda _context, _option, choice: annotations_of(choice, os.environ),
    metavar="auto|github|gitlab|none",
    help="Remarks on the lines that allocate: `github` prints workflow commands, `gitlab` writes "
    f"{CODE_QUALITY}. [default: auto, whichever of the two runs this]",
)
no_source_option = click.option(
    "--no-source",
    is_flag=True,
    help="Quote no line of source, neither in --html nor in the traceback of a target that failed.",
)
rate_option = click.option(
    "--rate",
    type=rate,
    metavar="RATE",
    help="How often the target is called in production: 1000/s, 50/min, 1e6/day. Says what a "
    "leak comes to per day and in 30 days, and when the memory is full.",
)
caches_option = click.option(
    "--caches",
    is_flag=True,
    help="List all caches of the target's process at the end, with size, bound and hit rate.",
)


def quiet_option(text: str) -> Decorator:
    """Adds `--quiet` with a help text."""
    return click.option("-q", "--quiet", is_flag=True, help=text)


def verbose_option(text: str) -> Decorator:
    """Adds `--verbose` with a help text."""
    return click.option("-v", "--verbose", is_flag=True, help=text)


show_keys_option = click.option(
    "--show-keys",
    is_flag=True,
    help="Show the keys on the way to a holder in full, and not their shape: they may name customers.",
)


def _report_options_of(
    *,
    files: Mapping[str, str | None],
    rate: float | None,
    annotations: Annotations,
    caches: bool,
    no_source: bool,
    quiet: bool,
    verbose: bool,
) -> ReportOptions:
    return ReportOptions(
        files=files,
        quiet=quiet,
        verbose=verbose,
        annotations=annotations,
        lists_caches=caches,
        calls_per_second=rate,
        shows_source=not no_source,
    )


report_options = option_group(
    "options",
    _report_options_of,
    (
        threshold_option,
        file_options("report"),
        rate_option,
        annotations_option,
        caches_option,
        no_source_option,
        quiet_option("One line: the verdict and its reason."),
        verbose_option(
            "All findings and sites, with their stacks, chains and fingerprints; then the rules that decided."
        ),
    ),
)
"""The options of every command that ends in the report on a run: `options`, and `threshold`."""


def _whole_number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None
