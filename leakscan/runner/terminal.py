"""The terminal that a target shares with leakscan: put back as it was, however the target left it."""

import contextlib
import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager

from leakscan.model.run import STDERR, Surroundings

_STDIN, _STDOUT = 0, 1
_SHOW_CURSOR = b"\x1b[?25h"


def is_shared(surroundings: Surroundings) -> bool:
    """Whether the target reads from the terminal that leakscan has."""
    return surroundings.reads_stdin and os.isatty(_STDIN)


@contextmanager
def put_back(surroundings: Surroundings) -> Iterator[None]:
    """At the end the terminal echoes and reads as at the start, and shows its cursor.

    A target that is ended in the middle of a call does not put back what it has changed.
    """
    attributes = termios.tcgetattr(_STDIN) if is_shared(surroundings) else None
    try:
        yield
    finally:
        if attributes is not None:
            # By now the terminal may be gone.
            with contextlib.suppress(OSError, termios.error):
                _set(attributes)
        with contextlib.suppress(OSError):
            _show_cursor(surroundings)


def _set(attributes: list[int | list[bytes | int]]) -> None:
    if not _is_somebody_elses() and termios.tcgetattr(_STDIN) != attributes:
        termios.tcsetattr(_STDIN, termios.TCSANOW, attributes)


def _is_somebody_elses() -> bool:
    """Whether another job has the terminal by now: who else sets it is stopped."""
    try:
        return os.tcgetpgrp(_STDIN) != os.getpgrp()
    except OSError:
        # It controls no job at all.
        return False


def _show_cursor(surroundings: Surroundings) -> None:
    if os.environ.get("TERM", "dumb") in ("dumb", "unknown"):
        return
    streams = ((surroundings.stdout, _STDOUT), (surroundings.stderr, STDERR))
    for stream in dict.fromkeys(ours if given is None else given for given, ours in streams):
        if os.isatty(stream):
            os.write(stream, _SHOW_CURSOR)
            return
