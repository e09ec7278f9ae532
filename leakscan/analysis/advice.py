"""A sentence or two of advice for the patterns that leaks are made of."""

from collections.abc import Sequence

from leakscan import wire
from leakscan.model import Kind

_ON_A_METHOD = "a cache on a method keeps every instance: cache on the instance instead, or give it a maxsize"
_WITHOUT_A_BOUND = "give the cache a maxsize, or clear it when what it caches is over"
FREEZING = "call gc.freeze() once, after a gc.collect(): frozen cycles are never freed"


def advice(kind: Kind, holder: wire.HeldBy | None, steps: Sequence[wire.Step]) -> str | None:
    """What to do about a finding; None where nothing general can be said."""
    if kind is Kind.CYCLIC_GARBAGE:
        return "switch the garbage collector on, or break the cycle: a weak reference to the parent does"
    if kind is Kind.NATIVE:
        return (
            "no Python object holds this: look at the C extensions that the calls use, "
            "for what they allocate and do not free"
        )
    if kind is Kind.LOST_REFERENCE:
        return "a C extension took a reference and never gave it back: upgrade it, or report it there"
    if holder is None:
        return None
    return _by_owner(steps) or _by_type(holder, steps)


def _by_owner(steps: Sequence[wire.Step]) -> str | None:
    if steps and steps[-1].type == "_lru_cache_wrapper":
        return _ON_A_METHOD if steps[-1].kind == "class attribute" else _WITHOUT_A_BOUND
    for step in reversed(steps):
        if step.kind == "cache":
            if "." in step.owner and "<locals>" not in step.owner:
                return _ON_A_METHOD
            return _WITHOUT_A_BOUND
        if step.kind == "cell":
            return "the closure keeps this for as long as it lives: bound it, or pass it in per call"
        if step.kind == "default":
            return "a default is made once for all calls: use None and make a new one inside"
        if step.link == "__traceback__" or step.kind == "traceback":
            return "a kept exception keeps its frames: keep its text, or drop `__traceback__`"
        if step.kind == "task":
            return "cancel the handle or task when what it waits for is over"
    return None


def _by_type(holder: wire.HeldBy, steps: Sequence[wire.Step]) -> str | None:
    if not holder.is_container:
        return None
    last = steps[-1].link.lower() if steps else ""
    if any(word in last for word in ("listener", "callback", "handler", "observer", "subscri")):
        return "remove each listener when what registered it is over"
    if any(word in last for word in ("lock", "mutex")):
        return (
            "delete each entry when its last user is done, counting users: "
            "a plain delete drops a lock that others still wait on"
        )
    if "cache" in last:
        return "bound the cache: evict the oldest beyond a maximum, or after a time"
    if holder.type in ("dict", "OrderedDict", "defaultdict", "Counter"):
        return "delete each entry when the work that added it is over, or bound the size"
    if holder.type in ("list", "deque", "set"):
        return "remove each item when the work that added it is over, or bound the size"
    return None
