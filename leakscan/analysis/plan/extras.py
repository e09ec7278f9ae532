"""What a report shows beside the verdict, and no verdict waits for."""

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution.attributed import worst_holders_first
from leakscan.analysis.growth.trends import Trend
from leakscan.analysis.plan.run_so_far import RunSoFar


def draw_graphs(run: RunSoFar) -> wire.Command | None:
    """What is around the holders of the worst leaks, if that was asked for."""
    is_over = run.records.has(wire.Graphs) or run.records.has_failed("DrawGraphs")
    if not run.options.draws or is_over:
        return None
    leaks = worst_holders_first(run.records, run.final_screen)[: settings.MAX_DRAWN]
    return wire.DrawGraphs(leaks) if leaks else None


def find_spare_capacity(run: RunSoFar) -> wire.Command | None:
    """Which tables stayed large, where nothing grows and nothing is to be named."""
    is_traced = run.options.traces_from_start or run.records.has(wire.Tracing)
    if is_traced or run.options.shares_process or run.final_screen.trend is Trend.RISING:
        return None
    is_over = run.records.has(wire.SpareCapacity) or run.records.has_failed("FindSpareCapacity")
    return None if is_over else wire.FindSpareCapacity()


def list_caches(run: RunSoFar) -> wire.Command | None:
    """The list of caches, once there is nothing left to measure that it could change."""
    stop = run.records.last(wire.Raised)
    is_interrupted = stop is not None and stop.how == "interrupted"
    is_over = is_interrupted or run.records.has(wire.Caches) or run.records.has_failed("ListCaches")
    return wire.ListCaches() if run.options.lists_caches and not is_over else None
