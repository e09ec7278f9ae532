"""Warm-up: calls until what is loaded at first use is there, then the first census."""

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.growth.doubling import doublings
from leakscan.analysis.plan.run_so_far import RunSoFar


def warm_up(run: RunSoFar) -> wire.Command | None:
    """The calls of the warm-up, then the census that later ones are compared with."""
    calls = None if run.is_live else _calls_to_warm_up(run)
    if calls is not None:
        return calls
    return None if run.records.has(wire.Census) else wire.TakeCensus()


def _calls_to_warm_up(run: RunSoFar) -> wire.Rounds | None:
    options = run.options
    # Whoever says how many calls a round has gets a warm-up of one such round.
    wanted = options.calls if options.warmup is None else options.warmup
    if wanted is None:
        return _doubling_calls(run)
    is_done = run.records.windows_done(wire.Stage.WARM_UP) > 0
    return wire.Rounds(wire.Stage.WARM_UP, 1, wanted) if wanted > 0 and not is_done else None


def _doubling_calls(run: RunSoFar) -> wire.Rounds | None:
    """As many calls as before, so that each doubling of all calls can be compared with the last."""
    if run.records.has(wire.Census):
        return None
    seconds = sum(sample.call_seconds for sample in run.records.samples(wire.Stage.WARM_UP))
    calls_left = settings.WARM_UP_CALLS - run.calls
    if calls_left <= 0 or seconds >= settings.WARM_UP_SECONDS:
        return None
    calls = min(calls_left, max(1, run.calls))
    if run.calls and seconds / run.calls * calls > settings.WARM_UP_SECONDS:
        calls = max(1, int(settings.WARM_UP_SECONDS * run.calls / seconds))
    rounds = _rounds_of_doubling(run, calls)
    return wire.Rounds(wire.Stage.WARM_UP, rounds, calls // rounds)


def _rounds_of_doubling(run: RunSoFar, calls: int) -> int:
    """One sample where nothing grows; more where steps have to be told from steady growth."""
    newest_first = doublings(run.records)
    is_growing = bool(newest_first) and newest_first[0].gained > settings.NOTABLE_BLOCKS
    return settings.ROUNDS_OF_A_STEP if is_growing and calls >= settings.ROUNDS_OF_A_STEP else 1
