"""How a target is brought to its end: its call, its setup, its process, in this order and in time."""

import signal
import time
from collections.abc import Callable
from typing import NamedTuple

from leakscan import wire
from leakscan.runner.child_handle import ChildHandle

STOP_SECONDS = 0.2
"""For a call to return by itself."""
INTERRUPT_SECONDS = 0.4
"""For a call that does not return, to be unwound by a Ctrl-C."""
TERMINATE_SECONDS = 0.7
"""For one that takes no notice of that, to end by SIGTERM."""
GRACE_SECONDS = 1.5
"""For the target's own end, where nobody wants to wait: its exit handlers, its event loop."""
EXIT_SECONDS = 15.0
"""For the same where there is time: what it has not deleted or written by then stays so."""
SETUP_SECONDS = 3.0
"""For the end of a setup, which may stop a database, where nobody wants to wait."""


class Ending(NamedTuple):
    """How it came to its end."""

    status: int | None
    """Exit status of the process, as far as it ended by itself."""
    left_setup: wire.SetupLeft | None
    cut_off_seconds: float | None = None
    """Seconds that its own end had, and was not over; None if it was, or had not begun."""
    setup_seconds: float | None = None
    """Seconds that the setup had, and was not left; 0 if its turn did not come, else None."""


def end(
    child: ChildHandle,
    *,
    is_busy: bool,
    has_setup: bool,
    is_interrupted: bool,
    exit_seconds: float = GRACE_SECONDS,
) -> Ending:
    """Have the target leave its setup and end; what does not end in time is killed.

    `is_busy` while a command is not answered, so that the call has to be ended first. `is_interrupted` if the
    target is likely to have been told by whoever interrupted us. The setup and the process share the seconds;
    a setup has no fewer than its own, and a process whose setup is left no fewer than its grace.
    """
    if is_busy and not _is_stopped(child, is_interrupted=is_interrupted):
        child.signal(signal.SIGTERM)
        return Ending(_status(child, TERMINATE_SECONDS), None, setup_seconds=0.0 if has_setup else None)
    child.send(wire.Quit())
    if not has_setup:
        return _ended(child, exit_seconds, None)
    setup_seconds = max(SETUP_SECONDS, exit_seconds)
    deadline = time.monotonic() + setup_seconds
    left = _heard(child, setup_seconds, lambda record: isinstance(record, wire.SetupLeft))
    seconds = deadline - time.monotonic()
    if isinstance(left, wire.SetupLeft):
        return _ended(child, max(GRACE_SECONDS, seconds), left)
    status = _status(child, seconds)
    return Ending(status, None, setup_seconds=setup_seconds if status is None else None)


def _ended(child: ChildHandle, seconds: float, left: wire.SetupLeft | None) -> Ending:
    """How the process ended by itself, its setup left if there was one."""
    status = _status(child, seconds)
    return Ending(status, left, cut_off_seconds=seconds if status is None else None)


def _is_stopped(child: ChildHandle, *, is_interrupted: bool) -> bool:
    """Whether the call has returned, or could be interrupted."""
    child.send(wire.Stop())
    # A second Ctrl-C would cut off what the first has begun to unwind.
    seconds = STOP_SECONDS + (INTERRUPT_SECONDS if is_interrupted else 0.0)
    if _heard(child, seconds, _is_answer) is not None:
        return True
    child.signal(signal.SIGINT)
    return _heard(child, INTERRUPT_SECONDS, _is_answer) is not None


def _heard(child: ChildHandle, seconds: float, is_it: Callable[[wire.Record], bool]) -> wire.Record | None:
    """The first such record of the next seconds."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        records = child.records(min(left, 0.1))
        if records is None:
            return None
        for record in records:
            if is_it(record):
                return record
    return None


def _is_answer(record: wire.Record) -> bool:
    return not isinstance(record, wire.Sample)


def _status(child: ChildHandle, seconds: float) -> int | None:
    deadline = time.monotonic() + seconds
    # Records that nobody reads any more must not keep the process from ending.
    while time.monotonic() < deadline and child.records(0.05) is not None:
        pass
    return child.wait(max(0.1, deadline - time.monotonic()))
