"""A forked copy of the target to try things out in: the target itself keeps its data."""

import contextlib
import gc
import os
import signal
from collections.abc import Callable, Iterator
from typing import NoReturn

from leakscan import wire
from leakscan.agent.silence import no_deprecation_warning

SECONDS_ALLOWED = 10
"""Of processor time, so that a busy machine changes no answer. Freeing may run any number of finalizers."""
PATIENCE = 5
"""Seconds on the clock for one of processor time: what is in the copy may wait for what is not."""
_TOO_LONG = ("SIGPROF", "SIGALRM")
_FAILED = 1
"""Status of a copy in which something was raised."""


Experiment = Callable[[], Iterator[wire.Record]]
"""Gives what it has found out as soon as it has, since it may be ended at any time; the last counts."""


def in_forked_copy(experiment: Experiment, *, seconds: int = SECONDS_ALLOWED) -> wire.Record | str:
    """The last that the experiment finds out in a forked copy of this process, or why there is nothing."""
    data, why_no_more = _told_by_copy(lambda: map(wire.encode, experiment()), seconds)
    return _last_answer(data) or why_no_more or "the experiment told nothing"


def bytes_from_forked_copy(make: Callable[[], bytes], *, seconds: int = SECONDS_ALLOWED) -> bytes | str:
    """What is made in a forked copy of this process, where it is no record; or why there is nothing."""
    data, why_no_more = _told_by_copy(lambda: iter([make()]), seconds)
    if why_no_more is None:
        return data
    last = _last_answer(data)
    return last if isinstance(last, str) else why_no_more


def _told_by_copy(experiment: Callable[[], Iterator[bytes]], seconds: int) -> tuple[bytes, str | None]:
    """All that the copy told, and why it told no more, if it did not come to its end."""
    if not hasattr(os, "fork"):
        return b"", "this platform has no fork"
    reader, writer = os.pipe()
    with no_deprecation_warning():
        copy = os.fork()
    if copy == 0:
        _tell_and_exit(experiment, writer, seconds)
    os.close(writer)
    data = b""
    while chunk := os.read(reader, 1 << 16):
        data += chunk
    os.close(reader)
    _, status = os.waitpid(copy, 0)
    return data, _why_no_more(status, seconds) if status else None


def _last_answer(data: bytes) -> wire.Record | str | None:
    for line in reversed(data.splitlines(keepends=True)):
        with contextlib.suppress(wire.WireError):
            answer = wire.decode(line)
            return answer.message if isinstance(answer, wire.AgentFailed) else answer  # type: ignore[return-value]
    return None


def _why_no_more(status: int, seconds: int) -> str:
    if status in _signals():
        return f"it took longer than {seconds} s"
    return f"the experiment ended with status {status}"


def _signals() -> tuple[int, ...]:
    """What ends a copy that takes too long."""
    return tuple(int(getattr(signal, name)) for name in _TOO_LONG if hasattr(signal, name))


def _tell_and_exit(experiment: Callable[[], Iterator[bytes]], writer: int, seconds: int) -> NoReturn:
    status = _FAILED
    try:
        # The copy shares the memory of the target as long as nobody writes to it, and a collection writes to
        # every object there is.
        gc.disable()
        for number in _signals():
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        signal.alarm(PATIENCE * seconds)
        _let_go_of_files(writer)
        for data in experiment():
            _write(writer, data)
        status = 0
    except BaseException as error:
        _write(writer, wire.encode(wire.AgentFailed("experiment", f"it failed: {error!r}"[:200], "")))
    finally:
        os._exit(status)


def _let_go_of_files(writer: int) -> None:
    """Point every other descriptor at nothing: no finalizer of the copy reaches a peer, a file or a pipe."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for name in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else ():
        if int(name) not in (writer, nothing):
            with contextlib.suppress(OSError):
                os.dup2(nothing, int(name))


def _write(writer: int, data: bytes) -> None:
    """All of it: a signal may end one call early, and so may a full pipe."""
    while data:
        data = data[os.write(writer, data) :]
