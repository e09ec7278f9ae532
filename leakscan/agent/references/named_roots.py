"""Objects that the whole process knows by a name of their own: a chain may begin at them."""

import sys
from collections.abc import Callable
from types import CoroutineType, GetSetDescriptorType, MethodDescriptorType
from typing import Any

from leakscan import wire
from leakscan.agent.heap import introspect


def named_root(obj: object) -> wire.Step | None:
    """The root that the object is to the author of the program: a logger or a task, by its name."""
    return next((step for root_of in _KINDS if (step := root_of(obj)) is not None), None)


def task_coroutine(obj: object) -> object | None:
    """The coroutine that an asyncio task runs; None for anything else."""
    if not _is_of("asyncio", "Task", obj):
        return None
    return future_part(obj, "_coro")


def future_callbacks(obj: object) -> list[object] | None:
    """What an asyncio future calls when it is done; None for anything else."""
    if not _is_of("asyncio", "Future", obj):
        return None
    callbacks = future_part(obj, "_callbacks")
    return callbacks if type(callbacks) is list else []


def future_part(future: object, name: str) -> object | None:
    """An attribute of an asyncio future, read where the library keeps it: no code of the target is run."""
    for kind in introspect.mro_of_type(type(future)):
        getter: Any = introspect.namespace_of_type(kind).get(name)
        # Those of C only: a property of a subclass would run the target's code.
        if type(getter) is GetSetDescriptorType:
            try:
                return getter.__get__(future)  # type: ignore[no-any-return]
            except Exception:
                return None
    return (introspect.instance_dict(future) or {}).get(name)


def _logger(obj: object) -> wire.Step | None:
    if not _is_of("logging", "Logger", obj):
        return None
    name = (introspect.instance_dict(obj) or {}).get("name")
    if type(name) is not str:
        return None
    shown = "" if _is_of("logging", "RootLogger", obj) else introspect.text_of(name)
    return _root(wire.StepKind.LOGGER, f"logging.getLogger({shown})", obj)


def _loggers(obj: object) -> wire.Step | None:
    return (
        _root(wire.StepKind.LOGGER, "logging.root.manager", obj)
        if _is_of("logging", "Manager", obj)
        else None
    )


def _task(obj: object) -> wire.Step | None:
    coroutine: Any = task_coroutine(obj)
    if coroutine is None:
        return None
    name = _task_name(obj)
    running = ""
    owner = ""
    if type(coroutine) is CoroutineType:
        owner = function_name(coroutine.cr_frame, coroutine.cr_code)
        running = f" running {owner}()"
    shown = f"task {introspect.text_of(name)}" if type(name) is str else "task"
    return _root(wire.StepKind.TASK, shown + running, obj)._replace(owner=owner)


def _task_name(task: object) -> object | None:
    for kind in introspect.mro_of_type(type(task)):
        method: Any = introspect.namespace_of_type(kind).get("get_name")
        if type(method) is MethodDescriptorType:
            return method(task)  # type: ignore[no-any-return]
    return (introspect.instance_dict(task) or {}).get("_name")


def function_name(frame: Any, code: Any) -> str:
    """`app.worker`: the function of the code, with the module that the frame says it is from."""
    module = None if frame is None else frame.f_globals.get("__name__")
    return f"{module}.{code.co_qualname}" if type(module) is str else str(code.co_qualname)


def _root(kind: wire.StepKind, link: str, obj: object) -> wire.Step:
    return wire.Step(kind, link, introspect.type_name(type(obj)))


def _is_of(module: str, name: str, obj: object) -> bool:
    loaded = sys.modules.get(module)
    if loaded is None:
        return False
    kind = introspect.namespace_of_module(loaded).get(name)
    return type(kind) is type and type.__subclasscheck__(kind, type(obj))


_KINDS: tuple[Callable[[object], wire.Step | None], ...] = (_logger, _loggers, _task)
