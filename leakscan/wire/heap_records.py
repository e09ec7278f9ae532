"""The records of the heap: holders and the chains to them, experiments on them, caches, native lines."""

from enum import StrEnum
from typing import NamedTuple


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
    renewed: int = 0
    """Entries of a dict whose value came since the tracing began, under a key that is older."""


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
    freed_heap_bytes: int | None = None
    """Native heap that went with what was released, without the holders' own tables; None: not measured."""
    freed_sites: tuple[tuple[int, int, int], ...] | None = None
    """(site, blocks, bytes) that went of each site asked for; None: not measured."""


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


class GrowingNamed(NamedTuple):
    """Containers that grew from census to census: who has them, and what they weigh, without any tracing."""

    holders: tuple[HeldBy, ...]
    """Without a share of any site."""
    named: tuple[NamedHolder, ...]
    """In the same order."""
    sizes: tuple[EntrySize, ...] = ()
    """Of those whose entries could be weighed."""
    seconds: float = 0.0


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


class StoreLine(NamedTuple):
    """A line at which entries came to a holder or went, by one way to it."""

    frames: tuple[tuple[str, int], ...]
    """(file, line), innermost first."""
    put: int
    taken: int


class StoresOfHolder(NamedTuple):
    """The lines at which a holder, or all that are alike, got longer and shorter."""

    holder: int
    """Index into the last `Explained`: of those that are alike, the first."""
    lines: tuple[StoreLine, ...]
    """Those that moved most entries first."""
    unplaced_put: int = 0
    """Entries that came while no line of watched code ran."""
    unplaced_taken: int = 0
    has_length: bool = True
    """Whether there is a length that can be read."""


class StoresOfPeer(NamedTuple):
    """Another container of the object that has a holder, as it got longer and shorter beside it."""

    holder: int
    """Index into the last `Explained`, of the holder."""
    name: str
    """The attribute that has it."""
    lines: tuple[StoreLine, ...]
    """Those that moved most entries first."""


class StoresWatched(NamedTuple):
    """Where entries are put into the holders, and where they are taken out."""

    calls: int
    """Calls that were watched; beside a call that does not return, turns of waiting."""
    stores: tuple[StoresOfHolder, ...]
    functions: tuple[tuple[str, int, str, str], ...] = ()
    """(file, line, function, qualified name)."""
    message: str | None = None
    """Why nothing could be watched, or not to the end."""
    peers: tuple[StoresOfPeer, ...] = ()
    """The other containers of the objects that have the holders."""
