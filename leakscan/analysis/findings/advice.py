"""A sentence of advice for the patterns that leaks are made of, and where each is explained."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from leakscan import wire
from leakscan.analysis.findings.stores import Peer
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
    """Where it leads to what grows; None if the kind alone says nothing."""
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
    StepKind.THREAD_LOCAL: _OF_ANY_STEP,
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
_OF_TYPE = {"WeakKeyDictionary": WEAK_KEYS, "memoryview": VIEW}
_LISTENING = ("listener", "callback", "handler", "observer", "subscri")
_LOCKING = ("lock", "mutex")
_LINKS_OF_ERRORS = ("__traceback__", "__context__", "__cause__")
_MAPS = frozenset({"dict", "OrderedDict", "defaultdict", "Counter"})
_NOTHING = wire.NamedHolder(())


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
    if not holder.is_container:
        return _by_chain(steps) or _by_owner(steps)
    return _by_owner(steps) or _by_entries(holder, steps, others, named or _NOTHING)


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


def _by_owner(steps: Sequence[wire.Step]) -> Advice | None:
    if steps and steps[-1].type == "_lru_cache_wrapper" and steps[-1].kind != StepKind.CACHE:
        return ON_A_METHOD if steps[-1].kind == StepKind.CLASS_ATTRIBUTE else WITHOUT_A_BOUND
    is_local = False
    for step in reversed(steps):
        if step.kind == StepKind.CACHE:
            is_method = "." in step.owner and "<locals>" not in step.owner
            return ON_A_METHOD if is_method else _of_step(step).kept
        if step.link.endswith(_LINKS_OF_ERRORS):
            return EXCEPTION
        is_local = is_local or step.kind == StepKind.LOCAL
        if step.kind == StepKind.TASK and is_local:
            # Not the task is too many, but what one of its variables gathers.
            return None
        # What it is says more than where it is kept.
        pattern = _OF_TYPE.get(step.type) or _of_step(step).kept
        if pattern is not None:
            return pattern
    return None


def _of_step(step: wire.Step) -> StepAdvice:
    return OF_STEPS.get(step.kind, _OF_ANY_STEP)


def _by_entries(
    holder: wire.HeldBy, steps: Sequence[wire.Step], others: int, named: wire.NamedHolder
) -> Advice:
    last = steps[-1].link.lower() if steps else ""
    is_map = holder.type in _MAPS or holder.base in _MAPS
    if "subclasses" in last or _are_classes(holder):
        return CLASSES
    if named.entries_do.startswith("run "):
        return TASK
    if any(word in last for word in _LISTENING) or named.entries_do:
        return LISTENER
    if any(word in f"{last} {named.entry_type.lower()}" for word in _LOCKING):
        return LOCK
    if others and is_map:
        return INDEXES
    if "cache" in last:
        return CACHE
    return ENTRY if is_map else ITEM


def _are_classes(holder: wire.HeldBy) -> bool:
    """Whether a class comes with every other entry, at the least."""
    classes = sum(share.types.get("type", 0) for share in holder.shares)
    return classes > 0 and 2 * classes >= (holder.added or 0)
