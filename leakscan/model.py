"""The values that leakscan's answer is made of; see `Analysis` for the whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
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


class Stage(StrEnum):
    """What a run is doing, in the order of the stages."""

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

    stage: Stage
    round: int
    calls: int
    heap_bytes: int
    """Resident memory of the target."""
    blocks: tuple[int, ...]
    """The newest samples of blocks in use, oldest first: for a sparkline."""
    seconds: float
    seconds_left: float | None
    """At most; None where it can't be known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One line of a stack."""

    file: str
    line: int
    function: str
    """The bare name, as in a traceback."""
    qualname: str
    """The name with its classes and enclosing functions; the bare name where unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteGrowth:
    """How one allocation site grew while it was traced."""

    frame: Frame
    """The innermost frame in the user's own code, or the innermost of all."""
    stack: tuple[Frame, ...]
    """Innermost first; empty where only the whole process shows the growth, and the frame is the target."""
    bytes_per_call: float
    objects_per_call: float
    types: Mapping[str, float]
    """Objects per call by type name; empty where no object of the site could be looked at."""
    live_bytes: int = 0
    """Still in use at the end, of what the site allocated while it was traced."""
    live_objects: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainStep:
    """One reference on the way from a root to the grown objects."""

    link: str
    """The reference in Python words: `.keys`, `['en_US']`, `[17]`, `cell 'seen'`; the root's name first."""
    type: str
    """Type of the object that the reference leads to."""
    name: str
    """The path so far, from the root: `app.lock.keys`."""
    is_growing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The object that keeps the grown objects alive."""

    name: str
    """In the words of its author: `MemoryLock.keys`, `lru_cache of app.price`."""
    type: str
    path: tuple[str, ...]
    """Root first: `scenarios.fiber_idempotency.app`, `.lock`, `.keys`."""
    entries: int | None
    """How many entries it has at the end; None where it has no entries (an attribute that grows)."""
    in_bytes: bool
    """Whether what it counts as entries are bytes, as in a buffer."""
    entries_per_call: float | None
    added_per_call: float | None
    removed_per_call: float | None
    bound: int | None
    """The most entries it allows itself, where it knows."""
    bound_name: str | None
    """What the bound is called where it stands: `maxsize`; None where there is none, or that is not known."""
    capacity_bytes: int | None
    """Size of its own table, spare room included."""
    bytes_per_entry: float | None
    """What one entry takes with all that hangs on it alone and its place in the table; None: not weighed."""
    freed_share: float | None
    """Share of the growth that went when it alone was emptied, from 0 to 1; None if not tried."""
    defined_at: str | None
    """`file:line` of the owner's class or function, where known."""
    not_emptied_because: str | None = None
    """Why the experiment came to nothing; None if it did not, or was not tried."""
    counted_because: str | None = None
    """Why it was not emptied, where `freed_share` was counted by references instead; None if it was."""
    immortal_share: float | None = None
    """Share of what it holds that this Python never frees: interned strings; None if next to none."""
    entry_type: str | None = None
    """Type of its entries, of a dict's: of the values; None where they differ or are not known."""
    entries_do: str | None = None
    """What its entries are there for: `call app.close`, `run app.worker()`; None where the name says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What is around the holders of a finding, or its cycle, as objgraph drew it."""

    dot: str
    """A graph in the language of Graphviz."""
    holders: tuple[str, ...]
    """The node of the holder, then those of the others that hold the same; none for a cycle."""
    growing: tuple[tuple[str, str], ...]
    """The links that grow, or that close the cycle: the nodes at the beginning and the end of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One leak (or one cache that fills): where it is allocated, what holds it, how fast it grows."""

    fingerprint: str
    """Names only, so that it survives edits."""
    verdict: Verdict
    """LEAKING, FILLING, or CLEAN where it is proved but under the threshold."""
    kind: Kind
    bytes_per_call: float
    objects_per_call: float
    holder: Holder | None
    """None: no Python object holds the growth (native memory, a reference lost in C, garbage)."""
    also_held_by: tuple[Holder, ...]
    sites: tuple[SiteGrowth, ...]
    """Heaviest first."""
    chain: tuple[ChainStep, ...]
    """Root first."""
    advice: str | None
    advice_page: str | None
    """Where that is explained, below the project's folder: `docs/patterns.md#a-lock-per-key`."""
    series: tuple[Position, ...]
    """(units of the run, entries) at each look at the holder; bytes where it has none, or is none."""
    series_unit: str
    """`entries` or `bytes`."""
    freed_together: float | None = None
    """Share of the growth that went when the holder and all of `also_held_by` were emptied, from 0 to 1.

    None where emptying the holder alone freed enough, or nothing was tried.
    """
    drawing: Drawing | None = None
    """None where none was asked for, or none could be made."""

    @property
    def grows(self) -> bool:
        """Whether it grows in any unit at all: bytes, objects or entries."""
        entries = 0.0 if self.holder is None else self.holder.entries_per_call or 0.0
        return max(self.bytes_per_call, self.objects_per_call, entries) > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """A container that keeps entries to be used again, or that says how many it may have, as it ended."""

    name: str
    """In the words of its author, as that of a holder: `lru_cache of app.price`, `PageCache.pages`."""
    type: str
    path: tuple[str, ...]
    """Root first."""
    function: str | None
    """Module and qualified name of what an `lru_cache` wraps; None for other containers."""
    entries: int
    bound: int | None
    """The most entries that it or its owner allows; None where it has no bound, or none that is known."""
    bound_name: str | None
    """What that is called where it stands; None where nobody says anything."""
    is_unbounded: bool
    """Whether it says itself that it has no bound: an `lru_cache` with `maxsize=None`."""
    hits: int | None
    misses: int | None
    """Of an `lru_cache`; None for what does not count them."""
    table_bytes: int
    """Size of its own table."""
    bytes_per_entry: float | None
    """What an entry takes, as that of a holder; None: not weighed."""
    instances: int
    """How many such caches this stands for: one for each instance of a class."""
    defined_at: str | None
    """`file:line` of the wrapped function, where known."""

    @property
    def bytes(self) -> int | None:
        """What it takes in all, by the entries that were weighed; None where none was."""
        if self.bytes_per_entry is None:
            return None if self.entries else self.table_bytes
        return max(self.table_bytes, round(self.entries * self.bytes_per_entry))

    @property
    def hit_rate(self) -> float | None:
        """Share of the lookups that found an entry, from 0 to 1; None where none was counted."""
        if self.hits is None or self.misses is None or not self.hits + self.misses:
            return None
        return self.hits / (self.hits + self.misses)

    @property
    def is_past_its_bound(self) -> bool:
        """Whether it holds more than it says that it may."""
        return self.bound is not None and self.instances == 1 and self.entries > self.bound


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheList:
    """The caches of the process, those that matter first."""

    caches: tuple[Cache, ...]
    """The largest first; of those of one size, what has no bound before what has one."""
    unlisted: int
    """How many more there were, each with fewer entries than any of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How the whole process grew per call, untraced, once warm."""

    bytes_per_call: float
    blocks_per_call: float
    rss_bytes_per_call: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFailure:
    """How the target failed, in one sentence, with its own traceback if it has one."""

    message: str
    """`the target raised ValueError: bad input (call 41)`."""
    traceback: str | None
    hint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSample:
    """What the whole process had in use at the end of a round."""

    stage: Stage
    calls: int
    seconds: float
    """Since the target was loaded."""
    blocks: int
    garbage_blocks: int
    """Freed by the collection at the end of the round, and by nothing before."""
    heap_bytes: int
    """Native heap in use; 0 where the platform can't say."""
    rss_bytes: int
    call_seconds: float
    """Spent in the calls of the round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What somebody else needs to run it again and to see the same."""

    options: RunOptions
    threshold_bytes_per_call: float
    platform: str
    started_at: str
    """ISO 8601, UTC."""
    samples: tuple[ProcessSample, ...]
    """Of the untraced rounds, warm-up included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast the target is called in production, and what memory there is to fill."""

    calls_per_second: float = 1_000.0
    is_given: bool = False
    """Whether the user said so; else it is only a yardstick."""
    memory_bytes: int | None = None
    """Of the machine that ran it, or what its control group allows; None where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The answer of one run; every report is drawn from it."""

    leakscan_version: str
    python: str
    target: str
    unit: Unit
    verdict: Verdict
    kind: Kind
    reason: str
    """One sentence, without a full stop."""
    calls: int
    rounds: int
    seconds: float
    late_rounds: int
    detection_limit_bytes_per_call: float | None
    growth: Growth
    findings: tuple[Finding, ...]
    """Worst first."""
    series: tuple[tuple[int, int], ...]
    """(calls, blocks in use) at each sample of the screen."""
    heap_series: tuple[tuple[int, int], ...]
    """(calls, bytes of native heap in use) at each sample of the screen."""
    failure: TargetFailure | None
    warnings: tuple[str, ...]
    working_directory: str = ""
    """Where the run was started: relative files start here; empty where unknown."""
    run: RunFacts | None = None
    pace: Pace = Pace()
    caches: CacheList | None = None
    """None where the list was not asked for, or could not be taken."""
    recording_loss: str | None = None
    """Why the file for its recording does not hold it; None if it does, or none was wanted."""

    @property
    def exit_code(self) -> int:
        """0 clean or filling, 1 leaking, 3 the target failed, 4 inconclusive."""
        if self.failure is not None:
            return 3
        if self.verdict is Verdict.LEAKING:
            return 1
        return 4 if self.verdict is Verdict.INCONCLUSIVE else 0


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
    most: float
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
    most: float | None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Growth that a project puts up with for good; if it gives both patterns, both must match."""

    holder: str | None
    """Pattern (`*`, `?`) of the holder's name or of its path with dots: `requests.sessions.*`."""
    module: str | None
    """Pattern of the module that the chain starts in; where nothing holds, of the one that allocates."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A leak that a project knows of: it fails nothing while it grows no faster."""

    target: str
    """Name of the configured target."""
    fingerprint: str
    holder: str
    """For people who read the file."""
    bytes_per_call: float
    entries_per_call: float | None
    """The rate that does not depend on the Python; None where nothing has entries."""
    python: str
    """`3.11`: where the bytes were measured."""
    since: date
    reason: str
    expires: date | None
    """The last day on which it is accepted."""


class Standing(StrEnum):
    """What the gate makes of a finding, the failing ones first."""

    NEW = "new"
    WORSE = "worse"
    EXPIRED = "expired"
    KNOWN = "known"
    BETTER = "better"
    ALLOWED = "allowed"
    TOLERATED = "tolerated"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingCheck:
    """A finding of a checked target, or a leak that was known and is gone."""

    standing: Standing
    finding: Finding | None
    """None if it is gone."""
    accepted: Accepted | None
    """What the baseline says of it."""
    allowance: Allowance | None = None
    """What allows it, if it is allowed."""

    @property
    def fails(self) -> bool:
        return self.standing in (Standing.NEW, Standing.WORSE, Standing.EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetCheck:
    """One configured target, run and held against what is known of it."""

    name: str
    analysis: Analysis
    findings: tuple[FindingCheck, ...]
    """The failing ones first; heaviest first among their like."""
    passes_inconclusive: bool = False
    printed: str = ""
    """The end of what the target printed."""
    drifts: tuple[Drift, ...] = ()
    """What is worse than the history allows; empty where none is kept."""

    @property
    def exit_code(self) -> int:
        """1 if a leak is new, worse or expired or a number drifts, 3 if it failed, 4 inconclusive, else 0."""
        if self.drifts or any(finding.fails for finding in self.findings):
            return 1
        return self.exit_code_of_run

    @property
    def exit_code_of_run(self) -> int:
        """3 if the target failed, 4 if its run has no answer and that fails the check, else 0."""
        if self.analysis.failure is not None:
            return 3
        is_inconclusive = self.analysis.verdict is Verdict.INCONCLUSIVE
        return 4 if is_inconclusive and not self.passes_inconclusive else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """All targets of a check."""

    targets: tuple[TargetCheck, ...]
    """In the order of the configuration."""
    orphans: tuple[Accepted, ...] = ()
    """Known leaks of targets that are configured no more."""
    leakscan_version: str = ""
    """Of the leakscan that checked; empty where unknown."""

    @property
    def seconds(self) -> float:
        """Of all runs together; some of them may have run at a time."""
        return sum(target.analysis.seconds for target in self.targets)

    @property
    def exit_code(self) -> int:
        """That of the worst target: a leak, then a target that failed, then one without an answer."""
        codes = {target.exit_code for target in self.targets}
        return next((code for code in (1, 3, 4) if code in codes), 0)


class Change(StrEnum):
    """What became of a finding from one run to a later one."""

    NEW = "new"
    WORSE = "worse"
    SAME = "same"
    BETTER = "better"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingChange:
    """A finding of two runs, known by its fingerprint."""

    change: Change
    old: Finding | None
    new: Finding | None

    @property
    def finding(self) -> Finding:
        """As it is now, or as it was last if it is gone."""
        finding = self.new or self.old
        assert finding is not None
        return finding

    @property
    def bytes_per_call_change(self) -> float:
        """Growth that came, or went if it is negative."""
        old, new = self.old, self.new
        return (new.bytes_per_call if new else 0.0) - (old.bytes_per_call if old else 0.0)

    @property
    def fails(self) -> bool:
        """Whether it is a leak that is new or worse: what a change must not bring."""
        is_leak = self.new is not None and self.new.verdict is Verdict.LEAKING
        return is_leak and self.change in (Change.NEW, Change.WORSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two runs of a target, finding by finding."""

    old: Analysis
    new: Analysis
    band: float
    """The share by which growth may differ and still be the same."""
    changes: tuple[FindingChange, ...]
    """New ones first, then worse, same, better, gone; heaviest first."""

    @property
    def exit_code(self) -> int:
        """1 if a leak is new or worse, else 3 or 4 where the new run has no answer, else 0."""
        if self.new.failure is not None:
            return 3
        if any(change.fails for change in self.changes):
            return 1
        return 4 if self.new.verdict is Verdict.INCONCLUSIVE else 0
