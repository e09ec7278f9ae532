"""How much a series scatters around a level that may drift."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from leakscan.comparison.drift_settings import ENOUGH_DEVIATIONS

KEPT_SHARE = 0.75
"""Of the differences: one in five working days has the change of the week."""
KEPT_SCALE = 0.368
"""Mean square of the smallest three quarters of normal values whose variance is 1."""
MAX_INERTIA = 0.9
"""More can't be told from a drift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """The scatter of a series, and how well it is known."""

    deviation: float
    """Standard deviation of one value."""
    inertia: float
    """Share of its deviation that a value hands on to the next: a busy machine stays busy."""
    samples: int

    @property
    def deviation_of_mean(self) -> float:
        """Times 1/√n, the standard deviation of the mean of n values in a row: with inertia it is more."""
        return self.deviation * math.sqrt((1 + self.inertia) / (1 - self.inertia))

    def sure_deviations(self, normal: float) -> float:
        """As many standard deviations as `normal` are of one that is known exactly."""
        return sure_deviations(self.samples - 1, normal)


def noise_of(values: Sequence[float]) -> Noise:
    """The noise around a level that may drift.

    It is read from the differences of neighbours, in which a drift hardly shows (von Neumann), and of every
    other value: where these are larger, a deviation lasts for more than one value.
    """
    near, far = _half_square(values, 1), _half_square(values, 2)
    inertia = min(MAX_INERTIA, max(0.0, far / near - 1)) if near > 0 else 0.0
    return Noise(deviation=math.sqrt(near / (1 - inertia)), inertia=inertia, samples=len(values))


def deviation_of(values: Sequence[float]) -> float:
    """Standard deviation of two values or more, as a sample of all that there could be.

    `statistics.stdev` is exact and a hundred times slower; a history is gone through run by run.
    """
    mean = fmean(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def sure_deviations(freedom: int, normal: float) -> float:
    """Standard deviations that are as unlikely as `normal` ones, where they are known from few samples.

    The quantile of Student's t after D. L. Wallace, "Bounds on normal approximations to Student's and the
    chi-square distributions" (1959): for 5 it is 7 with 20 degrees of freedom. `ENOUGH_DEVIATIONS` at most.
    """
    if freedom < 1:
        return math.inf
    scaled = normal * (8 * freedom + 3) / (8 * freedom + 1)
    return min(ENOUGH_DEVIATIONS, math.sqrt(freedom * math.expm1(scaled**2 / freedom)))


def _half_square(values: Sequence[float], distance: int) -> float:
    """Half the mean square of the differences of values at this distance: their variance, without inertia.

    What they have in common is left out, and so are the largest: an index that grows each Monday is no noise.
    """
    steps = [later - earlier for earlier, later in zip(values, values[distance:], strict=False)]
    if not steps:
        return 0.0
    drift = median(steps) if len(steps) > 2 else 0.0
    squares = sorted((step - drift) ** 2 for step in steps)
    kept = squares[: math.ceil(KEPT_SHARE * len(squares))]
    scale = KEPT_SCALE if len(kept) < len(squares) else 1.0
    return fmean(kept) / scale / 2
