"""The lines that take native memory, which no trace of Python's allocations shows."""

import math

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution.attributed import attributed
from leakscan.analysis.growth.trends import Trend
from leakscan.analysis.plan.run_so_far import RunSoFar


def watch_lines(run: RunSoFar) -> wire.Command | None:
    """The calls line by line, where native memory grows that nothing else explains."""
    is_over = run.records.has(wire.LineGains) or run.records.has_failed("WatchLines")
    if run.is_live or is_over or run.seconds_per_call() > settings.SLOWEST_WATCHED_SECONDS:
        return None
    seconds = settings.WATCHED_SECONDS
    if run.options.max_time_seconds is not None:
        seconds = min(seconds, run.options.max_time_seconds - run.seconds)
    bytes_per_call = attributed(run.records, run.final_screen).native_bytes_per_unit
    if bytes_per_call is None or seconds <= 0:
        return None
    calls = math.ceil(settings.WATCHED_BYTES / max(1.0, bytes_per_call))
    calls = min(max(calls, settings.MIN_WATCHED_CALLS), settings.MAX_WATCHED_CALLS)
    return wire.WatchLines(calls, seconds, is_resident=run.final_screen.heap is not Trend.RISING)
