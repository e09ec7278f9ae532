"""When a number is flagged as worse than its history: every default with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from leakscan.model.check import BAND
from leakscan.model.history import Band, Quantity, Window

DEFAULT_WINDOW = Window(days=7.0)
DEFAULT_BANDS: Mapping[Quantity, Band | None] = {
    # Less than the smallest object that a call could keep.
    Quantity.GROWTH: Band(share=BAND, points=16.0),
    # Pages that malloc and the loader keep or give back as it happens.
    Quantity.PEAK: Band(share=BAND, points=float(2**20)),
    # What the loop around the call takes, and how its code happens to lie in the caches.
    Quantity.TIME: Band(share=BAND, points=1e-6),
}
MIN_SAMPLES = 5
"""Runs (or days, for a slow drift over days) under which nothing is flagged."""

TIMES_IN_A_ROW: Mapping[Quantity, int] = {Quantity.GROWTH: 1, Quantity.PEAK: 1, Quantity.TIME: 2}
"""Runs that must be beyond the band: a machine that was busy once makes one run slow."""
SURE_DEVIATIONS = 5.0
"""Standard deviations that noise does not reach: once in three million runs, were it normal."""
SURE_DEVIATIONS_FROM_LOWEST = 7.0
"""The same for the distance from the lowest of many means, which lies low by noise alone."""
ENOUGH_DEVIATIONS = 20.0
"""As many with few samples: with five once in 50,000 runs, and a history is so short only at its start.

Who lets fewer count, with whom it is once in 60 to 2,000, wants to hear early.
"""
SCATTER_SAMPLES = 100
"""Newest samples whose scatter counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftSettings:
    """What a team may set of when its numbers are worse."""

    window: Window = DEFAULT_WINDOW
    bands: Mapping[Quantity, Band | None] = field(default_factory=lambda: DEFAULT_BANDS)
    """None: the quantity is kept and not judged."""
    min_samples: int = MIN_SAMPLES
