"""What becomes of the agent in a child that the target forks: it is none there, and ends as the target would.

The target may fork in any of its lines, and what it then returns or raises in the child comes to the agent's
own frames. Without leakscan that would be the end of the program.
"""

import os
import sys
from collections.abc import Callable
from types import TracebackType

_INTERRUPTED = 130
_FAILED = 1


class ForkedChild(BaseException):
    """The target's code is over in a process that it forked itself; carries what was raised there."""

    def __init__(self, error: BaseException | None) -> None:
        super().__init__()
        self.error = error


class _Process:
    """Whether this is a child that was forked from the one that the agent serves in."""

    is_forked = False


def is_forked() -> bool:
    """Whether the target has forked this process; never so where nobody has called `on_fork`."""
    return _Process.is_forked


def on_fork(let_go: Callable[[], None]) -> None:
    """Have each child of this process let go of what is the agent's, before any other line of it runs."""

    def begin() -> None:
        if not _Process.is_forked:
            _Process.is_forked = True
            let_go()

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=begin)


class TargetCode:
    """Stands around each way into the target's code: in a forked child nothing comes back from there."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if _Process.is_forked:
            raise ForkedChild(error.error if isinstance(error, ForkedChild) else error)


TARGET_CODE = TargetCode()


def end_forked_child(
    error: BaseException | None, without_our_frames: Callable[[BaseException], TracebackType | None]
) -> None:
    """Go on to the interpreter's end, with the status and the traceback that the target's own end has."""
    if error is None:
        return
    if isinstance(error, SystemExit):
        raise error.with_traceback(None)
    error = error.with_traceback(without_our_frames(error))
    sys.excepthook(type(error), error, error.__traceback__)
    raise SystemExit(_INTERRUPTED if isinstance(error, KeyboardInterrupt) else _FAILED)
