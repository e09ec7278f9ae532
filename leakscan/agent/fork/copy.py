"""A forked copy of the target to look around and to try things out in: the target itself keeps its data.

Every copy is confined to a sandbox, where there is one. What runs code of the target needs it and is refused
without it; what only reads the heap does not.
"""

import contextlib
import gc
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import NoReturn

from leakscan import masking, wire
from leakscan.agent.descriptors import moved_up
from leakscan.agent.fork import sandbox
from leakscan.agent.fork.birth import forked, why_not_confined
from leakscan.agent.fork.listening import END, Budget, Output, listened
from leakscan.agent.fork.message_frames import MessageFrames

SECONDS_ALLOWED = 10.0
"""Seconds of processor time, so that a busy machine changes no answer: freeing may run many finalizers."""
PATIENCE = 5
"""Seconds on the clock for one of processor time, where other processes want the processor, too."""
NO_COPY = "no copy of the process could be made"
NO_COPY_IN_TIME = "beside threads, no copy can be confined here before it runs code of theirs"
_FAILED = 1
"""Status of a copy in which something was raised."""

Experiment = Callable[[], Iterator[wire.Record]]
"""Gives each record as soon as it has it, since it may be ended at any time; the last counts."""


def in_forked_copy(experiment: Experiment, *, seconds: float = SECONDS_ALLOWED) -> wire.Record | str:
    """The last record of an experiment in a forked copy of this process, or why there is none.

    The experiment must run no code of the target. `seconds` are of processor time.
    """
    return _answer(_output_of_copy(_as_lines(experiment), seconds, needs_sandbox=False))


def in_sandbox(experiment: Experiment, *, seconds: float = SECONDS_ALLOWED) -> wire.Record | str:
    """As `in_forked_copy`, for what runs code of the target: only where that has no effect outside."""
    return _answer(_output_of_sandbox(_as_lines(experiment), seconds))


def bytes_from_sandbox(make: Callable[[], bytes], *, seconds: float = SECONDS_ALLOWED) -> bytes | str:
    """What is made in a sandbox, where it is no record; or why there is nothing."""
    output = _output_of_sandbox(lambda: iter([make()]), seconds)
    return b"".join(output.messages) if output.why_no_more is None else _failure_of(output)


@contextmanager
def done_within(seconds: float | None) -> Iterator[None]:
    """Have every copy that is made inside end within so many seconds; None: no limit but its own."""
    before = _deadline.at
    _deadline.at = before if seconds is None else time.monotonic() + seconds
    try:
        yield
    finally:
        _deadline.at = before


class _Deadline:
    """The time on the clock by which a copy has to have come to its end."""

    at = math.inf


_deadline = _Deadline()


def why_no_sandbox() -> str | None:
    """Why no code of the target may be tried out here; None if it may. The sandbox is tried first, once."""
    if trial.answer is None:
        output = _output_of_copy(
            lambda: (f"{effect}; ".encode() for effect in sandbox.possible_effects()),
            SECONDS_ALLOWED,
            needs_sandbox=True,
        )
        if output.why_no_more is not None:
            reason = _failure_of(output)
            # What has no room for a copy now may have it later.
            return reason if reason.startswith(NO_COPY) else trial.noted(reason)
        effects = b"".join(output.messages).decode()
        return trial.noted(f"the sandbox does not hold here: {effects.removesuffix('; ')}" if effects else "")
    return trial.answer or None


class SandboxTrial:
    """Whether the sandbox holds in this process, tried once."""

    answer: str | None = None
    """Empty if the sandbox holds; None before it was tried."""

    def noted(self, answer: str) -> str | None:
        """Keep it, and say it."""
        self.answer = answer
        return answer or None


trial = SandboxTrial()


def _as_lines(experiment: Experiment) -> Callable[[], Iterator[bytes]]:
    return lambda: map(wire.encode, experiment())


def _answer(output: Output) -> wire.Record | str:
    last = _last_record(output.messages)
    return last if last is not None and not isinstance(last, wire.AgentFailed) else _failure_of(output)


def _failure_of(output: Output) -> str:
    last = _last_record(output.messages)
    return (
        last.message if isinstance(last, wire.AgentFailed) else output.why_no_more or "the copy told nothing"
    )


def _last_record(messages: list[bytes]) -> wire.Record | None:
    for line in reversed(messages):
        with contextlib.suppress(wire.WireError):
            return wire.decode(line)  # type: ignore[return-value]
    return None


def _output_of_sandbox(make_messages: Callable[[], Iterator[bytes]], seconds: float) -> Output:
    why_not = why_no_sandbox()
    if why_not is not None:
        return Output([], why_not)
    return _output_of_copy(make_messages, seconds, needs_sandbox=True)


def _output_of_copy(
    make_messages: Callable[[], Iterator[bytes]], seconds: float, *, needs_sandbox: bool
) -> Output:
    """All messages of a copy, and why there are no more, if it did not come to its end."""
    if not hasattr(os, "fork"):
        return Output([], "this platform has no fork")
    limit = min(PATIENCE * seconds, _deadline.at - time.monotonic())
    if limit <= 0:
        return Output([], "there was no time left for it")
    if sandbox.is_too_late():
        return Output([], NO_COPY_IN_TIME)
    try:
        reader, low = os.pipe()
        # Where no file of the target would be, or has been: what is written there is taken for the answer.
        writer = moved_up(low)
    except OSError as error:
        return Output([], f"{NO_COPY}: {error.strerror}")
    try:
        try:
            frames = MessageFrames()
            copy = forked(writer)
            if copy is None:
                _tell_and_exit(
                    make_messages, partial(_write_framed, writer, frames), needs_sandbox=needs_sandbox
                )
        finally:
            os.close(writer)
        return listened(reader, frames, copy, Budget(copy, seconds, limit))
    except OSError as error:
        return Output([], f"{NO_COPY}: {error.strerror}")
    finally:
        os.close(reader)


def _tell_and_exit(
    make_messages: Callable[[], Iterator[bytes]], write: Callable[[bytes], None], *, needs_sandbox: bool
) -> NoReturn:  # in a copy
    status = _FAILED
    try:
        # The copy shares the memory of the target as long as nobody writes to it, and a collection writes to
        # every object there is.
        gc.disable()
        if needs_sandbox and (why_not := why_not_confined()) is not None:
            write(_failure(why_not))
        else:
            for message in make_messages():
                write(message)
            write(END)
            status = 0
    except BaseException as error:
        write(_failure(f"it failed: {masking.message_text(repr(error))}"[:200]))
    finally:
        os._exit(status)


def _failure(message: str) -> bytes:  # in a copy
    return wire.encode(wire.AgentFailed("experiment", message, ""))


def _write_framed(writer: int, frames: MessageFrames, message: bytes) -> None:  # in a copy
    """All of it, though a full pipe may end a call early."""
    data = frames.framed(message)
    while data:
        data = data[os.write(writer, data) :]
