"""The lines that put entries into the holders, and those that take them out."""

import math

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution.attributed import growing_leaks_worst_first
from leakscan.analysis.growth.trends import Trend
from leakscan.analysis.plan.run_so_far import RunSoFar


def watch_stores(run: RunSoFar) -> wire.WatchStores | None:
    """A few calls more, with the length of each holder that grows read between lines."""
    is_over = run.records.has(wire.StoresWatched) or run.records.has_failed("WatchStores")
    if is_over or run.final_screen.trend is not Trend.RISING:
        return None
    seconds = settings.STORE_SECONDS
    if run.options.max_time_seconds is not None:
        seconds = min(seconds, run.options.max_time_seconds - run.seconds)
    leaks = growing_leaks_worst_first(run.records, run.final_screen)[: settings.MAX_WATCHED_LEAKS]
    if not leaks or seconds <= 0:
        return None
    rates = [rate for _holders, rate in leaks if rate > 0]
    calls = math.ceil(settings.WATCHED_ENTRIES / min(rates, default=1.0))
    calls = min(max(calls, settings.MIN_STORE_CALLS), settings.MAX_STORE_CALLS)
    holders = tuple(alike[: settings.MAX_WATCHED_ALIKE] for alike, _rate in leaks)
    return wire.WatchStores(holders, calls, seconds)
