"""Which lines take native memory: the process's own number, read before and after each line of some calls.

`tracemalloc` sees what goes through Python's allocators. What a C library takes for itself is seen by malloc
alone, which keeps no tracebacks; but whoever calls the library is a line of Python, on this very thread.
"""

import sys
from collections.abc import Callable
from types import FrameType, MethodType
from typing import Any, NamedTuple

from leakscan.agent import counters
from leakscan.agent.heap.symbolize import Traceback
from leakscan.agent.own_code import AGENT_FOLDER

MAX_FRAMES_OF_A_LINE = 24
MAX_GAINING_LINES = 20

Place = tuple[str, int]
"""(file, line)."""


class CannotWatch(Exception):
    """The calls can't be watched line by line, or what was seen would mean nothing."""


class Gains(NamedTuple):
    """What so many calls took, line by line; what a line gives back counts against it."""

    calls: int
    lines: tuple[tuple[Traceback, int], ...]
    """The tracebacks of the lines that took more than they gave back, with the bytes; the most first."""
    bytes: int
    """Of all lines, those that gave back included."""


def line_gains(
    call: Callable[[], object], calls: int, limit_seconds: float, read: Callable[[], int]
) -> Gains:
    """Run so many calls, or as many as the time allows; `read` tells the bytes in use.

    No other thread may take memory meanwhile: it would be charged to the lines of this one. Raises
    CannotWatch where somebody else traces, profiles or monitors the code, and where not even one call fits
    into the time: it is then finished without being watched.
    """
    if sys.gettrace() is not None:
        raise CannotWatch("the target traces its lines itself")
    if sys.getprofile() is not None or _is_monitored():
        raise CannotWatch("the target is profiled, which may take memory at any line")
    watch = _Watch(read, counters.clock() + limit_seconds)
    for _ in range(calls):
        if not watch.run(call):
            break
    if not watch.calls:
        raise CannotWatch("a call takes too long to be watched line by line")
    return Gains(watch.calls, watch.gains(), watch.bytes)


class _Watch:
    """The trace function, and what it has seen of the calls that are over."""

    def __init__(self, read: Callable[[], int], deadline: float) -> None:
        self.calls = 0
        self._read = read
        self._deadline = deadline
        self._gained: dict[Place, int] = {}
        self._tracebacks: dict[Place, dict[Traceback, int]] = {}
        self._call: list[tuple[Place, Traceback | None, int]] = []
        self._place: Place | None = None
        self._traceback: Traceback | None = None
        self._level = 0
        self._is_out_of_time = False

    def run(self, call: Callable[[], object]) -> bool:
        """Watch one call; False if the time is over, and then nothing of the call counts."""
        self._call.clear()
        self._place = None
        own = self._event
        sys.settrace(own)
        try:
            call()
        finally:
            is_ours = self._is_out_of_time or sys.gettrace() is own
            if is_ours:
                sys.settrace(None)
        if not is_ours:
            raise CannotWatch("the target traces its lines itself")
        self._note()
        if self._is_out_of_time:
            return False
        for place, traceback, gained in self._call:
            self._gained[place] = self._gained.get(place, 0) + gained
            if traceback is not None:
                tracebacks = self._tracebacks.setdefault(place, {})
                tracebacks[traceback] = tracebacks.get(traceback, 0) + gained
        self.calls += 1
        return counters.clock() < self._deadline

    @property
    def bytes(self) -> int:
        """What all lines took, less what they gave back."""
        return sum(self._gained.values())

    def gains(self) -> tuple[tuple[Traceback, int], ...]:
        """Each line with the traceback with which it took most."""
        taken = sorted(
            ((place, gained) for place, gained in self._gained.items() if gained > 0),
            key=lambda item: (-item[1], item[0]),
        )
        return tuple((self._likeliest(place), gained) for place, gained in taken[:MAX_GAINING_LINES])

    def _likeliest(self, place: Place) -> Traceback:
        tracebacks = self._tracebacks.get(place, {})
        return max(tracebacks, key=lambda each: tracebacks[each], default=(place,))

    def _event(self, frame: FrameType, what: str, _argument: Any) -> Any:
        """Close the account of the line before, and open that of the one that comes."""
        self._note()
        if self._is_out_of_time:
            return None
        # The frame itself is not kept: its variables would live longer than the target has them live.
        following = frame.f_back if what == "return" else frame
        if what == "return":
            # That of a generator lives on: it is traced anew when it goes on, or not at all.
            frame.f_trace = None
        trace = None if what == "return" else self._event
        if following is None or following.f_code.co_filename.startswith(AGENT_FOLDER):
            self._place = None
            self._level = self._read()
            return trace
        place = self._place = (following.f_code.co_filename, following.f_lineno)
        # A traceback takes long to write down; only lines that took something before are asked for it.
        is_taking = self._gained.get(place, 0) > 0
        self._traceback = _traceback(following) if is_taking else None
        if counters.clock() > self._deadline:
            # This call may run for ever: it goes on at its own speed.
            self._is_out_of_time = True
            sys.settrace(None)
            self._leave(frame)
            return None
        self._level = self._read()
        return trace

    def _leave(self, frame: FrameType) -> None:
        """Leave nothing of ours on the frames that go on."""
        each: FrameType | None = frame
        while each is not None:
            trace = each.f_trace
            if type(trace) is MethodType and trace.__self__ is self:
                each.f_trace = None
            each = each.f_back

    def _note(self) -> None:
        now = self._read()
        if self._place is not None and now != self._level:
            self._call.append((self._place, self._traceback, now - self._level))


def _is_monitored() -> bool:
    """Whether a tool uses `sys.monitoring`, as profilers, debuggers and coverage do on 3.12 and later."""
    monitoring = getattr(sys, "monitoring", None)
    return monitoring is not None and any(monitoring.get_tool(tool) is not None for tool in range(6))


def _traceback(frame: FrameType) -> Traceback:
    places: list[Place] = []
    each: FrameType | None = frame
    while each is not None and len(places) < MAX_FRAMES_OF_A_LINE:
        if each.f_code.co_filename.startswith(AGENT_FOLDER):
            break
        places.append((each.f_code.co_filename, each.f_lineno))
        each = each.f_back
    return tuple(places)
