"""Steps out of a function: its closure, its defaults, its attributes."""

from collections.abc import Sequence
from typing import Any

from leakscan import wire
from leakscan.agent.heap import atomic_reads
from leakscan.agent.heap.referents import closed_over
from leakscan.agent.references.attributes import attribute_step
from leakscan.agent.references.source_names import function_name, step_to
from leakscan.wire import StepKind


def function_step(function: Any, path: Sequence[object], place: int) -> tuple[wire.Step, int]:
    """The step that leaves the function at `path[place]`, and how many references it spans."""
    child = path[place + 1]
    owner = function_name(function)
    after = path[place + 2] if place + 2 < len(path) else None
    if child is function.__closure__ and after is not None:
        variable = _free_variable(function, after)
        reached = path[place + 3] if place + 3 < len(path) else after
        return step_to(StepKind.CELL, f"cell '{variable}'", reached, *owner), 2 + (reached is not after)
    if (child is function.__defaults__ or child is function.__kwdefaults__) and after is not None:
        argument = _defaulted(function, after)
        return step_to(StepKind.DEFAULT, f"default of '{argument}'", after, *owner), 2
    if child is function.__globals__:
        return step_to(StepKind.GLOBALS, ".__globals__", child, *owner), 1
    for name, held in closed_over(function):
        if held is child:
            return step_to(StepKind.CELL, f"cell '{name}'", child, *owner), 1
    if type(atomic_reads.key_of(function.__dict__, child)) is str:
        return attribute_step(function, function.__dict__, child), 1
    return step_to(StepKind.PART, named_part(function, child, "__dict__", "__code__"), child, *owner), 1


def _free_variable(function: Any, cell: object) -> str:
    cells: Any = function.__closure__
    named = zip(function.__code__.co_freevars, cells, strict=False)
    return next((name for name, each in named if each is cell), "?")


def _defaulted(function: Any, value: object) -> str:
    code = function.__code__
    positional = code.co_varnames[: code.co_argcount]
    defaults: Any = function.__defaults__ or ()
    by_position = zip(positional[len(positional) - len(defaults) :], defaults, strict=False)
    by_keyword = atomic_reads.items_of(function.__kwdefaults__ or {})
    return next((name for name, each in (*by_position, *by_keyword) if each is value), "?")


def named_part(parent: Any, child: object, *attributes: str) -> str:
    """`.name` of the attribute that has the child; `→` where none of these has it."""
    for attribute in attributes:
        if getattr(parent, attribute, None) is child:
            return f".{attribute}"
    return "→"
