"""A sentence of advice for the patterns that leaks are made of, and where each is explained."""

from collections.abc import Sequence
from typing import NamedTuple

from leakscan import wire
from leakscan.model import Kind

PAGE = "docs/patterns.md"


class Advice(NamedTuple):
    """What to do about a finding."""

    text: str
    pattern: str
    """The heading of its section in `docs/patterns.md`, as a link spells it."""

    @property
    def page(self) -> str:
        """Where the pattern is explained."""
        return f"{PAGE}#{self.pattern}"


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
LISTENER = Advice("remove each listener when what registered it is over", "a-listener-that-is-never-removed")
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
GARBAGE = Advice(
    "switch the garbage collector on, or break the cycle: a weak reference to the parent does",
    "cyclic-garbage",
)
FREEZING = Advice(
    "call gc.freeze() once, after a gc.collect(): frozen cycles are never freed", "cyclic-garbage"
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
EVERY = (
    *(ON_A_METHOD, WITHOUT_A_BOUND, CACHE, OUTGROWN, CELL, DEFAULT, EXCEPTION, TASK, THREAD, WEAK_KEYS),
    *(VIEW, CLASSES, LISTENER, LOCK, INDEXES, ENTRY, ITEM, GARBAGE, FREEZING, NATIVE, NATIVE_LINE, LOST),
)

_OF_KIND = {
    Kind.CYCLIC_GARBAGE: GARBAGE,
    Kind.NATIVE: NATIVE,
    Kind.LOST_REFERENCE: LOST,
    Kind.BOUND_EXCEEDED: OUTGROWN,
}
_LISTENING = ("listener", "callback", "handler", "observer", "subscri")
_LOCKING = ("lock", "mutex")
_LOCKS = frozenset({"lock", "RLock", "Lock", "Semaphore", "BoundedSemaphore", "Condition"})
_MAPS = ("dict", "OrderedDict", "defaultdict", "Counter")
_LISTS = ("list", "deque", "set")


def advice(
    kind: Kind, holder: wire.HeldBy | None, steps: Sequence[wire.Step], *, others: int = 0
) -> Advice | None:
    """What to do about a finding with so many other holders; None where nothing general can be said."""
    if kind in _OF_KIND:
        return _OF_KIND[kind]
    if holder is None or kind is Kind.BOUNDED:
        return None
    return _by_owner(steps) or _by_type(holder, steps, others)


def _by_owner(steps: Sequence[wire.Step]) -> Advice | None:
    if steps and steps[-1].type == "_lru_cache_wrapper" and steps[-1].kind != "cache":
        return ON_A_METHOD if steps[-1].kind == "class attribute" else WITHOUT_A_BOUND
    for step in reversed(steps):
        if step.kind == "cache":
            is_method = "." in step.owner and "<locals>" not in step.owner
            return ON_A_METHOD if is_method else WITHOUT_A_BOUND
        if step.link == "__traceback__" or step.kind == "traceback":
            return EXCEPTION
        found = {"cell": CELL, "default": DEFAULT, "task": TASK, "thread": THREAD}.get(step.kind)
        found = found or {"WeakKeyDictionary": WEAK_KEYS, "memoryview": VIEW}.get(step.type)
        if found is not None:
            return found
    return None


def _by_type(holder: wire.HeldBy, steps: Sequence[wire.Step], others: int) -> Advice | None:
    if not holder.is_container:
        return None
    last = steps[-1].link.lower() if steps else ""
    if any(word in last for word in _LISTENING):
        return LISTENER
    if any(word in last for word in _LOCKING) or _LOCKS & _types(holder):
        return LOCK
    if "subclasses" in last:
        return CLASSES
    if others and holder.type in _MAPS:
        return INDEXES
    if "cache" in last:
        return CACHE
    if holder.type in _MAPS:
        return ENTRY
    return ITEM if holder.type in _LISTS else None


def _types(holder: wire.HeldBy) -> frozenset[str]:
    """The types of what hangs on the holder."""
    return frozenset(name for share in holder.shares for name in share.types)
