"""What was there before the calls, set apart from the garbage collector while the target is called.

A process that is not the target's own, such as that of a test runner, has a heap that has nothing to do with
the target, and that every collection would have to walk through. Frozen, it costs a round next to nothing.
Garbage among it is collected between two windows, when it is thawed for the look at the containers.
"""

import gc

from leakscan.agent import counters

_YOUNG = 1
"""The oldest generation of what has not been through a collection of everything."""


class Apart:
    """Freezes all there is, and gives it back; keeps off where somebody else has frozen something."""

    def __init__(self, *, is_collected: bool = False) -> None:
        """`is_collected`: all was collected a short while ago, so that only what is young may be garbage."""
        self._is_ours = False
        self._is_collected = is_collected

    def begin(self) -> None:
        """Collect what may not have been yet, and freeze all that is left, unless it is frozen already."""
        if self._is_ours or counters.is_frozen():
            return
        if self._is_collected:
            gc.collect(_YOUNG)
        else:
            counters.collect()
        gc.freeze()
        self._is_ours = True

    def end(self) -> None:
        """Thaw what was frozen, and collect what has become garbage among it."""
        if self._is_ours:
            gc.unfreeze()
            counters.collect()
            self._is_collected = True
        self._is_ours = False
