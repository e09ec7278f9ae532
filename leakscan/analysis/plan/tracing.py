"""Tracing: spans of calls whose allocations are traced, where the screen has shown growth."""

import math

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.growth.containers import ContainerGrowth
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.growth.trends import Trend
from leakscan.analysis.plan.run_so_far import RunSoFar
from leakscan.analysis.plan.time_budget import screen_budget


def trace(run: RunSoFar) -> wire.Command | None:
    """Two spans of traced calls, if something grows; what a call brings and removes before them."""
    screen = run.final_screen
    if not run.options.traces_from_start and screen.trend is not Trend.RISING:
        return _start_for_full_caches(run, screen)
    churn = _measure_churn(run, screen)
    if churn is not None:
        return churn
    if not run.records.has(wire.Tracing):
        return _name_growing(run, screen) or _start(run, screen)
    collects = not screen.is_garbage
    taken = run.records.count(wire.Sites)
    if taken < run.records.windows_done(wire.Stage.TRACE):
        return wire.TakeSites(collects=collects)
    return _span(run, screen, collects=collects) if taken < settings.TRACED_SPANS else None


def start_to_name(containers: tuple[ContainerGrowth, ...]) -> wire.StartTracing:
    """Tracing without a traced call to follow: it marks what is there, so that it can be named."""
    return wire.StartTracing(1, tuple(container.address for container in containers))


def _name_growing(run: RunSoFar, screen: Screen) -> wire.NameGrowing | None:
    """The holders that the censuses have shown, where a program goes on growing while it is traced.

    What is traced may take longer than there is time; who holds the growth is known by then.
    """
    is_over = run.records.has(wire.GrowingNamed) or run.records.has_failed("NameGrowing")
    if not run.is_live or is_over or not screen.suspects:
        return None
    return wire.NameGrowing(tuple(c.address for c in screen.suspects[: settings.MAX_NAMED_UNTRACED]))


def _start(run: RunSoFar, screen: Screen) -> wire.StartTracing:
    frames = run.options.frames
    if screen.is_stepping:
        # One step may be as large as all that was allocated before: its traces are kept short.
        frames = min(frames, settings.FRAMES_OF_A_STEP)
    return wire.StartTracing(frames, tuple(c.address for c in screen.suspects[: settings.MAX_SUSPECTS]))


def _start_for_full_caches(run: RunSoFar, screen: Screen) -> wire.Command | None:
    """Caches that have filled up are named, without a traced call."""
    if not screen.filled or run.records.has(wire.Tracing):
        return None
    return start_to_name(screen.filled[: settings.MAX_FULL_CACHES])


def _measure_churn(run: RunSoFar, screen: Screen) -> wire.Command | None:
    """What comes and goes with single calls: the keys are read before and after each."""
    is_over = run.records.has(wire.Tracing) or run.records.has_failed("TakeChurn")
    suspects = [c for c in screen.suspects[: settings.MAX_CHURN_CONTAINERS] if not c.in_bytes]
    if is_over or run.is_live or not suspects:
        return None
    calls = math.ceil(1 / max(c.per_unit for c in suspects))
    if settings.CHURN_CENSUSES * calls * run.seconds_per_call() > settings.CHURN_SECONDS:
        return None
    takes = run.records.count(wire.Churn)
    if takes > run.records.windows_done(wire.Stage.CHURN):
        return wire.Rounds(wire.Stage.CHURN, 1, calls) if takes < settings.CHURN_CENSUSES else None
    return wire.TakeChurn(tuple(c.address for c in suspects))


def _span(run: RunSoFar, screen: Screen, *, collects: bool) -> wire.Command:
    """The calls of the next traced span."""
    if run.is_live:
        part = screen_budget(run) / settings.TRACED_SPANS_IN_BUDGET
        # All that is new is asked for its line afterwards, while the program goes on: it is to be few.
        enough = settings.TRACED_EVENTS / (screen.events_per_unit or 1.0)
        longest = min(settings.MAX_LIVE_SPAN_SECONDS, part, enough)
        seconds = max(settings.MIN_LIVE_SPAN_SECONDS, longest)
        rounds = settings.ROUNDS_OF_LIVE_SPAN
        return wire.Watch(wire.Stage.TRACE, rounds, seconds / rounds, collects=collects)
    if screen.is_stepping:
        return wire.Rounds(wire.Stage.TRACE, 1, _calls_to_next_step(run))
    calls = max(settings.MIN_TRACED_CALLS, min(_calls_wanted(screen), _calls_affordable(run)))
    return wire.Rounds(wire.Stage.TRACE, 1, calls, collects=collects)


def _calls_to_next_step(run: RunSoFar) -> int:
    """A few calls first: the next step comes when all calls so far have doubled, with the span after them."""
    is_second = run.records.has(wire.Sites)
    return math.ceil(settings.CALLS_TO_NEXT_STEP * run.calls) if is_second else settings.MIN_TRACED_CALLS


def _calls_wanted(screen: Screen) -> int:
    """Calls that show enough of what grows."""
    events = screen.events_per_unit or 1.0
    wanted = math.ceil(settings.TRACED_EVENTS / events)
    is_table_alone = screen.blocks_per_unit < settings.TABLE_ALONE_SHARE * events and bool(screen.suspects)
    if is_table_alone and screen.suspects[0].per_unit > 0:
        # The line shows when the table is moved, an eighth of its entries later.
        fastest = screen.suspects[0]
        wanted = max(wanted, math.ceil(settings.TABLE_MOVED_SHARE * fastest.entries / fastest.per_unit))
    return wanted


def _calls_affordable(run: RunSoFar) -> int:
    if run.options.calls is not None:
        return settings.MAX_TRACED_ROUNDS * run.options.calls
    return int(settings.TRACED_SECONDS / _seconds_per_traced_call(run))


def _seconds_per_traced_call(run: RunSoFar) -> float:
    """As in the first span; before it, as for a call that makes nothing but objects."""
    traced = run.records.samples(wire.Stage.TRACE)
    untraced = [sample for sample in run.samples if sample.stage != wire.Stage.TRACE]
    if not traced or not untraced:
        return run.seconds_per_call() * settings.TRACED_SLOWDOWN
    calls = max(1, traced[0].calls - untraced[-1].calls)
    return max(settings.MIN_SECONDS_PER_CALL, traced[0].call_seconds / calls)
