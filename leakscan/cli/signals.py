"""Signals that end leakscan: it takes what it has started with it, and puts the terminal back."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

_ENDING = ("SIGTERM", "SIGHUP", "SIGQUIT")
_SENT_TWICE = tuple(getattr(signal, name) for name in ("SIGHUP",) if hasattr(signal, name))
"""By the shell for its jobs, and by the kernel at the end of the shell."""
_FIRST = 128
"""What a shell adds to the number of the signal that ended a program."""


class EndedBySignal(BaseException):
    """Raised where a signal asks leakscan to end, so that whatever runs is unwound."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Received:
    """The signal that came, if one did."""

    number: int | None = None


@contextmanager
def raised_signals() -> Iterator[Received]:
    """Raise EndedBySignal inside where a signal would have ended the process at once."""
    received = Received()

    def end(number: int, frame: FrameType | None) -> None:
        del frame
        received.number = number
        # The next one is for whoever can't wait; but a terminal that goes away may send two.
        signal.signal(number, signal.SIG_IGN if number in _SENT_TWICE else signal.SIG_DFL)
        raise EndedBySignal(number)

    numbers = [getattr(signal, name) for name in _ENDING if hasattr(signal, name)]
    # What is ignored, as under `nohup`, stays so.
    ours = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, end)
    try:
        yield received
    except EndedBySignal:
        pass
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def exit_as_signalled(number: int) -> NoReturn:
    """Exit with the status that a shell expects; the terminal may be gone by now."""
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    os._exit(_FIRST + number)
