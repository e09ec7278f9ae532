"""A sentence of advice for the patterns that leaks are made of, and where each is explained."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.findings.stores import Peer
from leakscan.analysis.naming.step_kinds import ENTRIES
from leakscan.model.analysis import StoreLine
from leakscan.model.run import Kind
from leakscan.wire import StepKind


class Advice(NamedTuple):
    """What to do about a finding."""

    text: str
    pattern: str
    """The heading of its section in `docs/patterns.md`, as a link spells it: `leakscan explain` shows it."""


ON_A_METHOD = Advice(
    "a cache on a method keeps every instance: cache on the instance instead, or give it a maxsize",
    "a-cache-on-a-method",
)
WITHOUT_A_BOUND = Advice(
    "give the cache a maxsize, or clear it when what it caches is over", "an-unbounded-cache"
)
CACHE = Advice("bound the cache: evict the oldest beyond a maximum, or after a time", "an-unbounded-cache")
VALUES = Advice(
    "it gains no entries: what one of them keeps grows, and has to have an end of its own", "values-that-grow"
)
OUTGROWN = Advice(
    "it has a bound and does not keep it: look at what evicts", "a-cache-that-outgrows-its-bound"
)
CELL = Advice(
    "the closure keeps this for as long as it lives: bound it, or pass it in per call",
    "a-closure-that-gathers",
)
DEFAULT = Advice(
    "a default is made once for all calls: use None and make a new one inside", "a-default-that-is-shared"
)
EXCEPTION = Advice(
    "a kept exception keeps its frames: keep its text, or drop `__traceback__`", "a-kept-exception"
)
TASK = Advice("cancel the handle or task when what it waits for is over", "a-task-that-nobody-awaits")
THREAD = Advice(
    "what a thread keeps lives as long as the thread: clear it when its work is over", "a-threads-own-storage"
)
WEAK_KEYS = Advice(
    "a value that refers to its key keeps it alive: make that reference weak",
    "a-weak-map-whose-values-refer-to-their-keys",
)
VIEW = Advice("a view keeps all of its buffer: copy what is kept", "a-buffer-that-is-kept-by-a-view")
CLASSES = Advice("make the class once, not per call", "classes-made-per-call")
QUEUE = Advice(
    "give it a maxsize, so that what puts waits for what takes; and look whether what takes still runs",
    "a-queue-that-is-not-emptied",
)
LISTENER = Advice("remove each callback when what registered it is over", "a-listener-that-is-never-removed")
LOCK = Advice(
    "delete each entry when its last user is done, counting users: "
    "a plain delete drops a lock that others still wait on",
    "a-lock-per-key",
)
INDEXES = Advice("delete each object from all of its indexes in one place", "two-indexes-of-the-same-objects")
ENTRY = Advice(
    "delete each entry when the work that added it is over, or bound the size",
    "a-map-that-is-filled-per-request",
)
ITEM = Advice(
    "remove each item when the work that added it is over, or bound the size",
    "a-map-that-is-filled-per-request",
)
WRAPPED = Advice(
    "it is wrapped again at each call, and each wrapper keeps the one before: wrap it once",
    "a-function-that-is-wrapped-again-and-again",
)
LINKED = Advice(
    "each new one keeps the one before: drop that link, or cut the chain at a length",
    "a-chain-in-which-each-keeps-the-one-before",
)
GARBAGE = Advice(
    "switch the garbage collector on, or break the cycle: a weak reference to the parent does",
    "cyclic-garbage",
)
FREEZING = Advice(
    "call gc.freeze() once, after a gc.collect(): frozen cycles are never freed", "cyclic-garbage"
)
INTERNED = Advice(
    "intern no strings without end: sys.intern of what comes in, setattr under ever new names",
    "interned-strings",
)
NATIVE = Advice(
    "no Python object holds this: look at the C extensions that the calls use, "
    "for what they allocate and do not free",
    "native-growth",
)
NATIVE_LINE = Advice(
    "no Python object holds this: look at the C extension that the line calls, "
    "for what it allocates and does not free",
    "native-growth",
)
LOST = Advice(
    "a C extension took a reference and never gave it back: upgrade it, or report it there",
    "a-reference-lost-in-c",
)
_OF_KIND = {
    Kind.CYCLIC_GARBAGE: GARBAGE,
    Kind.NATIVE: NATIVE,
    Kind.LOST_REFERENCE: LOST,
    Kind.BOUND_EXCEEDED: OUTGROWN,
}


class StepAdvice(NamedTuple):
    """What the kind of a step says about a leak that hangs on it."""

    kept: Advice | None
    """Where it leads straight to what grows; None if the kind alone says nothing."""
    chained: Advice | None
    """Where a chain of such steps is what grows; None if what it begins at says more."""


_OF_ANY_STEP = StepAdvice(kept=None, chained=LINKED)

OF_STEPS: Mapping[str, StepAdvice] = {
    StepKind.MODULE: _OF_ANY_STEP,
    StepKind.THREAD: StepAdvice(kept=THREAD, chained=LINKED),
    StepKind.TASK: StepAdvice(kept=TASK, chained=LINKED),
    StepKind.LOGGER: _OF_ANY_STEP,
    StepKind.TARGET: _OF_ANY_STEP,
    StepKind.SETUP: _OF_ANY_STEP,
    StepKind.CONTEXT: _OF_ANY_STEP,
    StepKind.REGISTRY: _OF_ANY_STEP,
    StepKind.SIGNAL: _OF_ANY_STEP,
    StepKind.HOOK: _OF_ANY_STEP,
    StepKind.GARBAGE: _OF_ANY_STEP,
    StepKind.UNKNOWN: _OF_ANY_STEP,
    StepKind.GLOBAL: _OF_ANY_STEP,
    StepKind.ATTRIBUTE: _OF_ANY_STEP,
    StepKind.CLASS_ATTRIBUTE: _OF_ANY_STEP,
    StepKind.STATIC_METHOD: _OF_ANY_STEP,
    StepKind.FUNCTION_ATTRIBUTE: StepAdvice(kept=None, chained=WRAPPED),
    StepKind.ATTRIBUTE_NAME: _OF_ANY_STEP,
    StepKind.STORAGE: _OF_ANY_STEP,
    StepKind.NAMESPACE: _OF_ANY_STEP,
    StepKind.GLOBALS: _OF_ANY_STEP,
    StepKind.THREAD_LOCAL: StepAdvice(kept=THREAD, chained=LINKED),
    StepKind.CONTEXT_VARIABLE: _OF_ANY_STEP,
    StepKind.VALUE: _OF_ANY_STEP,
    StepKind.KEY: _OF_ANY_STEP,
    StepKind.INDEX: _OF_ANY_STEP,
    StepKind.MEMBER: _OF_ANY_STEP,
    StepKind.CACHE: StepAdvice(kept=WITHOUT_A_BOUND, chained=LINKED),
    StepKind.CELL: StepAdvice(kept=CELL, chained=WRAPPED),
    StepKind.DEFAULT: StepAdvice(kept=DEFAULT, chained=LINKED),
    StepKind.LOCAL: _OF_ANY_STEP,
    StepKind.PARTIAL: StepAdvice(kept=None, chained=WRAPPED),
    StepKind.METHOD: _OF_ANY_STEP,
    StepKind.CALLBACK: _OF_ANY_STEP,
    StepKind.EXCEPTION: StepAdvice(kept=None, chained=None),
    StepKind.TRACEBACK: StepAdvice(kept=EXCEPTION, chained=None),
    StepKind.PART: _OF_ANY_STEP,
}
_LINKS_OF_ERRORS = ("__traceback__", "__context__", "__cause__")
_MAPS = frozenset({"dict", "OrderedDict", "defaultdict", "Counter"})
_QUEUES = frozenset({"Queue", "LifoQueue", "PriorityQueue", "SimpleQueue", "JoinableQueue"})
_TASKS = frozenset({"Task", "Handle", "TimerHandle"})
_MAIN_THREAD = "thread 'MainThread'"
_LISTENING = ("listener", "callback", "handler", "observer", "receiver", "subscri")
_LOCKING = ("lock", "mutex")
_NO_LOCK = re.compile("(?i)blocks?|clocks?")
_NOTHING = wire.NamedHolder(())


class Growing(NamedTuple):
    """What is known of a container that grows, as far as an advice goes by it."""

    holder: wire.HeldBy
    steps: Sequence[wire.Step]
    named: wire.NamedHolder
    others: int
    """Other containers that hold the same."""

    @property
    def place(self) -> int:
        """The step that leads to what the program has a name for: the container, or the one that it is in."""
        return place_of_name(self.steps)

    @property
    def own_type(self) -> str:
        """The type of the object that its user knows."""
        return self.steps[-1].type if self.steps else self.holder.type

    @property
    def names(self) -> str:
        """What the program calls it, and what it is in."""
        return " ".join(step.link for step in self.steps[self.place :])

    @property
    def is_map(self) -> bool:
        """Whether its entries have keys."""
        return self.holder.type in _MAPS or self.holder.base in _MAPS

    def brings(self, kind: str) -> bool:
        """Whether an object of the type comes with every other entry, at the least."""
        brought = sum(share.types.get(kind, 0) for share in self.holder.shares)
        return brought > 0 and brought >= settings.MIN_SHARE_OF_ENTRIES * (self.holder.added or 0)


class OfGrowing(NamedTuple):
    """One reason for an advice."""

    reason: str
    applies: Callable[[Growing], bool]
    advice: Advice


def _is_cached_method(growing: Growing) -> bool:
    last = growing.steps[-1] if growing.steps else None
    if last is None or not _is_lru_cache(growing):
        return False
    is_method = "." in last.owner and "<locals>" not in last.owner
    return is_method if last.kind == StepKind.CACHE else last.kind == StepKind.CLASS_ATTRIBUTE


def _is_lru_cache(growing: Growing) -> bool:
    is_in_cache = bool(growing.steps) and growing.steps[-1].kind == StepKind.CACHE
    return is_in_cache or growing.own_type == "_lru_cache_wrapper"


def _is_queue(growing: Growing) -> bool:
    last = growing.steps[-1] if growing.steps else None
    return growing.own_type in _QUEUES or (last is not None and last.owner in _QUEUES)


def _are_tasks(growing: Growing) -> bool:
    return growing.named.entry_type in _TASKS or growing.named.entries_do.startswith("run ")


def _is_named(words: Sequence[str], text: str) -> bool:
    return any(word in text.lower() for word in words)


def _is_lock(text: str) -> bool:
    return _is_named(_LOCKING, _NO_LOCK.sub("", text))


def _is_cache_by_name(growing: Growing) -> bool:
    owner = growing.steps[growing.place].owner if growing.steps else ""
    return "cache" in growing.names.lower() or owner.lower().endswith("cache")


OF_GROWING: tuple[OfGrowing, ...] = (
    # What kind of container it is.
    OfGrowing("a cache of a method", _is_cached_method, ON_A_METHOD),
    OfGrowing("a cache of a function", _is_lru_cache, WITHOUT_A_BOUND),
    OfGrowing("a map with weak keys", lambda g: g.own_type == "WeakKeyDictionary", WEAK_KEYS),
    OfGrowing("a queue", _is_queue, QUEUE),
    # What its entries are.
    OfGrowing("its entries are classes", lambda g: g.brings("type"), CLASSES),
    OfGrowing("its entries are views", lambda g: "memoryview" in (g.named.entry_type, g.own_type), VIEW),
    OfGrowing("its entries are tasks or handles", _are_tasks, TASK),
    OfGrowing("its entries are errors with tracebacks", lambda g: g.brings("traceback"), EXCEPTION),
    OfGrowing("its entries are locks", lambda g: _is_lock(g.named.entry_type), LOCK),
    OfGrowing("its entries are called", lambda g: bool(g.named.entries_do), LISTENER),
    # What it is called.
    OfGrowing("it is called subclasses", lambda g: "subclasses" in g.names, CLASSES),
    OfGrowing("it is called listeners", lambda g: _is_named(_LISTENING, g.names), LISTENER),
    OfGrowing("it is called locks", lambda g: _is_lock(g.names), LOCK),
    OfGrowing("it is called a cache", _is_cache_by_name, CACHE),
    OfGrowing("others hold the same", lambda g: g.is_map and g.others > 0, INDEXES),
)
"""What a container that grows is, the most telling first; where it is kept is asked after all of these."""


def advice(
    kind: Kind,
    holder: wire.HeldBy | None,
    steps: Sequence[wire.Step],
    *,
    others: int = 0,
    named: wire.NamedHolder | None = None,
) -> Advice | None:
    """What to do about a finding with so many other holders; None where nothing general can be said."""
    if kind in _OF_KIND:
        return _OF_KIND[kind]
    if holder is None or kind is Kind.BOUNDED:
        return None
    growing = Growing(holder, steps, named or _NOTHING, others)
    if not holder.is_container:
        return _by_chain(steps) or _by_itself(growing) or _by_place(steps)
    return _by_itself(growing) or _by_place(steps) or (ENTRY if growing.is_map else ITEM)


def with_lines(advised: Advice, stored_at: Sequence[StoreLine], peer: Peer | None) -> Advice:
    """The advice with the lines to look at: where a peer is cleaned, where a listener is added."""
    if peer is not None and advised in (ENTRY, ITEM, CACHE, INDEXES, LOCK):
        base = INDEXES if peer.is_index and advised is not LOCK else advised
        where = f"{peer.taken_at.file}:{peer.taken_at.line} in {peer.taken_at.qualname}"
        return base._replace(text=f"{base.text}: `{peer.name}` is cleaned at {where}, and this is not")
    if advised is LISTENER and stored_at:
        added = stored_at[0].frame
        return advised._replace(
            text=f"{advised.text}: it is added at {added.file}:{added.line} and removed nowhere"
        )
    return advised


def _by_chain(steps: Sequence[wire.Step]) -> Advice | None:
    """Where it is not a container that grows, but a chain of objects."""
    last = steps[-1] if steps else None
    return None if last is None or last.repeats == 1 else _of_step(last).chained


def _by_itself(growing: Growing) -> Advice | None:
    return next((each.advice for each in OF_GROWING if each.applies(growing)), None)


def _by_place(steps: Sequence[wire.Step]) -> Advice | None:
    """By where it is kept, if that leads straight to it: what is many steps away has many things in it."""
    if not steps:
        return None
    place = place_of_name(steps)
    step, root = steps[place], steps[0]
    if step.kind == StepKind.LOCAL:
        is_of_thread = root.kind == StepKind.THREAD and root.link != _MAIN_THREAD
        kept = THREAD if is_of_thread else None
    elif step.kind == StepKind.ATTRIBUTE and place > 0:
        # The attributes of a thread, a task or a loop are their own.
        kept = _of_step(steps[place - 1]).kept if place == 1 else None
    else:
        kept = _of_step(step).kept
    if kept is None and any(each.link.endswith(_LINKS_OF_ERRORS) for each in steps):
        return EXCEPTION
    return kept


def place_of_name(steps: Sequence[wire.Step]) -> int:
    """The last step that does not only lead from a container to one of its entries."""
    named = (n for n in range(len(steps) - 1, -1, -1) if steps[n].kind not in ENTRIES)
    return next(named, 0)


def _of_step(step: wire.Step) -> StepAdvice:
    return OF_STEPS.get(step.kind, _OF_ANY_STEP)
