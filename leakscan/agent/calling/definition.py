"""Where the code of a target begins, read without running any of it."""

from functools import partial
from types import CodeType, FunctionType, MethodType

from leakscan.agent.heap import introspect
from leakscan.agent.heap.symbolize import FunctionOfLine

_MAX_WRAPPERS = 20
"""A function may be made to wrap itself."""


def definition_of(call: object) -> FunctionOfLine | None:
    """The first line of the function that a call of this runs; None where it is not written in Python."""
    for _ in range(_MAX_WRAPPERS):
        inner = _unwrapped(call)
        if inner is None:
            break
        call = inner
    return _of_code(call.__code__) if type(call) is FunctionType else None


def program_at(file: str) -> FunctionOfLine:
    """The definition of a file that is run as a program."""
    return file, 1, "<module>", "<module>"


def _of_code(code: CodeType) -> FunctionOfLine:
    return code.co_filename, code.co_firstlineno, code.co_name, code.co_qualname


def _unwrapped(call: object) -> object | None:
    """What the call is handed on to, if that can be told."""
    if type(call) is FunctionType:
        return call.__dict__.get("__wrapped__")
    if type(call) is MethodType:
        return call.__func__
    if type(call) is partial:
        wrapped: object = call.func
        return wrapped
    kind = type(call)
    if type.__subclasscheck__(type, kind):
        return _looked_up(call, "__init__")  # type: ignore[arg-type]
    return _looked_up(kind, "__call__")


def _looked_up(kind: type, name: str) -> object | None:
    for each in introspect.mro_of_type(kind):
        value = introspect.namespace_of_type(each).get(name)
        if value is not None:
            return value if type(value) is FunctionType else None
    return None
