"""The tracing of the target's allocations, from its beginning to its end."""

import _tracemalloc
import gc
from typing import NamedTuple

from leakscan.agent.heap import census, freezing
from leakscan.agent.tracing.allocations import TracedObjects, is_own, traceback_of
from leakscan.agent.tracing.old_objects import OldObjects

MAX_REUSED = 200
"""Containers that may have been put where there was an old one."""
MIN_REUSED_ENTRIES = 8
"""Entries of a container that may have grown while it was replaced again and again."""


class Split(NamedTuple):
    """The tracked objects at the end of the tracing."""

    old: list[object]
    """From before it."""
    new: list[object]
    """From since then."""
    reused: list[object]
    """Some of the new ones: the longest dicts and lists without a traceback.

    Their blocks were taken from a free list, where the target had put one from before the tracing: so they
    look old to all who refer to them, and what they hold would seem to be held by nobody.
    """

    def forget(self) -> None:
        """Let go of all; the variables of whoever asked are among the new ones, and hold the lists."""
        for objects in self:
            objects.clear()


class Tracing:
    """`tracemalloc` as it runs for the agent, and what is known of the objects from before it began."""

    def __init__(self, frames: int) -> None:
        """Trace every allocation from now on; a tracing that the target itself began goes on as it is."""
        self.objects = TracedObjects()
        self._old = OldObjects()
        self._has_ended = False
        if not _tracemalloc.is_tracing():
            _tracemalloc.start(frames)
        # An object from the beginning: its trace is there, or all are lost.
        self._witness: object | None = object()
        self._old.begin()

    @property
    def is_lost(self) -> bool:
        """Whether the target has stopped the tracing, or cleared its traces, since it began."""
        return self._witness is None or traceback_of(self._witness) is None

    @property
    def is_target_freezing(self) -> bool:
        """Whether the target has called `gc.freeze` since then, so that new objects are out of sight."""
        return self._old.is_added_to

    def old_and_new(self) -> Split:
        """The tracked objects from before the tracing and those from since then; asked once, at its end."""
        split = self._old.split()
        if split is None:
            everything = gc.get_objects()
            new = [each for each in everything if traceback_of(each) is not None]
            addresses = set(map(id, new))
            split = [each for each in everything if id(each) not in addresses], new
        old, new = split
        self.objects.mark(new)
        return Split(census.without_unsafe(old), new, _reused(new))

    def thaw(self) -> None:
        """Show all of the heap to the collector, until the end."""
        self._old.thaw()

    def release(self) -> None:
        """Freeze the objects from before it no more."""
        self._old.end()

    def stop(self) -> None:
        """Trace no more, and forget every trace."""
        self.release()
        self.objects.forget()
        self._witness = None
        is_own.cache_clear()
        _tracemalloc.stop()

    def end(self) -> None:
        """Stop, and freeze again what the target had frozen; nothing happens the second time."""
        if not self._has_ended:
            self._has_ended = True
            self.stop()
            self._old.give_back()


def stop() -> None:
    """Trace no more in this copy of the process, in which nothing is frozen any more, either."""
    _tracemalloc.stop()
    freezing.unfreeze()


def _reused(new: list[object]) -> list[object]:
    sized: list[dict[object, object] | list[object]] = [
        each for each in new if (type(each) is dict or type(each) is list) and len(each) >= MIN_REUSED_ENTRIES
    ]
    sized.sort(key=len)
    return [each for each in sized[-MAX_REUSED:] if traceback_of(each) is None]
