"""What the parent and the agent say to each other, and what a recording keeps: one JSON object a line.

A line is `{"t": <name of the record or command>, <its fields>}`. Commands go down, records come up; a
recording is a `Header` and then every record in the order in which it came, closed by `Ended`. A reader
ignores fields that it does not know and fills in the default of those that are missing.

A recording of a newer format is read, without the records that its reader does not know, if its
`readable_from` says that the others still mean the same; else it is refused.

Format history:
    1  the first
    2  records and their fields have the names of the field: `Churn`, `EntriesMeasured`, `Graphs`,
       `SpareCapacity`; those of format 1 are read as these
"""

import json
from enum import StrEnum
from typing import Any, NamedTuple, get_args

FORMAT_VERSION = 2
READABLE_FROM = 2
"""Raised when a record or a field changes its meaning; what is only added leaves it as it is."""

LONGEST_NAME = 4_096
"""Characters of a name or a path in a record: as long as a path may be."""
LONGEST_TEXT = 65_536
"""Characters of a message or a traceback."""
_LONGEST = {"message": LONGEST_TEXT, "traceback": LONGEST_TEXT, "dot": None}
"""By the name of the field; a graph is made of parts that are short, and would be none if it were cut."""

CALLERS = (
    "agent/calling/caller.py",
    "agent/calling/event_loop.py",
    "agent/calling/target_loader.py",
    "pytest_plugin/iteration.py",
)
"""Files in leakscan's folder whose frames end a stack of the target's."""
FORMER_CALLERS = ("agent/calls.py", "agent/loop.py", "agent/target.py", "pytest_plugin/turns.py")
"""The same in recordings that were made before they had these names."""


class Stage(StrEnum):
    """What rounds of calls are run for; a sample says in which it was taken."""

    WARM_UP = "warm up"
    SCREEN = "screen"
    CHURN = "churn"
    """Between two looks at the keys of growing dicts."""
    TRACE = "trace"
    WATCH = "watch"
    """As the screen, beside a call that does not return."""


# --- commands: the parent decides, the agent obeys ---


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
    """Run calls with a look at native memory before and after each line; answered by `LineGains`."""

    calls: int
    limit_seconds: float
    is_resident: bool
    """Look at resident memory; else at the native heap."""


class Trim(NamedTuple):
    """Ask the C library to give free memory back to the system; answered by `Trimmed`."""


class Stop(NamedTuple):
    """Let the call that is running be the last; what was asked for before is answered then."""


class Quit(NamedTuple):
    """Leave the target's setup and end the process as the target's own end would; answered by `SetupLeft`."""


Experiment = Explain | Prove | MeasureEntries | CollectGarbage | DrawGraphs | ListCaches
"""What is told how long it may take."""

Command = (
    Load
    | Control
    | Rounds
    | Watch
    | TakeCensus
    | TakeChurn
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
    | Trim
    | Stop
    | Quit
)

# --- records: what the agent saw ---


class Header(NamedTuple):
    """First line of a recording, written by the parent."""

    format: int
    leakscan: str
    python: str
    platform: str
    started_at: str
    """ISO 8601, UTC."""
    options: dict[str, Any]
    library_paths: tuple[str, ...] = ()
    """Folders whose code is not the user's own."""
    working_directory: str = ""
    memory_bytes: int | None = None
    """Memory of the machine, or what the control group allows; None where that is not known."""
    readable_from: int | None = None
    """The oldest format whose readers may read this recording; None: no older one than its own."""


class Loaded(NamedTuple):
    """The target can be called."""

    name: str
    seconds: float
    definition: tuple[str, int, str, str] | None = None
    """(file, line, function, qualified name) of its code; None where it is not written in Python."""


class LoadFailed(NamedTuple):
    """The target can't be found, imported or called."""

    message: str
    traceback: str | None = None
    wanted: str = ""
    """The name that was looked for, if it was a name that failed."""
    names: tuple[str, ...] = ()
    """What could have been meant."""


class Controlled(NamedTuple):
    """Blocks and heap bytes at the end of each round of an empty target, and of one that keeps an object."""

    empty_blocks: tuple[int, ...]
    empty_heap: tuple[int, ...]
    canary_blocks: tuple[int, ...]
    no_sandbox: str | None = None
    """Why no code of the target may be tried out in a copy of the process here; None if it may."""


class Sample(NamedTuple):
    """The numbers at the end of a round."""

    stage: Stage
    calls: int
    """Calls so far, warm-up included; 0 for ever while the first call does not return."""
    at: float
    """Seconds since the target was loaded."""
    call_seconds: float
    """Spent in the calls of this round."""
    collect_seconds: float
    cpu_seconds: float
    """Processor time of the process so far; beside a running call, without what the sampling takes."""
    blocks_before: int
    """`sys.getallocatedblocks()` before the garbage collection."""
    blocks: int
    """The same after it."""
    heap: int
    """Bytes of native heap in use (malloc), 0 where the platform can't say."""
    rss: int
    is_collecting: bool
    """Whether the target's own garbage collector is switched on, and runs before garbage piles up."""
    is_late: bool = False
    """The round started later than its interval asks for."""
    unreachable: int | None = None
    """Objects that the collection found to be garbage; None where there was none, or nobody counted."""


class RoundsDone(NamedTuple):
    """The rounds asked for are over."""

    stage: Stage
    rounds: int
    is_returned: bool = True
    """False while a call still runs."""
    has_children: bool = True
    """Whether the process has children, as far as is known."""


class Raised(NamedTuple):
    """A call ended the run: it raised, asked for the end of the process, or was interrupted."""

    how: str
    """`raised`, `exited` or `interrupted`."""
    message: str
    traceback: str | None
    calls: int
    """Calls that had returned before."""


class GrownContainer(NamedTuple):
    """A container that was longer than at the look before."""

    address: int
    type: str
    before: int
    after: int
    bound: int | None = None
    in_bytes: bool = False
    """Measured in bytes, not in entries."""


class Census(NamedTuple):
    """One look at all containers: those that grew since the look before."""

    number: int
    calls: int
    at: float
    seconds: float
    containers: int
    grown: tuple[GrownContainer, ...]
    """The fastest growing, at most `census.MAX_GROWN`."""
    is_earlier: bool = False
    """Whether it was taken at the end of an earlier run in the same process."""
    tracked_only: bool = False
    """Whether it left out what the garbage collector does not track."""


class EntryChange(NamedTuple):
    """How many entries came into a container, and went out of it, between two looks."""

    address: int
    added: int
    removed: int


class Churn(NamedTuple):
    """One look at growing dicts, a few calls after the last."""

    calls: int
    changes: tuple[EntryChange, ...]
    """Of those dicts of which it can be told; none at the first look."""


class Tracing(NamedTuple):
    """`tracemalloc` is on."""

    frames: int
    calls: int


class TracedSite(NamedTuple):
    """What one traceback gained in blocks and bytes since the sites were last taken."""

    frames: tuple[tuple[str, int], ...]
    """(file, line), innermost first."""
    blocks: int
    bytes: int
    live_blocks: int
    live_bytes: int
    largest: int
    """Bytes of its largest live block."""
    largest_before: int = 0
    """The same when the sites were last taken."""


class Sites(NamedTuple):
    """The sites that gained since the sites were last taken; empty the first time."""

    calls: int
    """Calls between the two."""
    at: float
    seconds: float
    """Between the two."""
    grown: tuple[TracedSite, ...]
    is_lost: bool = False
    """Whether the target has stopped the tracing or cleared its traces: then nothing is known of any site."""


NOTHING_TRACED = Sites(0, 0.0, 0.0, ())


class StepKind(StrEnum):
    """What a step of a chain is: where the chain begins, or how one object refers to the next.

    Fingerprints contain the values: one that is here stays as it is.
    """

    MODULE = "module"
    THREAD = "thread"
    TASK = "task"
    """A task of asyncio, or an event loop."""
    LOGGER = "logger"
    TARGET = "target"
    SETUP = "setup"
    """What the setup returned."""
    CONTEXT = "context"
    """A context of `contextvars`."""
    REGISTRY = "registry"
    """A list or dict that the interpreter keeps in C."""
    SIGNAL = "signal"
    """The signal handlers, and one of them."""
    HOOK = "hook"
    """The hooks of the interpreter, and one of them."""
    GARBAGE = "garbage"
    """An object on a cycle that nothing else refers to."""
    UNKNOWN = "unknown"
    """An object that no root leads to."""

    GLOBAL = "global"
    ATTRIBUTE = "attribute"
    CLASS_ATTRIBUTE = "class attribute"
    STATIC_METHOD = "static method"
    FUNCTION_ATTRIBUTE = "function attribute"
    ATTRIBUTE_NAME = "attribute name"
    """A name itself, as it stands in a namespace."""
    STORAGE = "storage"
    """The attribute in which a container class of a library keeps what is put into it."""
    NAMESPACE = "namespace"
    """The `__dict__` of an object."""
    GLOBALS = "globals"
    """The `__globals__` of a function."""
    THREAD_LOCAL = "thread local"
    CONTEXT_VARIABLE = "context variable"

    VALUE = "value"
    KEY = "key"
    INDEX = "index"
    MEMBER = "member"
    CACHE = "cache"
    """An entry of an `lru_cache`."""

    CELL = "cell"
    DEFAULT = "default"
    LOCAL = "local"
    PARTIAL = "partial"
    METHOD = "method"
    CALLBACK = "callback"
    EXCEPTION = "exception"
    TRACEBACK = "traceback"
    PART = "part"
    """Any other reference."""


class Step(NamedTuple):
    """One reference of a chain."""

    kind: StepKind | str
    """A text where the recording is of a newer format, with a kind that its reader does not know."""
    link: str
    """In Python words: `.keys`, `['en_US']`, `[17]`, `cell 'seen'`."""
    type: str
    """Type of the object that is reached."""
    owner: str = ""
    """Name of the owner as its author knows it: the class, the function, the module."""
    owner_module: str = ""
    repeats: int = 1
    """How many times the same step is taken in a row."""
    key: int = 0
    """Where the link shows but the shape of a key: a number that tells it from others of that shape, and has
    nothing to do with it outside this run."""


class SiteShare(NamedTuple):
    """What a holder holds of one site."""

    site: int
    objects: int
    bytes: int
    types: dict[str, int]
    immortal_bytes: int = 0
    """Of its strings that this Python never frees, since they are interned."""


class HeldBy(NamedTuple):
    """An object that was there before the tracing and refers to memory that grew since."""

    address: int
    type: str
    is_container: bool
    """Whether entries are added to it; else it is a slot whose value grows."""
    entries: int | None
    entries_before: int | None
    """When the tracing began."""
    added: int | None
    """Entries of now that came since the tracing began."""
    calls: int
    """Calls since the tracing began."""
    bound: int | None
    """The most entries that the container allows itself."""
    capacity_bytes: int | None
    shares: tuple[SiteShare, ...]
    overlaps: dict[str, float]
    """Index of another holder → share of this one's objects that the other holds too, by bytes."""
    is_weak: bool = False
    """Whether the entries are weak references, which keep nothing alive."""
    in_bytes: bool = False
    """Whether the entries are bytes (or characters)."""
    table_bytes: int = 0
    """Size of the block beside the object that it keeps its entries in."""
    candidate: int = 0
    """Which of the agent's candidates it is."""
    slot: int | None = None
    """Which place of the candidate; None: the whole."""
    base: str = ""
    """The built-in container type that its own type is or descends from; empty if it is none."""


class Unreferred(NamedTuple):
    """New objects of one type to which no Python object refers."""

    type: str
    objects: int
    references: int
    """References to each of them, all of them from C."""


class Explained(NamedTuple):
    """Who refers to the memory that grew."""

    holders: tuple[HeldBy, ...]
    unheld: tuple[SiteShare, ...] = ()
    """New tracked objects that hang on no old object, per site."""
    seconds: float = 0.0
    unreferred: tuple[Unreferred, ...] = ()
    """The tops of what hangs on no old object, by type; most numerous first."""
    frozen: "tuple[Garbage, ...]" = ()
    """What a collection would free had the target not called `gc.freeze`; empty if it has not."""
    interned: int = 0
    """Strings interned since the tracing began that are never freed; 0 where Python frees them."""
    all_interned: int = 0
    """All interned strings at the end, where that is so."""
    in_process_because: str | None = None
    """Why it was looked for in the process itself and not in a copy; None if it was in a copy."""


class NamedHolder(NamedTuple):
    """The chain to one holder."""

    steps: tuple[Step, ...]
    """Root first."""
    bound: int | None = None
    """The most entries that the container or its owner allows."""
    bound_name: str | None = None
    defined_at: str | None = None
    through: tuple[int, ...] | None = None
    """The other holders whose objects the chain runs through, by index; None in a recording from before that
    was told."""
    entry_type: str = ""
    """Type of its entries, of a dict's: of the values; empty where they differ."""
    entries_do: str = ""
    """`call app.close`, `run app.worker()`: what most of its entries are there for; empty if nothing such."""


class Named(NamedTuple):
    """The chains to the holders of the last `Explained`, in its order, and the functions of the sites."""

    holders: tuple[NamedHolder, ...]
    functions: tuple[tuple[str, int, str, str], ...] = ()
    """(file, line, function, qualified name)."""
    seconds: float = 0.0


class Proved(NamedTuple):
    """What emptying holders freed."""

    holders: tuple[int, ...]
    grown_bytes: int
    """Live bytes of the sites asked for, before."""
    freed_bytes: int
    message: str | None = None
    """Why it could not be tried."""
    counted_because: str | None = None
    """Why nothing was emptied, and what would go was counted by references; None if it was tried."""


class EntrySize(NamedTuple):
    """What one entry of a holder takes, all that hangs on it alone included."""

    holder: int
    entries: int
    """Entries that were weighed."""
    entry_bytes: float


class EntriesMeasured(NamedTuple):
    """Holders whose entries could be weighed."""

    sizes: tuple[EntrySize, ...]
    message: str | None = None
    """Why there is none."""


class LeakGraph(NamedTuple):
    """What is around the holders of one leak, or a cycle of garbage, as nodes and links."""

    dot: str
    """A graph in the language of Graphviz."""
    chains: tuple[tuple[tuple[str, ...], ...], ...]
    """For each holder, or for the cycle: the nodes that each step of its chain leads to, one after the other.
    The first step has the root's; one that is taken many times those that stand for all of them; one that is
    left out of a long chain none."""
    holders: tuple[int, ...] = ()
    """Indices into the last `Explained`, the main one first; empty for a cycle."""


class Graphs(NamedTuple):
    """What is around the holders, one graph for each leak."""

    graphs: tuple[LeakGraph, ...]
    message: str | None = None
    """Why there is none."""
    seconds: float = 0.0


class Garbage(NamedTuple):
    """What only a collection frees: objects by type, and the cycle of one of them."""

    objects: int
    types: tuple[tuple[str, int], ...]
    cycle: tuple[Step, ...]
    shares: tuple[SiteShare, ...]
    functions: tuple[tuple[str, int, str, str], ...] = ()
    graphs: tuple[LeakGraph, ...] = ()
    """The cycle, drawn; empty if that was not asked for."""
    message: str | None = None
    """Why it could not be looked at."""


class SpareTable(NamedTuple):
    """A container whose table is large for its entries, and the chain to it."""

    type: str
    entries: int
    table_bytes: int
    steps: tuple[Step, ...]


class SpareCapacity(NamedTuple):
    """The largest tables that are nearly empty."""

    tables: tuple[SpareTable, ...]
    seconds: float = 0.0


class Cache(NamedTuple):
    """A container that keeps entries to be used again, or that says how many it may have."""

    type: str
    entries: int
    steps: tuple[Step, ...]
    """The chain to it."""
    bound: int | None = None
    """The most entries that it or its owner allows; None where nobody says."""
    bound_name: str | None = None
    is_unbounded: bool = False
    """Whether it says itself that it has no bound: an `lru_cache` with `maxsize=None`."""
    hits: int | None = None
    """How often an `lru_cache` had the answer; None for other containers."""
    misses: int | None = None
    function: str = ""
    """Qualified name of what an `lru_cache` wraps; empty for other containers."""
    module: str = ""
    """Where that function is defined."""
    defined_at: str | None = None
    table_bytes: int = 0
    """Size of its own table."""
    entry_bytes: float | None = None
    """Mean bytes of an entry: what hangs on it alone, and its place in the table; None where not weighed."""
    alike: int = 1
    """How many caches this stands for, those of other instances of a class: their entries, hits and misses
    are added up, and the chain is that of the one with most entries."""


class Caches(NamedTuple):
    """The caches of the process after the last call, those with most entries first."""

    caches: tuple[Cache, ...]
    more: int = 0
    """How many there are beside these, each with no more entries than any of them."""
    seconds: float = 0.0


class LineGain(NamedTuple):
    """What one line took beyond what it gave back."""

    frames: tuple[tuple[str, int], ...]
    """(file, line), innermost first."""
    bytes: int


class LineGains(NamedTuple):
    """The lines that took native memory."""

    calls: int
    """Calls that were watched."""
    lines: tuple[LineGain, ...]
    """The heaviest first."""
    bytes: int = 0
    """What all lines took, less what they gave back."""
    functions: tuple[tuple[str, int, str, str], ...] = ()
    """(file, line, function, qualified name)."""
    message: str | None = None
    """Why nothing could be watched."""


class Trimmed(NamedTuple):
    """Resident bytes before and after the C library gave free memory back."""

    before: int
    after: int


class ChildProcess(NamedTuple):
    """What a living child process of the target, or one of its children, has taken so far."""

    pid: int
    started_at: float
    """Seconds since the epoch; with the number it tells one process from another."""
    cpu_seconds: float
    """Processor time, that of what it has run and waited for included."""
    rss: int


class Children(NamedTuple):
    """The child processes of the target at one time, as the parent sees them; none until there are some."""

    at: float
    """Seconds since the run was started."""
    processes: tuple[ChildProcess, ...]
    unreaped: int = 0
    """Those that have ended, and that nobody has waited for."""


class SetupLeft(NamedTuple):
    """The setup of the target has come to its end."""

    message: str | None = None
    """What it raised there; None if nothing."""
    traceback: str | None = None


class AgentFailed(NamedTuple):
    """A command could not be carried out; the target goes on."""

    command: str
    message: str
    traceback: str


class Ended(NamedTuple):
    """Last line of a recording, written by the parent."""

    how: str
    """`finished`, `crashed`, `timed out` or `interrupted`; `cut off` where the target closed our pipes for
    good, `garbled` where it wrote into them."""
    status: int | None
    """Exit status of the child, negative for a signal."""
    seconds: float
    unanswered: str = ""
    """The command that was not answered when the time was over; empty if the run came to its own end."""
    setup_seconds: float | None = None
    """Seconds that the setup had to end, and did not; 0 if the process had to be ended before its turn; None
    if it ended, or there was none."""
    left_behind: tuple[str, ...] = ()
    """Names of the processes that the target had started and left, and that were ended after it."""
    cut_off_seconds: float | None = None
    """Seconds that the target's own end had, and was not over; None if it was, or had not begun."""


Record = (
    Header
    | Loaded
    | LoadFailed
    | Controlled
    | Sample
    | RoundsDone
    | Raised
    | Census
    | Churn
    | Tracing
    | Sites
    | Explained
    | Proved
    | Named
    | Graphs
    | Garbage
    | EntriesMeasured
    | SpareCapacity
    | Caches
    | LineGains
    | Trimmed
    | Children
    | SetupLeft
    | AgentFailed
    | Ended
)

_PLAIN: dict[str, Any] = {kind.__name__: kind for kind in (*get_args(Command), *get_args(Record))}
_NESTED: dict[str, Any] = {
    "grown": {"Census": GrownContainer, "Sites": TracedSite},
    "holders": {"Explained": HeldBy, "Named": NamedHolder},
    "unheld": {"Explained": SiteShare},
    "unreferred": {"Explained": Unreferred},
    "frozen": {"Explained": Garbage},
    "steps": {"NamedHolder": Step, "SpareTable": Step, "Cache": Step},
    "tables": {"SpareCapacity": SpareTable},
    "processes": {"Children": ChildProcess},
    "changes": {"Churn": EntryChange},
    "caches": {"Caches": Cache},
    "sizes": {"EntriesMeasured": EntrySize},
    "lines": {"LineGains": LineGain},
    "cycle": {"Garbage": Step},
    "graphs": {"Graphs": LeakGraph, "Garbage": LeakGraph},
    "shares": {"HeldBy": SiteShare, "Garbage": SiteShare},
}
_STEP_KINDS: dict[str, StepKind] = {kind.value: kind for kind in StepKind}
CHANNEL_IS_CLOSED = 71
"""Exit status of a process whose agent has lost its pipes: EX_OSERR."""
_line_of = json.JSONEncoder(separators=(",", ":")).encode


class WireError(Exception):
    """A line that is no record or command of this format."""


def encode(message: Command | Record) -> bytes:
    """The message as one line, newline included."""
    fields = {"t": type(message).__name__, **_plain(message)}
    return _line_of(fields).encode("utf-8", "surrogatepass") + b"\n"


def decode(line: bytes) -> Command | Record:
    """The message in one line.

    Raises WireError if the line is cut, is no JSON object, or has a name that this format does not know.
    """
    try:
        fields = json.loads(line)
        kind = _PLAIN[fields.pop("t")]
        message: Command | Record = _built(kind, fields)
        if len(line) > LONGEST_NAME and not isinstance(message, Command):
            return bounded(message)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WireError(f"no record: {line[:80]!r}") from error
    return message


def bounded(record: Record) -> Record:
    """The record, with the middle of each text left out that is longer than any reader wants."""
    limited: Record = _limited(record, LONGEST_NAME)
    return limited


def _limited(value: Any, longest: int | None) -> Any:
    if isinstance(value, str):
        return _without_middle(value, longest)
    if hasattr(value, "_fields"):
        return value._make(
            _limited(item, _LONGEST.get(name, LONGEST_NAME))
            for name, item in zip(value._fields, value, strict=True)
        )
    if isinstance(value, tuple | list):
        return tuple(_limited(item, longest) for item in value)
    if isinstance(value, dict):
        return {_limited(name, longest): _limited(item, longest) for name, item in value.items()}
    return value


def _without_middle(text: str, longest: int | None) -> str:
    if longest is None or len(text) <= longest:
        return text
    return f"{text[: longest // 2]}…{text[len(text) - longest // 2 + 1 :]}"


def _plain(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        return {name: _plain(item) for name, item in value._asdict().items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _built(kind: Any, fields: dict[str, Any]) -> Any:
    known = {name: value for name, value in fields.items() if name in kind._fields}
    for name, value in known.items():
        inner = _NESTED[name].get(kind.__name__) if name in _NESTED else None
        if inner is not None:
            known[name] = tuple(_built(inner, item) for item in value)
        elif name == "stage":
            known[name] = Stage(value)
        elif type(value) is list or type(value) is dict:
            known[name] = _frozen(value)
    if kind is Step and "kind" in known:
        known["kind"] = step_kind(known["kind"])
    return kind(**known)


def step_kind(text: str) -> StepKind | str:
    """The kind of that name; the text itself where there is none."""
    return _STEP_KINDS.get(text, text)


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {name: _frozen(item) for name, item in value.items()}
    return value
