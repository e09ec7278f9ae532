"""Events of the lines of some code while calls run; all other code runs at its own speed.

`sys.monitoring` (3.12 and later) has them for single code objects, in every thread. Before that a trace
function is asked once for each call, and goes on to trace those frames only.
"""

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from types import CodeType, FrameType
from typing import Any, Protocol

from leakscan.agent.own_code import AGENT_FOLDER
from leakscan.agent.tracing.thread_trace import ThreadTrace, is_needed

Monitoring: Any = getattr(sys, "monitoring", None)
"""None before 3.12."""
_TOOLS_OF_OTHERS = (0, 1, 2)
"""A debugger, coverage, a profiler."""
_FREE_TOOLS = (3, 4)
"""What no kind of tool has for itself."""


class CannotWatch(Exception):
    """Somebody else traces, profiles or monitors the code."""


class Listener(Protocol):
    """Who is told of the events, on the thread on which they happen."""

    def at_line(self, frame: FrameType, line: int) -> None:
        """The frame is about to run the line."""

    def at_start(self, frame: FrameType) -> None:
        """A frame begins, of any code."""

    def at_resumption(self, frame: FrameType) -> None:
        """A generator or coroutine goes on, in the middle of a line."""

    def at_exit(self, frame: FrameType) -> None:
        """The frame returns, yields, or is left by an exception."""


class LineEvents(ABC):
    """The code that is watched, and the way to watch it."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._codes: dict[int, CodeType] = {}
        self.has_all = False
        """Whether all code is watched."""
        self.has_ended = False
        self._follows_starts = False
        self.failure: Exception | None = None
        """What went wrong in our own code: the target hears nothing of it."""

    @abstractmethod
    def begin(self) -> None:
        """Be ready to watch; raises CannotWatch where somebody else does."""

    @abstractmethod
    def end(self) -> None:
        """Watch nothing, and leave nothing behind."""

    def watch(self, codes: Iterable[CodeType]) -> None:
        """Watch this code from its next call on."""
        for code in codes:
            if id(code) not in self._codes and not is_own(code):
                self._codes[id(code)] = code
                self._add(code)

    def watch_all(self) -> None:
        """Watch all code but the agent's own."""
        self.has_all = True

    def follow_starts(self) -> None:
        """Tell of the start of every frame, too."""
        self._follows_starts = True

    def is_watched(self, code: CodeType) -> bool:
        """Whether the lines of this code are told."""
        return id(code) in self._codes or (self.has_all and not is_own(code))

    def _add(self, code: CodeType) -> None:
        del code

    def _tell(self, of_event: Callable[..., None], *details: object) -> None:
        """Tell the listener; what is raised here would be raised in the middle of the target's code."""
        try:
            of_event(*details)
        except RecursionError:
            # The target is as deep as it may be, and we would be deeper.
            return
        except Exception as error:
            self.failure = error
            self.end()


def is_own(code: CodeType) -> bool:
    """Whether it is the agent's."""
    return code.co_filename.startswith(AGENT_FOLDER)


def line_events(listener: Listener) -> LineEvents:
    """In the way that this Python has."""
    return TracedLines(listener) if Monitoring is None else MonitoredLines(listener)


class MonitoredLines(LineEvents):
    """By `sys.monitoring`."""

    def __init__(self, listener: Listener) -> None:
        super().__init__(listener)
        events = Monitoring.events
        self._local = events.LINE | events.PY_RETURN | events.PY_YIELD | events.PY_RESUME
        self._everywhere = 0
        self._tool: int | None = None
        self._callbacks = {
            events.LINE: self._at_line,
            events.PY_RETURN: self._at_exit,
            events.PY_YIELD: self._at_exit,
            events.PY_RESUME: self._at_resumption,
            # These two are told of all code, or of none.
            events.PY_UNWIND: self._at_unwinding,
            events.PY_THROW: self._at_throw,
            events.PY_START: self._at_start,
        }

    def begin(self) -> None:
        """Take a tool that is free; raises CannotWatch where there is none."""
        raise_if_watched_by_others()
        self._tool = next((tool for tool in _FREE_TOOLS if Monitoring.get_tool(tool) is None), None)
        if self._tool is None:
            raise CannotWatch("tools of others monitor the target")
        Monitoring.use_tool_id(self._tool, "leakscan")
        for event, callback in self._callbacks.items():
            Monitoring.register_callback(self._tool, event, callback)
        self._set(Monitoring.events.PY_UNWIND | Monitoring.events.PY_THROW)

    def end(self) -> None:
        """Give the tool back."""
        self.has_ended = True
        tool, self._tool = self._tool, None
        if tool is None:
            return
        Monitoring.set_events(tool, 0)
        for code in self._codes.values():
            Monitoring.set_local_events(tool, code, 0)
        for event in self._callbacks:
            Monitoring.register_callback(tool, event, None)
        Monitoring.free_tool_id(tool)
        self._codes = {}
        self._callbacks = {}

    def watch_all(self) -> None:
        """Watch all code but the agent's own, also what is not compiled yet."""
        super().watch_all()
        self._set(self._local)

    def follow_starts(self) -> None:
        """Tell of the start of every frame, too."""
        super().follow_starts()
        self._set(Monitoring.events.PY_START)

    def _set(self, events: int) -> None:
        self._everywhere |= events
        Monitoring.set_events(self._tool, self._everywhere)

    def _add(self, code: CodeType) -> None:
        Monitoring.set_local_events(self._tool, code, self._local)

    def _at_line(self, code: CodeType, line: int) -> Any:
        if is_own(code):
            return Monitoring.DISABLE
        self._tell(self._listener.at_line, sys._getframe(1), line)
        return None

    def _at_exit(self, code: CodeType, _offset: int, _value: object) -> Any:
        if is_own(code):
            return Monitoring.DISABLE
        self._tell(self._listener.at_exit, sys._getframe(1))
        return None

    def _at_resumption(self, code: CodeType, _offset: int) -> Any:
        if is_own(code):
            return Monitoring.DISABLE
        self._tell(self._listener.at_resumption, sys._getframe(1))
        return None

    def _at_start(self, code: CodeType, _offset: int) -> Any:
        if is_own(code):
            return Monitoring.DISABLE
        self._tell(self._listener.at_start, sys._getframe(1))
        return None

    def _at_unwinding(self, code: CodeType, _offset: int, _error: BaseException) -> None:
        if self.is_watched(code):
            self._tell(self._listener.at_exit, sys._getframe(1))

    def _at_throw(self, code: CodeType, _offset: int, _error: BaseException) -> None:
        if self.is_watched(code):
            self._tell(self._listener.at_resumption, sys._getframe(1))


class TracedLines(LineEvents):
    """By a trace function: of this thread, of those that run already, and of those that begin meanwhile."""

    def __init__(self, listener: Listener) -> None:
        super().__init__(listener)
        self._others = ThreadTrace(self._at_event) if is_needed() else None

    def begin(self) -> None:
        """Trace the calls."""
        raise_if_watched_by_others()
        sys.settrace(self._at_call)
        _set_hook_of_new_threads(self._at_call)
        if self._others is not None:
            self._others.begin()

    def end(self) -> None:
        """Trace no more; a thread that began meanwhile is told so at its next event."""
        if self.has_ended:
            return
        self.has_ended = True
        if self._others is not None:
            self._others.end()
        if _is_bound_to(sys.gettrace(), self):
            sys.settrace(None)
        if _is_bound_to(_hook_of_new_threads("_trace_hook"), self):
            _set_hook_of_new_threads(None)
        self._leave(sys._getframe(1))

    def _at_call(self, frame: FrameType, what: str, _argument: object) -> Any:
        if self.has_ended:
            self._trace_no_more(frame)
            return None
        self._at_event(frame, what)
        return self._in_frame if self.is_watched(frame.f_code) else None

    def _in_frame(self, frame: FrameType, what: str, _argument: object) -> Any:
        if self.has_ended:
            self._trace_no_more(frame)
            return None
        self._at_event(frame, what)
        if what != "return":
            return self._in_frame
        # That of a generator lives on: it is traced anew when it goes on, or not at all.
        frame.f_trace = None
        return None

    def _at_event(self, frame: FrameType, what: str) -> None:
        if what == "call" and self._follows_starts:
            self._tell(self._listener.at_start, frame)
        if not self.is_watched(frame.f_code):
            return
        if what == "line":
            self._tell(self._listener.at_line, frame, frame.f_lineno)
        elif what == "return":
            self._tell(self._listener.at_exit, frame)
        elif what == "call":
            self._tell(self._listener.at_resumption, frame)

    def _trace_no_more(self, frame: FrameType) -> None:
        if _is_bound_to(sys.gettrace(), self):
            sys.settrace(None)
        self._leave(frame)

    def _leave(self, frame: FrameType | None) -> None:
        """Leave nothing of ours on the frames that go on."""
        while frame is not None:
            if _is_bound_to(frame.f_trace, self):
                frame.f_trace = None
            frame = frame.f_back


def raise_if_watched_by_others() -> None:
    """Step aside for whoever traces, profiles, debugs or measures coverage: raises CannotWatch."""
    if sys.gettrace() is not None or _hook_of_new_threads("_trace_hook") is not None:
        raise CannotWatch("the target traces its lines itself, or is debugged")
    if sys.getprofile() is not None or _hook_of_new_threads("_profile_hook") is not None:
        raise CannotWatch("the target is profiled")
    if Monitoring is not None and any(Monitoring.get_tool(tool) is not None for tool in _TOOLS_OF_OTHERS):
        raise CannotWatch("the target is debugged or profiled, or its coverage is measured")


def _hook_of_new_threads(name: str) -> Any:
    """What the target's `threading` calls in each thread that it starts."""
    return getattr(sys.modules.get("threading"), name, None)


def _set_hook_of_new_threads(hook: Any) -> None:
    threading: Any = sys.modules.get("threading")
    if threading is not None:
        threading._trace_hook = hook


def _is_bound_to(function: Any, owner: object) -> bool:
    return getattr(function, "__self__", None) is owner
