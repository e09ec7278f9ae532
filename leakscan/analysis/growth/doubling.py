"""Memory that grows in ever larger steps, with ever longer flat spans between: a buffer that doubles."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from leakscan import wire
from leakscan.analysis import settings


class Doubling(NamedTuple):
    """One doubling of all calls."""

    gained: float
    """Blocks in use gained."""
    largest_step: float
    """The most of it that came between two samples."""
    samples: int


def doublings(records: Sequence[wire.Record]) -> tuple[Doubling, ...]:
    """What the blocks in use gained in each doubling of all calls, the newest first.

    Whatever the agent itself took between two windows is left out: only gains within windows are added up.
    """
    points = _risen(records)
    if not points:
        return ()
    newest_first: list[Doubling] = []
    end = points[-1][0]
    while end >= 2 * points[0][0] and end >= 2:
        inside = [value for calls, value in points if end / 2 < calls <= end]
        start = _at(points, end / 2)
        steps = [later - earlier for earlier, later in pairwise([start, *inside])]
        newest_first.append(Doubling(_at(points, end) - start, max(steps, default=0.0), len(inside)))
        end //= 2
    return tuple(newest_first)


def _risen(records: Sequence[wire.Record]) -> list[tuple[int, float]]:
    """(calls, blocks gained so far), in the order of the calls, without what falls again later."""
    points: list[tuple[int, float]] = []
    before: wire.Sample | None = None
    total = 0.0
    for record in records:
        if isinstance(record, wire.Census):
            before = None
        elif isinstance(record, wire.Sample) and record.stage in (wire.Stage.WARM_UP, wire.Stage.SCREEN):
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


def is_stepping_up(newest_first: Sequence[Doubling], drawdown: float) -> bool:
    """Whether each of the last doublings gained more than the one before, the newest of them in one step."""
    recent = newest_first[: settings.DOUBLINGS_THAT_AGREE]
    if len(recent) < settings.DOUBLINGS_THAT_AGREE:
        return False
    newest = recent[0]
    if (
        newest.samples < settings.MIN_SAMPLES_OF_A_DOUBLING
        or newest.largest_step < settings.STEP_SHARE * newest.gained
    ):
        return False
    gained = [doubling.gained for doubling in recent]
    if min(gained) <= max(settings.NOTABLE_BLOCKS, settings.RISE_OVER_FALL * drawdown):
        return False
    return all(
        settings.MIN_STEP_RATIO * earlier <= later <= settings.MAX_STEP_RATIO * earlier
        for later, earlier in pairwise(gained)
    )
