"""Child processes of the target that work or grow: leakscan does not see into them, nor call it clean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.record_index import indexed


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyChildren:
    """Children that were there at the end, and worked, grew or became more while the target was watched."""

    processes: int
    cpu_seconds: float
    """Of the processor, used by them while they were watched."""
    grown_bytes: int
    """What their resident memory grew by; 0 where it fell."""
    seconds: float
    """For how long they were watched."""
    more: int
    """By how many they became more from the first snapshot to the last; 0 unless again and again."""


def busy_children(records: Sequence[wire.Record]) -> BusyChildren | None:
    """The children that speak against calling the target clean; None where there are none.

    What has ended keeps no memory, and what waits for something leaks nothing: a helper, a database at rest,
    the commands that a call runs to their end.
    """
    snapshots = indexed(records).of(wire.Children)
    if len(snapshots) < 2 or not (snapshots[-1].processes or snapshots[-1].unreaped):
        return None
    taken = _taken(snapshots)
    # What a child takes to get ready is taken once: it has to go on.
    if not all(_is_much(part) for part in (taken, _taken(_late(snapshots)))):
        taken = taken._replace(processes=0)
    more = _more(snapshots)
    if not taken.processes and not more:
        return None
    return BusyChildren(
        processes=_count(snapshots[-1]) if more else taken.processes,
        cpu_seconds=taken.cpu_seconds,
        grown_bytes=max(0, taken.grown_bytes),
        seconds=taken.seconds,
        more=more,
    )


class _Taken(NamedTuple):
    """What the children that were there for long took over some of the snapshots."""

    processes: int
    cpu_seconds: float
    grown_bytes: int
    seconds: float


def _taken(snapshots: Sequence[wire.Children]) -> _Taken:
    last = snapshots[-1]
    seconds = last.at - snapshots[0].at
    earliest = _earliest(snapshots)
    lasting = [
        (began, now)
        for now in last.processes
        for at, began in [earliest[_identity(now)]]
        if last.at - at >= settings.LASTING_SHARE * seconds
    ]
    return _Taken(
        processes=len(lasting),
        cpu_seconds=sum(max(0.0, now.cpu_seconds - began.cpu_seconds) for began, now in lasting),
        grown_bytes=sum(now.rss - began.rss for began, now in lasting),
        seconds=seconds,
    )


def _is_much(taken: _Taken) -> bool:
    return (
        taken.cpu_seconds > settings.BUSY_CHILDREN_SHARE * taken.seconds
        or taken.grown_bytes >= settings.MIN_CHILDREN_GAIN_BYTES
    )


def _late(snapshots: Sequence[wire.Children]) -> Sequence[wire.Children]:
    """The snapshots of the second half of the time, and the last one of the first half."""
    middle = (snapshots[0].at + snapshots[-1].at) / 2
    before = sum(snapshot.at <= middle for snapshot in snapshots)
    return snapshots[max(0, before - 1) :]


def _earliest(snapshots: Sequence[wire.Children]) -> dict[tuple[int, float], tuple[float, wire.ChildProcess]]:
    """For each process when it was seen first, and what it took then."""
    earliest: dict[tuple[int, float], tuple[float, wire.ChildProcess]] = {}
    for snapshot in snapshots:
        for process in snapshot.processes:
            earliest.setdefault(_identity(process), (snapshot.at, process))
    return earliest


def _identity(process: wire.ChildProcess) -> tuple[int, float]:
    return process.pid, process.started_at


def _count(snapshot: wire.Children) -> int:
    return len(snapshot.processes) + snapshot.unreaped


def _more(snapshots: Sequence[wire.Children]) -> int:
    """How many more there are at the end than at first, where they still became more in its second half."""
    first, half, last = _count(snapshots[0]), _count(_late(snapshots)[0]), _count(snapshots[-1])
    is_rising = first <= half < last
    return last - first if is_rising and last - first >= settings.MANY_MORE_CHILDREN else 0
