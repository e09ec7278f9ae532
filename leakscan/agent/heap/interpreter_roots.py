"""References that the interpreter keeps and the garbage collector does not show, made into lists."""

import signal
import sys
from collections.abc import Callable
from types import FrameType, FunctionType, MethodType
from typing import Any

if sys.version_info < (3, 13):
    import ctypes

from leakscan.agent.heap import atomic_reads

_handler_of = signal.getsignal
_set_handler = signal.signal
_HOOKS: dict[str, tuple[Callable[[], Any], Callable[[Any], object]]] = {
    "sys.getprofile()": (sys.getprofile, sys.setprofile),
    "sys.gettrace()": (sys.gettrace, sys.settrace),
}
"""How to get and to set what the interpreter calls back."""


class FrameVariables(list[object]):
    """The values of a running frame's variables, which the garbage collector does not show."""

    def __init__(self, frame: FrameType) -> None:
        super().__init__(locals_of(frame).values())
        self.frame = frame


class SignalHandlers(list[object]):
    """The functions that are called on signals, which only the interpreter refers to."""

    def __init__(self) -> None:
        handlers = {number: _handler_of(number) for number in range(1, signal.NSIG)}
        self.numbers = [number for number, handler in handlers.items() if callable(handler)]
        super().__init__(handlers[number] for number in self.numbers)

    def number_of(self, handler: object) -> int | None:
        """The signal that the function is called on."""
        return next((n for n, each in zip(self.numbers, self, strict=True) if each is handler), None)


def is_raised_by_handler(error: BaseException) -> bool:
    """Whether a function that is called on a signal raised it, in the middle of whatever ran then."""
    handlers = [each.__func__ if type(each) is MethodType else each for each in SignalHandlers()]
    codes = {id(each.__code__) for each in handlers if type(each) is FunctionType}
    frames = error.__traceback__
    while frames is not None:
        if id(frames.tb_frame.f_code) in codes:
            return True
        frames = frames.tb_next
    return False


class Hooks(list[object]):
    """The functions that this thread calls back while it runs code, which only the interpreter refers to."""

    def __init__(self) -> None:
        hooks = {name: get() for name, (get, _set) in _HOOKS.items()}
        self.names = [name for name, hook in hooks.items() if hook is not None]
        super().__init__(hooks[name] for name in self.names)

    def name_of(self, hook: object) -> str:
        """How one gets at the hook."""
        return next(n for n, each in zip(self.names, self, strict=True) if each is hook)


def is_hidden(obj: object) -> bool:
    """Whether the object was made here, to stand for references of the interpreter."""
    kind = type(obj)
    return kind is FrameVariables or kind is SignalHandlers or kind is Hooks


def without_hook(name: str) -> None:
    """Have the interpreter call back nothing under this name; for a forked copy."""
    _get, set_hook = _HOOKS[name]
    set_hook(None)


def without_handler(number: int) -> None:
    """Have the signal do what it does by itself; for a forked copy."""
    _set_handler(number, signal.SIG_DFL)


def without_variable(frame: FrameType, name: str) -> None:
    """Set a variable of a frame to None, be the frame running or suspended; for a forked copy."""
    frame.f_locals[name] = None
    if sys.version_info < (3, 13):
        # Up to 3.12 `f_locals` is a copy, which this function writes back.
        write_back = ctypes.pythonapi.PyFrame_LocalsToFast
        write_back(ctypes.py_object(frame), ctypes.c_int(0))
        locals_of(frame)


def variable_of(frame: FrameType, value: object) -> str | None:
    """The name of the variable with this value."""
    return next((name for name, each in locals_of(frame).items() if each is value), None)


def locals_of(frame: FrameType) -> dict[str, Any]:
    """The variables of a frame, copied; the frame keeps none of what reading them made."""
    shown: Any = frame.f_locals
    if type.__subclasscheck__(dict, type(shown)):
        variables = dict(atomic_reads.items_of(shown))
    elif _is_function(frame):
        # From 3.13 on a view of the variables.
        variables = dict(shown)
    else:
        # The body of a class whose metaclass keeps its names in a thing of its own: to ask it runs its code.
        return {}
    if sys.version_info < (3, 13) and shown is not frame.f_globals and _is_function(frame):
        # Up to 3.12 the frame keeps this dict, and with it every value that was in it now.
        shown.clear()
    return variables


def _is_function(frame: FrameType) -> bool:
    optimized_and_new_locals = 0x1 | 0x2
    return frame.f_code.co_flags & optimized_and_new_locals == optimized_and_new_locals
