"""A forked copy of the target to look around and to try things out in: the target itself keeps its data.

Every copy is confined to a sandbox, where there is one. What runs code of the target needs it and is refused
without it; what only looks does not.
"""

import contextlib
import gc
import math
import os
import select
import signal
import time
from _thread import get_ident
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple, NoReturn

from leakscan import masking, wire
from leakscan.agent.channel import moved_up
from leakscan.agent.fork import sandbox
from leakscan.agent.fork.frames import Frames
from leakscan.agent.fork.seccomp import CannotConfine
from leakscan.agent.fork.warnings_off import no_deprecation_warning

SECONDS_ALLOWED = 10.0
"""Of processor time, so that a busy machine changes no answer. Freeing may run any number of finalizers."""
PATIENCE = 5
"""Seconds on the clock for one of processor time, where other processes want the processor, too."""
MAX_ASLEEP_SECONDS = 2.0
"""A copy that sleeps for so long in all waits for something that is not in it: a thread, a peer, a lock."""
NO_COPY = "no copy of the process could be made"
NO_COPY_IN_TIME = "beside threads, no copy can be confined here before it runs code of theirs"
_POLL_SECONDS = 0.25
_FAILED = 1
"""Status of a copy in which something was raised."""
MAX_BYTES_TOLD = 64 << 20
"""Through one pipe: a finalizer may write to it for as long as it likes, and all of it would be kept here."""
_END = b"the copy came to its end"
"""The last message of a copy: its exit status may be taken by somebody else."""

Experiment = Callable[[], Iterator[wire.Record]]
"""Gives what it has found out as soon as it has, since it may be ended at any time; the last counts."""


def in_forked_copy(look: Experiment, *, seconds: float = SECONDS_ALLOWED) -> wire.Record | str:
    """The last that a look in a forked copy of this process finds out, or why there is nothing.

    Looking runs no code of the target. `seconds` are of processor time.
    """
    return _answer(_told(_as_lines(look), seconds, needs_sandbox=False))


def in_sandbox(experiment: Experiment, *, seconds: float = SECONDS_ALLOWED) -> wire.Record | str:
    """As `in_forked_copy`, for what runs code of the target: only where that has no effect outside."""
    return _answer(_told_in_sandbox(_as_lines(experiment), seconds))


def bytes_from_sandbox(make: Callable[[], bytes], *, seconds: float = SECONDS_ALLOWED) -> bytes | str:
    """What is made in a sandbox, where it is no record; or why there is nothing."""
    told = _told_in_sandbox(lambda: iter([make()]), seconds)
    return b"".join(told.messages) if told.why_no_more is None else _failure_of(told)


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
    if _tried.answer is None:
        told = _told(
            lambda: (f"{way}; ".encode() for way in sandbox.ways_out()), SECONDS_ALLOWED, needs_sandbox=True
        )
        if told.why_no_more is not None:
            reason = _failure_of(told)
            # What has no room for a copy now may have it later.
            return reason if reason.startswith(NO_COPY) else _tried.noted(reason)
        ways = b"".join(told.messages).decode()
        return _tried.noted(f"the sandbox does not hold here: {ways.removesuffix('; ')}" if ways else "")
    return _tried.answer or None


class _Tried:
    """What came of the trial."""

    answer: str | None = None
    """Empty if the sandbox holds; None before it was tried."""

    def noted(self, answer: str) -> str | None:
        """Keep it, and say it."""
        self.answer = answer
        return answer or None


_tried = _Tried()


class _Told(NamedTuple):
    """What a copy has told."""

    messages: list[bytes]
    why_no_more: str | None
    """None if it came to its end."""


def _as_lines(experiment: Experiment) -> Callable[[], Iterator[bytes]]:
    return lambda: map(wire.encode, experiment())


def _answer(told: _Told) -> wire.Record | str:
    last = _last_record(told.messages)
    return last if last is not None and not isinstance(last, wire.AgentFailed) else _failure_of(told)


def _failure_of(told: _Told) -> str:
    last = _last_record(told.messages)
    return last.message if isinstance(last, wire.AgentFailed) else told.why_no_more or "the copy told nothing"


def _last_record(messages: list[bytes]) -> wire.Record | None:
    for line in reversed(messages):
        with contextlib.suppress(wire.WireError):
            return wire.decode(line)  # type: ignore[return-value]
    return None


def _told_in_sandbox(tell: Callable[[], Iterator[bytes]], seconds: float) -> _Told:
    why_not = why_no_sandbox()
    return _Told([], why_not) if why_not is not None else _told(tell, seconds, needs_sandbox=True)


def _told(tell: Callable[[], Iterator[bytes]], seconds: float, *, needs_sandbox: bool) -> _Told:
    """All that a copy told, and why it told no more, if it did not come to its end."""
    if not hasattr(os, "fork"):
        return _Told([], "this platform has no fork")
    limit = min(PATIENCE * seconds, _deadline.at - time.monotonic())
    if limit <= 0:
        return _Told([], "there was no time left for it")
    if sandbox.is_too_late():
        return _Told([], NO_COPY_IN_TIME)
    try:
        reader, low = os.pipe()
        # Where no file of the target would be, or has been: what is written there is taken for the answer.
        writer = moved_up(low)
    except OSError as error:
        return _Told([], f"{NO_COPY}: {error.strerror}")
    try:
        try:
            frames = Frames()
            copy = _forked(writer)
            if copy is None:
                _tell_and_exit(tell, partial(_write_framed, writer, frames), needs_sandbox=needs_sandbox)
        finally:
            os.close(writer)
        return _listened(reader, frames, copy, _Budget(copy, seconds, limit))
    except OSError as error:
        return _Told([], f"{NO_COPY}: {error.strerror}")
    finally:
        os.close(reader)


def _forked(writer: int) -> "_Copy | None":
    """The copy, as its parent sees it; None in the copy, which has been confined where that can be done."""
    # No handler of the target runs in the copy, which is for nobody to reach.
    masked = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    entrance = _birth.begin(writer)
    copy = None
    try:
        # From 3.12 on Python warns of a fork beside threads; this copy needs none of them.
        with no_deprecation_warning(), entrance.by_this_thread():
            number = os.fork()
        copy = _Copy(number) if number else None
    finally:
        if _birth.is_over():
            _unmask(masked, copy)
    return copy


def _unmask(masked: set[int | signal.Signals], copy: "_Copy | None") -> None:
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, masked)
    except BaseException:
        # A Ctrl-C that came meanwhile; nobody would end the copy any more.
        if copy is not None:
            copy.end()
        raise


class _Copy:
    """The process of a copy, as the one that made it sees it."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._handle = -1
        if hasattr(os, "pidfd_open"):
            # With a handle nobody else is hit, where the status was taken and the number given anew.
            with contextlib.suppress(OSError):
                self._handle = os.pidfd_open(number)

    def fileno(self) -> int:
        """What can be read once the process has ended; -1 where the system has no such thing."""
        return self._handle

    def cpu_seconds(self) -> float:
        """Processor time that it has used; 0 where that can't be read."""
        try:
            # The clock of another process: `clock_getcpuclockid` of the C library computes it like this.
            return time.clock_gettime(~self._number << 3 | 2)
        except OSError:
            return 0.0

    def is_asleep(self) -> bool:
        """Whether it waits, for anything but the processor."""
        try:
            file = os.open(f"/proc/{self._number}/stat", os.O_RDONLY)
        except OSError:
            return False
        try:
            return os.read(file, 512).rpartition(b") ")[2][:1] == b"S"
        except OSError:
            return False
        finally:
            os.close(file)

    def end(self) -> str | None:
        """Kill it if it still runs, and take its status; in words, if a signal ended it."""
        try:
            if self._handle >= 0:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            else:
                os.kill(self._number, signal.SIGKILL)
        except OSError:
            pass
        finally:
            if self._handle >= 0:
                os.close(self._handle)
                self._handle = -1
        try:
            _, status = os.waitpid(self._number, 0)
        except ChildProcessError:
            # The target ignores its children, or another thread of it waits for any.
            return None
        if os.WIFSIGNALED(status):
            return f"the copy was ended by signal {os.WTERMSIG(status)}"
        return f"the copy ended with status {os.WEXITSTATUS(status)}"


def _listened(reader: int, frames: Frames, copy: _Copy, budget: "_Budget") -> _Told:
    """All that comes out of the pipe until the copy has ended or its time is over; then there is no copy."""
    stream = bytearray()
    why_not: str | None = None
    try:
        why_not = _listen(reader, copy, stream, budget)
    finally:
        status = copy.end()
    messages = frames.messages(bytes(stream))
    if messages and messages[-1] == _END:
        return _Told(messages[:-1], None)
    return _Told(messages, why_not or status or "the copy ended early")


def _listen(reader: int, copy: _Copy, stream: bytearray, budget: "_Budget") -> str | None:
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


def _wait_for_end(copy: _Copy) -> None:
    """Give a copy that has closed its pipe the time that an exit takes."""
    if copy.fileno() >= 0:
        poll = select.poll()
        poll.register(copy.fileno(), select.POLLIN)
        poll.poll(1000 * _POLL_SECONDS)


class _Budget:
    """The time that a copy has."""

    def __init__(self, copy: _Copy, seconds: float, limit: float) -> None:
        self._copy = copy
        self._seconds = seconds
        self._limit = limit
        self._started = self._looked_at = time.monotonic()
        self._asleep = 0.0

    def why_over(self, bytes_told: int) -> str | None:
        """Why the copy has to end now; None while it has time."""
        now, used = time.monotonic(), self._copy.cpu_seconds()
        if self._copy.is_asleep():
            self._asleep += now - self._looked_at
        self._looked_at = now
        if used > self._seconds or now - self._started > self._limit:
            return f"it took longer than {min(self._seconds, self._limit):.3g} s"
        if bytes_told > MAX_BYTES_TOLD:
            return "code of the target wrote into the answer without end"
        if self._asleep > MAX_ASLEEP_SECONDS:
            return "it waited for something that is not in a copy"
        return None


def _tell_and_exit(
    tell: Callable[[], Iterator[bytes]], write: Callable[[bytes], None], *, needs_sandbox: bool
) -> NoReturn:
    status = _FAILED
    try:
        # The copy shares the memory of the target as long as nobody writes to it, and a collection writes to
        # every object there is.
        gc.disable()
        if needs_sandbox and _birth.why_not_confined is not None:
            write(_failure(_birth.why_not_confined))
        else:
            for message in tell():
                write(message)
            write(_END)
            status = 0
    except BaseException as error:
        write(_failure(f"it failed: {masking.message_text(repr(error))}"[:200]))
    finally:
        os._exit(status)


def _failure(message: str) -> bytes:
    return wire.encode(wire.AgentFailed("experiment", message, ""))


def _write_framed(writer: int, frames: Frames, message: bytes) -> None:
    """All of it, though a full pipe may end a call early."""
    data = frames.framed(message)
    while data:
        data = data[os.write(writer, data) :]


class _Birth:
    """The fork that is under way, if it is one of ours: how its child is to be confined."""

    def __init__(self) -> None:
        self._thread = 0
        self._parent = 0
        self._entrance: sandbox.Entrance | None = None
        self.why_not_confined: str | None = None
        """In the copy, once it is there."""

    def begin(self, writer: int) -> sandbox.Entrance:
        """The thread that calls this forks next; where its copy goes."""
        self._parent = os.getpid()
        self._entrance = sandbox.Entrance(writer)
        self._thread = get_ident()
        return self._entrance

    def is_over(self) -> bool:
        """Note that the fork has been tried; whether this is the process that tried it, not its copy."""
        self._thread = 0
        is_parent = os.getpid() == self._parent
        if is_parent and self._entrance is not None:
            self._entrance.close()
        return is_parent

    def confine_child(self) -> None:
        """Called in every child, before what the target has registered for it."""
        if self._thread != get_ident() or self._entrance is None:
            return
        try:
            self._entrance.enter()
        except CannotConfine as reason:
            self.why_not_confined = str(reason)
        except Exception as error:
            self.why_not_confined = f"the sandbox can't be made: {type(error).__name__}: {error}"


_birth = _Birth()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_birth.confine_child)
