"""The verdict, its kind, and one sentence of reason."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution.ledger import Ledger
from leakscan.analysis.busy_children import BusyChildren, busy_children
from leakscan.analysis.detection_limit import SECONDS_PER_HOUR, detection_limit, is_acceptable
from leakscan.analysis.growth.process_growth import is_fragmentation
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.growth.trends import Gain, Trend, blocks, gain, heap, position
from leakscan.analysis.naming import holder_names
from leakscan.analysis.own_failures import failure_of_answer
from leakscan.analysis.record_index import RecordIndex, indexed
from leakscan.model.analysis import Finding, TargetFailure
from leakscan.model.run import Kind, RunOptions, Unit, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict on the target, and why it is that."""

    verdict: Verdict
    kind: Kind
    reason: str


def judge(
    records: Sequence[wire.Record],
    options: RunOptions,
    screen: Screen,
    findings: Sequence[Finding],
    failure: TargetFailure | None,
    books: Ledger | None = None,
) -> Judgement:
    """The verdict over everything that was seen."""
    children = busy_children(records)
    of_target = _of_target(indexed(records), options, screen, findings, failure, books)
    if children is None or of_target.kind is Kind.TARGET_FAILED:
        return of_target
    of_children = _children_text(children)
    if of_target.verdict in (Verdict.LEAKING, Verdict.INCONCLUSIVE):
        return replace(of_target, reason=f"{of_target.reason}; beside it {of_children}")
    return _inconclusive(Kind.CHILD_PROCESSES, f"{of_children}; of its own process: {of_target.reason}")


def _children_text(children: BusyChildren) -> str:
    """`2 child processes used 1.2 s of processor time and grew by 3.4 MB in 5 s, and are not followed`."""
    count = "1 child process" if children.processes == 1 else f"{children.processes:,} child processes"
    are = "is" if children.processes == 1 else "are"
    seconds = f"{children.seconds:,.1f} s"
    if children.more:
        return f"{count} {are} left, {children.more:,} more than {seconds} before, and not followed"
    grown = f" and grew by {children.grown_bytes / 1e6:,.1f} MB" if children.grown_bytes else ""
    used = f"used {children.cpu_seconds:,.2f} s of processor time"
    return f"{count} {used}{grown} in {seconds}, and {are} not followed"


def _of_target(
    records: RecordIndex,
    options: RunOptions,
    screen: Screen,
    findings: Sequence[Finding],
    failure: TargetFailure | None,
    books: Ledger | None,
) -> Judgement:
    """The verdict over the target's own process."""
    leaking = [f for f in findings if f.verdict is Verdict.LEAKING and f.grows]
    filling = [f for f in findings if f.verdict is Verdict.FILLING]
    if leaking:
        return _leaking(leaking, screen, failure)
    if failure is not None:
        return _inconclusive(Kind.TARGET_FAILED, failure.message)
    if screen.trend is Trend.UNKNOWN or not (screen.windows or screen.trend is Trend.RISING):
        return _undecided(records, options, screen)
    if filling and books is not None and books.is_open:
        return _beside_filling(filling[0], books, screen.unit)
    if filling:
        return _filling(filling, screen)
    if screen.trend is not Trend.RISING:
        return _watched_too_short(records, options, screen) or _without_growth(
            screen, _spare_capacity(records)
        )
    if findings:
        return _clean(Kind.UNDER_THRESHOLD, "all proved growth is under the threshold")
    return _unexplained(records, screen)


def _clean(kind: Kind, reason: str) -> Judgement:
    return Judgement(verdict=Verdict.CLEAN, kind=kind, reason=reason)


def _inconclusive(kind: Kind, reason: str) -> Judgement:
    return Judgement(verdict=Verdict.INCONCLUSIVE, kind=kind, reason=reason)


def _extent(screen: Screen) -> str:
    """`7,200 calls` or `24 s`: what was seen."""
    return f"{screen.calls:,} calls" if screen.unit is Unit.CALL else f"{screen.seconds:.0f} s"


def _leaking(leaking: Sequence[Finding], screen: Screen, failure: TargetFailure | None) -> Judgement:
    worst = leaking[0]
    count = "one leak" if len(leaking) == 1 else f"{len(leaking)} leaks"
    held = f" held by {worst.holder.name}" if worst.holder is not None else _UNHELD.get(worst.kind, "")
    more = f", the first{held}" if len(leaking) > 1 else held
    how = "in ever larger steps" if screen.is_stepping else _pace(screen)
    reason = f"memory grew {how} over {_extent(screen)}: {count}{more}"
    if failure is not None:
        reason = f"{reason}; then {failure.message}"
    return Judgement(verdict=Verdict.LEAKING, kind=worst.kind, reason=reason)


def _pace(screen: Screen) -> str:
    """How evenly memory grew, by the windows that agree."""
    signal = blocks if screen.blocks is Trend.RISING else heap
    recent = screen.windows[-settings.WINDOWS_THAT_AGREE :]
    rates = [gain(window, signal, screen.unit).per_unit for window in recent]
    if min(rates, default=0.0) <= 0 or max(rates) <= settings.EVEN_FACTOR * min(rates):
        return f"by the same amount with every {screen.unit}"
    if all(later > earlier for earlier, later in pairwise(rates)):
        return f"by more and more with every {screen.unit}"
    if all(later < earlier for earlier, later in pairwise(rates)):
        return f"by less and less with every {screen.unit}, and did not stop"
    return f"on and on, if not evenly with every {screen.unit},"


_UNHELD = {
    Kind.NATIVE: " in native memory",
    Kind.CYCLIC_GARBAGE: " in cyclic garbage",
    Kind.LOST_REFERENCE: " that no Python object refers to",
}


def _filling(filling: Sequence[Finding], screen: Screen) -> Judgement:
    holder = filling[0].holder
    name = holder.name if holder is not None else "a cache"
    is_rising = screen.trend is Trend.RISING
    if is_rising and not any(_gains_entries(finding, screen) for finding in filling):
        advice = f"--max-time {settings.ADVISED_SECONDS} would settle it"
        return _inconclusive(Kind.NOISE, f"memory grew, and {name} gained no entries meanwhile; {advice}")
    if holder is not None and holder.bound is not None and holder.entries == holder.bound:
        end = filling[0].series[-1][0] if filling[0].series else None
        since = "and nothing else grows" if is_rising else "and memory is flat since"
        reason = f"{name} filled to its bound of {holder.bound:,} entries{_when(end, screen.unit)} {since}"
    else:
        bound = f" towards its bound of {holder.bound:,} entries" if holder and holder.bound else ""
        reason = f"{name} is filling{bound} and nothing else grows"
    return Judgement(verdict=Verdict.FILLING, kind=Kind.BOUNDED, reason=reason)


def _gains_entries(finding: Finding, screen: Screen) -> bool:
    """Whether its holder got longer in the last window that rises, or while calls were traced."""
    holder = finding.holder
    if holder is None or (holder.entries_per_call or 0.0) > 0:
        return True
    start = position(screen.windows[-1].samples[0], screen.unit) if screen.windows else 0.0
    return any(when > start and after > before for (_, before), (when, after) in pairwise(finding.series))


def _when(end: float | None, unit: Unit) -> str:
    """` by call 7,200` or ` after 24 s`; empty where it is not known."""
    if end is None:
        return ""
    return f" after {end:.0f} s" if unit is Unit.SECOND else f" by call {round(end):,}"


def _beside_filling(finding: Finding, books: Ledger, unit: Unit) -> Judgement:
    """Of a cache that fills, where more grows than it keeps."""
    name = finding.holder.name if finding.holder is not None else "a cache"
    left = [
        f"{account.remainder:,.1f} {what} per {unit}"
        for account, what in ((books.blocks, "blocks"), (books.heap, "bytes of native heap"))
        if account is not None and account.is_open
    ]
    reason = f"{name} fills, and beside it {' and '.join(left)} grow that nothing accounts for"
    advice = f"--max-time {settings.ADVISED_SECONDS} would tell what grows once it is full"
    return _inconclusive(Kind.NOISE, f"{reason}; {advice}")


def _unexplained(records: RecordIndex, screen: Screen) -> Judgement:
    """Of growth that no finding accounts for."""
    if is_fragmentation(records, screen):
        return _clean(
            Kind.FRAGMENTATION,
            "resident memory grows but the heap in use is flat: the C library keeps free memory",
        )
    own_failure = failure_of_answer(records)
    if own_failure is not None:
        return _inconclusive(Kind.LEAKSCAN_FAILED, own_failure)
    grew, sites = f"memory grew over {_extent(screen)}", records.of(wire.Sites)
    if any(each.is_lost for each in sites):
        return _inconclusive(Kind.NOISE, f"{grew}, and the target itself ended the tracing")
    if not any(screen.span(each) for each in sites):
        return _inconclusive(Kind.INTERRUPTED, f"{grew}, and the run ended before it could be traced")
    if records.is_cut_off or records.is_interrupted:
        what = "confirmed" if records.has(wire.Explained) else "explained"
        return _inconclusive(Kind.INTERRUPTED, f"{grew}, and the run ended before it could be {what}")
    what = "blocks in use grew while untraced, but no site kept growing while traced"
    if screen.is_garbage and screen.kept is not Trend.RISING:
        what = "cyclic garbage piled up while untraced, but the traced calls left none"
    return _inconclusive(Kind.NOISE, f"{what}; run again with --mode trace")


def _undecided(records: RecordIndex, options: RunOptions, screen: Screen) -> Judgement:
    """Of memory that neither grew for sure nor was flat for sure."""
    if records.is_interrupted:
        reason = f"interrupted after {screen.calls:,} calls; let it run to its end"
        return _inconclusive(Kind.INTERRUPTED, reason)
    own_failure = failure_of_answer(records)
    if own_failure is not None:
        return _inconclusive(Kind.LEAKSCAN_FAILED, own_failure)
    if options.rounds is not None:
        return _inconclusive(Kind.TOO_FEW_CALLS, _too_few_rounds(options.rounds, screen))
    seconds = settings.ADVISED_SECONDS
    if options.max_time_seconds is not None:
        seconds = math.ceil(settings.ADVISED_TIME_FACTOR * options.max_time_seconds)
    advice = f"--max-time {seconds} would settle it"
    if screen.calls < settings.MIN_CALLS_TO_TELL and screen.unit is Unit.CALL:
        reason = f"only {screen.calls:,} calls fit into the time; {advice}"
        return _inconclusive(Kind.TOO_FEW_CALLS, reason)
    what = f"memory neither settled nor kept growing over {screen.calls:,} calls"
    return _inconclusive(Kind.NOISE, f"{what}; {advice}")


def _watched_too_short(records: RecordIndex, options: RunOptions, screen: Screen) -> Judgement | None:
    """Of a program that runs by itself and in which much could hide; None of any other."""
    if screen.unit is not Unit.SECOND:
        return None
    given = options.max_time_seconds
    share = settings.MAX_LIMIT_SHARE_PER_HOUR if given is None else settings.MAX_LIMIT_SHARE_IN_GIVEN_TIME
    limit = detection_limit(records, screen)
    if limit is None or is_acceptable(limit, screen, share):
        return None
    an_hour = f"{limit * SECONDS_PER_HOUR / 1e6:,.1f} MB per hour"
    seconds = math.ceil(settings.ADVISED_TIME_FACTOR * (given or settings.LONGEST_WATCH_SECONDS))
    return _inconclusive(
        Kind.NOISE,
        f"memory is flat over {_extent(screen)}, and {an_hour} could hide in how it rises and falls; "
        f"--max-time {seconds} would tell more",
    )


def _too_few_rounds(rounds: int, screen: Screen) -> str:
    advised = max(settings.MIN_ADVISED_ROUNDS, settings.ADVISED_ROUNDS_FACTOR * rounds)
    growing = screen.may_be_growing
    what = "growth from noise"
    if growing is not None:
        of = "bytes" if growing.in_bytes else "entries"
        rate = f"{growing.per_unit:,.1f} {of} per {screen.unit}"
        what = f"a {growing.type} that grows by {rate} from a buffer"
    return f"{rounds} rounds can't tell {what}; --rounds {advised} would"


def _spare_capacity(records: RecordIndex) -> str | None:
    """What the largest of the nearly empty tables keeps, if there is one that the target can reach."""
    spare = records.last(wire.SpareCapacity)
    for table in () if spare is None else spare.tables:
        if table.steps[0].kind != wire.StepKind.UNKNOWN:
            name = holder_names.holder_name(holder_names.as_its_user_knows_it(table.steps))
            return f"{name}: {table.entries:,} entries in a table of {table.table_bytes:,} bytes"
    return None


def _without_growth(screen: Screen, spare: str | None) -> Judgement:
    extent = _extent(screen)
    if spare is not None:
        return _clean(Kind.SPARE_CAPACITY, f"memory is flat over {extent}; spare capacity in {spare}")
    gains = [gain(window, blocks, screen.unit) for window in screen.windows]
    if screen.trend is Trend.FADING or any(map(_has_warmed_up, gains)):
        reason = f"memory grew at first and then stopped; flat at the end of {extent}"
        return _clean(Kind.WARM_UP, reason)
    if _rises_and_falls(gains[-1]):
        return _clean(Kind.SAW_TOOTH, f"memory rises and falls, and its floor is flat over {extent}")
    return _clean(Kind.FLAT, f"memory is flat over {extent}")


def _has_warmed_up(moved: Gain) -> bool:
    return moved.is_rising and moved.gained > settings.MIN_WARM_UP_BLOCKS


def _rises_and_falls(moved: Gain) -> bool:
    return moved.drawdown > settings.MIN_SAW_TOOTH_BLOCKS
