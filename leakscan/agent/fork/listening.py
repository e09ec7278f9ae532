"""What a copy tells through its pipe, until it ends or its time is over."""

import os
import select
import time
from typing import NamedTuple

from leakscan.agent.fork.copy_process import CopyProcess
from leakscan.agent.fork.message_frames import MessageFrames

MAX_ASLEEP_SECONDS = 2.0
"""Seconds that a copy may sleep in all: in more it waits for what is not in it: a thread, a peer, a lock."""
MAX_OUTPUT_BYTES = 64 << 20
"""Through one pipe: a finalizer may write to it for as long as it likes, and all of it would be kept here."""
END = b"the copy came to its end"
"""The last message of a copy: its exit status may be taken by somebody else."""
_POLL_SECONDS = 0.25


class Output(NamedTuple):
    """The messages of a copy."""

    messages: list[bytes]
    why_no_more: str | None
    """None if it came to its end."""


class Budget:
    """The time that a copy has."""

    def __init__(self, copy: CopyProcess, seconds: float, limit: float) -> None:
        self._copy = copy
        self._seconds = seconds
        self._limit = limit
        self._started = self._asked_at = time.monotonic()
        self._asleep = 0.0

    def why_over(self, output_bytes: int) -> str | None:
        """Why the copy has to end now; None while it has time."""
        now, used = time.monotonic(), self._copy.cpu_seconds()
        if self._copy.is_asleep():
            self._asleep += now - self._asked_at
        self._asked_at = now
        if used > self._seconds or now - self._started > self._limit:
            return f"it took longer than {min(self._seconds, self._limit):.3g} s"
        if output_bytes > MAX_OUTPUT_BYTES:
            return "code of the target wrote into the answer without end"
        if self._asleep > MAX_ASLEEP_SECONDS:
            return "it waited for something that is not in a copy"
        return None


def listened(reader: int, frames: MessageFrames, copy: CopyProcess, budget: Budget) -> Output:
    """All that comes out of the pipe until the copy has ended or its time is over; then there is no copy."""
    stream = bytearray()
    why_not: str | None = None
    try:
        why_not = _listen(reader, copy, stream, budget)
    finally:
        status = copy.end()
    messages = frames.messages(bytes(stream))
    if messages and messages[-1] == END:
        return Output(messages[:-1], None)
    return Output(messages, why_not or status or "the copy ended early")


def _listen(reader: int, copy: CopyProcess, stream: bytearray, budget: Budget) -> str | None:
    """Read until the end of file; why no longer, where the time was over before."""
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    if copy.fileno() >= 0:
        poll.register(copy.fileno(), select.POLLIN)
    while True:
        ready = {number for number, _event in poll.poll(1000 * _POLL_SECONDS)}
        if reader in ready:
            part = os.read(reader, 1 << 16)
            stream += part
            if not part:
                break
        elif ready:
            # It has ended, and nobody but a stranger has the other end of the pipe any more.
            break
        why_not = budget.why_over(len(stream))
        if why_not is not None:
            return why_not
    _wait_for_end(copy)
    return None


def _wait_for_end(copy: CopyProcess) -> None:
    """Give a copy that has closed its pipe the time that an exit takes."""
    if copy.fileno() >= 0:
        poll = select.poll()
        poll.register(copy.fileno(), select.POLLIN)
        poll.poll(1000 * _POLL_SECONDS)
