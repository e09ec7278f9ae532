"""A sparkline: a series as bars on one line of text."""

from collections.abc import Sequence
from itertools import pairwise

BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], *, width: int, min_span: float = 0.0) -> str:
    """One bar a value, the lowest for the least; a series longer than the width is thinned evenly.

    A flat series has the lowest bar everywhere. The bars stand for a span of values that is not less than
    `min_span`: small differences then look small.
    """
    shown = _thinned(values, width)
    if not shown:
        return ""
    least, span = min(shown), max(max(shown) - min(shown), min_span)
    if span == 0:
        return BARS[0] * len(shown)
    return "".join(BARS[round((value - least) / span * (len(BARS) - 1))] for value in shown)


def evenly_spaced(series: Sequence[tuple[float, int]], *, points: int) -> tuple[float, ...]:
    """Values of a series of (position, value) at evenly spaced positions, on straight lines between.

    Samples lie further and further apart; with one bar a sample, a line would look like a
    curve. A series without any progress stays as it is.
    """
    at = [position for position, _ in series]
    if len(series) < 2 or at[-1] <= at[0] or points < 2:
        return tuple(float(value) for _, value in series)
    step = (at[-1] - at[0]) / (points - 1)
    return tuple(_value_at(series, at[0] + index * step) for index in range(points))


def _value_at(series: Sequence[tuple[float, int]], position: float) -> float:
    for (at, value), (next_at, next_value) in pairwise(series):
        if position <= next_at and next_at > at:
            return value + (next_value - value) * (position - at) / (next_at - at)
    return float(series[-1][1])


def _thinned(values: Sequence[float], width: int) -> list[float]:
    if len(values) <= width or width < 2:
        return list(values[:width])
    step = (len(values) - 1) / (width - 1)
    return [values[round(index * step)] for index in range(width)]
