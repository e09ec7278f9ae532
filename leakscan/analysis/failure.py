"""How the target failed: at its start, in a call, or with its process."""

from collections.abc import Sequence

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.busy_children import busy_children
from leakscan.analysis.record_index import RecordIndex, indexed
from leakscan.model.analysis import TargetFailure

_WHAT_BECAME_OF_PIPES = {
    "cut off": "closed the pipes by which leakscan hears of it, and they could not be opened again",
    "garbled": "wrote into the pipe by which leakscan hears of it",
}
_SIGNALS = {6: "SIGABRT", 9: "SIGKILL", 11: "SIGSEGV", 15: "SIGTERM", 4: "SIGILL", 7: "SIGBUS"}


def failure(records: Sequence[wire.Record]) -> TargetFailure | None:
    """How the target failed, or None if it did not."""
    index = indexed(records)
    if index.is_interrupted:
        return None
    for record in index:
        failed = _failure_that_ends_the_calls(record)
        if failed is not None:
            return failed
    if _is_idle(index) and busy_children(records) is None:
        return TargetFailure(
            message="the first call of the target did not return, and did nothing while it was watched",
            traceback=None,
            hint="give it something to do: what waits for requests can't grow",
        )
    ended = index.last(wire.Ended)
    return None if ended is None else _failure_of_process(ended, index)


def _failure_that_ends_the_calls(record: wire.Record) -> TargetFailure | None:
    match record:
        case wire.LoadFailed():
            hint = _hint_at_name(record)
            return TargetFailure(message=record.message, traceback=record.traceback, hint=hint)
        case wire.Raised():
            what = "raised" if record.how == "raised" else "ended the process with"
            message = f"the target {what} {record.message} in call {record.calls + 1:,}"
            return TargetFailure(message=message, traceback=record.traceback, hint=None)
        case wire.AgentFailed(command="Load"):
            return TargetFailure(
                message=f"leakscan could not load the target: {record.message}",
                traceback=record.traceback,
                hint="this is a fault of leakscan, not of the target",
            )
    return None


def _failure_of_process(ended: wire.Ended, index: RecordIndex) -> TargetFailure | None:
    if ended.how in ("finished", "interrupted"):
        return None
    calls = max((sample.calls for sample in index.of(wire.Sample)), default=0)
    if ended.how == "timed out":
        message = f"a call of the target did not return in time, after {calls:,} calls"
        if not calls:
            message = "a call of the target did not return in time, and nothing could be seen of it any more"
        return TargetFailure(message=message, traceback=None, hint="--max-time SECONDS gives it longer")
    after = f"after {calls:,} calls"
    if not calls and index.has(wire.Sample):
        after = f"after {ended.seconds:.0f} s"
    what = _WHAT_BECAME_OF_PIPES.get(ended.how)
    if what is not None:
        return TargetFailure(message=f"the target {what}, {after}", traceback=None, hint=None)
    message = f"the target's process {_how_it_died(ended.status)} {after}"
    return TargetFailure(message=message, traceback=None, hint=None)


def _is_idle(index: RecordIndex) -> bool:
    """Whether a call that never returned did nothing: it used next to no processor time, and kept nothing."""
    watched = index.samples(wire.Stage.WATCH)
    if len(watched) < settings.MIN_SAMPLES_OF_IDLE_CALL or watched[-1].calls:
        return False
    if watched[-1].blocks - watched[0].blocks >= settings.NOTABLE_BLOCKS:
        # A job now and then takes next to no time, and may leave something behind each time.
        return False
    used = watched[-1].cpu_seconds - watched[0].cpu_seconds
    return used < settings.IDLE_SHARE * (watched[-1].at - watched[0].at)


def _how_it_died(status: int | None) -> str:
    if status is None:
        return "disappeared"
    if status < 0:
        return f"was killed by {_SIGNALS.get(-status, f'signal {-status}')}"
    return f"ended by itself with exit code {status}"


def _hint_at_name(failed: wire.LoadFailed) -> str | None:
    """The name that was meant, where there is one like the name that was given."""
    # Next to no run needs it.
    import difflib

    if not failed.wanted or not failed.names:
        return None
    near = difflib.get_close_matches(failed.wanted, failed.names, n=1, cutoff=settings.SIMILAR_NAME)
    return f"did you mean `{near[0]}`?" if near else None
