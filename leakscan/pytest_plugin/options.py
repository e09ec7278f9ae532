"""What the command line asks for, as values."""

import math
from dataclasses import dataclass
from pathlib import Path

import pytest

from leakscan import units
from leakscan.runner.in_process import FEWEST_CALLS


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginOptions:
    """The options of one pytest session."""

    calls: int | None
    """Runs of each test in all; None: as many as the proof takes."""
    threshold_bytes: float
    max_time_seconds: float
    fails_without_answer: bool
    folders: dict[str, Path]
    """Name of a format → where its files go."""
    shows_keys: bool = False
    shows_source: bool = True


def wishes_of(config: pytest.Config) -> PluginOptions:
    """The options, checked; raises pytest.UsageError."""
    calls = config.getoption("leakscan_calls")
    try:
        return PluginOptions(
            calls=None if calls in (None, "auto") else calls_of(calls),
            threshold_bytes=bytes_of(config.getoption("leakscan_threshold")),
            max_time_seconds=seconds_of(config.getoption("leakscan_max_time")),
            fails_without_answer=config.getoption("leakscan_inconclusive") == "fail",
            folders={
                form: config.invocation_params.dir / folder
                for form in ("html", "json")
                if (folder := config.getoption(f"leakscan_{form}"))
            },
            shows_keys=config.getoption("leakscan_show_keys"),
            shows_source=not config.getoption("leakscan_no_source"),
        )
    except ValueError as error:
        raise pytest.UsageError(f"leakscan: {error}") from error


def calls_of(wish: object) -> int:
    """A number of calls that can tell something; raises ValueError."""
    calls = int(wish) if isinstance(wish, str) and wish.isdecimal() else wish
    if not isinstance(calls, int) or calls < FEWEST_CALLS:
        raise ValueError(f"`{wish}` calls can't tell growth from noise: give a whole number ≥ {FEWEST_CALLS}")
    return calls


def bytes_of(wish: object) -> float:
    """A size in bytes, or as text such as `64B`; raises ValueError."""
    if isinstance(wish, str):
        return units.bytes_of(wish)
    if isinstance(wish, int | float) and math.isfinite(wish) and wish >= 0:
        return float(wish)
    raise ValueError(f"`{wish}` is no size; write it like 64B or 1KiB")


def seconds_of(wish: object) -> float:
    """A time that is not zero; raises ValueError."""
    try:
        seconds = float(wish) if isinstance(wish, str | int | float) else math.nan
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds) or seconds <= 0:
        raise ValueError(f"`{wish}` is not a number of seconds > 0")
    return seconds
