"""Memory that grows in ever larger steps, with ever longer flat spans between: a buffer that doubles."""

from collections.abc import Sequence
from itertools import pairwise

from leakscan import wire
from leakscan.analysis import settings

_OCTAVES = 4
"""Doublings of all calls that have to agree."""
_WILD = 4.0
"""Gains of octaves that differ by more than this are those of single events."""


def octaves(records: Sequence[wire.Record]) -> tuple[float, ...]:
    """What the blocks in use gained in each doubling of all calls, the newest first.

    Whatever the agent itself took between two windows is left out: only gains within windows are added up.
    """
    points = _risen(records)
    if not points:
        return ()
    gained: list[float] = []
    end = points[-1][0]
    while end >= 2 * points[0][0] and end >= 2:
        gained.append(_at(points, end) - _at(points, end / 2))
        end //= 2
    return tuple(gained)


def _risen(records: Sequence[wire.Record]) -> list[tuple[int, float]]:
    """(calls, blocks gained so far), in the order of the calls, without what falls again later."""
    points: list[tuple[int, float]] = []
    before: wire.Sample | None = None
    total = 0.0
    for record in records:
        if isinstance(record, wire.Census):
            before = None
        elif isinstance(record, wire.Sample) and record.stage in ("warm up", "screen"):
            if before is not None:
                total += record.blocks - before.blocks
            points.append((record.calls, total))
            before = record
    lowest = float("inf")
    floor: list[tuple[int, float]] = []
    for calls, value in reversed(points):
        lowest = min(lowest, value)
        floor.append((calls, lowest))
    return floor[::-1]


def _at(points: Sequence[tuple[int, float]], calls: float) -> float:
    return next(value for reached, value in reversed(points) if reached <= calls)


def is_stepping_up(gained: Sequence[float], drawdown: float) -> bool:
    """Whether each of the last doublings of all calls gained more than the one before: a doubling buffer."""
    recent = gained[:_OCTAVES]
    if len(recent) < _OCTAVES or min(recent) <= max(settings.NOTABLE_BLOCKS, 1.5 * drawdown):
        return False
    return all(
        2 * settings.STILL_RISING * earlier <= later <= _WILD * earlier for later, earlier in pairwise(recent)
    )
