"""What the entries of a holder are: their type, and the function that they call or the coroutine they run.

The author of a list of callbacks knows it by what is called back, more than by whose list it is.
"""

import functools
import gc
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator
from types import BuiltinMethodType, FrameType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

from leakscan.agent.heap import atomic_reads, introspect
from leakscan.agent.heap.entries import newest_entries
from leakscan.agent.heap.referents import referents
from leakscan.agent.references import named_roots
from leakscan.agent.references.suspended import frame_of

_ENTRIES_LOOKED_AT = 32
"""Entries that are looked at."""
_MAX_DEPTH = 8
"""Objects that are followed from an entry to what it calls or runs."""
_MAX_MEMBERS = 6
"""Members of a tuple or list, or callbacks of a future, that are looked at."""
_NAMES_OF_WHAT_IS_CALLED = (
    *("callback", "_callback", "func", "fn", "function", "action", "target", "_target", "handler"),
    *("listener", "receiver", "coro", "_coro"),
)


class EntrySummary(NamedTuple):
    """What most of the entries have in common."""

    type: str = ""
    """Type of an entry, of a dict's: of its value; empty where they differ."""
    do: str = ""
    """`call app.close`, `run app.worker()`; empty where they do nothing, or differ."""


def summary_of_entries(container: object) -> EntrySummary:
    """What the newest entries of the container have in common."""
    sampled = newest_entries(container, _ENTRIES_LOOKED_AT) or _unordered(container)
    if not sampled:
        return EntrySummary()
    types = (introspect.type_name(type(entry[-1])) for entry in sampled)
    doings = (_doing(entry[::-1], _MAX_DEPTH) for entry in sampled)
    return EntrySummary(_common(types, len(sampled)), _common(doings, len(sampled)))


def _unordered(container: object) -> list[tuple[object, ...]]:
    """The entries of a container that shows them to the garbage collector only."""
    parts = referents(container)
    inner = [each for each in parts if type(each) is list]
    entries = inner[0] if inner else parts
    return [(entry,) for entry in atomic_reads.first_members(entries, _ENTRIES_LOOKED_AT)]


def _common(texts: Iterable[str | None], sampled: int) -> str:
    (most_common, times), *_ = Counter(texts).most_common(1) or [(None, 0)]
    return most_common if most_common and 2 * times >= sampled else ""


def _doing(obj: Any, depth: int) -> str | None:
    """`call app.close` or `run app.worker()`, for what calls or runs something; None for anything else."""
    kind = type(obj)
    if depth < 0:
        return None
    if kind is FunctionType:
        return f"call {_function_name(obj)}"
    frame = None if kind is FrameType else frame_of(obj)
    if frame is not None:
        return f"run {named_roots.function_name(frame, frame.f_code)}()"
    following = _followed(obj)
    doing = next((text for each in following if (text := _doing(each, depth - 1)) is not None), None)
    if doing is None and kind is BuiltinMethodType:
        return f"call {_builtin_name(obj)}"
    return doing


def _followed(obj: Any) -> Iterator[object]:
    """What the object would call or run next, the likeliest first."""
    kind = type(obj)
    if kind is MethodType:
        yield obj.__func__
    elif kind is functools.partial:
        yield functools.partial.__dict__["func"].__get__(obj)
    elif kind is BuiltinMethodType or introspect.type_name(kind) == "TaskStepMethWrapper":
        yield from (each for each in gc.get_referents(obj) if named_roots.task_coroutine(each) is not None)
    elif kind is list or type.__subclasscheck__(tuple, kind):
        yield from atomic_reads.first_members(obj, _MAX_MEMBERS)
    elif type.__subclasscheck__(weakref.ref, kind):
        yield weakref.ref.__dict__["__callback__"].__get__(obj)
    else:
        yield from _attributes(obj)


def _attributes(obj: object) -> Iterator[object]:
    coroutine = named_roots.task_coroutine(obj)
    if coroutine is not None:
        yield coroutine
        return
    callbacks = named_roots.future_callbacks(obj)
    if callbacks is not None:
        yield from callbacks[:_MAX_MEMBERS]
        return
    slots = dict(introspect.slots_of(obj))
    namespace = introspect.instance_dict(obj) or {}
    for name in _NAMES_OF_WHAT_IS_CALLED:
        held = introspect.slot_value(obj, slots[name]) if name in slots else namespace.get(name)
        if held is None:
            continue
        if _is_of_asyncio(held):
            # What the library has called after a time wakes up what waits for it.
            yield introspect.slot_value(obj, slots["_args"]) if "_args" in slots else namespace.get("_args")
        yield held


def _is_of_asyncio(function: object) -> bool:
    return type(function) is FunctionType and _module_of(function).startswith("asyncio.")


def _function_name(function: FunctionType) -> str:
    module = _module_of(function)
    return f"{module}.{function.__qualname__}" if module else function.__qualname__


def _module_of(function: FunctionType) -> str:
    module: object = FunctionType.__dict__["__module__"].__get__(function)
    return module if type(module) is str else ""


def _builtin_name(function: Any) -> str:
    """`list.append` of a bound method, `len` of a plain function."""
    owner = function.__self__
    is_plain = owner is None or type.__subclasscheck__(ModuleType, type(owner))
    return str(function.__name__) if is_plain else f"{introspect.type_name(type(owner))}.{function.__name__}"
