"""What is out of the garbage collector's sight: the agent's own objects, and what the target has frozen.

A collection walks through every container there is, and each round ends with one. So that it costs no more
than the target's own objects do, those of the agent are frozen before the target is loaded.
"""

import ctypes
import gc
import sys
from collections.abc import Iterable
from types import ModuleType

_FROZEN_BY_PYTHON = 1_000
"""Objects that Python freezes itself, at most: from 3.12 on a few hundred, before it runs a line."""


class _Own:
    """What the agent has frozen."""

    count = 0
    """Objects, of which a few may be gone."""
    before = 0
    """Those that Python itself had frozen by then."""


_own = _Own()


def freeze_own(others: list[object], shared: Iterable[ModuleType]) -> None:
    """Freeze all there is but the others, and what the target may change in modules that it will share.

    Nothing happens where the interpreter has no way to leave single objects out.
    """
    track, untrack = _tracking()
    if track is None or untrack is None:
        return
    _own.before = gc.get_freeze_count()
    gc.collect()
    gc.freeze()
    for obj in (*others, *_parts_of(shared)):
        # It is taken out of the list of what is frozen, and put into that of what is young.
        untrack(obj)
        track(obj)
    _own.count = gc.get_freeze_count() - _own.before


def unfreeze() -> None:
    """Show the collector all there is, the agent's own included."""
    gc.unfreeze()
    _own.count = 0


def is_frozen() -> bool:
    """Whether the target has frozen objects."""
    return count_of_target() > _FROZEN_BY_PYTHON


def count_of_target() -> int:
    """What `gc.get_freeze_count` says to the target: how many objects are frozen that are not the agent's."""
    count = gc.get_freeze_count()
    return max(_own.before, count - _own.count) if count else 0


def _tracking() -> "tuple[ctypes._NamedFuncPointer | None, ctypes._NamedFuncPointer | None]":
    """How the collector gets to know an object, and to forget it; (None, None) where it keeps no lists."""
    if sys.implementation.name != "cpython" or not getattr(sys, "_is_gil_enabled", lambda: True)():
        return None, None
    functions = ctypes.pythonapi.PyObject_GC_Track, ctypes.pythonapi.PyObject_GC_UnTrack
    for each in functions:
        each.argtypes, each.restype = (ctypes.py_object,), None
    return functions


def _parts_of(modules: Iterable[ModuleType]) -> Iterable[object]:
    """The modules, what they name, and the namespaces of it: wherever a target may put something."""
    for module in modules:
        named = list(vars(module).values())
        # The dict behind the view: that of a class written in C is no referent of the class.
        spaces = [gc.get_referents(vars(each))[0] for each in named if isinstance(each, type)]
        yield from filter(gc.is_tracked, (module, vars(module), *named, *spaces))
