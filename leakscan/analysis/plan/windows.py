"""The next window of the screen: how many rounds, and how many calls in each."""

from statistics import median

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.growth.doubling import doublings, is_stepping_up
from leakscan.analysis.growth.trends import windows
from leakscan.analysis.plan.run_so_far import RunSoFar
from leakscan.analysis.plan.time_budget import min_window_seconds, screen_budget, watch_budget


def next_window(run: RunSoFar) -> wire.Rounds | wire.Watch:
    """The window after those that were screened, of about twice their calls or seconds."""
    rounds = _rounds(run)
    if run.is_live:
        return wire.Watch(wire.Stage.WATCH, rounds, _live_interval(run, rounds))
    seconds_left = None
    if run.options.calls is None:
        seconds_left = max(min_window_seconds(run), screen_budget(run) - run.seconds)
    calls = _calls_in_round(run, rounds)
    return wire.Rounds(wire.Stage.SCREEN, rounds, calls, run.options.interval_seconds, seconds_left)


def fixed_windows(rounds: int) -> int:
    """Windows into which a fixed number of rounds is cut, so that one can confirm the other.

    Of many rounds there are more, so that a container that alone gains is seen to gain evenly.
    """
    if rounds >= settings.MANY_ROUNDS:
        return settings.WINDOWS_OF_MANY_ROUNDS
    return 1 if rounds < settings.MIN_ROUNDS_TO_CONFIRM else settings.WINDOWS_OF_FEW_ROUNDS


def _live_interval(run: RunSoFar, rounds: int) -> float:
    if run.options.interval_seconds > 0:
        return run.options.interval_seconds
    # Windows that double, as many as are wanted, fill the budget.
    parts = (1 << settings.PATIENCE_WINDOWS) - 1
    first = max(settings.MIN_LIVE_INTERVAL_SECONDS, screen_budget(run) / parts / rounds)
    # Where it is watched for longer, windows of one length show whether a container gains evenly.
    return first * (1 << min(run.windows_screened, settings.PATIENCE_WINDOWS))


def _rounds(run: RunSoFar) -> int:
    if run.options.rounds is not None:
        return _share_of_rounds(run.options.rounds, run.windows_screened)
    if run.options.interval_seconds > 0:
        return _rounds_at_intervals(run)
    recent = run.samples[-settings.RECENT_COLLECTIONS :]
    collection = median(sample.collect_seconds for sample in recent) if recent else 0.0
    if collection > settings.VERY_SLOW_COLLECTION_SECONDS:
        return settings.MIN_ROUNDS_PER_WINDOW
    if collection > settings.SLOW_COLLECTION_SECONDS:
        return settings.FEWER_ROUNDS_PER_WINDOW
    return settings.ROUNDS_PER_WINDOW


def _rounds_at_intervals(run: RunSoFar) -> int:
    """A few; more where a program is watched for longer: the last window tells what could hide in it."""
    if not run.is_live or run.windows_screened < settings.PATIENCE_WINDOWS:
        return settings.ROUNDS_AT_INTERVALS
    left = int((watch_budget(run) - run.seconds) / run.options.interval_seconds)
    return max(settings.ROUNDS_AT_INTERVALS, min(settings.ROUNDS_PER_WINDOW, left))


def _share_of_rounds(rounds: int, windows_done: int) -> int:
    """An even part of the rounds; the last window has what is left over, too."""
    parts = fixed_windows(rounds)
    share = rounds // parts
    return rounds - share * (parts - 1) if windows_done == parts - 1 else share


def _calls_in_round(run: RunSoFar, rounds: int) -> int:
    if run.options.calls is not None:
        # With the calls fixed, it is the number of calls in a window that doubles; see `trend` for why.
        return run.options.calls * (1 if run.has_fixed_rounds else 2**run.windows_screened)
    screened = run.records.samples(wire.Stage.SCREEN)
    return _calls_after(run, rounds, screened) if screened else _first_calls(run, rounds)


def _first_calls(run: RunSoFar, rounds: int) -> int:
    if is_stepping_up(doublings(run.records), 0.0):
        # The warm-up has shown a buffer that doubles: a few calls more confirm it, at its smallest.
        return 1
    fitting = int(settings.FIRST_WINDOW_SECONDS / rounds / run.seconds_per_call())
    return _third_of_a_power(min(fitting, settings.FIRST_WINDOW_FACTOR * max(1, run.calls) // rounds))


def _calls_after(run: RunSoFar, rounds: int, screened: tuple[wire.Sample, ...]) -> int:
    """Calls in a round of a window that follows another one."""
    seconds_per_call = run.seconds_per_call()
    before = max(1, round((screened[-1].calls - screened[-2].calls) * _last_rounds(run) / rounds))
    if run.options.interval_seconds > 0:
        fitting = int(settings.BUSY_SHARE_OF_INTERVAL * run.options.interval_seconds / seconds_per_call)
        return max(1, before, min(2 * before, fitting))
    is_cheap = before * rounds * seconds_per_call < settings.FIRST_WINDOW_SECONDS
    # One more than the double, so that a third of a power of two is one again.
    wanted = before * (settings.CHEAP_WINDOW_FACTOR if is_cheap else 2) + (before > 1)
    return _third_of_a_power(min(wanted, max(before, _calls_of_modest_growth(run, rounds))))


def _calls_of_modest_growth(run: RunSoFar, rounds: int) -> int:
    """Calls in a round of a window that makes the heap no larger than has to be explained later."""
    window = windows(run.records)[-1]
    first, last = window.samples[0], window.samples[-1]
    calls = max(1, window.calls)
    by_bytes = settings.WINDOW_GROWN_BYTES * calls / max(1, last.rss - first.rss)
    by_blocks = settings.WINDOW_GROWN_BLOCKS * calls / max(1, last.blocks - first.blocks)
    return int(min(by_bytes, by_blocks) / rounds)


def _last_rounds(run: RunSoFar) -> int:
    """Rounds of the last window."""
    done = reversed(run.records.of(wire.RoundsDone))
    return next(each.rounds for each in done if each.stage == wire.Stage.SCREEN)


def _third_of_a_power(max_calls: int) -> int:
    """The largest third of a power of two, rounded down, that is no more than this; 1 at the least.

    What is flushed with a period, most often one of a power of two, is then met a third of it later in
    each round. Where rounds were a little longer than a period, it would creep up from sample to sample.
    """
    return max(1, (1 << (3 * max_calls + 2).bit_length() - 1) // 3)
