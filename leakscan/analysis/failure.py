"""What leakscan itself failed to do, in words: a fault of its own is told as one."""

from collections.abc import Sequence

from leakscan import wire

_DOINGS = {
    "Control": "test itself",
    "Rounds": "sample the calls",
    "Watch": "sample the running call",
    "LookAtContainers": "look at the containers",
    "LookAtTurnover": "tell what comes and goes in them",
    "StartTracing": "start tracing",
    "TakeSites": "add up what was traced",
    "Explain": "find what holds the growth",
    "Prove": "empty the holder in a copy",
    "Name": "name the holder",
    "Draw": "draw the holder",
    "Weigh": "weigh the entries",
    "LookAtGarbage": "look at the garbage",
    "LookForSpare": "look for spare capacity",
    "LookForCaches": "list the caches",
    "WatchLines": "watch the lines",
    "Trim": "have free memory given back",
}
_NEEDED = frozenset(
    {"Rounds", "Watch", "LookAtContainers", "StartTracing", "TakeSites", "Explain", "LookAtGarbage"}
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
