"""Suspended functions: what a generator or coroutine keeps its frame, its code and its waiting in."""

from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType
from typing import Any, NamedTuple


class Suspended(NamedTuple):
    """The names of the attributes of one type of suspended function, and the words for its waiting."""

    frame: str
    code: str
    awaited: str
    waiting: str


_TYPES: dict[type, Suspended] = {
    GeneratorType: Suspended("gi_frame", "gi_code", "gi_yieldfrom", "yield from"),
    CoroutineType: Suspended("cr_frame", "cr_code", "cr_await", "await"),
    AsyncGeneratorType: Suspended("ag_frame", "ag_code", "ag_await", "await"),
}


def suspended(kind: type) -> Suspended | None:
    """How objects of the type are read, if they are suspended functions; None for any other type."""
    # Compared one by one: a metaclass may hash its classes in a way of its own.
    return next((names for base, names in _TYPES.items() if base is kind), None)


def frame_of(obj: Any) -> FrameType | None:
    """The frame itself, or that of a suspended generator or coroutine; None if there is none."""
    if type(obj) is FrameType:
        return obj
    names = suspended(type(obj))
    return None if names is None else getattr(obj, names.frame)


def code_of(obj: Any) -> CodeType | None:
    """The code of a suspended generator or coroutine; None for anything else."""
    names = suspended(type(obj))
    return None if names is None else getattr(obj, names.code)
