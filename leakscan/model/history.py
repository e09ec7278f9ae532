"""What became of a target from run to run."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from leakscan.model.run import Unit, Verdict


class Quantity(StrEnum):
    """What a history follows from run to run."""

    GROWTH = "growth"
    PEAK = "peak"
    TIME = "time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """What was checked out when a run was started."""

    id: str
    """The full hash."""
    is_dirty: bool
    """Whether a file that is committed was changed since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where a run was: numbers of different machines are not comparable."""

    system: str
    """Operating system, architecture and C library: `Linux x86_64 glibc`."""
    processor: str
    """Its model, as it names itself; only times depend on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """One run of a target, as a history keeps it."""

    id: int | None
    """None until it is kept; runs are in the order of their ids."""
    target: str
    started_at: datetime
    """In UTC."""
    commit: Commit | None
    verdict: Verdict
    is_failed: bool
    """Whether the target failed: then its numbers are those of a part of a run."""
    unit: Unit
    growth_bytes_per_call: float
    """Of its leaks; what fills a cache is not growth from run to run."""
    peak_bytes: int | None
    """Most resident memory at the end of an untraced round; None where there was no such round."""
    seconds_per_call: float | None
    """Median of the untraced rounds after the warm-up; None where no call returned in one."""
    calls: int
    threshold_bytes_per_call: float
    python: str
    leakscan: str
    machine: Machine
    conditions: str
    """A digest of the options that make a run do something else, so that it is compared with its like."""
    accepted: Mapping[Quantity, str]
    """Quantities whose level counts as the new one from this run on, each with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How far back a run is held against the runs before it: so many days, or so many runs."""

    days: float | None = None
    runs: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """How much worse a number may be than its reference and still be the same: the larger of the two."""

    share: float
    """Of the reference."""
    points: float
    """In the quantity's own unit: bytes per call, bytes, or seconds."""

    def width(self, reference: float) -> float:
        """The room above the reference, in the unit of the quantity."""
        return max(self.share * reference, self.points)


class DriftKind(StrEnum):
    """How a number got worse."""

    STEP = "step"
    SLOW = "slow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A quantity of a target that is worse than its history allows."""

    target: str
    quantity: Quantity
    unit: Unit
    kind: DriftKind
    now: float
    """Of a step, the number of the last run; of a slow drift, the mean of the window up to it."""
    reference: float
    """Of a step, the mean of the window before the run; of a slow drift, the lowest mean of a window."""
    limit: float
    """What it could have been without being called: the band, or what the noise of the history allows."""
    samples: int
    """Of the reference: runs, or days for a slow drift over days."""
    window: Window
    reference_at: datetime
    """When the last run of the reference was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A number of one run, held against the runs before it."""

    run: PastRun
    value: float
    reference: float | None
    """Mean of the window before it; None where there were too few runs in it."""
    limit: float | None
    """What the value may be at most."""
    samples: int
    """Runs in the window before it."""
    is_outside: bool
    """Whether it is more than that: then no later run is held against it."""
    drift: Drift | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How one quantity of a target went, over runs that are comparable."""

    quantity: Quantity
    levels: tuple[Level, ...]
    """Oldest first, and not empty; runs without the number are left out."""

    @property
    def last(self) -> Level:
        return self.levels[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetHistory:
    """The runs of a target that are comparable with each other."""

    target: str
    python: str
    """`3.11`: all runs are of a version of it."""
    system: str
    unit: Unit
    conditions: str
    window: Window
    runs: tuple[PastRun, ...]
    """Oldest first, and not empty."""
    courses: tuple[Course, ...]
    """In the order of the quantities; one that no run has a number for is left out."""

    @property
    def drifts(self) -> tuple[Drift, ...]:
        """What is worse in the last run than its history allows."""
        lasts = (course.last for course in self.courses)
        return tuple(level.drift for level in lasts if level.run is self.runs[-1] and level.drift is not None)
