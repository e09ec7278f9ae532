"""What leakscan itself failed to do, in words: a fault of its own is told as one."""

from collections.abc import Sequence

from leakscan import wire

_DOINGS = {
    "Control": "test itself",
    "Rounds": "sample the calls",
    "Watch": "sample the running call",
    "TakeCensus": "look at the containers",
    "TakeChurn": "tell what comes and goes in them",
    "StartTracing": "start tracing",
    "TakeSites": "add up what was traced",
    "Explain": "find what holds the growth",
    "Prove": "empty the holder in a copy",
    "Name": "name the holder",
    "DrawGraphs": "draw the holder",
    "MeasureEntries": "weigh the entries",
    "CollectGarbage": "look at the garbage",
    "FindSpareCapacity": "look for spare capacity",
    "ListCaches": "list the caches",
    "WatchLines": "watch the lines",
    "Trim": "have free memory given back",
}
_NEEDED = frozenset(
    {"Rounds", "Watch", "TakeCensus", "StartTracing", "TakeSites", "Explain", "CollectGarbage"}
)
"""Without these there may be no answer."""


def failures_told(records: Sequence[wire.Record]) -> tuple[str, ...]:
    """`leakscan could not name the holder: RuntimeError: …`, one for each."""
    return tuple(_told(record) for record in records if isinstance(record, wire.AgentFailed))


def failure_of_answer(records: Sequence[wire.Record]) -> str | None:
    """What an answer may have needed and leakscan failed to do, in words; None if there is nothing such."""
    failed = (r for r in records if isinstance(r, wire.AgentFailed) and r.command in _NEEDED)
    return next((_told(record) for record in failed), None)


def _told(failed: wire.AgentFailed) -> str:
    doing = _DOINGS.get(failed.command, f"do `{failed.command}` in the target")
    return f"leakscan could not {doing}: {failed.message}"
