"""How to let go of what a holder holds: for the experiment in a forked copy, never in the target itself."""

import io
from _queue import Empty, SimpleQueue
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from types import CellType
from typing import Any

from leakscan.agent import census, links, names

Cut = Callable[[], object]


def emptying(container: object) -> Cut | None:
    """An action that empties the container by its built-in type's own method."""
    base = census.base_of(type(container))
    if base is None:
        return None
    clear = _CLEARS.get(base)
    return None if clear is None else partial(clear, container)


def severing(path: Sequence[object]) -> Cut | None:
    """An action that severs the last reference on the path that can be; it keeps nothing below alive."""
    for place in range(len(path) - 2, -1, -1):
        cut = _severing_one(path[place], path[place + 1])
        if cut is not None:
            return cut
    return None


def do_all(actions: Sequence[Cut]) -> None:
    """Do one after the other."""
    for action in actions:
        action()


def _severing_one(parent: Any, child: object) -> Cut | None:
    kind = type(parent)
    if kind is CellType:
        return partial(setattr, parent, "cell_contents", None)
    if type.__subclasscheck__(dict, kind):
        return _setting_key(parent, child)
    if type.__subclasscheck__(list, kind) and kind is not links.FrameVariables:
        return _setting_item(parent, child)
    for _name, member in names.slots_of(parent):
        if names.slot_value(parent, member) is child:
            return partial(_set_slot, member, parent)
    namespace = None if type.__subclasscheck__(type, kind) else names.instance_dict(parent)
    return None if namespace is None or namespace is child else _setting_key(namespace, child)


def _setting_key(parent: dict[Any, Any], child: object) -> Cut | None:
    for key, value in dict.items(parent):
        if value is child:
            return partial(dict.__setitem__, parent, key, None)
    return None


def _setting_item(parent: list[Any], child: object) -> Cut | None:
    for index, item in enumerate(list.__iter__(parent)):
        if item is child:
            return partial(list.__setitem__, parent, index, None)
    return None


def _set_slot(member: Any, owner: object) -> None:
    member.__set__(owner, None)


def _clear_lru(wrapper: Any) -> None:
    links.LRU.cache_clear(wrapper)


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
    links.LRU: _clear_lru,
}
