"""The options of the command line, as values."""

import math
from dataclasses import dataclass
from pathlib import Path

import pytest

from leakscan import units
from leakscan.runner.without_child import MIN_CALLS


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


def options_of(config: pytest.Config) -> PluginOptions:
    """The options of the session, checked. Raises pytest.UsageError for a value that means nothing."""
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


def calls_of(value: object) -> int:
    """A number of calls. Raises ValueError where they are too few to tell growth from noise."""
    calls = int(value) if isinstance(value, str) and value.isdecimal() else value
    if not isinstance(calls, int) or calls < MIN_CALLS:
        raise ValueError(f"`{value}` calls can't tell growth from noise: give a whole number ≥ {MIN_CALLS}")
    return calls


def bytes_of(value: object) -> float:
    """The bytes of a size: a number, or text such as `64B`. Raises ValueError for anything else."""
    if isinstance(value, str):
        return units.bytes_of(value)
    if isinstance(value, int | float) and math.isfinite(value) and value >= 0:
        return float(value)
    raise ValueError(f"`{value}` is no size; write it like 64B or 1KiB")


def seconds_of(value: object) -> float:
    """A time in seconds. Raises ValueError for what is no number above 0."""
    try:
        seconds = float(value) if isinstance(value, str | int | float) else math.nan
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds) or seconds <= 0:
        raise ValueError(f"`{value}` is not a number of seconds > 0")
    return seconds
