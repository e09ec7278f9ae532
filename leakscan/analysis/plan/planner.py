"""What to do next: a pure function over what was asked for and what has been seen.

The stages, cheapest first: control, load, warm up, screen, and only if something grows: trace, explain,
prove, name.
"""

import math
from collections.abc import Sequence
from statistics import median
from typing import TypeVar

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution import evidence
from leakscan.analysis.endings import is_cut
from leakscan.analysis.findings.build import findings, holders_by_finding
from leakscan.analysis.growth.doubling import doublings, is_stepping_up
from leakscan.analysis.growth.screen import Screen, may_have_gained, screen
from leakscan.analysis.growth.trends import Trend, windows
from leakscan.model.run import Kind, RunOptions, Unit

Records = Sequence[wire.Record]
Kept = TypeVar("Kept")

SCREENING = "screen"
WATCHING = "watch"
MANY_ROUNDS = 48
_MOST_FAILURES = 3
"""An agent that fails this often steps aside; what was seen until then is judged."""
_ENDS = (wire.LoadFailed, wire.Ended)


def next_command(options: RunOptions, records: Records, *, is_live: bool = False) -> wire.Command | None:
    """The command that the run goes on with, or None if it is over.

    `is_live` while a call runs that does not return.
    """
    if any(isinstance(record, _ENDS) for record in records):
        return None
    if sum(isinstance(record, wire.AgentFailed) for record in records) >= _MOST_FAILURES:
        return None
    if not _any(records, wire.Controlled):
        return wire.Control(rounds=6)
    if not _any(records, wire.Loaded):
        return wire.Load(
            options.target, options.is_module, options.arguments, options.setup, options.shows_keys
        )
    plan = _Plan(options, records, is_live=is_live)
    # A command without fields is an empty tuple, so that `or` would pass it over.
    stages = (
        (plan.after_a_stop,)
        if plan.has_stopped
        else (plan.warm_up, plan.screen, plan.trace, plan.explain, plan.confirm)
    )
    stages = (*stages, plan.caches)
    return next((command for stage in stages if (command := stage()) is not None), None)


def screened(options: RunOptions, records: Records) -> Screen:
    """What the screen of a run tells; final where the run will add no window."""
    is_live = not any(isinstance(r, wire.Sample) and r.stage == SCREENING for r in records) and any(
        isinstance(r, wire.Sample) and r.stage == WATCHING for r in records
    )
    is_stopped = any(
        isinstance(r, wire.Raised) or (isinstance(r, wire.Ended) and r.how != "interrupted") for r in records
    )
    is_final = is_stopped or _has_fixed_rounds(options)
    if is_cut(records):
        # Windows were still to come, unless they had led to the tracing.
        is_final = _any(records, wire.Tracing)
    return screen(records, Unit.SECOND if is_live else Unit.CALL, is_final=is_final)


def _has_fixed_rounds(options: RunOptions) -> bool:
    return options.rounds is not None


class _Plan:
    """The questions that the stages ask of the records."""

    def __init__(self, options: RunOptions, records: Records, *, is_live: bool) -> None:
        self.options = options
        self.records = records
        self.is_live = is_live
        self.samples = [r for r in records if isinstance(r, wire.Sample)]
        self.calls = self.samples[-1].calls if self.samples else 0
        self.elapsed = self.samples[-1].at if self.samples else 0.0

    @property
    def has_stopped(self) -> bool:
        """Whether a call raised, exited or was interrupted."""
        return _any(self.records, wire.Raised)

    def warm_up(self) -> wire.Command | None:
        """Calls until lazy things are loaded, then the first look."""
        if not self.is_live:
            wanted = self.options.warmup
            if wanted is None and self.options.calls is not None:
                wanted = self.options.calls
            if wanted is not None:
                if not self._done("warm up") and wanted > 0:
                    return wire.Rounds("warm up", 1, wanted)
            else:
                seconds = sum(s.call_seconds for s in self.samples if s.stage == "warm up")
                warm = self.calls if self._looks == 0 else settings.WARM_UP_CALLS
                left = settings.WARM_UP_CALLS - warm
                if left > 0 and seconds < settings.WARM_UP_SECONDS:
                    # Doubled each time, so that each doubling of the calls can be compared with the last.
                    calls = min(left, max(1, warm))
                    if warm and seconds / warm * calls > settings.WARM_UP_SECONDS:
                        calls = max(1, int(settings.WARM_UP_SECONDS * warm / seconds))
                    return self._warm_up_rounds(calls)
        return wire.TakeCensus() if self._looks == 0 else None

    def _warm_up_rounds(self, calls: int) -> wire.Rounds:
        """One sample where nothing grows; more where steps have to be told from steady growth."""
        seen = doublings(self.records)
        is_growing = bool(seen) and seen[0].gained > settings.NOTABLE_BLOCKS
        rounds = settings.ROUNDS_OF_A_STEP if is_growing and calls >= settings.ROUNDS_OF_A_STEP else 1
        return wire.Rounds("warm up", rounds, calls // rounds)

    def screen(self) -> wire.Command | None:
        """Windows that double until growth is proved or excluded; a look after each that may have gained."""
        if self._is_look_due():
            return wire.TakeCensus(tracked_only=self._is_quick_look_enough())
        if _any(self.records, wire.Tracing):
            return None
        done = self._done(self._screening)
        return None if self._screen_is_over(done) else self._window(done)

    def trace(self) -> wire.Command | None:
        """Two spans of traced calls, if something grows."""
        found = screen(self.records, self._unit, is_final=True)
        if not self.options.traces_from_start and found.trend is not Trend.RISING:
            return self._look_at_filled(found) or self._look_for_spare()
        churn = self._churn(found)
        if churn is not None:
            return churn
        if not _any(self.records, wire.Tracing):
            suspects = tuple(c.address for c in found.suspects[:100])
            frames = self.options.frames
            if found.is_stepping:
                # One step may be as large as all that was allocated before: its traces are kept short.
                frames = min(frames, settings.FRAMES_OF_A_STEP)
            return wire.StartTracing(frames, suspects)
        collects = not found.is_garbage
        taken = sum(1 for r in self.records if isinstance(r, wire.Sites))
        spans = self._done("trace")
        if taken < spans:
            return wire.TakeSites(collects=collects)
        return self._traced_span(found, collects=collects) if taken < 2 else None

    def _churn(self, found: Screen) -> wire.Command | None:
        """What comes and goes with single calls: a look, a call, a look, and so on."""
        is_over = _any(self.records, wire.Tracing) or _failed(self.records, "TakeChurn")
        suspects = [c for c in found.suspects[: settings.MAX_CHURN_CONTAINERS] if not c.in_bytes]
        if is_over or self.is_live or not suspects:
            return None
        calls = math.ceil(1 / max(c.per_unit for c in suspects))
        if settings.CHURN_LOOKS * calls * self._seconds_per_call() > settings.CHURN_SECONDS:
            return None
        looks = sum(1 for r in self.records if isinstance(r, wire.Churn))
        if looks > self._done("churn"):
            return wire.Rounds("churn", 1, calls) if looks < settings.CHURN_LOOKS else None
        return wire.TakeChurn(tuple(c.address for c in suspects))

    def _look_at_filled(self, found: Screen) -> wire.Command | None:
        """Caches that have filled up are named, without a traced call."""
        if not found.filled or _any(self.records, wire.Tracing):
            return None
        return wire.StartTracing(1, tuple(c.address for c in found.filled[:20]))

    def _look_for_spare(self) -> wire.Command | None:
        """Nothing grows: what is left to tell is which tables stayed large."""
        is_told = _any(self.records, wire.SpareCapacity) or _any(self.records, wire.Tracing)
        is_told = is_told or self.options.shares_process
        return None if is_told or _failed(self.records, "FindSpareCapacity") else wire.FindSpareCapacity()

    def explain(self) -> wire.Command | None:
        """Who holds what grew, proved by experiment, then named."""
        if not _any(self.records, wire.Tracing):
            return None
        sites = _last(self.records, wire.Sites)
        found = screen(self.records, self._unit, is_final=True)
        if found.is_garbage and not _any(self.records, wire.Garbage):
            return wire.CollectGarbage(draws=self.options.draws)
        explained = _last(self.records, wire.Explained)
        if explained is None:
            return self._explain()
        if not _any(self.records, wire.Named):
            proof = self._next_proof(explained, sites, found)
            if proof is not None:
                return proof
            return self._weigh(found) or self._name()
        if found.rss is Trend.RISING and not _any(self.records, wire.Trimmed):
            return wire.Trim()
        return self._watch_lines(found) or self._draw(found)

    def confirm(self) -> wire.Command | None:
        """More windows where nothing that was traced kept growing: what grew before may have stopped."""
        if self.is_live or _has_fixed_rounds(self.options) or not _any(self.records, wire.Explained):
            return None
        longest = self.options.max_time_seconds
        is_over = longest is not None and self.elapsed + self._least_window() > longest
        if is_over or self._screened_since_traced() >= settings.WINDOWS_TO_CONFIRM:
            return None
        found = screen(self.records)
        if found.trend in (Trend.FLAT, Trend.FADING) or findings(self.records, found, 0.0):
            return None
        return self._window(self._done(self._screening))

    def _screened_since_traced(self) -> int:
        kinds = [record.stage for record in self.records if isinstance(record, wire.RoundsDone)]
        return kinds[::-1].index("trace") if "trace" in kinds else 0

    def _watch_lines(self, found: Screen) -> wire.Command | None:
        """The calls line by line, where native memory grows that no trace shows."""
        if self.is_live or _any(self.records, wire.LineGains) or _failed(self.records, "WatchLines"):
            return None
        grown = [f for f in findings(self.records, found, 0.0) if f.kind is Kind.NATIVE]
        longest = self.options.max_time_seconds
        seconds = settings.WATCHED_SECONDS
        if longest is not None:
            seconds = min(seconds, longest - self.elapsed)
        if not grown or self._seconds_per_call() > settings.SLOWEST_WATCHED_SECONDS or seconds <= 0:
            return None
        calls = math.ceil(settings.WATCHED_BYTES / max(1.0, grown[0].bytes_per_call))
        calls = min(max(calls, settings.MIN_WATCHED_CALLS), settings.MAX_WATCHED_CALLS)
        return wire.WatchLines(calls, seconds, is_resident=found.heap is not Trend.RISING)

    def after_a_stop(self) -> wire.Command | None:
        """What can still be told of a target that raised and will not be called again."""
        stop = _last(self.records, wire.Raised)
        if stop is None or stop.how != "raised":
            return None
        found = screen(self.records, self._unit, is_final=True)
        if _any(self.records, wire.Named):
            return self._draw(found)
        if found.trend is not Trend.RISING:
            return None
        if self._looks and not self._has_looked_since(stop) and not _failed(self.records, "TakeCensus"):
            return wire.TakeCensus()
        if not _any(self.records, wire.Tracing):
            suspects = found.suspects or found.containers
            return wire.StartTracing(1, tuple(c.address for c in suspects[:3]))
        if sum(1 for r in self.records if isinstance(r, wire.Sites)) == 1:
            return wire.TakeSites()
        if not _any(self.records, wire.Explained):
            return self._explain()
        return self._weigh(found) or self._name()

    def caches(self) -> wire.Command | None:
        """The list of caches, once there is nothing left to measure that it could change."""
        stop = _last(self.records, wire.Raised)
        is_over = _any(self.records, wire.Caches) or (stop is not None and stop.how == "interrupted")
        is_wanted = self.options.lists_caches and not is_over
        return wire.ListCaches() if is_wanted and not _failed(self.records, "ListCaches") else None

    def _has_looked_since(self, stop: wire.Record) -> bool:
        after = self.records[self.records.index(stop) :]
        return _any(after, wire.Census) or _any(self.records, wire.Tracing)

    def _explain(self) -> wire.Command | None:
        return None if _failed(self.records, "Explain") else wire.Explain(draws=self.options.draws)

    def _name(self) -> wire.Command | None:
        return None if _failed(self.records, "Name") else wire.Name(draws=self.options.draws)

    def _draw(self, found: Screen) -> wire.Command | None:
        """What is around the holders of the worst findings, if that was asked for."""
        if not self.options.draws or _any(self.records, wire.Graphs) or _failed(self.records, "DrawGraphs"):
            return None
        leaks = holders_by_finding(self.records, found)[: settings.MAX_DRAWN]
        return wire.DrawGraphs(leaks) if leaks else None

    def _weigh(self, found: Screen) -> wire.Command | None:
        """What an entry of each holder takes."""
        explained = _last(self.records, wire.Explained)
        if (
            explained is None
            or _any(self.records, wire.EntriesMeasured)
            or _failed(self.records, "MeasureEntries")
        ):
            return None
        sites = _last(self.records, wire.Sites) or wire.NOTHING_TRACED
        heaviest = evidence.holders_by_weight(explained, sites, found)[: settings.MAX_WEIGHED]
        return wire.MeasureEntries(heaviest) if heaviest else None

    @property
    def _looks(self) -> int:
        return sum(1 for r in self.records if isinstance(r, wire.Census))

    @property
    def _unit(self) -> Unit:
        return Unit.SECOND if self.is_live else Unit.CALL

    @property
    def _screening(self) -> str:
        """The stage whose windows are judged."""
        return WATCHING if self.is_live else SCREENING

    def _done(self, stage: str) -> int:
        return sum(1 for r in self.records if isinstance(r, wire.RoundsDone) and r.stage == stage)

    def _is_look_due(self) -> bool:
        """Whether to look at the containers: at once where anything may be growing, else at the end only."""
        unseen = self._windows_since_a_look()
        if not unseen:
            return False
        # Where each window may be the last one, none is let pass.
        is_short = _has_fixed_rounds(self.options) or self.elapsed > settings.CALM_SHARE * self._budget()
        return (
            self.is_live
            or is_short
            or self.options.traces_from_start
            or _last_look_saw_growth(self.records)
            or any(map(may_have_gained, windows(self.records, self._screening)[-unseen:]))
            or self._screen_is_over(self._done(self._screening))
        )

    def _is_quick_look_enough(self) -> bool:
        """Whether to look only at what is tracked, in a process with a large heap that is not the target's.

        What is not tracked holds bytes or atoms, and takes memory when it gains. Where none was taken, the
        search for it would be most of what a clean test costs beside its turns.
        """
        return self.options.shares_process and not any(
            map(may_have_gained, windows(self.records, self._screening))
        )

    def _windows_since_a_look(self) -> int:
        """Windows that have ended since the last look at the containers, or since calls were traced."""
        ended = 0
        for record in reversed(self.records):
            if isinstance(record, wire.Census | wire.Tracing):
                break
            ended += isinstance(record, wire.RoundsDone) and record.stage == self._screening
        return ended

    def _screen_is_over(self, done: int) -> bool:
        if self.options.traces_from_start:
            return done >= 2
        if self.options.rounds is not None:
            return done >= _fixed_windows(self.options.rounds)
        found = screen(self.records, self._unit)
        budget = self._budget()
        if self.elapsed >= budget:
            return True
        if found.trend is Trend.RISING:
            return self._is_patient_enough(found, budget)
        if found.trend in (Trend.FLAT, Trend.FADING):
            seen_enough = found.seconds >= settings.FLAT_SECONDS
            return seen_enough and (found.calls >= settings.FLAT_MIN_CALLS or self._is_half_over(budget))
        return False

    def _budget(self) -> float:
        """Seconds of the run after which the screen stops, proved or not."""
        longest = self.options.max_time_seconds
        if self.is_live:
            return 0.5 * (longest if longest is not None else 45.0)
        return self._usual_budget if longest is None else 0.6 * longest

    @property
    def _usual_budget(self) -> float:
        return max(settings.BUDGET_SECONDS, 40 * self.options.interval_seconds)

    def _is_half_over(self, budget: float) -> bool:
        """Whether few calls have to do: whoever allows more time than usual need not wait for it."""
        return self.elapsed >= min(budget, self._usual_budget) / 2

    def _is_patient_enough(self, found: Screen, budget: float) -> bool:
        gained = sum(max(0, w.samples[-1].rss - w.samples[0].rss) for w in found.windows)
        if found.calls < settings.PATIENCE_MIN_CALLS and not self.is_live and not found.is_stepping:
            return self._is_half_over(budget)
        if self.is_live:
            return len(found.windows) >= 4
        if found.is_stepping:
            # It has doubled again and again by now; the next step would only be larger to explain.
            return True
        return (
            found.seconds >= settings.PATIENCE_SECONDS
            or (len(found.windows) >= 4 and self.elapsed >= 2 * settings.PATIENCE_SECONDS)
            or gained >= settings.PATIENCE_GROWN_BYTES
            or found.calls >= settings.PATIENCE_CALLS
        )

    def _window(self, done: int) -> wire.Command:
        rounds = self._rounds_in_window(done)
        if self.is_live:
            interval = self.options.interval_seconds
            if interval <= 0:
                # Four windows that double fill the budget.
                interval = max(0.05, self._budget() / 15 / rounds) * 2**done
            return wire.Watch(WATCHING, rounds, interval)
        return wire.Rounds(
            SCREENING,
            rounds,
            self._calls_in_round(done, rounds),
            self.options.interval_seconds,
            None
            if self.options.calls is not None
            else max(self._least_window(), self._budget() - self.elapsed),
        )

    def _least_window(self) -> float:
        """Seconds that a window is given in any case."""
        longest = self.options.max_time_seconds
        return 4.0 if longest is None else min(4.0, 0.3 * longest)

    def _rounds_in_window(self, done: int) -> int:
        if self.options.rounds is not None:
            parts = _fixed_windows(self.options.rounds)
            share = self.options.rounds // parts
            return self.options.rounds - share * (parts - 1) if done == parts - 1 else share
        if self.options.interval_seconds > 0:
            return 6
        collection = median(s.collect_seconds for s in self.samples[-5:]) if self.samples else 0.0
        if collection > 4 * settings.SLOW_COLLECTION_SECONDS:
            return settings.MIN_ROUNDS_PER_WINDOW
        if collection > settings.SLOW_COLLECTION_SECONDS:
            return settings.FEWER_ROUNDS_PER_WINDOW
        return settings.ROUNDS_PER_WINDOW

    def _calls_in_round(self, done: int, rounds: int) -> int:
        if self.options.calls is not None:
            # With the calls fixed, it is the number of rounds that doubles; see `screen` for why.
            return self.options.calls * (1 if self.options.rounds is not None else 2**done)
        per_call = self._seconds_per_call()
        last = [s for s in self.samples if s.stage == SCREENING]
        if not last and is_stepping_up(doublings(self.records), 0.0):
            # The warm-up has shown a buffer that doubles: a few calls more confirm it, at its smallest.
            return 1
        if not last:
            fitting = int(settings.FIRST_WINDOW_SECONDS / rounds / per_call)
            return _third_of_a_power(min(fitting, 4 * max(1, self.calls) // rounds))
        before = max(1, round((last[-1].calls - last[-2].calls) * self._rounds_then() / rounds))
        window_seconds = before * rounds * per_call
        if self.options.interval_seconds > 0:
            fitting = int(0.8 * self.options.interval_seconds / per_call)
            return max(1, before, min(2 * before, fitting))
        is_cheap = window_seconds < settings.FIRST_WINDOW_SECONDS
        # One more than the double, so that a third of a power of two is one again.
        wanted = before * (4 if is_cheap else 2) + (before > 1)
        return _third_of_a_power(min(wanted, max(before, self._calls_of_modest_growth(rounds))))

    def _calls_of_modest_growth(self, rounds: int) -> int:
        """Calls in a round of a window that makes the heap no larger than has to be explained later."""
        window = windows(self.records)[-1]
        first, last = window.samples[0], window.samples[-1]
        calls = max(1, window.calls)
        by_bytes = settings.WINDOW_GROWN_BYTES * calls / max(1, last.rss - first.rss)
        by_blocks = settings.WINDOW_GROWN_BLOCKS * calls / max(1, last.blocks - first.blocks)
        return int(min(by_bytes, by_blocks) / rounds)

    def _rounds_then(self) -> int:
        """Rounds of the last window."""
        return next(
            r.rounds
            for r in reversed(self.records)
            if isinstance(r, wire.RoundsDone) and r.stage == SCREENING
        )

    def _seconds_per_call(self) -> float:
        recent = self.samples[-12:]
        calls = recent[-1].calls - recent[0].calls
        if calls <= 0:
            return max(1e-7, recent[-1].call_seconds / max(1, recent[-1].calls))
        return max(1e-8, sum(s.call_seconds for s in recent[1:]) / calls)

    def _seconds_per_traced_call(self) -> float:
        """As in the first span; before it, as for a call that makes nothing but objects."""
        traced = [s for s in self.samples if s.stage == "trace"]
        untraced = [s for s in self.samples if s.stage != "trace"]
        if not traced or not untraced:
            return self._seconds_per_call() * settings.TRACED_SLOWDOWN
        return max(1e-8, traced[0].call_seconds / max(1, traced[0].calls - untraced[-1].calls))

    def _traced_span(self, found: Screen, *, collects: bool) -> wire.Command:
        if self.is_live:
            seconds = max(1.0, min(4.0, self._budget() / settings.TRACED_SPANS_IN_BUDGET))
            return wire.Watch("trace", 2, seconds / 2, collects=collects)
        if found.is_stepping:
            # The next step comes when all calls so far have doubled, and a little later for the call in it.
            calls = math.ceil(1.15 * self.calls) if _any(self.records, wire.Sites) else 4
            return wire.Rounds("trace", 1, calls)
        events = found.events_per_unit or 1.0
        wanted = math.ceil(settings.TRACED_EVENTS / events)
        if found.blocks_per_unit < 0.5 * events and found.suspects:
            # Only a container's table grows: the line shows when the table is moved, an eighth later.
            fastest = found.suspects[0]
            if fastest.per_unit > 0:
                wanted = max(wanted, math.ceil(0.15 * fastest.entries / fastest.per_unit))
        affordable = int(settings.TRACED_SECONDS / self._seconds_per_traced_call())
        calls = max(4, min(wanted, affordable))
        if self.options.calls is not None:
            calls = max(4, min(wanted, 20 * self.options.calls))
        return wire.Rounds("trace", 1, calls, collects=collects)

    def _next_proof(
        self, explained: wire.Explained, sites: wire.Sites | None, found: Screen
    ) -> wire.Command | None:
        if sites is None or not self.options.proves or _failed(self.records, "Prove"):
            return None
        proofs = [r for r in self.records if isinstance(r, wire.Proved)]
        wanted = evidence.proofs_wanted(explained, sites, found, proofs)
        control = _last(self.records, wire.Controlled)
        cheap = None if control is None else control.no_sandbox
        failed = sum(1 for proof in proofs if proof.message or proof.counted_because not in (None, cheap))
        is_enough = len(proofs) >= settings.MAX_PROOFS or failed >= settings.MAX_FAILED_PROOFS
        return None if is_enough else wanted


def _fixed_windows(rounds: int) -> int:
    """Windows into which a fixed number of rounds is cut: two, so that one can confirm the other.

    Of many rounds four, so that a container that alone gains is seen to gain evenly.
    """
    if rounds >= MANY_ROUNDS:
        return 4
    return 2 if rounds >= 4 else 1


def _third_of_a_power(most: int) -> int:
    """The largest third of a power of two, rounded down, that is no more than this; 1 at the least.

    What is flushed with a period, most often one of a power of two, is then met a third of it later in
    each round. Where rounds were a little longer than a period, it would creep up from sample to sample.
    """
    return max(1, (1 << (3 * most + 2).bit_length() - 1) // 3)


def _last_look_saw_growth(records: Records) -> bool:
    look = _last(records, wire.Census)
    return look is not None and bool(look.grown)


def _any(records: Records, kind: type) -> bool:
    return any(isinstance(record, kind) for record in records)


def _last(records: Records, kind: type[Kept]) -> Kept | None:
    return next((r for r in reversed(records) if isinstance(r, kind)), None)


def _failed(records: Records, command: str) -> bool:
    return any(isinstance(r, wire.AgentFailed) and r.command == command for r in records)
