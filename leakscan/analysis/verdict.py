"""The verdict, its kind, and one sentence of reason."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.child_processes import BusyChildren, busy_children
from leakscan.analysis.failure import failure_of_answer
from leakscan.analysis.findings.process import is_fragmentation
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.growth.trends import Trend, gain, heap
from leakscan.analysis.naming import holder_names
from leakscan.model.analysis import Finding, TargetFailure
from leakscan.model.run import Kind, RunOptions, Unit, Verdict

BLOCK_BYTES = 512
"""The largest object that is one of Python's small blocks; larger ones show in the native heap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is said of the target, and why."""

    verdict: Verdict
    kind: Kind
    reason: str


def judge(
    records: Sequence[wire.Record],
    options: RunOptions,
    found: Screen,
    listed: Sequence[Finding],
    failed: TargetFailure | None,
) -> Judgement:
    """The verdict over everything that was seen."""
    children = busy_children(records)
    said = _of_target(records, options, found, listed, failed)
    if children is None or said.kind is Kind.TARGET_FAILED:
        return said
    told = _children_text(children)
    if said.verdict is Verdict.LEAKING or said.verdict is Verdict.INCONCLUSIVE:
        return replace(said, reason=f"{said.reason}; beside it {told}")
    return Judgement(
        verdict=Verdict.INCONCLUSIVE,
        kind=Kind.CHILD_PROCESSES,
        reason=f"{told}; of its own process: {said.reason}",
    )


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
    records: Sequence[wire.Record],
    options: RunOptions,
    found: Screen,
    listed: Sequence[Finding],
    failed: TargetFailure | None,
) -> Judgement:
    """The verdict over the target's own process."""
    leaking = [f for f in listed if f.verdict is Verdict.LEAKING and f.grows]
    filling = [f for f in listed if f.verdict is Verdict.FILLING]
    if leaking:
        return _leaking(leaking, found)
    if failed is not None:
        return Judgement(verdict=Verdict.INCONCLUSIVE, kind=Kind.TARGET_FAILED, reason=failed.message)
    if found.trend is Trend.RISING:
        if filling:
            return _filling(filling[0], found.unit)
        if listed:
            return Judgement(
                verdict=Verdict.CLEAN,
                kind=Kind.UNDER_THRESHOLD,
                reason="all proved growth is under the threshold",
            )
        return _unexplained(records, found)
    if found.trend is Trend.UNKNOWN or not found.windows:
        return _inconclusive(records, options, found)
    if filling:
        return _filling(filling[0], found.unit)
    return _clean(found, _spare_capacity(records))


def _extent(found: Screen) -> str:
    """`7,200 calls` or `24 s`: what was seen."""
    return f"{found.calls:,} calls" if found.unit is Unit.CALL else f"{found.seconds:.0f} s"


def _leaking(leaking: Sequence[Finding], found: Screen) -> Judgement:
    worst = leaking[0]
    count = "one leak" if len(leaking) == 1 else f"{len(leaking)} leaks"
    unit = found.unit.value
    held = f" held by {worst.holder.name}" if worst.holder is not None else _UNHELD.get(worst.kind, "")
    more = f", the first{held}" if len(leaking) > 1 else held
    how = "in ever larger steps" if found.is_stepping else f"by the same amount with every {unit}"
    return Judgement(
        verdict=Verdict.LEAKING,
        kind=worst.kind,
        reason=f"memory grew {how} over {_extent(found)}: {count}{more}",
    )


_UNHELD = {
    Kind.NATIVE: " in native memory",
    Kind.CYCLIC_GARBAGE: " in cyclic garbage",
    Kind.LOST_REFERENCE: " that no Python object refers to",
}


def _filling(finding: Finding, unit: Unit) -> Judgement:
    holder = finding.holder
    name = holder.name if holder is not None else "a cache"
    if holder is not None and holder.bound is not None and holder.entries == holder.bound:
        end = finding.series[-1][0] if finding.series else 0
        when = f"after {end:.0f} s" if unit is Unit.SECOND else f"by call {round(end):,}"
        return Judgement(
            verdict=Verdict.FILLING,
            kind=Kind.BOUNDED,
            reason=(
                f"{name} filled to its bound of {holder.bound:,} entries {when} and memory is flat since"
            ),
        )
    bound = f" towards its bound of {holder.bound:,} entries" if holder and holder.bound else ""
    return Judgement(
        verdict=Verdict.FILLING,
        kind=Kind.BOUNDED,
        reason=f"{name} is filling{bound} and nothing else grows",
    )


def _unexplained(records: Sequence[wire.Record], found: Screen) -> Judgement:
    if is_fragmentation(records, found):
        return Judgement(
            verdict=Verdict.CLEAN,
            kind=Kind.FRAGMENTATION,
            reason="resident memory grows but the heap in use is flat: the C library keeps free memory",
        )
    ours = _failure_of_ours(records)
    if ours is not None:
        return ours
    if any(isinstance(record, wire.Sites) and record.is_lost for record in records):
        return Judgement(
            verdict=Verdict.INCONCLUSIVE,
            kind=Kind.NOISE,
            reason=f"memory grew over {_extent(found)}, and the target itself ended the tracing",
        )
    if not any(isinstance(record, wire.Sites) and found.span(record) for record in records):
        return Judgement(
            verdict=Verdict.INCONCLUSIVE,
            kind=Kind.INTERRUPTED,
            reason=f"memory grew over {_extent(found)}, and the run ended before it could be traced",
        )
    what = "blocks in use grew while untraced, but no site kept growing while traced"
    if found.is_garbage and found.kept is not Trend.RISING:
        what = "cyclic garbage piled up while untraced, but the traced calls left none"
    return Judgement(
        verdict=Verdict.INCONCLUSIVE, kind=Kind.NOISE, reason=f"{what}; run again with --mode trace"
    )


def _inconclusive(records: Sequence[wire.Record], options: RunOptions, found: Screen) -> Judgement:
    if _is_interrupted(records):
        return Judgement(
            verdict=Verdict.INCONCLUSIVE,
            kind=Kind.INTERRUPTED,
            reason=f"interrupted after {found.calls:,} calls; let it run to its end",
        )
    ours = _failure_of_ours(records)
    if ours is not None:
        return ours
    if options.rounds is not None:
        wanted = max(12, 2 * options.rounds)
        growing = found.may_be_growing
        what = "growth from noise"
        if growing is not None:
            of = "bytes" if growing.in_bytes else "entries"
            rate = f"{growing.per_unit:,.1f} {of} per {found.unit}"
            what = f"a {growing.type} that grows by {rate} from a buffer"
        return Judgement(
            verdict=Verdict.INCONCLUSIVE,
            kind=Kind.TOO_FEW_CALLS,
            reason=f"{options.rounds} rounds can't tell {what}; --rounds {wanted} would",
        )
    seconds = 120 if options.max_time_seconds is None else math.ceil(4 * options.max_time_seconds)
    if found.calls < 100 and found.unit is Unit.CALL:
        return Judgement(
            verdict=Verdict.INCONCLUSIVE,
            kind=Kind.TOO_FEW_CALLS,
            reason=f"only {found.calls:,} calls fit into the time; --max-time {seconds} would settle it",
        )
    return Judgement(
        verdict=Verdict.INCONCLUSIVE,
        kind=Kind.NOISE,
        reason=(
            f"memory neither settled nor kept growing over {found.calls:,} calls; "
            f"--max-time {seconds} would settle it"
        ),
    )


def _failure_of_ours(records: Sequence[wire.Record]) -> Judgement | None:
    reason = failure_of_answer(records)
    if reason is None:
        return None
    return Judgement(verdict=Verdict.INCONCLUSIVE, kind=Kind.LEAKSCAN_FAILED, reason=reason)


def _is_interrupted(records: Sequence[wire.Record]) -> bool:
    return any(isinstance(r, wire.Ended) and r.how == "interrupted" for r in records)


def _spare_capacity(records: Sequence[wire.Record]) -> str | None:
    """What the largest of the nearly empty tables keeps, if there is one that the target can reach."""
    spare = next((r for r in reversed(records) if isinstance(r, wire.SpareCapacity)), None)
    for table in () if spare is None else spare.tables:
        if table.steps[0].kind != wire.StepKind.UNKNOWN:
            name = holder_names.holder_name(holder_names.as_its_user_knows_it(table.steps))
            return f"{name}: {table.entries:,} entries in a table of {table.table_bytes:,} bytes"
    return None


def _clean(found: Screen, spare: str | None) -> Judgement:
    if spare is not None:
        return Judgement(
            verdict=Verdict.CLEAN,
            kind=Kind.SPARE_CAPACITY,
            reason=f"memory is flat over {_extent(found)}; spare capacity in {spare}",
        )
    gained = [gain(w, lambda s: float(s.blocks), found.unit) for w in found.windows]
    if found.trend is Trend.FADING or any(g.is_rising and g.gained > 32 for g in gained):
        return Judgement(
            verdict=Verdict.CLEAN,
            kind=Kind.WARM_UP,
            reason=f"memory grew at first and then stopped; flat at the end of {_extent(found)}",
        )
    last = found.windows[-1]
    depth = gain(last, lambda s: float(s.blocks), found.unit).drawdown
    if depth > 64:
        return Judgement(
            verdict=Verdict.CLEAN,
            kind=Kind.SAW_TOOTH,
            reason=f"memory rises and falls, and its floor is flat over {_extent(found)}",
        )
    return Judgement(verdict=Verdict.CLEAN, kind=Kind.FLAT, reason=f"memory is flat over {_extent(found)}")


_WHAT_BECAME_OF_PIPES = {
    "cut off": "closed the pipes by which leakscan hears of it, and they could not be opened again",
    "garbled": "wrote into the pipe by which leakscan hears of it",
}


def failure(records: Sequence[wire.Record]) -> TargetFailure | None:
    """How the target failed, or None if it did not."""
    if _is_interrupted(records):
        return None
    for record in records:
        if isinstance(record, wire.LoadFailed):
            return TargetFailure(message=record.message, traceback=record.traceback, hint=_nearest(record))
        if isinstance(record, wire.Raised):
            what = "raised" if record.how == "raised" else "ended the process with"
            return TargetFailure(
                message=f"the target {what} {record.message} in call {record.calls + 1:,}",
                traceback=record.traceback,
                hint=None,
            )
        if isinstance(record, wire.AgentFailed) and record.command == "Load":
            return TargetFailure(
                message=f"leakscan could not load the target: {record.message}",
                traceback=record.traceback,
                hint="this is a fault of leakscan, not of the target",
            )
    ended = next((r for r in reversed(records) if isinstance(r, wire.Ended)), None)
    if _is_idle(records) and busy_children(records) is None:
        return TargetFailure(
            message="the first call of the target did not return, and did nothing while it was watched",
            traceback=None,
            hint="give it something to do: what waits for requests can't grow",
        )
    if ended is None or ended.how in ("finished", "interrupted"):
        return None
    calls = max((r.calls for r in records if isinstance(r, wire.Sample)), default=0)
    if ended.how == "timed out":
        return TargetFailure(
            message=f"a call of the target did not return in time, after {calls:,} calls",
            traceback=None,
            hint="--max-time SECONDS gives it longer",
        )
    if ended.how in _WHAT_BECAME_OF_PIPES:
        return TargetFailure(
            message=f"the target {_WHAT_BECAME_OF_PIPES[ended.how]}, after {calls:,} calls",
            traceback=None,
            hint=None,
        )
    return TargetFailure(
        message=f"the target's process {_how_it_died(ended.status)} after {calls:,} calls",
        traceback=None,
        hint=None,
    )


def _is_idle(records: Sequence[wire.Record]) -> bool:
    """Whether a call that never returned used next to no processor time while it was watched."""
    watched = [r for r in records if isinstance(r, wire.Sample) and r.stage == wire.Stage.WATCH]
    if len(watched) < 4 or watched[-1].calls:
        return False
    used = watched[-1].cpu_seconds - watched[0].cpu_seconds
    return used < settings.IDLE_SHARE * (watched[-1].at - watched[0].at)


def _how_it_died(status: int | None) -> str:
    if status is None:
        return "disappeared"
    if status < 0:
        names = {6: "SIGABRT", 9: "SIGKILL", 11: "SIGSEGV", 15: "SIGTERM", 4: "SIGILL", 7: "SIGBUS"}
        name = names.get(-status, f"signal {-status}")
        return f"was killed by {name}"
    return f"ended by itself with exit code {status}"


def _nearest(record: wire.LoadFailed) -> str | None:
    import difflib

    if not record.wanted or not record.names:
        return None
    near = difflib.get_close_matches(record.wanted, record.names, n=1, cutoff=0.5)
    return f"did you mean `{near[0]}`?" if near else None


def detection_limit(records: Sequence[wire.Record], found: Screen) -> float | None:
    """Bytes per call above which growth would have been seen.

    None where the control did not hold, or it is not known whether what was seen is growth.
    Less than a block over the spans that were flat can't be told from none; and the noise of the signals
    themselves adds to it.
    """
    control = next((r for r in records if isinstance(r, wire.Controlled)), None)
    if control is None or not found.windows or not _is_control_sound(control):
        return None
    if found.trend is Trend.UNKNOWN:
        return None
    last = found.windows[-1]
    of_blocks = gain(last, lambda s: float(s.blocks), found.unit)
    of_heap = gain(last, heap, found.unit)
    if of_blocks.units <= 0:
        return None
    is_long = len(found.windows) >= settings.WINDOWS_THAT_AGREE
    unseen = settings.MIN_BLOCK_GAIN if is_long else 1.0
    hidden = BLOCK_BYTES * (unseen + of_blocks.drawdown) + 1.5 * of_heap.drawdown
    return hidden / of_blocks.units


def _is_control_sound(control: wire.Controlled) -> bool:
    """Whether the empty target was flat, and one object a round showed as exactly one."""
    steps = [b - a for a, b in zip(control.canary_blocks, control.canary_blocks[1:], strict=False)]
    return len(set(control.empty_blocks)) == 1 and all(step >= 1 for step in steps)
