"""The values that the answer of one run is made of; see `Analysis` for the whole.

What is named `…_per_call` is per `Analysis.unit`: of a program that runs by itself, per second. The names are
those of the JSON report and of baselines, which people read by them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from leakscan.model.run import Kind, Position, RunOptions, RunStage, Unit, Verdict


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
    library: str | None = None
    """Package of the library whose object keeps it: `werkzeug`; None for the user's own, or if unknown."""
    fingerprint: str | None = None
    """That of a leak which is named after it; None where no chain leads to it, or an older report is read."""
    unreachable_bound: int | None = None
    """The bound that it names and that ends nothing: so many entries take more than all memory."""

    @property
    def is_within_bound(self) -> bool:
        """Whether it has a bound, and no more entries than that."""
        return self.bound is not None and self.entries is not None and self.entries <= self.bound


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreLine:
    """A line at which entries are put into a holder, or taken out of it."""

    frame: Frame
    """The innermost frame in the user's own code, or the innermost of all."""
    library: Frame | None
    """The line of a library that does it for that frame; None where the frame does it itself."""
    share: float
    """Of all entries that come, or of all that go, from 0 to 1."""
    entries_per_unit: float | None
    """Entries that come or go here per unit of the run; None where the holder has no rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakGraph:
    """What is around the holders of a finding, or its cycle, as nodes and links."""

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
    pattern: str | None
    """The pattern that the advice is for, as `leakscan explain` takes it: `a-lock-per-key`."""
    series: tuple[Position, ...]
    """(units of the run, entries) whenever the holder was measured; bytes where it has none, or is none."""
    series_unit: str
    """`entries` or `bytes`."""
    freed_together: float | None = None
    """Share of the growth that went when the holder and all of `also_held_by` were emptied, from 0 to 1.

    None where emptying the holder alone freed enough, or nothing was tried.
    """
    leak_graph: LeakGraph | None = None
    """None where none was asked for, or none could be made."""
    stored_at: tuple[StoreLine, ...] = ()
    """Where entries are put into the holder, the busiest line first; empty where that is not known."""
    removed_at: tuple[StoreLine, ...] = ()
    """Where entries are taken out; empty where none are, or where `stored_at` is."""
    not_stored_because: str | None = None
    """Why it is not known where they are put; None where it is, or was not asked."""

    @property
    def removed_share(self) -> float | None:
        """Entries that are taken out for each that is put in, from 0 to 1; None where that is not known."""
        put = sum(line.entries_per_unit or 0.0 for line in self.stored_at)
        return sum(line.entries_per_unit or 0.0 for line in self.removed_at) / put if put else None

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
class Accounted:
    """Shares of the growth that the findings account for, from 0 to 1; None where a number did not rise."""

    blocks: float | None
    heap: float | None
    """Of native heap in use."""
    rss: float | None


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

    stage: RunStage
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
class Reason:
    """A rule that decided something of the verdict or of a finding; `docs/how-it-decides.md` lists them."""

    rule: str
    """Its name: `only replaced`."""
    about: str
    """The holder or container that it decided on; empty where it is the whole process."""
    sentence: str
    """What the rule says."""
    numbers: Mapping[str, float]
    """What it was decided by, each with its unit in its name."""


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
    reasons: tuple[Reason, ...] = ()
    """The rules that decided, in the order of the passes."""
    accounted: Accounted | None = None
    """None where nothing was explained."""

    @property
    def exit_code(self) -> int:
        """0 clean or filling, 1 leaking, 3 the target failed before a leak was proved, 4 inconclusive."""
        if self.verdict is Verdict.LEAKING:
            return 1
        if self.failure is not None:
            return 3
        return 4 if self.verdict is Verdict.INCONCLUSIVE else 0
