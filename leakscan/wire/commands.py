"""The commands: the parent decides, the agent obeys."""

from enum import StrEnum
from typing import NamedTuple


class Stage(StrEnum):
    """What rounds of calls are run for; a sample says in which it was taken."""

    WARM_UP = "warm up"
    SCREEN = "screen"
    CHURN = "churn"
    """Between two readings of the keys of growing dicts."""
    TRACE = "trace"
    WATCH = "watch"
    """As the screen, beside a call that does not return."""


class Load(NamedTuple):
    """Import the target and resolve it; answered by `Loaded` or `LoadFailed`."""

    target: str
    is_module: bool = False
    arguments: tuple[str, ...] = ()
    setup: str | None = None
    shows_keys: bool = False
    """Whether keys on chains are shown in full; else their shape."""


class Control(NamedTuple):
    """Measure an empty target, and one that keeps one object a round; answered by `Controlled`."""

    rounds: int


class Rounds(NamedTuple):
    """Run rounds of calls; a `Sample` after each, then `RoundsDone` or `Raised`."""

    stage: Stage
    rounds: int
    calls: int
    interval_seconds: float = 0.0
    limit_seconds: float | None = None
    """Stop after the round in which so many seconds have passed."""
    collects: bool = True
    """Whether garbage is collected at the end of each round."""


class Watch(NamedTuple):
    """Sample while a call runs that does not return; a `Sample` a round, then `RoundsDone`."""

    stage: Stage
    rounds: int
    interval_seconds: float
    collects: bool = True
    """Whether garbage is collected before each sample."""


class TakeCensus(NamedTuple):
    """Measure the length of every container; answered by `Census`."""

    tracked_only: bool = False
    """Leave out what the garbage collector does not track: buffers, and dicts of atoms before 3.14."""


class TakeChurn(NamedTuple):
    """Note the keys of these containers; answered by `Churn`, what came and went since the last time."""

    addresses: tuple[int, ...]


class NameGrowing(NamedTuple):
    """Find the chain to each of these containers, and weigh entries; answered by `GrowingNamed`."""

    addresses: tuple[int, ...]
    limit_seconds: float | None = None
    """Seconds until the run is over, as far as they are for this; None: no limit but the agent's own."""


class StartTracing(NamedTuple):
    """Start `tracemalloc` with so many frames a traceback; answered by `Tracing`."""

    frames: int
    suspects: tuple[int, ...] = ()
    """Addresses of growing containers, to be named even if nothing traced hangs on them."""


class TakeSites(NamedTuple):
    """Sum the traced memory per site; answered by `Sites`, the growth since the last time."""

    collects: bool = True
    """Whether garbage is collected before."""


class Explain(NamedTuple):
    """Find what refers to the memory that grew at the last `Sites`; answered by `Explained`."""

    draws: bool = False
    """Whether a cycle among what the target froze is drawn."""
    limit_seconds: float | None = None
    """Seconds until the run is over, as far as they are for this; None: no limit but the agent's own."""


class Prove(NamedTuple):
    """Empty holders in a forked copy and measure what goes; answered by `Proved`."""

    holders: tuple[int, ...]
    """Indices into the last `Explained`."""
    sites: tuple[int, ...]
    """Indices into the last `Sites`: the growth that the holders are said to hold."""
    limit_seconds: float | None = None
    """Seconds until the run is over, as far as they are for this; None: no limit but the agent's own."""


class Name(NamedTuple):
    """End the tracing, and find the chain to each holder of the last `Explained`; answered by `Named`."""

    draws: bool = False
    """Whether the objects on the chains are kept for `DrawGraphs`."""


class DrawGraphs(NamedTuple):
    """In a forked copy, draw what is around the holders of the last `Named`; answered by `Graphs`."""

    leaks: tuple[tuple[int, ...], ...]
    """For each leak the indices of its holders into the last `Explained`, the main one first."""
    limit_seconds: float | None = None
    """Seconds until the run is over, as far as they are for this; None: no limit but the agent's own."""


class MeasureEntries(NamedTuple):
    """In a forked copy, weigh entries of these holders; answered by `EntriesMeasured`."""

    holders: tuple[int, ...]
    limit_seconds: float | None = None
    """Seconds until the run is over, as far as they are for this; None: no limit but the agent's own."""


class CollectGarbage(NamedTuple):
    """In a forked copy, collect and keep what was garbage; answered by `Garbage`."""

    draws: bool = False
    """Whether the cycle is drawn."""
    limit_seconds: float | None = None
    """Seconds until the run is over, as far as they are for this; None: no limit but the agent's own."""


class FindSpareCapacity(NamedTuple):
    """Find the containers that keep a large table for few entries; answered by `SpareCapacity`."""


class ListCaches(NamedTuple):
    """List the caches of the process, what is in them and how often they were hit; answered by `Caches`."""

    limit_seconds: float | None = None
    """Seconds until the run is over, as far as they are for this; None: no limit but the agent's own."""


class WatchLines(NamedTuple):
    """Run calls, and read the native memory in use before and after each line; answered by `LineGains`."""

    calls: int
    limit_seconds: float
    is_resident: bool
    """Look at resident memory; else at the native heap."""


class WatchStores(NamedTuple):
    """Run calls with a look at the length of holders between lines; answered by `StoresWatched`."""

    holders: tuple[tuple[int, ...], ...]
    """For each leak, indices into the last `Explained`: of its holder, and of those that are alike."""
    calls: int
    """At the most, in each round; beside a call that does not return, the time alone counts."""
    limit_seconds: float


class Trim(NamedTuple):
    """Ask the C library to give free memory back to the system; answered by `Trimmed`."""


class Stop(NamedTuple):
    """Let the call that is running be the last; what was asked for before is answered then."""


class Quit(NamedTuple):
    """Leave the target's setup and end the process as the target's own end would; answered by `SetupLeft`."""


Experiment = NameGrowing | Explain | Prove | MeasureEntries | CollectGarbage | DrawGraphs | ListCaches
"""What is told how long it may take."""
Command = (
    Load
    | Control
    | Rounds
    | Watch
    | TakeCensus
    | TakeChurn
    | NameGrowing
    | StartTracing
    | TakeSites
    | Explain
    | Prove
    | Name
    | DrawGraphs
    | CollectGarbage
    | MeasureEntries
    | FindSpareCapacity
    | ListCaches
    | WatchLines
    | WatchStores
    | Trim
    | Stop
    | Quit
)
