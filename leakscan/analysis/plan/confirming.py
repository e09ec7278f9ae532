"""Confirmation: more windows where nothing that was traced kept growing."""

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution.attributed import attributed
from leakscan.analysis.growth.trends import Trend
from leakscan.analysis.plan.run_so_far import RunSoFar
from leakscan.analysis.plan.time_budget import min_window_seconds
from leakscan.analysis.plan.windows import next_window


def confirm(run: RunSoFar) -> wire.Command | None:
    """A window more, that tells whether what grew before has stopped; None once it is known."""
    if run.is_live or run.has_fixed_rounds or not run.records.has(wire.Explained):
        return None
    max_time = run.options.max_time_seconds
    is_time_over = max_time is not None and run.seconds + min_window_seconds(run) > max_time
    if is_time_over or _windows_since_traced(run) >= settings.WINDOWS_TO_CONFIRM:
        return None
    is_settled = run.open_screen.trend in (Trend.FLAT, Trend.FADING)
    is_known = is_settled or attributed(run.records, run.open_screen).is_explained
    return None if is_known else next_window(run)


def _windows_since_traced(run: RunSoFar) -> int:
    stages = [done.stage for done in run.records.of(wire.RoundsDone)]
    return stages[::-1].index(wire.Stage.TRACE) if wire.Stage.TRACE in stages else 0
