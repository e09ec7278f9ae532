"""Signals of a terminal that the target shares with leakscan: each unwinds the target, as a Ctrl-C does.

A target that reads from the terminal is in the process group that has it, and is sent all that leakscan is
sent. By their default, SIGHUP and SIGQUIT would end it before it has left its setup.
"""

import os
import signal
from types import FrameType
from typing import NoReturn

_ENDING = ("SIGHUP", "SIGQUIT")


def unwind_on_its_signals(leakscan: int) -> None:
    """Where the process group is that of leakscan, have the first of these signals raise KeyboardInterrupt.

    What is ignored, as under `nohup`, stays so, and a handler of the target takes the place of ours.
    """
    try:
        is_shared = hasattr(os, "getpgid") and os.getpgid(leakscan) == os.getpgrp()
    except ProcessLookupError:
        # It is gone already, and the supervisor ends this process.
        return
    if is_shared:
        _exchange(signal.SIG_DFL, _unwind)


def end_by_its_signals() -> None:
    """In a child that the target has forked: as the program would have it."""
    _exchange(_unwind, signal.SIG_DFL)


def _unwind(number: int, frame: FrameType | None) -> NoReturn:
    del number, frame
    # Of a terminal that goes away there are two: another would cut off what the first has begun to unwind.
    _exchange(_unwind, signal.SIG_IGN)
    raise KeyboardInterrupt


def _exchange(before: object, after: "signal._HANDLER") -> None:
    for name in _ENDING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is before:
            signal.signal(number, after)
