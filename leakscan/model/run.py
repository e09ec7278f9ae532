"""What a run is asked for, and what it says while it goes on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias


class Verdict(StrEnum):
    """What a run says of its target."""

    LEAKING = "LEAKING"
    FILLING = "FILLING"
    CLEAN = "CLEAN"
    INCONCLUSIVE = "INCONCLUSIVE"


class Kind(StrEnum):
    """Why a verdict is what it is."""

    UNBOUNDED_GROWTH = "unbounded growth"
    BOUND_EXCEEDED = "bound exceeded"
    CYCLIC_GARBAGE = "cyclic garbage"
    LOST_REFERENCE = "reference lost in C"
    NATIVE = "native"
    FRAGMENTATION = "fragmentation"
    BOUNDED = "bounded"
    WARM_UP = "warm-up"
    SAW_TOOTH = "saw-tooth"
    SPARE_CAPACITY = "spare capacity"
    FLAT = "flat"
    UNDER_THRESHOLD = "under the threshold"
    TOO_FEW_CALLS = "too few calls"
    NOISE = "noise"
    INTERRUPTED = "interrupted"
    TARGET_FAILED = "target failed"
    LEAKSCAN_FAILED = "leakscan failed"
    CHILD_PROCESSES = "child processes"


class Unit(StrEnum):
    """What growth is counted by: a call, or a second where one call never returns."""

    CALL = "call"
    SECOND = "second"


Position: TypeAlias = tuple[float, int]
"""How far the run had come, in its unit, and what there was then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What the user asked a run to do; None means that leakscan chooses."""

    target: str
    """`module:func`, `path/file.py:func`, `script.py`, or a module name if `is_module`."""
    is_module: bool = False
    arguments: tuple[str, ...] = ()
    """`sys.argv[1:]` of the target."""
    setup: str | None = None
    """`module:func` of a context manager or generator whose value is handed to the target."""
    interval_seconds: float = 0.0
    calls: int | None = None
    """Calls per round."""
    warmup: int | None = None
    rounds: int | None = None
    max_time_seconds: float | None = None
    traces_from_start: bool = False
    frames: int = 16
    """Frames kept of each allocation's traceback."""
    proves: bool = True
    shares_process: bool = False
    """Whether the process is that of a test runner, with a large heap that is none of the target's."""
    lists_caches: bool = False
    """Whether the caches of the process are listed at the end."""
    draws: bool = False
    """Whether what is around each holder is drawn."""
    shows_keys: bool = False
    """Whether keys are shown in full; else their shape."""
    command: tuple[str, ...] = ()
    """The words that start it again, where that is not `leakscan run`, as in a test runner's own process."""


STDERR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a target finds around it: a folder, an environment, and streams."""

    folder: str | None = None
    """Where it runs; None is where we do."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables beside ours. They may be secrets: nothing records them."""
    stdout: int | None = None
    """A file descriptor; None is ours."""
    stderr: int | None = None
    reads_stdin: bool = True
    """Whether it shares our stdin, which may be closed, or finds it empty."""


class RunStage(StrEnum):
    """What a run is doing, in this order, as a display shows it; `wire.Stage` is of its rounds alone."""

    LOAD = "load"
    WARM_UP = "warm up"
    SCREEN = "screen"
    TRACE = "trace"
    EXPLAIN = "explain"
    PROVE = "prove"
    JUDGE = "judge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a run is now, for a display."""

    stage: RunStage
    round: int
    calls: int
    heap_bytes: int
    """Resident memory of the target."""
    blocks: tuple[int, ...]
    """The newest samples of blocks in use, oldest first: for a sparkline."""
    seconds: float
    seconds_left: float | None
    """At most; None where it can't be known."""
