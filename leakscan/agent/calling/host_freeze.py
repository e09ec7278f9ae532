"""What was there before the calls, set apart from the garbage collector while the target is called.

A process that is not the target's own, such as that of a test runner, has a heap that has nothing to do with
the target, and that every collection would have to walk through. Frozen, it costs a round next to nothing.
Garbage among it is collected when it is thawed for a census, or when much has come.
"""

import gc
from typing import NamedTuple

from leakscan.agent import counters
from leakscan.agent.heap import freezing

_YOUNG = 1
"""The oldest generation of what has not been through a collection of everything."""
_MUCH = 1.05
"""Times what a collection of everything has left, from which on what came since may be garbage worth one."""


class _Heap(NamedTuple):
    objects: int
    bytes: int

    def is_much_more_than(self, other: "_Heap") -> bool:
        return self.objects > _MUCH * other.objects or self.bytes > _MUCH * other.bytes


class HostFreeze:
    """Freezes all there is, and gives it back; keeps off where somebody else has frozen something."""

    def __init__(self) -> None:
        self._is_ours = False
        self._is_collected = False
        self._left = _Heap(0, 0)
        """By the last collection of everything."""

    def begin(self) -> None:
        """Collect what is young, or everything where much has come, and freeze what is left."""
        if self._is_ours or freezing.is_frozen():
            return
        gc.collect(_YOUNG)
        gc.freeze()
        if _heap_of_host().is_much_more_than(self._left) and not self._is_collected:
            freezing.unfreeze()
            counters.collect()
            gc.freeze()
            self._is_collected = True
        if self._is_collected:
            self._left = _heap_of_host()
        self._is_collected = False
        self._is_ours = True

    def end(self, *, collects: bool = True) -> None:
        """Thaw what was frozen; collect what has become garbage among it, unless it can wait."""
        if not self._is_ours:
            return
        freezing.unfreeze()
        if collects:
            counters.collect()
            self._is_collected = True
        self._is_ours = False


def _heap_of_host() -> _Heap:
    return _Heap(gc.get_freeze_count(), counters.heap_bytes())
