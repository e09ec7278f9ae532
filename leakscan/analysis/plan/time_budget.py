"""How long a run may take: the seconds of its screen, and of one window."""

from leakscan.analysis import settings
from leakscan.analysis.plan.run_so_far import RunSoFar


def screen_budget(run: RunSoFar) -> float:
    """Seconds of the run after which the screen stops, proved or not."""
    max_time = run.options.max_time_seconds
    if run.is_live:
        return settings.LIVE_SCREEN_SHARE * (settings.LIVE_SECONDS if max_time is None else max_time)
    return _usual_budget(run) if max_time is None else settings.SCREEN_SHARE * max_time


def watch_budget(run: RunSoFar) -> float:
    """Seconds of the run after which a program that shows no growth is watched no more."""
    if not run.is_live or run.options.max_time_seconds is not None:
        return screen_budget(run)
    return max(settings.LONGEST_WATCH_SECONDS, settings.INTERVALS_IN_BUDGET * run.options.interval_seconds)


def is_half_over(run: RunSoFar) -> bool:
    """Whether few calls have to do: whoever allows more time than usual need not wait for it."""
    return run.seconds >= settings.FEW_CALLS_SHARE * min(screen_budget(run), _usual_budget(run))


def min_window_seconds(run: RunSoFar) -> float:
    """Seconds that a window is given in any case."""
    max_time = run.options.max_time_seconds
    if max_time is None:
        return settings.MIN_WINDOW_SECONDS
    return min(settings.MIN_WINDOW_SECONDS, settings.MIN_WINDOW_SHARE * max_time)


def _usual_budget(run: RunSoFar) -> float:
    return max(settings.BUDGET_SECONDS, settings.INTERVALS_IN_BUDGET * run.options.interval_seconds)
