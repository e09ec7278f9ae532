"""What the entries of a holder are: their type, and the function that they call or the coroutine they run.

A list of callbacks is known to its author by what is called back, more than by whose list it is.
"""

import functools
import gc
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator
from types import BuiltinMethodType, FrameType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

from leakscan.agent.experiments.entry_sizes import newest_entries
from leakscan.agent.heap import atomic_reads, introspect
from leakscan.agent.references import named_roots
from leakscan.agent.references.referents import referents
from leakscan.agent.references.suspended import frame_of

_SAMPLED = 32
_DEEPEST = 8
_MOST_PARTS = 6
_NAMES_OF_WHAT_IS_CALLED = (
    *("callback", "_callback", "func", "fn", "function", "action", "target", "_target", "handler"),
    *("listener", "receiver", "coro", "_coro"),
)


class Entries(NamedTuple):
    """What most of the entries have in common."""

    type: str = ""
    """Type of an entry, of a dict's: of its value; empty where they differ."""
    do: str = ""
    """`call app.close`, `run app.worker()`; empty where they do nothing, or differ."""


def entries_of(container: object) -> Entries:
    """What the newest entries of the container have in common."""
    sampled = newest_entries(container, _SAMPLED) or _unordered(container)
    if not sampled:
        return Entries()
    types = (introspect.type_name(type(entry[-1])) for entry in sampled)
    doings = (_doing(entry[::-1], _DEEPEST) for entry in sampled)
    return Entries(_common(types, len(sampled)), _common(doings, len(sampled)))


def _unordered(container: object) -> list[tuple[object, ...]]:
    """The entries of a container that shows them to the garbage collector only."""
    found = referents(container)
    inner = [each for each in found if type(each) is list]
    entries = inner[0] if inner else found
    return [(entry,) for entry in atomic_reads.first_members(entries, _SAMPLED)]


def _common(texts: Iterable[str | None], sampled: int) -> str:
    (most_common, times), *_ = Counter(texts).most_common(1) or [(None, 0)]
    return most_common if most_common and 2 * times >= sampled else ""


def _doing(found: Any, deepest: int) -> str | None:
    """`call app.close` or `run app.worker()`, for what calls or runs something; None for anything else."""
    kind = type(found)
    if deepest < 0:
        return None
    if kind is FunctionType:
        return f"call {_function_name(found)}"
    frame = None if kind is FrameType else frame_of(found)
    if frame is not None:
        return f"run {named_roots.function_name(frame, frame.f_code)}()"
    following = _followed(found)
    said = next((text for each in following if (text := _doing(each, deepest - 1)) is not None), None)
    if said is None and kind is BuiltinMethodType:
        return f"call {_builtin_name(found)}"
    return said


def _followed(found: Any) -> Iterator[object]:
    """What the object would call or run next, the likeliest first."""
    kind = type(found)
    if kind is MethodType:
        yield found.__func__
    elif kind is functools.partial:
        yield functools.partial.__dict__["func"].__get__(found)
    elif kind is BuiltinMethodType or introspect.type_name(kind) == "TaskStepMethWrapper":
        yield from (each for each in gc.get_referents(found) if named_roots.task_coroutine(each) is not None)
    elif kind is list or type.__subclasscheck__(tuple, kind):
        yield from atomic_reads.first_members(found, _MOST_PARTS)
    elif type.__subclasscheck__(weakref.ref, kind):
        yield weakref.ref.__dict__["__callback__"].__get__(found)
    else:
        yield from _attributes(found)


def _attributes(found: object) -> Iterator[object]:
    coroutine = named_roots.task_coroutine(found)
    if coroutine is not None:
        yield coroutine
        return
    callbacks = named_roots.future_callbacks(found)
    if callbacks is not None:
        yield from callbacks[:_MOST_PARTS]
        return
    slots = dict(introspect.slots_of(found))
    namespace = introspect.instance_dict(found) or {}
    for name in _NAMES_OF_WHAT_IS_CALLED:
        held = introspect.slot_value(found, slots[name]) if name in slots else namespace.get(name)
        if held is None:
            continue
        if _is_of_asyncio(held):
            # What the library has called after a time wakes up what waits for it.
            yield introspect.slot_value(found, slots["_args"]) if "_args" in slots else namespace.get("_args")
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
