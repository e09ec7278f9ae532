"""A forked copy that can do nothing: whatever code of the target runs in it has no effect outside.

The copy shares three things with the process that it is a copy of, and each is cut: the kernel (a seccomp
filter refuses every system call but those for memory, time, locks, the pipe to our own process and the end),
descriptors (pointed at nothing), and shared memory (replaced by private memory of the same content).
The filter needs no privileges, only `PR_SET_NO_NEW_PRIVS`, and can't be taken off again. An audit hook would
not do: what C code does raises no event.
"""

import contextlib
import os
import sys
from _thread import get_ident
from collections.abc import Iterator
from types import FrameType

from leakscan.agent.fork import libc, shared_memory
from leakscan.agent.fork.at_fork import AtFork
from leakscan.agent.fork.seccomp import CannotConfine, Filter, machine, set_filter
from leakscan.agent.own_code import AGENT_FOLDER

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
_SIGKILL = 9

# All of it is made before there is any copy: the first steps of one should be few.
FILTER = None if machine is None else Filter(machine)
AT_FORK = AtFork(FILTER, os.uname().machine)


def is_too_late() -> bool:
    """Whether a copy would let go of what other threads of the target have before it is confined."""
    if AT_FORK.is_there:
        return False
    return any(_is_targets(frame) for thread, frame in sys._current_frames().items() if thread != get_ident())


def _is_targets(innermost: FrameType) -> bool:
    frame: FrameType | None = innermost
    while frame is not None:
        if not frame.f_code.co_filename.startswith(AGENT_FOLDER):
            return True
        frame = frame.f_back
    return False


class Entrance:
    """The way of one copy into the sandbox: what it needs there is read and opened before the fork."""

    def __init__(self, writer: int) -> None:
        """`writer` is the one descriptor that the copy may write to."""
        self._parent = os.getpid()
        self._writer = writer
        self._descriptors = _descriptors()
        self._nothing = _opened(os.devnull)
        if FILTER is not None:
            FILTER.let_write_to(writer)

    def by_this_thread(self) -> contextlib.AbstractContextManager[None]:
        """The thread that calls this forks inside, and its copy is confined as early as can be."""
        return AT_FORK.confines()

    def close(self) -> None:
        """In the process that forked."""
        if self._nothing >= 0:
            os.close(self._nothing)

    def enter(self) -> None:  # in a copy
        """In the copy: take every effect outside from it, for good; raises CannotConfine.

        It dies with the process that it is a copy of.
        """
        if sys.platform == "linux":
            libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, None, 0, 0)
            if os.getppid() != self._parent:
                os._exit(1)
            # A crash in it is nobody's business.
            libc.prctl(_PR_SET_DUMPABLE, 0, None, 0, 0)
        self._let_go_of_files()
        if FILTER is None:
            raise CannotConfine("leakscan has no sandbox for this platform")
        answer = AT_FORK.answer
        if answer is None:
            shared_memory.make_private(shared_memory.table(_text_of("/proc/self/maps")))
            set_filter(FILTER)
        elif answer < 0:
            raise CannotConfine(f"the kernel takes no seccomp filter: {os.strerror(-answer)}")
        elif not AT_FORK.is_memory_private:
            raise CannotConfine("shared memory can't be listed")

    def _let_go_of_files(self) -> None:  # in a copy
        """Point every other descriptor at nothing: nobody is kept waiting for the end of the real ones."""
        for number in self._descriptors:
            if number not in (self._writer, self._nothing):
                with contextlib.suppress(OSError):
                    if self._nothing >= 0:
                        os.dup2(self._nothing, number)
                    else:
                        os.close(number)


def possible_effects() -> Iterator[str]:  # in a copy
    """What can be done in a confined copy, and must not; tried before any is relied on."""
    with contextlib.suppress(OSError):
        os.close(os.open(os.devnull, os.O_RDONLY))
        yield "a file can be opened"
    with contextlib.suppress(OSError):
        os.kill(os.getppid(), 0)
        yield "a signal can be sent"
    made = libc.fork_without_hooks()
    if made == 0:
        os._exit(0)
    if made > 0:
        yield "a process can be made"


def _descriptors() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc/self/fd")]
    except OSError:
        return []


def _opened(path: str) -> int:
    try:
        return os.open(path, os.O_RDWR)
    except OSError:
        return -1


def _text_of(path: str) -> str:  # in a copy
    """All of a file; raises CannotConfine if it can't be read."""
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        raise CannotConfine("shared memory can't be listed") from None
    try:
        parts = []
        while part := os.read(file, 1 << 16):
            parts.append(part)
        return b"".join(parts).decode("utf-8", "replace")
    finally:
        os.close(file)
