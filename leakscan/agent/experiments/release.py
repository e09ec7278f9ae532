"""How to let go of what a holder holds: for the experiment in a forked copy, never in the target itself."""

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
from typing import Any

from leakscan.agent.fork.copy import bytes_from_sandbox
from leakscan.agent.heap import atomic_reads, interpreter_roots, introspect, lru_cache
from leakscan.agent.heap.containers import AtExit, base_of, length_of
from leakscan.agent.references import search
from leakscan.agent.references.referents import referents
from leakscan.agent.references.suspended import frame_of
from leakscan.agent.tracing import tracer

Cut = Callable[[], object]


class CannotCut(Exception):
    """The holder can't be made to let go; says why."""


_MOST_WAYS = 8
_MOST_SPARED = 500_000


def emptying(container: object) -> Cut | None:
    """An action that empties the container by its built-in type's own method, and returns what was old in it.

    As long as that is kept, only what is new is freed: the experiment is about nothing else, and to free a
    large heap can take long.
    """
    base = base_of(type(container))
    if base is None:
        return None
    if type.__subclasscheck__(OrderedDict, type(container)):
        # It keeps a list of its keys, which `dict.clear` knows nothing of.
        return partial(_emptied, OrderedDict.clear, container)
    clear = _CLEARS.get(base)
    return None if clear is None else partial(_emptied, clear, container)


def severing(path: Sequence[object]) -> Cut | None:
    """An action that severs the last reference on the path that can be; it keeps nothing below alive."""
    for place in range(len(path) - 2, -1, -1):
        cut = _severing_one(path[place], path[place + 1 :])
        if cut is not None:
            return cut
    return None


def severing_above(found: object) -> Cut:
    """An action that severs, on each way from a root, the last reference to the object that can be."""
    return _SeveringAbove(found)


def prepared(action: Cut, let_go: Callable[[], None]) -> Cut:
    """The action, with all that it needs looked for: in a sandbox there is no other copy to look in.

    `let_go` is called in the copy, and lets go of what the agent refers to: no way leads through that. Raises
    CannotCut.
    """
    return action.prepared(let_go) if isinstance(action, _SeveringAbove) else action


class _SeveringAbove:
    """Severs on all ways to an object; the ways are looked for when it is prepared."""

    def __init__(self, found: object) -> None:
        self._found = found

    def __call__(self) -> object:
        return self.prepared(_nothing)()

    def prepared(self, let_go: Callable[[], None]) -> Cut:
        actions = [cut for way in _ways_to(self._found, let_go) if (cut := severing(way)) is not None]
        if not actions:
            raise CannotCut("no reference to it can be severed from outside")
        return partial(do_all, actions)


def _nothing() -> None:
    pass


def _ways_to(found: object, let_go: Callable[[], None]) -> list[list[object]]:
    """Ways from roots to the object; once what can be of each is severed, there is no other.

    They are looked for in a sandbox, in which nothing is traced: a walk makes very many small objects.
    """
    answer = bytes_from_sandbox(partial(_directions_to, found, let_go))
    if isinstance(answer, bytes):
        return list(_ways_by(array("Q", answer).tolist()))
    raise CannotCut(answer)


def _ways_by(numbers: list[int]) -> Iterator[list[object]]:
    while numbers:
        end = 1 + numbers[0]
        way = search.path_by(numbers[1:end])
        del numbers[:end]
        if way is not None:
            yield way


def _directions_to(found: object, let_go: Callable[[], None]) -> bytes:
    """The length of the directions of each way, and the directions; each is severed before the next one."""
    let_go()
    tracer.stop()
    told = array("Q")
    for _ in range(_MOST_WAYS):
        directions = search.directions_to(found)
        way = None if directions is None else search.path_by(directions)
        cut = None if way is None else severing(way)
        if directions is None or cut is None:
            break
        told.extend([len(directions), *directions])
        del way
        cut()
    return told.tobytes()


def _emptied(clear: Callable[[Any], object], container: object) -> list[object]:
    if (length_of(container) or 0) > _MOST_SPARED:
        clear(container)
        return []
    old = tracer.old_among(referents(container))
    clear(container)
    return old


def do_all(actions: Sequence[Cut]) -> list[object]:
    """Do one after the other; what they return."""
    return [action() for action in actions]


def _severing_one(parent: Any, below: Sequence[object]) -> Cut | None:
    """An action that severs the reference of the parent to the first of the objects below it."""
    kind = type(parent)
    child = below[0]
    if interpreter_roots.is_hidden(parent):
        return _setting_hidden(parent, child)
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


def _setting_hidden(parent: Any, child: object) -> Cut | None:
    if type(parent) is interpreter_roots.SignalHandlers:
        number = parent.number_of(child)
        return None if number is None else partial(interpreter_roots.without_handler, number)
    if type(parent) is interpreter_roots.Hooks:
        return partial(interpreter_roots.without_hook, parent.name_of(child))
    return _setting_variable_of(parent.frame, child)


def _setting_variable_of(frame: FrameType, child: object) -> Cut | None:
    name = interpreter_roots.variable_of(frame, child)
    return None if name is None else partial(_empty_variable, frame, name)


def _empty_variable(frame: FrameType, name: str) -> None:
    value = interpreter_roots.locals_of(frame)[name]
    interpreter_roots.without_variable(frame, name)
    plain = object()
    ours = sys.getrefcount(plain)
    if sys.getrefcount(value) - ours > len(gc.get_referrers(value)):
        # A running function may be in the middle of an expression, whose values are nowhere to be seen.
        raise CannotCut(f"an expression of the running function, or C code, refers to '{name}', too")


def _setting_variable(context: contextvars.Context, below: Sequence[object]) -> Cut | None:
    values = {id(value): variable for variable, value in contextvars.Context.items(context)}
    variable = next((values[id(each)] for each in below if id(each) in values), None)
    return None if variable is None else partial(_set_variable, context, variable)


def _set_variable(context: contextvars.Context, variable: contextvars.ContextVar[Any]) -> None:
    try:
        contextvars.Context.run(context, contextvars.ContextVar.set, variable, None)
    except RuntimeError:
        # The context is the running one, or another thread is in it; from here only ours can be set.
        variable.set(None)


def _setting_key(parent: dict[Any, Any], child: object) -> Cut | None:
    key = atomic_reads.key_of(parent, child)
    return None if key is atomic_reads.NOTHING else partial(dict.__setitem__, parent, key, None)


def _setting_item(parent: list[Any], child: object) -> Cut | None:
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
