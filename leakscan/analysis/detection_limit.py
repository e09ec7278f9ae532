"""The detection limit: how small a growth would have been seen."""

from collections.abc import Sequence
from itertools import pairwise

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.growth.trends import Trend, blocks, gain, heap
from leakscan.analysis.record_index import indexed

SECONDS_PER_HOUR = 3_600


def detection_limit(records: Sequence[wire.Record], screen: Screen) -> float | None:
    """Bytes per unit of the run above which growth would have been seen.

    None where the control did not hold, or it is not known whether what was seen is growth.
    In the last window it is a block, or, once there are windows enough to agree, the `MIN_BLOCK_GAIN` blocks
    under which none counts as a rise; and the noise of the signals themselves adds to it.
    """
    control = indexed(records).first(wire.Controlled)
    if control is None or not is_sound(control) or not screen.windows or screen.trend is Trend.UNKNOWN:
        return None
    last = screen.windows[-1]
    of_blocks, of_heap = gain(last, blocks, screen.unit), gain(last, heap, screen.unit)
    if of_blocks.units <= 0:
        return None
    is_long = len(screen.windows) >= settings.WINDOWS_THAT_AGREE
    unseen = settings.MIN_BLOCK_GAIN if is_long else 1.0
    hidden_blocks = settings.BLOCK_BYTES * (unseen + of_blocks.drawdown)
    return (hidden_blocks + settings.RISE_OVER_FALL * of_heap.drawdown) / of_blocks.units


def is_acceptable(
    bytes_per_second: float | None,
    screen: Screen,
    share_per_hour: float = settings.MAX_LIMIT_SHARE_PER_HOUR,
) -> bool:
    """Whether what could hide in a program that runs by itself is little enough to live with.

    So it is where the limit is not known: what would tell more is not more time.
    """
    if bytes_per_second is None:
        return True
    resident = screen.windows[-1].samples[-1].rss
    accepted = max(settings.MAX_LIMIT_BYTES_PER_HOUR, share_per_hour * resident)
    return bytes_per_second * SECONDS_PER_HOUR <= accepted


def is_sound(control: wire.Controlled) -> bool:
    """Whether the empty target was flat, and one object a round showed as at least one."""
    steps = [later - earlier for earlier, later in pairwise(control.canary_blocks)]
    return len(set(control.empty_blocks)) == 1 and all(step >= 1 for step in steps)
