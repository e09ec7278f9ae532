"""One leak for each hook that the interpreter keeps where no Python object refers to it."""

import codecs
import functools
import gc
import itertools
import os
import signal
import sys
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any

_SEQUENCE = itertools.count(1_000_000)


def search_functions_of_codecs() -> None:
    payload = bytes(100)
    codecs.register(lambda name: None if payload else None)


def error_handlers_of_codecs() -> None:
    codecs.register_error(f"handler{next(_SEQUENCE)}", lambda error: ("", 0))


def callbacks_after_a_fork() -> None:
    payload = bytes(100)
    os.register_at_fork(after_in_child=lambda: len(payload))


def callbacks_before_a_fork() -> None:
    payload = bytes(100)
    os.register_at_fork(before=lambda: len(payload))


def callbacks_of_the_collector() -> None:
    payload = bytes(100)
    gc.callbacks.append(lambda phase, info: None if payload else None)


def _work() -> None:
    pass


class Tracer:
    def __init__(self) -> None:
        self.seen: dict[int, bytes] = {}

    def trace(self, frame: FrameType, event: str, argument: object) -> None:
        if frame.f_code is _work.__code__:
            self.seen[next(_SEQUENCE)] = bytes(50)


def calls_seen_by_a_tracer() -> None:
    if sys.gettrace() is None:
        sys.settrace(Tracer().trace)
    _work()


def _on_signal(history: list[bytes], number: int, frame: FrameType | None) -> None:
    history.append(bytes(100))


def argument_of_a_signal_handler() -> None:
    if signal.getsignal(signal.SIGUSR2) is signal.SIG_DFL:
        signal.signal(signal.SIGUSR2, functools.partial(_on_signal, []))
    signal.raise_signal(signal.SIGUSR2)


def _hooked(previous: Callable[..., Any]) -> Callable[..., Any]:
    def hook(kind: type, value: BaseException, traceback: object) -> None:
        previous(kind, value, traceback)

    return hook


def hook_that_calls_the_one_before() -> None:
    sys.excepthook = _hooked(sys.excepthook)


class Service:
    pass


class Lease:
    def release(self) -> None:
        pass


SERVICE = Service()


def finalizers_that_call_a_method() -> None:
    weakref.finalize(SERVICE, Lease().release).atexit = False


def hooks_of_the_interpreter() -> None:
    search_functions_of_codecs()
    error_handlers_of_codecs()
    callbacks_after_a_fork()
    callbacks_before_a_fork()
    callbacks_of_the_collector()
    argument_of_a_signal_handler()
    hook_that_calls_the_one_before()
    finalizers_that_call_a_method()
    calls_seen_by_a_tracer()
