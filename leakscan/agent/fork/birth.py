"""The fork of a copy: no handler of the target runs in it, and it is confined before anything else can."""

import os
import signal
from _thread import get_ident

from leakscan.agent.fork import sandbox
from leakscan.agent.fork.copy_process import CopyProcess
from leakscan.agent.fork.seccomp import CannotConfine
from leakscan.agent.fork.warnings_off import no_deprecation_warning


def forked(writer: int) -> CopyProcess | None:
    """The copy, as its parent sees it; None in the copy, which has been confined where that can be done."""
    # No handler of the target runs in the copy, which is for nobody to reach.
    masked = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    entrance = _birth.begin(writer)
    copy = None
    try:
        # From 3.12 on Python warns of a fork beside threads; this copy needs none of them.
        with no_deprecation_warning(), entrance.by_this_thread():
            number = os.fork()
        copy = CopyProcess(number) if number else None
    finally:
        if _birth.is_over():
            _unmask(masked, copy)
    return copy


def _unmask(masked: set[int | signal.Signals], copy: CopyProcess | None) -> None:
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, masked)
    except BaseException:
        # A Ctrl-C that came meanwhile; nobody would end the copy any more.
        if copy is not None:
            copy.end()
        raise


def why_not_confined() -> str | None:  # in a copy
    """In a copy: why no sandbox is around it; None if there is one."""
    return _birth.why_not_confined


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

    def confine_child(self) -> None:  # in a copy
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
