"""The objects from before the tracing, told from those since then by `gc.freeze`."""

import gc
import sys

from leakscan.agent.heap import freezing


class OldObjects:
    """Freezes the objects from before the tracing, so that the new ones are all that the collector lists."""

    def __init__(self) -> None:
        self._is_ours = False
        self._count = 0
        self._is_to_be_given_back = False

    def begin(self) -> None:
        """Freeze all there is, what the target has frozen itself included."""
        self._is_to_be_given_back = freezing.is_frozen()
        gc.freeze()
        self._is_ours = True
        self._count = gc.get_freeze_count()

    @property
    def is_added_to(self) -> bool:
        """Whether the target has frozen objects since: those that are there can only become fewer."""
        return self._is_ours and gc.get_freeze_count() > self._count

    def thaw(self) -> None:
        """Unfreeze all, until it is given back."""
        freezing.unfreeze()
        self._is_ours = False
        self._is_to_be_given_back = True

    def split(self) -> tuple[list[object], list[object]] | None:
        """(old, new) tracked objects, all of them thawed; None where freezing does not tell them apart."""
        if not self._is_ours or self.is_added_to:
            return None
        self._is_ours = False
        count = gc.get_freeze_count()
        if not count:
            # The target has unfrozen all itself.
            return None
        new = gc.get_objects()
        freezing.unfreeze()
        # Made shorter where it is: beside a large heap a second list of all its objects would be large, too.
        old = gc.get_objects()
        if sys.version_info >= (3, 14):
            _leave_out(old, {id(new), *map(id, new)})
        else:
            # What was frozen comes back at the end of the oldest generation.
            del old[: len(old) - count]
        return old, new

    def end(self) -> None:
        """Leave nothing frozen and nothing remembered."""
        if self._is_ours:
            freezing.unfreeze()
        self._is_ours = False

    def give_back(self) -> None:
        """Freeze again what the target had frozen, and with it what can't be told from it any more."""
        if self._is_to_be_given_back:
            gc.freeze()
        self._is_to_be_given_back = False


def _leave_out(objects: list[object], addresses: set[int]) -> None:
    kept = 0
    for each in objects:
        if id(each) not in addresses:
            objects[kept] = each
            kept += 1
    del objects[kept:]
