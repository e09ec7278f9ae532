"""Steps out of the built-in types: one function a type, in a table by the type."""

import functools
import weakref
from collections import deque
from collections.abc import Callable
from types import (
    AsyncGeneratorType,
    BuiltinMethodType,
    CellType,
    CoroutineType,
    FrameType,
    GeneratorType,
    MappingProxyType,
    MethodType,
    TracebackType,
)
from typing import Any

from leakscan import wire
from leakscan.agent.heap import atomic_reads, interpreter_roots, key_shapes, lru_cache
from leakscan.agent.references.attributes import instance_step, type_step
from leakscan.agent.references.function_steps import named_part
from leakscan.agent.references.source_names import owner_name, short_file, step_to, wrapped_function
from leakscan.agent.references.suspended import suspended
from leakscan.wire import StepKind


def built_in_step(parent: object, child: object) -> wire.Step:
    """The step from an object to one that it refers to, by its built-in type; else as from an instance."""
    kind = type(parent)
    for base, describe in _BY_BASE:
        if type.__subclasscheck__(base, kind):
            step = describe(parent, child)
            if step is not None:
                return step
    return instance_step(parent, child)


def dict_step(parent: Any, child: object) -> wire.Step:
    """The step from a dict to one of its values, or to a key that is no value."""
    key = atomic_reads.key_of(parent, child)
    if key is not atomic_reads.NOTHING:
        return step_to(StepKind.VALUE, f"[{key_shapes.key_text(key)}]", child)._replace(
            key=key_shapes.identity(key)
        )
    if atomic_reads.has_key(parent, child):
        return step_to(StepKind.KEY, "key", child)
    return instance_step(parent, child)


def _of_sequence(parent: Any, child: object) -> wire.Step:
    index = atomic_reads.place_of(parent, child)
    return instance_step(parent, child) if index is None else step_to(StepKind.INDEX, f"[{index}]", child)


def _of_set(_parent: object, child: object) -> wire.Step:
    return step_to(StepKind.MEMBER, "{…}", child)


def _of_cell(_parent: object, child: object) -> wire.Step:
    return step_to(StepKind.CELL, "cell contents", child)


def _of_method(parent: Any, child: object) -> wire.Step:
    return step_to(StepKind.METHOD, named_part(parent, child, "__self__", "__func__"), child)


def _of_partial(parent: Any, child: object) -> wire.Step:
    for attribute in ("func", "args", "keywords"):
        if functools.partial.__dict__[attribute].__get__(parent) is child:
            return step_to(StepKind.PARTIAL, f".{attribute}", child, "functools.partial", "functools")
    return step_to(StepKind.PART, "→", child, "functools.partial", "functools")


def _of_lru(parent: object, child: object) -> wire.Step:
    if wrapped_function(parent) is child:
        return step_to(StepKind.PART, ".__wrapped__", child, *owner_name(parent))
    return step_to(StepKind.CACHE, "[…]", child, *owner_name(parent))


def _of_suspended(parent: Any, child: object) -> wire.Step:
    names = suspended(type(parent))
    if names is None:
        return instance_step(parent, child)
    frame = getattr(parent, names.frame)
    code = getattr(parent, names.code)
    variable = None if frame is None else interpreter_roots.variable_of(frame, child)
    shown = f"local '{variable}'" if variable else "a value"
    if variable is None and getattr(parent, names.awaited) is child:
        shown = names.waiting
    where = f" in {code.co_qualname}()"
    if frame is not None:
        where += f" at {short_file(code.co_filename)}:{frame.f_lineno}"
    return step_to(StepKind.LOCAL, shown + where, child, code.co_qualname)


def _of_frame(parent: Any, child: object) -> wire.Step:
    if parent.f_back is child:
        return step_to(StepKind.PART, ".f_back", child)
    return local_step(parent, child)


def local_step(frame: FrameType, child: object) -> wire.Step:
    """The step from a frame to the value of one of its variables."""
    variable = interpreter_roots.variable_of(frame, child)
    code = frame.f_code
    where = f" in {code.co_qualname}() at {short_file(code.co_filename)}:{frame.f_lineno}"
    shown = f"local '{variable}'" if variable else "a value"
    return step_to(StepKind.LOCAL, shown + where, child, code.co_qualname)


def _of_traceback(parent: Any, child: object) -> wire.Step:
    return step_to(StepKind.TRACEBACK, named_part(parent, child, "tb_frame", "tb_next"), child)


def _of_exception(parent: object, child: object) -> wire.Step:
    for attribute in ("__traceback__", "__context__", "__cause__", "args"):
        if BaseException.__dict__[attribute].__get__(parent) is child:
            return step_to(StepKind.EXCEPTION, f".{attribute}", child, *owner_name(parent))
    return instance_step(parent, child)


def _of_weakref(_parent: object, child: object) -> wire.Step:
    return step_to(StepKind.CALLBACK, "callback", child, "weakref", "weakref")


def _of_proxy(parent: object, child: object) -> wire.Step:
    return step_to(StepKind.STORAGE, "→", child, *owner_name(parent))


def _of_builtin_method(parent: Any, child: object) -> wire.Step:
    return step_to(StepKind.METHOD, named_part(parent, child, "__self__"), child)


Describe = Callable[[Any, Any], wire.Step | None]

_BY_BASE: tuple[tuple[type, Describe], ...] = (
    *((base, dict_step) for base in atomic_reads.MAPPINGS),
    (list, _of_sequence),
    (tuple, _of_sequence),
    (deque, _of_sequence),
    (set, _of_set),
    (frozenset, _of_set),
    (CellType, _of_cell),
    (MethodType, _of_method),
    (BuiltinMethodType, _of_builtin_method),
    (functools.partial, _of_partial),
    (lru_cache.LRU, _of_lru),
    (GeneratorType, _of_suspended),
    (CoroutineType, _of_suspended),
    (AsyncGeneratorType, _of_suspended),
    (FrameType, _of_frame),
    (TracebackType, _of_traceback),
    (BaseException, _of_exception),
    (weakref.ref, _of_weakref),
    (MappingProxyType, _of_proxy),
    (type, type_step),
)
