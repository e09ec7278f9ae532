"""What leakscan itself failed to do, in words: a fault of its own is reported as one."""

from collections.abc import Sequence

from leakscan import wire
from leakscan.analysis.record_index import indexed

_TASKS = {
    "Control": "test itself",
    "Rounds": "sample the calls",
    "Watch": "sample the running call",
    "TakeCensus": "look at the containers",
    "TakeChurn": "tell what comes and goes in them",
    "NameGrowing": "name the containers that grow",
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


def own_failures(records: Sequence[wire.Record]) -> tuple[str, ...]:
    """`leakscan could not name the holder: RuntimeError: …`, one for each."""
    return tuple(_sentence(failed) for failed in indexed(records).of(wire.AgentFailed))


def failure_of_answer(records: Sequence[wire.Record]) -> str | None:
    """What an answer may have needed and leakscan failed to do, in words; None if there is nothing such."""
    failed = (each for each in indexed(records).of(wire.AgentFailed) if each.command in _NEEDED)
    return next((_sentence(each) for each in failed), None)


def _sentence(failed: wire.AgentFailed) -> str:
    task = _TASKS.get(failed.command, f"do `{failed.command}` in the target")
    return f"leakscan could not {task}: {failed.message}"
