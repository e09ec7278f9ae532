"""Chains in Python words: from a path of objects to one step for each reference on it."""

import _thread
import contextvars
import itertools
import operator
import signal
from collections.abc import Iterator, Sequence
from types import CellType, FrameType, FunctionType
from typing import Any, NamedTuple

from leakscan import wire
from leakscan.agent.heap import interpreter_roots, introspect, lru_cache
from leakscan.agent.heap.referents import is_namespace_of
from leakscan.agent.references import named_roots
from leakscan.agent.references.attributes import attribute_step
from leakscan.agent.references.built_in_steps import built_in_step, dict_step, local_step
from leakscan.agent.references.function_steps import function_step
from leakscan.agent.references.source_names import owner_name, step_to
from leakscan.agent.references.suspended import frame_of
from leakscan.wire import StepKind

_TEE_NODE: Any = getattr(itertools, "_tee_dataobject", None)
"""What the iterators of `itertools.tee` are made of, and no program makes itself."""
MIN_LINKED = 50
"""Steps of the same kind that make a linked structure."""
_ITERATORS = (
    *(each for each in vars(itertools).values() if type(each) is type),
    *(map, zip, filter, enumerate, reversed),
)
"""What an iterator like `itertools.cycle` remembers, and where it reads from, has no name of its own."""


class Hop(NamedTuple):
    """One step of a chain, and the object that it reaches."""

    step: wire.Step
    reached: object


def steps(path: Sequence[object], root: wire.Step) -> tuple[wire.Step, ...]:
    """The chain along the path, whose first object is the root's; repeated steps are counted, not shown."""
    return (root, *(run[0].step._replace(repeats=len(run)) for run in runs(path)))


def runs(path: Sequence[object]) -> list[list[Hop]]:
    """The hops along the path, those that take the same step in a row together.

    But `[3][3]` is a place in a matrix, unless it goes on and on.
    """
    grouped: list[list[Hop]] = []
    for step, run in itertools.groupby(_hops(path), lambda hop: hop.step):
        hops = list(run)
        if step.kind in (StepKind.INDEX, StepKind.VALUE) and len(hops) < MIN_LINKED:
            grouped.extend([hop] for hop in hops)
        else:
            grouped.append(hops)
    return grouped


def _hops(path: Sequence[object]) -> Iterator[Hop]:
    place = 0
    while place + 1 < len(path):
        step, taken = _step(path, place)
        place += taken
        yield Hop(step, path[place])


def global_steps(module: str, name: str, value: object) -> tuple[wire.Step, ...]:
    """The chain to a global of a module."""
    root = wire.Step(StepKind.MODULE, module, "module", module, module)
    return root, step_to(StepKind.GLOBAL, f".{name}", value, module, module)


def doubtful(path: Sequence[object]) -> list[object]:
    """The objects that the path leaves by a reference which says little: as a key, or without any name.

    So it is with what an `lru_cache` has of its results: it is somebody else's, who says more.
    """
    left: list[object] = []
    place = 0
    while place + 1 < len(path):
        step, taken = _step(path, place)
        is_result = step.kind == StepKind.CACHE and path[place + 1] is not path[-1]
        if is_result or step.kind == StepKind.KEY or (step.kind == StepKind.PART and step.link == "→"):
            left.append(path[place])
        place += taken
    return left


def _step(path: Sequence[object], place: int) -> tuple[wire.Step, int]:
    """The step that leaves `path[place]`, and how many references it spans."""
    parent = path[place]
    child = path[place + 1]
    after = path[place + 2] if place + 2 < len(path) else None
    kind = type(parent)
    if type(child) is dict and is_namespace_of(child, parent):
        if after is None:
            return step_to(StepKind.NAMESPACE, ".__dict__", child, *owner_name(parent)), 1
        if place + 3 < len(path) and _wraps(after, path[place + 3]):
            kept = introspect.type_name(type(path[place + 3]))
            return attribute_step(parent, child, after)._replace(kind=StepKind.STATIC_METHOD, type=kept), 3
        return attribute_step(parent, child, after), 2
    if type.__subclasscheck__(_thread._local, kind) and place + 3 < len(path):
        # A `threading.local` keeps a dict for each thread, all of them in a dict of its own.
        return attribute_step(parent, path[place + 2], path[place + 3])._replace(
            kind=StepKind.THREAD_LOCAL
        ), 3
    if kind is FunctionType:
        return function_step(parent, path, place)
    if type(child) is CellType and after is not None:
        frame = _frame_with_variables(parent)
        if frame is not None and interpreter_roots.variable_of(frame, after) is not None:
            # A variable that an inner function uses, too, is in a cell that no program knows of.
            return local_step(frame, after), 2
    if interpreter_roots.is_hidden(parent):
        return _of_interpreter(parent, child), 1
    return _through_insides(path, place) or (built_in_step(parent, child), 1)


def _frame_with_variables(parent: Any) -> FrameType | None:
    """The frame of a running or suspended function; None for anything else."""
    if type(parent) is FrameType:
        return parent
    if type(parent) is interpreter_roots.FrameVariables:
        return parent.frame
    return frame_of(parent)


def _wraps(descriptor: object, function: object) -> bool:
    """Whether it is the `staticmethod` or `classmethod` that the class keeps the function in."""
    kind = type(descriptor)
    if kind is not staticmethod and kind is not classmethod:
        return False
    return kind.__dict__["__func__"].__get__(descriptor) is function


def _of_interpreter(parent: Any, child: object) -> wire.Step:
    if type(parent) is interpreter_roots.SignalHandlers:
        return step_to(StepKind.SIGNAL, _handler_text(parent.number_of(child)), child)
    if type(parent) is interpreter_roots.Hooks:
        return step_to(StepKind.HOOK, parent.name_of(child), child)
    return local_step(parent.frame, child)


def _through_insides(path: Sequence[object], place: int) -> tuple[wire.Step, int] | None:
    """The step through what an object keeps inside, where nobody but the interpreter has a name for it."""
    parent: Any = path[place]
    child = path[place + 1]
    after = path[place + 2] if place + 2 < len(path) else None
    kind = type(parent)
    if kind is contextvars.Context:
        variable = _context_variable(parent, path[place + 1 :])
        if variable is not None:
            name, taken = variable
            shown = f"[{introspect.text_of(name)}]"
            return step_to(StepKind.CONTEXT_VARIABLE, shown, path[place + taken], *owner_name(parent)), taken
    if kind is lru_cache.LRU and type(child) is dict and after is not None:
        entry = dict_step(child, after)
        return step_to(StepKind.CACHE, entry.link, after, *owner_name(parent))._replace(key=entry.key), 2
    if kind is operator.methodcaller and type(child) is tuple and after is not None:
        # Where its arguments begin in the tuple is not the same in every version of Python.
        return step_to(StepKind.PARTIAL, ".args[…]", after, *owner_name(parent)), 2
    if after is not None and named_roots.task_coroutine(parent) is child:
        # A task is known by the function that it runs, which the next step is about.
        step, taken = _step(path, place + 1)
        return step, taken + 1
    is_iterator = any(kind is each for each in _ITERATORS)
    if type(child) is _TEE_NODE or (type(child) is list and is_iterator):
        return step_to(StepKind.STORAGE, "→", child, *owner_name(parent)), 1
    if type(child) is tuple and is_iterator and after is not None:
        return step_to(StepKind.PART, "→", after, *owner_name(parent)), 2
    return None


def _handler_text(number: int | None) -> str:
    name = next((each.name for each in signal.Signals if each == number), f"signal {number}")
    return f"handler of {name}"


def _context_variable(context: Any, path: Sequence[object]) -> tuple[str, int] | None:
    """The variable whose value the path goes through, and how many references lead to that value."""
    # Between a context and a value is a tree of nodes, however deep, that belongs to the interpreter.
    variables = {id(value): variable.name for variable, value in contextvars.Context.items(context)}
    place = next((place for place, each in enumerate(path) if id(each) in variables), None)
    return None if place is None else (variables[id(path[place])], place + 1)
