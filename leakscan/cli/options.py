"""Options that several commands share, and the types of their values."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import click

from leakscan import units
from leakscan.errors import UsageError

Command = TypeVar("Command", bound=Callable[..., object])


def number_or_auto(least: int) -> Callable[[str], int | None]:
    """Reads a whole number from `least` up; None stands for `auto`."""

    def read(text: str) -> int | None:
        if text == "auto":
            return None
        number = _whole_number(text)
        if number is None or number < least:
            raise click.BadParameter(f"`{text}` is neither `auto` nor a whole number ≥ {least}")
        return number

    return read


def number_from(least: int, most: int) -> Callable[[str], int]:
    """Reads a whole number between two bounds."""

    def read(text: str) -> int:
        number = _whole_number(text)
        if number is None or not least <= number <= most:
            raise click.BadParameter(f"`{text}` is not a whole number from {least} to {most}")
        return number

    return read


def seconds(text: str) -> float:
    """Reads a finite number of seconds that is not negative."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number < 0:
        raise click.BadParameter(f"`{text}` is not a number of seconds ≥ 0")
    return number


def some_seconds(text: str) -> float:
    """Reads a finite number of seconds greater than zero."""
    number = seconds(text)
    if number == 0:
        raise click.BadParameter("a time of 0 seconds leaves nothing to do")
    return number


def size(text: str) -> float:
    """Reads a size such as `64B`, in bytes."""
    try:
        return units.bytes_of(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """Which report on an analysis is wanted, and where."""

    json: str | None
    quiet: bool
    verbose: bool

    def __post_init__(self) -> None:
        if self.quiet and self.verbose:
            raise UsageError("--quiet and --verbose contradict each other", hint="give one of them")


def report_options(command: Command) -> Command:
    """Add the options of every command that ends in a report."""
    for option in reversed(_REPORT_OPTIONS):
        command = option(command)
    return command


_REPORT_OPTIONS = (
    click.option(
        "--threshold",
        type=size,
        default="0",
        metavar="SIZE",
        help="Growth per call under which a finding is reported but fails nothing: "
        "0, 64B, 1KiB. It counts for each finding, not for their sum. "
        "[default: 0, any proved growth fails]",
    ),
    click.option(
        "--json",
        "json",
        metavar="PATH",
        help="Write the report as JSON, too. With `-` stdout holds the JSON alone, "
        "and the report goes to stderr.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="One line: the verdict and its reason."),
    click.option(
        "-v",
        "--verbose",
        is_flag=True,
        help="All findings and sites, with their stacks, chains and fingerprints.",
    ),
)


def _whole_number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None
