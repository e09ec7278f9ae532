"""What was there before the calls, set apart from the garbage collector while the target is called.

A process that is not the target's own, such as that of a test runner, has a heap that has nothing to do with
the target, and that every collection would have to walk through. Frozen, it costs a round next to nothing.
Garbage among it is collected between two windows, when it is thawed for the look at the containers.
"""

import gc

from leakscan.agent import counters


class Apart:
    """Freezes all there is, and gives it back; keeps off where somebody else has frozen something."""

    def __init__(self) -> None:
        self._is_ours = False
        self._is_collected = False

    def begin(self) -> None:
        """Collect, if that is not done, and freeze all that is left; nothing to do where it is frozen."""
        if counters.is_frozen():
            return
        if not self._is_collected:
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
