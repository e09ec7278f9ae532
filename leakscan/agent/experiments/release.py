"""How a holder is made to release what it retains: in a forked copy, never in the target itself."""

import contextvars
import gc
import io
import sys
from _queue import Empty, SimpleQueue
from array import array
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import CellType, FrameType
from typing import Any, NamedTuple

from leakscan.agent import counters
from leakscan.agent.fork.copy import bytes_from_sandbox
from leakscan.agent.heap import atomic_reads, interpreter_roots, introspect, lru_cache
from leakscan.agent.heap.containers import AtExit, base_of, length_of
from leakscan.agent.heap.referents import referents
from leakscan.agent.holders.candidates import HolderCandidate
from leakscan.agent.references import search
from leakscan.agent.references.suspended import frame_of
from leakscan.agent.tracing import tracer
from leakscan.agent.tracing.allocations import TracedObjects

Release = Callable[[], object]
"""Releases what a holder retains; returns what must stay alive until all is measured."""


class Spared(NamedTuple):
    """What was old in a container that was emptied, and what went with the new."""

    entries: list[object]
    freed_heap_bytes: int | None
    """Native heap that went with the new entries, without the container's own table; None: not measured."""


class CannotRelease(Exception):
    """The holder can't be made to release what it retains; says why."""


_MAX_PATHS = 8
"""Paths to an object whose last reference is released."""
_MAX_SPARED = 500_000
"""Entries of a container, from which on no list of the old ones is kept."""


def release_of(candidate: HolderCandidate, traced: TracedObjects) -> Release | None:
    """What releases all that the candidate retains; None where a place that grows can't be set."""
    if not candidate.is_slot:
        return releasing_entries(candidate.parent, traced) or releasing_references_to(candidate.parent)
    actions = [
        action
        for each in (candidate, *candidate.alike)
        for child in (each.children if candidate.alike else each.children[:1])
        if (action := releasing_reference([each.parent, child])) is not None
    ]
    return partial(do_all, actions) if actions else releasing_references_to(candidate.parent)


def releasing_entries(container: object, traced: TracedObjects) -> Release | None:
    """An action that empties the container by its built-in type's own method, and returns what was old in it.

    As long as that is kept, only what is new is freed: the experiment is about nothing else, and to free a
    large heap can take long.
    """
    base = base_of(type(container))
    if base is None:
        return None
    if type.__subclasscheck__(OrderedDict, type(container)):
        # It keeps a list of its keys, which `dict.clear` knows nothing of.
        return partial(_cleared, OrderedDict.clear, container, traced)
    clear = _CLEARS.get(base)
    return None if clear is None else partial(_cleared, clear, container, traced)


def releasing_reference(path: Sequence[object]) -> Release | None:
    """An action that sets the last reference on the path that can be set; it keeps nothing below alive."""
    for place in range(len(path) - 2, -1, -1):
        action = _releasing_one(path[place], path[place + 1 :])
        if action is not None:
            return action
    return None


def releasing_references_to(obj: object) -> Release:
    """An action that sets, on each path from a root, the last reference to the object that can be set."""
    return _ReleasingAbove(obj)


def prepared(action: Release, let_go: Callable[[], None]) -> Release:
    """The action, with all that it needs looked for: in a sandbox there is no other copy to look in.

    `let_go` is called in the copy, and lets go of what the agent refers to: no path leads through that.
    Raises CannotRelease.
    """
    return action.prepared(let_go) if isinstance(action, _ReleasingAbove) else action


class _ReleasingAbove:
    """Releases on all paths to an object; the paths are looked for when it is prepared."""

    def __init__(self, obj: object) -> None:
        self._obj = obj

    def __call__(self) -> object:
        return self.prepared(_nothing)()

    def prepared(self, let_go: Callable[[], None]) -> Release:
        paths = _paths_to(self._obj, let_go)
        actions = [action for path in paths if (action := releasing_reference(path)) is not None]
        if not actions:
            raise CannotRelease("no reference to it can be severed from outside")
        return partial(do_all, actions)


def _nothing() -> None:
    pass


def _paths_to(obj: object, let_go: Callable[[], None]) -> list[list[object]]:
    """Paths from roots to the object; once what can be of each is released, there is no other.

    They are looked for in a sandbox, in which nothing is traced: a walk makes very many small objects.
    """
    answer = bytes_from_sandbox(partial(_directions_to, obj, let_go))
    if isinstance(answer, bytes):
        return list(_paths_by(array("Q", answer).tolist()))
    raise CannotRelease(answer)


def _paths_by(numbers: list[int]) -> Iterator[list[object]]:
    while numbers:
        end = 1 + numbers[0]
        path = search.path_by(numbers[1:end])
        del numbers[:end]
        if path is not None:
            yield path


def _directions_to(obj: object, let_go: Callable[[], None]) -> bytes:  # in a copy
    """The length of the directions of each path, and the directions; each is released before the next one."""
    let_go()
    tracer.stop()
    numbers = array("Q")
    for _ in range(_MAX_PATHS):
        directions = search.directions_to(obj)
        path = None if directions is None else search.path_by(directions)
        action = None if path is None else releasing_reference(path)
        if directions is None or action is None:
            break
        numbers.extend([len(directions), *directions])
        del path
        action()
    return numbers.tobytes()


def _cleared(clear: Callable[[Any], object], container: object, traced: TracedObjects) -> Spared:
    if (length_of(container) or 0) > _MAX_SPARED:
        clear(container)
        return Spared([], None)
    every = referents(container)
    old = traced.old_among(every)
    clear(container)
    # The table is as large as all entries that there ever were: it went before, and is no part of this.
    # And they go at once: in a loop, each number of a place is traced, which takes longer than all else.
    nothing = [None] * len(every)
    before = counters.heap_bytes()
    every[:] = nothing
    return Spared(old, before - counters.heap_bytes())


def do_all(actions: Sequence[Release]) -> list[object]:
    """Do one after the other; what they return."""
    return [action() for action in actions]


def _releasing_one(parent: Any, below: Sequence[object]) -> Release | None:
    """An action that sets the reference of the parent to the first of the objects below it."""
    kind = type(parent)
    child = below[0]
    if interpreter_roots.is_hidden(parent):
        return _setting_in_interpreter(parent, child)
    frame = frame_of(parent)
    if frame is not None:
        return _setting_variable_of(frame, child)
    if kind is contextvars.Context:
        return _setting_variable(parent, below)
    if kind is CellType:
        return partial(setattr, parent, "cell_contents", None)
    if type.__subclasscheck__(dict, kind):
        return _setting_key(parent, child)
    if type.__subclasscheck__(list, kind):
        return _setting_item(parent, child)
    for _name, member in introspect.slots_of(parent):
        if introspect.slot_value(parent, member) is child:
            return partial(_set_slot, member, parent)
    namespace = None if type.__subclasscheck__(type, kind) else introspect.instance_dict(parent)
    return None if namespace is None or namespace is child else _setting_key(namespace, child)


def _setting_in_interpreter(parent: Any, child: object) -> Release | None:
    if type(parent) is interpreter_roots.SignalHandlers:
        number = parent.number_of(child)
        return None if number is None else partial(interpreter_roots.without_handler, number)
    if type(parent) is interpreter_roots.Hooks:
        return partial(interpreter_roots.without_hook, parent.name_of(child))
    return _setting_variable_of(parent.frame, child)


def _setting_variable_of(frame: FrameType, child: object) -> Release | None:
    name = interpreter_roots.variable_of(frame, child)
    return None if name is None else partial(_empty_variable, frame, name)


def _empty_variable(frame: FrameType, name: str) -> None:
    value = interpreter_roots.locals_of(frame)[name]
    interpreter_roots.without_variable(frame, name)
    plain = object()
    ours = sys.getrefcount(plain)
    if sys.getrefcount(value) - ours > len(gc.get_referrers(value)):
        # A running function may be in the middle of an expression, whose values are nowhere to be seen.
        raise CannotRelease(f"an expression of the running function, or C code, refers to '{name}', too")


def _setting_variable(context: contextvars.Context, below: Sequence[object]) -> Release | None:
    values = {id(value): variable for variable, value in contextvars.Context.items(context)}
    variable = next((values[id(each)] for each in below if id(each) in values), None)
    return None if variable is None else partial(_set_variable, context, variable)


def _set_variable(context: contextvars.Context, variable: contextvars.ContextVar[Any]) -> None:
    try:
        contextvars.Context.run(context, contextvars.ContextVar.set, variable, None)
    except RuntimeError:
        # The context is the running one, or another thread is in it; from here only ours can be set.
        variable.set(None)


def _setting_key(parent: dict[Any, Any], child: object) -> Release | None:
    key = atomic_reads.key_of(parent, child)
    return None if key is atomic_reads.NOTHING else partial(dict.__setitem__, parent, key, None)


def _setting_item(parent: list[Any], child: object) -> Release | None:
    index = atomic_reads.place_of(parent, child)
    return None if index is None else partial(list.__setitem__, parent, index, None)


def _set_slot(member: Any, owner: object) -> None:
    member.__set__(owner, None)


def _clear_lru(wrapper: Any) -> None:
    lru_cache.LRU.cache_clear(wrapper)


def _clear_array(items: Any) -> None:
    array.__delitem__(items, slice(None))


def _clear_bytes(buffer: Any) -> None:
    io.BytesIO.truncate(buffer, 0)


def _clear_text(buffer: Any) -> None:
    io.StringIO.truncate(buffer, 0)


def _drain(queue: Any) -> None:
    try:
        while True:
            SimpleQueue.get_nowait(queue)
    except Empty:
        pass


_CLEARS: dict[type, Callable[[Any], object]] = {
    dict: dict.clear,
    list: list.clear,
    set: set.clear,
    deque: deque.clear,
    bytearray: bytearray.clear,
    array: _clear_array,
    io.BytesIO: _clear_bytes,
    io.StringIO: _clear_text,
    SimpleQueue: _drain,
    lru_cache.LRU: _clear_lru,
    AtExit: AtExit.clear,
}
