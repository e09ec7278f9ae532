"""The screen: windows that double until growth is proved or excluded, and a census after those in doubt."""

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.detection_limit import detection_limit, is_acceptable
from leakscan.analysis.growth.screen import Screen, may_have_gained
from leakscan.analysis.growth.trends import Trend, windows
from leakscan.analysis.plan.run_so_far import RunSoFar
from leakscan.analysis.plan.time_budget import is_half_over, screen_budget, watch_budget
from leakscan.analysis.plan.windows import fixed_windows, next_window


def screen_growth(run: RunSoFar) -> wire.Command | None:
    """The next window, or the census after it; None once the screen is over."""
    if _is_census_due(run):
        return wire.TakeCensus(tracked_only=_is_tracked_enough(run))
    is_over = run.records.has(wire.Tracing) or _is_over(run)
    return None if is_over else next_window(run)


def _is_census_due(run: RunSoFar) -> bool:
    """Whether to look at the containers: at once where anything may be growing, else at the end only."""
    unseen = _windows_since_census(run)
    if not unseen:
        return False
    # Where each window may be the last one, none is let pass.
    is_short = run.has_fixed_rounds or run.seconds > settings.CALM_SHARE * screen_budget(run)
    last = run.records.last(wire.Census)
    return (
        run.is_live
        or is_short
        or run.options.traces_from_start
        or (last is not None and bool(last.grown))
        or any(map(may_have_gained, windows(run.records, run.screening_stage)[-unseen:]))
        or _is_over(run)
    )


def _windows_since_census(run: RunSoFar) -> int:
    """Windows that have ended since the last census, or since calls were traced."""
    since = run.records.since_last(wire.Census, wire.Tracing)
    return sum(isinstance(r, wire.RoundsDone) and r.stage == run.screening_stage for r in since)


def _is_tracked_enough(run: RunSoFar) -> bool:
    """Whether to look only at what is tracked, in a process with a large heap that is not the target's.

    What is not tracked holds bytes or atoms, and takes memory when it gains. Where none was taken, the
    search for it would be most of what a clean test costs beside its iterations.
    """
    has_gained = any(map(may_have_gained, windows(run.records, run.screening_stage)))
    return run.options.shares_process and not has_gained


def _is_over(run: RunSoFar) -> bool:
    """Whether growth is proved or excluded, or the time for it is over."""
    if run.options.traces_from_start:
        return run.windows_screened >= settings.WINDOWS_BEFORE_TRACING
    if run.options.rounds is not None:
        return run.windows_screened >= fixed_windows(run.options.rounds)
    if run.seconds >= watch_budget(run):
        return True
    screen = run.open_screen
    if screen.trend is Trend.RISING:
        return _has_outlasted_patience(run, screen)
    return screen.trend in (Trend.FLAT, Trend.FADING) and _is_flat_for_long(run, screen)


def _is_flat_for_long(run: RunSoFar, screen: Screen) -> bool:
    if run.is_live:
        return is_acceptable(detection_limit(run.records, screen), screen)
    has_calls = screen.calls >= settings.FLAT_MIN_CALLS or is_half_over(run)
    return screen.seconds >= settings.FLAT_SECONDS and has_calls


def _has_outlasted_patience(run: RunSoFar, screen: Screen) -> bool:
    """Whether growth went on for so long that it is no cache that fills."""
    if run.is_live:
        return len(screen.windows) >= settings.PATIENCE_WINDOWS
    if screen.is_stepping:
        # It has doubled again and again by now; the next step would only be larger to explain.
        return True
    if screen.calls < settings.PATIENCE_MIN_CALLS:
        return is_half_over(run)
    is_long = screen.seconds >= settings.PATIENCE_SECONDS
    has_waited = run.seconds >= settings.PATIENCE_RUN_SECONDS
    gained = sum(max(0, w.samples[-1].rss - w.samples[0].rss) for w in screen.windows)
    return (
        is_long
        or (has_waited and len(screen.windows) >= settings.PATIENCE_WINDOWS)
        or gained >= settings.PATIENCE_GROWN_BYTES
        or screen.calls >= settings.PATIENCE_CALLS
    )
