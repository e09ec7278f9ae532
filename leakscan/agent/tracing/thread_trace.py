"""A trace function in the threads that run already, before 3.12, where `sys.monitoring` sees all of them.

`sys.settrace` is for the thread that calls it. What 3.12 has as `threading.settrace_all_threads` is done here
by the same function of the interpreter, thread by thread.
"""

import ctypes
import sys
from collections.abc import Callable
from types import FrameType

_EVENTS = ("call", "exception", "line", "return")
_TraceOfC = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.py_object, ctypes.c_int, ctypes.c_void_p)
_for_ever: list[object] = []
"""What a thread may be about to call: a few bytes for each watch."""

Tell = Callable[[FrameType, str], None]
"""Is told of each event; raises nothing."""


class ThreadTrace:
    """The trace function of all threads but the one that began it."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._threads: set[int] = set()
        self._function = _TraceOfC(self._at_event)

    def begin(self) -> None:
        """Trace each of them that nobody traces."""
        _for_ever.append(self._function)
        set_trace = ctypes.pythonapi._PyEval_SetTrace
        set_trace.argtypes = (ctypes.c_void_p, _TraceOfC, ctypes.py_object)
        for thread in _other_threads():
            set_trace(thread, self._function, None)
            self._threads.add(thread)

    def end(self) -> None:
        """Trace those of them no more that are still there."""
        set_trace = ctypes.pythonapi._PyEval_SetTrace
        set_trace.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
        for thread in (*_other_threads(), _this_thread()):
            if thread in self._threads:
                set_trace(thread, None, None)
        self._threads = set()
        self._tell = _tell_nobody

    def _at_event(self, _object: int, frame: FrameType, event: int, _argument: int) -> int:
        if event < len(_EVENTS):
            self._tell(frame, _EVENTS[event])
        return 0


def _tell_nobody(_frame: FrameType, _event: str) -> None:
    """The listener of a watch that is over, which nothing refers to any more."""


def is_needed() -> bool:
    """Whether other threads run than this one, and can be traced by nothing else."""
    return sys.version_info < (3, 12) and bool(_other_threads())


def _other_threads() -> list[int]:
    """Addresses of the states of all threads but this one."""
    api = ctypes.pythonapi
    api.PyInterpreterState_Get.restype = ctypes.c_void_p
    api.PyInterpreterState_ThreadHead.restype = ctypes.c_void_p
    api.PyInterpreterState_ThreadHead.argtypes = (ctypes.c_void_p,)
    api.PyThreadState_Next.restype = ctypes.c_void_p
    api.PyThreadState_Next.argtypes = (ctypes.c_void_p,)
    thread = api.PyInterpreterState_ThreadHead(api.PyInterpreterState_Get())
    threads: list[int] = []
    while thread:
        threads.append(thread)
        thread = api.PyThreadState_Next(thread)
    this = _this_thread()
    return [each for each in threads if each != this]


def _this_thread() -> int:
    api = ctypes.pythonapi
    api.PyThreadState_Get.restype = ctypes.c_void_p
    return int(api.PyThreadState_Get())
