"""Which lines put entries into a container and which take them out: by its length before and after each.

Whatever code runs, a length that the built-in type counts is read safely at any time. A change between two
events is that of the innermost watched line of the thread on which the second one happens: what goes on in C,
or in code that is not watched, is the line that called it.
"""

import _thread
from collections.abc import Callable, Iterable, Sequence
from types import CodeType, FrameType
from typing import NamedTuple

from leakscan.agent import counters
from leakscan.agent.heap.symbolize import FunctionOfLine, Traceback
from leakscan.agent.tracing.line_events import LineEvents, is_own, line_events

MAX_FRAMES_ABOVE = 40
"""Frames of a traceback: deep enough to leave a framework."""

Length = Callable[[], int | None]
"""The length of a container now; None where it can't be told for the moment."""


class Moved(NamedTuple):
    """How many entries came and went at one line, by one traceback."""

    put: int
    taken: int


class _Open(NamedTuple):
    """The line that a thread is in."""

    code: CodeType
    line: int


class StoreLines:
    """The watch over some containers, and what it has seen of each since its round began."""

    def __init__(
        self,
        lengths: Sequence[Length],
        deadline: float,
        events: Callable[["StoreLines"], LineEvents] = line_events,
    ) -> None:
        self._lengths = lengths
        self._deadline = deadline
        self._events = events(self)
        self._lock = _thread.allocate_lock()
        self._reading_thread = 0
        """Which thread reads the lengths: what that runs is no code of the target's."""
        self._open: dict[int, _Open] = {}
        self._levels = [length() for length in lengths]
        self._filling: set[tuple[int, int]] = set()
        self.functions: dict[tuple[str, int], FunctionOfLine] = {}
        """Of the lines in the tracebacks."""
        self._at: list[dict[tuple[int, int], int]] = [{} for _ in lengths]
        self.moved: list[dict[Traceback, Moved]] = [{} for _ in lengths]
        """For each container: by traceback, innermost line first; an empty one is of no watched line."""
        self._has_added = False

    @property
    def has_ended(self) -> bool:
        """Whether nothing is watched any more."""
        return self._events.has_ended

    @property
    def failure(self) -> Exception | None:
        """What went wrong in our own code; the watch has ended with it."""
        return self._events.failure

    def begin(self) -> None:
        """Be ready to watch; raises CannotWatch where somebody else traces the target."""
        self._events.begin()

    def end(self) -> None:
        """Watch no more, and leave nothing behind."""
        self._events.end()
        # Its own events refer to it: until that is collected, it refers to nothing of the target.
        self._lengths = ()

    def watch(self, codes: Iterable[CodeType]) -> None:
        """Watch these, too."""
        self._events.watch(codes)

    def watch_all(self) -> None:
        """Watch all code of the target."""
        self._events.watch_all()

    @property
    def is_settled(self) -> bool:
        """Whether another round would watch the same code: all that a line calls which fills a container."""
        return self._events.has_all or (not self._has_added and self._filled() <= self._filling)

    def _filled(self) -> set[tuple[int, int]]:
        return {place for moved in self._at for place, entries in moved.items() if entries > 0}

    def begin_round(self) -> None:
        """Forget what was seen but for the lines: what they call is watched from now on, too."""
        self._filling |= self._filled()
        if self._filling:
            self._events.follow_starts()
        self._has_added = False
        self.moved = [{} for _ in self._lengths]
        self._at = [{} for _ in self._lengths]
        self._levels = [length() for length in self._lengths]

    def end_round(self) -> None:
        """See what has changed since the last event; no watched line is charged with it."""
        self._close(None)

    def at_line(self, frame: FrameType, line: int) -> None:
        """Close the account of the line before, and open that of this one."""
        if self._is_reading:
            return
        self._close(frame)
        self._open[_thread.get_ident()] = _Open(frame.f_code, line)
        if counters.clock() > self._deadline and not self.has_ended:
            # This call may run for ever: it goes on at its own speed.
            self.end()

    def at_resumption(self, frame: FrameType) -> None:
        """Open the account of the line in whose middle it was left."""
        if self._is_reading:
            return
        self._close(frame)
        self._open[_thread.get_ident()] = _Open(frame.f_code, frame.f_lineno)

    def at_exit(self, frame: FrameType) -> None:
        """Close its account, and open that of the innermost watched line below it."""
        if self._is_reading:
            return
        self._close(frame)
        each = frame.f_back
        while each is not None and not self._events.is_watched(each.f_code):
            each = each.f_back
        if each is None:
            self._open.pop(_thread.get_ident(), None)
        else:
            self._open[_thread.get_ident()] = _Open(each.f_code, each.f_lineno)

    def at_start(self, frame: FrameType) -> None:
        """Watch the code, where a line that fills a container has called it."""
        opened = None if self._is_reading else self._open.get(_thread.get_ident())
        if opened is None or (id(opened.code), opened.line) not in self._filling:
            return
        if not self._events.is_watched(frame.f_code) and not is_own(frame.f_code):
            self._events.watch([frame.f_code])
            self._has_added = True

    @property
    def _is_reading(self) -> bool:
        return self._reading_thread == _thread.get_ident()

    def _close(self, frame: FrameType | None) -> None:
        if self.has_ended:
            return
        with self._lock:
            self._reading_thread = _thread.get_ident()
            try:
                self._read(frame)
            finally:
                self._reading_thread = 0

    def _read(self, frame: FrameType | None) -> None:
        for number, length in enumerate(self._lengths):
            now, before = length(), self._levels[number]
            if now == before or now is None:
                continue
            self._levels[number] = now
            if before is not None:
                self._charge(number, now - before, frame)

    def _charge(self, number: int, change: int, frame: FrameType | None) -> None:
        opened = None if frame is None else self._open.get(_thread.get_ident())
        traceback: Traceback = () if opened is None or frame is None else self._traceback(opened, frame)
        known = self.moved[number].get(traceback, Moved(0, 0))
        self.moved[number][traceback] = Moved(known.put + max(0, change), known.taken + max(0, -change))
        if opened is not None:
            at, place = self._at[number], (id(opened.code), opened.line)
            at[place] = at.get(place, 0) + max(0, change)

    def _traceback(self, opened: _Open, frame: FrameType) -> Traceback:
        """The line with those that led to it, from the frame in which the event is."""
        each: FrameType | None = frame
        while each is not None and each.f_code is not opened.code:
            each = each.f_back
        # A frame that an exception has left is gone; what called it is still there.
        above = frame if each is None else each.f_back
        places = [self._named(opened.code, opened.line)]
        while above is not None and len(places) < MAX_FRAMES_ABOVE and not is_own(above.f_code):
            places.append(self._named(above.f_code, above.f_lineno))
            above = above.f_back
        return tuple(places)

    def _named(self, code: CodeType, line: int) -> tuple[str, int]:
        place = code.co_filename, line
        self.functions.setdefault(place, (*place, code.co_name, code.co_qualname))
        return place
