"""What the author of a program calls an object: its type, or the name of a module, a class or a function."""

from types import FunctionType, ModuleType, NoneType
from typing import Any

from leakscan import wire
from leakscan.agent.heap import introspect, lru_cache
from leakscan.agent.references.suspended import code_of


def described(obj: object) -> str:
    """What an object is, in a few words: its type, or the name of a module, a class or a function."""
    kind = type(obj)
    if type.__subclasscheck__(ModuleType, kind):
        return f"module {module_name(obj)}"
    if type.__subclasscheck__(type, kind):
        return f"class {introspect.type_name(obj)}"  # type: ignore[arg-type]
    if kind is FunctionType:
        return f"{function_name(obj)[0]}()"
    code = code_of(obj)
    if code is not None:
        return f"{introspect.type_name(kind)} {code.co_qualname}()"
    if kind is lru_cache.LRU:
        return f"lru_cache of {owner_name(obj)[0]}"
    return introspect.type_name(kind)


def owner_name(owner: object) -> tuple[str, str]:
    """Name and module of what an attribute belongs to, as its author knows it."""
    kind = type(owner)
    if type.__subclasscheck__(ModuleType, kind):
        return module_name(owner), module_name(owner)
    if type.__subclasscheck__(type, kind):
        return introspect.type_name(owner), introspect.module_of_type(owner)  # type: ignore[arg-type]
    if kind is FunctionType:
        return function_name(owner)
    if kind is lru_cache.LRU:
        wrapped = wrapped_function(owner)
        return (introspect.type_name(kind), "") if wrapped is None else owner_name(wrapped)
    wrapped = introspect.attribute_of(owner, "__wrapped__")
    if type(wrapped) is FunctionType:
        # What a decorator has put in its place is known by the name of the function.
        return function_name(wrapped)
    return introspect.type_name(kind), introspect.module_of_type(kind)


def module_name(module: object) -> str:
    """The name a module was given."""
    name = introspect.namespace_of_module(module).get("__name__")
    return name if type(name) is str else "?"


def wrapped_function(wrapper: object) -> object | None:
    """The function that a wrapper made by functools wraps."""
    namespace = introspect.instance_dict(wrapper)
    return None if namespace is None else namespace.get("__wrapped__")


def function_name(function: Any) -> tuple[str, str]:
    """Qualified name and module of a function written in Python."""
    module = FunctionType.__dict__["__module__"].__get__(function)
    return function.__qualname__, module if type(module) is str else ""


def method_text(method: Any) -> str:
    """`list.append` for the method of a list; `function len` for what belongs to no object."""
    owner = type(method.__self__)
    is_function = owner is NoneType or type.__subclasscheck__(ModuleType, owner)
    return (
        f"function {method.__name__}" if is_function else f"{introspect.type_name(owner)}.{method.__name__}"
    )


def short_file(path: str) -> str:
    """The last folder and the name of the file: `app/jobs.py`."""
    return "/".join(path.replace("\\", "/").rsplit("/", 2)[-2:])


def step_to(kind: wire.StepKind, link: str, reached: object, owner: str = "", module: str = "") -> wire.Step:
    """The step that reaches the object, with the name of its type."""
    return wire.Step(kind, link, introspect.type_name(type(reached)), owner, module)
