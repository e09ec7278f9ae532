"""Child processes of the target that work or grow: leakscan does not see into them, and can't call it clean."""

from collections.abc import Sequence
from dataclasses import dataclass

from leakscan import wire
from leakscan.analysis import settings


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
    """By how many they became more from the first look to the last; 0 unless again and again."""


def busy_children(records: Sequence[wire.Record]) -> BusyChildren | None:
    """The children that speak against calling the target clean; None where there are none.

    What has ended keeps no memory, and what waits for something leaks nothing: a helper, a database at rest,
    the commands that a call runs to their end.
    """
    looks = [record for record in records if isinstance(record, wire.Children)]
    if len(looks) < 2 or not (looks[-1].processes or looks[-1].unreaped):
        return None
    first, last = looks[0], looks[-1]
    seconds = last.at - first.at
    earliest = _earliest(looks)
    lasting = [
        (began, now)
        for now in last.processes
        for at, began in [earliest[_identity(now)]]
        if last.at - at >= settings.LASTING_SHARE * seconds
    ]
    used = sum(max(0.0, now.cpu_seconds - began.cpu_seconds) for began, now in lasting)
    grown = sum(now.rss - began.rss for began, now in lasting)
    more = _more(looks)
    is_busy = used > settings.BUSY_CHILDREN_SHARE * seconds
    if not is_busy and grown < settings.LEAST_CHILDREN_GAIN_BYTES and not more:
        return None
    return BusyChildren(
        processes=_count(last) if more else len(lasting),
        cpu_seconds=used,
        grown_bytes=max(0, grown),
        seconds=seconds,
        more=more,
    )


def _earliest(looks: Sequence[wire.Children]) -> dict[tuple[int, float], tuple[float, wire.ChildProcess]]:
    """For each process when it was seen first, and what it took then."""
    found: dict[tuple[int, float], tuple[float, wire.ChildProcess]] = {}
    for look in looks:
        for process in look.processes:
            found.setdefault(_identity(process), (look.at, process))
    return found


def _identity(process: wire.ChildProcess) -> tuple[int, float]:
    return process.pid, process.started_at


def _count(look: wire.Children) -> int:
    return len(look.processes) + look.unreaped


def _more(looks: Sequence[wire.Children]) -> int:
    """How many more there are at the end than at first, where they became more in each half of the time."""
    middle = looks[len(looks) // 2]
    first, half, last = _count(looks[0]), _count(middle), _count(looks[-1])
    is_rising = first < last and (len(looks) < 3 or first < half < last)
    return last - first if is_rising and last - first >= settings.MANY_MORE_CHILDREN else 0
