"""Steps by attributes: of modules, classes, functions and instances, and of futures that C code makes."""

import sys
from types import BuiltinMethodType, FunctionType, GetSetDescriptorType, ModuleType
from typing import Any

from leakscan import masking, wire
from leakscan.agent.heap import atomic_reads, introspect, key_shapes
from leakscan.agent.references.source_names import method_text, owner_name, step_to
from leakscan.wire import StepKind

_STORAGE_NAMES = frozenset({"data", "queue", "_queue", "maps", "_data", "_exit_callbacks"})
_STORAGE_MODULES = frozenset(
    {
        *("collections", "weakref", "_weakrefset", "queue", "asyncio.queues", "multiprocessing.queues"),
        *("os", "contextlib"),
    }
)
_CACHETOOLS = "cachetools"
_MAX_WRAPPED = 32
"""Functions around a function that are looked through."""


def attribute_step(owner: object, namespace: Any, value: object) -> wire.Step:
    """The step from a module, class, function or instance to a value in its namespace."""
    name = atomic_reads.key_of(namespace, value)
    if type(name) is not str:
        return step_to(StepKind.ATTRIBUTE_NAME, ".<name>", value, *owner_name(owner))
    shown = f".{introspect.attribute_text(name)}"
    if type.__subclasscheck__(ModuleType, type(owner)):
        return step_to(StepKind.GLOBAL, shown, value, *owner_name(owner))
    if type.__subclasscheck__(type, type(owner)):
        return step_to(StepKind.CLASS_ATTRIBUTE, shown, value, *owner_name(owner))
    if type(owner) is FunctionType:
        copied_from = _wrapped_instance(owner, name, value)
        if copied_from is None:
            return step_to(StepKind.FUNCTION_ATTRIBUTE, shown, value, *owner_name(owner))
        owner = copied_from
    return _instance_attribute_step(owner, name, value)


def _wrapped_instance(function: object, name: str, value: object) -> object | None:
    """The object that has the attribute of which the function has a copy, since `functools.wraps` made it."""
    wrapped = function
    for _ in range(_MAX_WRAPPED):
        namespace = introspect.instance_dict(wrapped)
        if namespace is None or namespace.get(name) is not value:
            return None
        if type(wrapped) is not FunctionType:
            return wrapped
        wrapped = namespace.get("__wrapped__")
    return None


def _instance_attribute_step(owner: object, name: str, value: object) -> wire.Step:
    shown = key_shapes.attribute_text(owner, name)
    step = step_to(_kind_of_attribute(owner, name), f".{shown}", value, *owner_name(owner))
    return step if masking.MASK not in shown else step._replace(key=key_shapes.identity(name))


def is_storage(owner: object, name: str) -> bool:
    """Whether this is where a container class of the standard library keeps what is put into it.

    Of `cachetools`, that is every private attribute, and whatever its own helpers have.
    """
    for base in introspect.mro_of_type(type(owner)):
        module = introspect.module_of_type(base)
        if module in _STORAGE_MODULES and name in _STORAGE_NAMES:
            return True
        if module == _CACHETOOLS and (base is type(owner) or name.startswith(introspect.mangled(base, "__"))):
            return True
    return False


def _kind_of_attribute(owner: object, name: str) -> StepKind:
    return StepKind.STORAGE if is_storage(owner, name) else StepKind.ATTRIBUTE


def instance_step(parent: object, child: object) -> wire.Step:
    """The step from an instance to one of its parts, by the name of the attribute where it has one."""
    step = _future_step(parent, child)
    if step is not None:
        return step
    owner = owner_name(parent)
    for name, member in introspect.slots_of(parent):
        if introspect.slot_value(parent, member) is child:
            return step_to(_kind_of_attribute(parent, name), f".{name}", child, *owner)
    namespace = introspect.instance_dict(parent)
    if namespace is not None and child is not namespace:
        name = atomic_reads.key_of(namespace, child)
        if type(name) is str:
            return _instance_attribute_step(parent, name, child)
    if child is type(parent):
        return step_to(StepKind.PART, ".__class__", child, *owner)
    step = step_to(StepKind.PART, "→", child, *owner)
    return step if type(child) is not BuiltinMethodType else step._replace(type=method_text(child))


def _future_step(parent: Any, child: object) -> wire.Step | None:
    """A step out of a future or task that is made in C, and shows its insides through getters."""
    future = getattr(sys.modules.get("_asyncio"), "Future", None)
    if future is None or not type.__subclasscheck__(future, type(parent)):
        return None
    if type(child) is list:
        # The getter makes a new list of the callbacks, so that they are known by being the only list.
        return step_to(StepKind.ATTRIBUTE, "._callbacks", child, *owner_name(parent))
    for kind in introspect.mro_of_type(type(parent)):
        for name in ("_result", "_exception", "_coro", "_fut_waiter"):
            getter = introspect.namespace_of_type(kind).get(name)
            # Those of C only: a property of a subclass would run the target's code.
            if type(getter) is GetSetDescriptorType and _read(getter, parent) is child:
                return step_to(StepKind.ATTRIBUTE, f".{name}", child, *owner_name(parent))
    return None


def _read(getter: Any, obj: object) -> object:
    try:
        return getter.__get__(obj)
    except Exception:
        return None


def type_step(parent: Any, child: object) -> wire.Step:
    """The step from a class to one of its parts."""
    name = atomic_reads.key_of(introspect.namespace_of_type(parent), child)
    if type(name) is str:
        return step_to(
            StepKind.CLASS_ATTRIBUTE, f".{introspect.attribute_text(name)}", child, *owner_name(parent)
        )
    return step_to(StepKind.PART, "→", child, *owner_name(parent))
