"""Options of every command that compares a run with its history."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leakscan import units
from leakscan.cli.options import Decorator, number_from, option_group, share
from leakscan.errors import UsageError
from leakscan.model.check import BAND
from leakscan.model.history import Band, Quantity, Window

if TYPE_CHECKING:
    from leakscan.comparison.drift_settings import DriftSettings

MAX_SHOWN_RUNS = 100_000
OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class BandOption:
    """One `--band` or `--band-points`: of one quantity, or of all."""

    quantity: Quantity | None
    share: float | None = None
    points: float | None = None
    """Neither of them: the quantity is not judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftOptions:
    """The options that say when a run is worse than its history."""

    window: Window
    bands: tuple[BandOption, ...]
    band_points: tuple[BandOption, ...]
    min_runs: int

    @property
    def share_of_all(self) -> float | None:
        """The share given for every quantity; None where there is none."""
        return next((option.share for option in reversed(self.bands) if option.quantity is None), None)

    def settings(self, *, default_share: float | None = None) -> "DriftSettings":
        """What the options say, over the defaults.

        Raises UsageError where a window of N runs can't hold the minimum number of runs.
        """
        from leakscan.comparison.drift_settings import DEFAULT_BANDS, DriftSettings

        if self.window.runs is not None and self.window.runs < self.min_runs:
            raise UsageError(
                f"--window {self.window.runs} is shorter than the {self.min_runs} runs that a verdict takes",
                hint="widen the window, or lower --least-runs",
            )
        default = () if default_share is None else (BandOption(quantity=None, share=default_share),)
        bands = _with_options(DEFAULT_BANDS, (*default, *self.bands, *self.band_points))
        return DriftSettings(window=self.window, bands=bands, min_samples=self.min_runs)


def window(text: str) -> Window:
    """Reads a window: `7d`, or `20` for so many runs. Raises click.BadParameter for anything else."""
    if text.isdecimal():
        return Window(runs=number_from(1, MAX_SHOWN_RUNS)(text))
    try:
        days = units.seconds_of(text) / units.DAY_SECONDS
    except ValueError:
        days = 0.0
    if days <= 0:
        raise click.BadParameter(
            f"`{text}` is no window; write it like 7d or 12h, or like 20 for so many runs"
        )
    return Window(days=days)


def band(text: str) -> BandOption:
    """Reads `20%`, `time=50%` or `time=off`. Raises click.BadParameter for anything else."""
    name, is_for_one, amount = text.rpartition("=")
    quantity = _quantity(name) if is_for_one else None
    if amount == OFF and quantity is not None:
        return BandOption(quantity=quantity)
    return BandOption(quantity=quantity, share=share(amount))


def band_points(text: str) -> BandOption:
    """Reads `growth=64B`, `peak=5MB` or `time=2ms`. Raises click.BadParameter for anything else."""
    name, is_for_one, amount = text.partition("=")
    if not is_for_one:
        raise click.BadParameter(f"`{text}` says not of what; write it like peak=5MB, growth=64B or time=2ms")
    quantity = _quantity(name)
    try:
        points = units.seconds_of(amount) if quantity is Quantity.TIME else units.bytes_of(amount)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return BandOption(quantity=quantity, points=points)


history_option = click.option(
    "--history",
    "history_path",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Keep the run in this history, made on demand, and fail if its growth, peak or time per call is "
    "worse than the runs before it allow; see `leakscan history`.",
)
window_option = click.option(
    "--window",
    type=window,
    default="7d",
    metavar="TIME|N",
    help="How far back a run is held against the runs before it: 7d, 12h, or N runs. [default: 7d]",
)
band_points_option = click.option(
    "--band-points",
    "band_points",
    type=band_points,
    multiple=True,
    metavar="QUANTITY=SIZE|TIME",
    help="The band of the history as an amount: growth=64B (per call), peak=5MB, time=2ms.",
)
min_runs_option = click.option(
    "--least-runs",
    "min_runs",
    type=number_from(2, MAX_SHOWN_RUNS),
    default="5",
    metavar="N",
    help="Nothing is worse than a history with fewer runs in the window (for a slow drift, days with "
    "runs). [default: 5]",
)


def bands_option(text: str) -> Decorator:
    """Adds `--band` with a help text; it may be given several times."""
    metavar = "[QUANTITY=]SHARE|off"
    return click.option("--band", "bands", type=band, multiple=True, metavar=metavar, help=text)


drift_options = option_group(
    "drift",
    DriftOptions,
    (
        window_option,
        bands_option(
            "A number may be above the mean of the window by this share: 20%, or time=50% for one of growth, "
            "peak and time; time=off keeps it and does not judge it. Several times for several. "
            f"[default: {BAND:.0%}]"
        ),
        band_points_option,
        min_runs_option,
    ),
)


def _with_options(
    bands: Mapping[Quantity, Band | None], options: tuple[BandOption, ...]
) -> dict[Quantity, Band | None]:
    """The bands as they are asked for: an option of one quantity comes before one of all."""
    chosen = dict(bands)
    for option in sorted(options, key=lambda option: option.quantity is not None):
        for quantity in Quantity if option.quantity is None else (option.quantity,):
            chosen[quantity] = _chosen(option, bands[quantity])
    return chosen


def _chosen(option: BandOption, default: Band | None) -> Band | None:
    if option.points is not None:
        return Band(share=0.0, points=option.points)
    if option.share is not None:
        # However narrow the share, less than the default's points is nothing.
        return Band(share=option.share, points=0.0 if default is None else default.points)
    return None


def _quantity(name: str) -> Quantity:
    try:
        return Quantity(name.strip())
    except ValueError:
        known = ", ".join(Quantity)
        raise click.BadParameter(f"there is no quantity `{name}`; there are {known}") from None
