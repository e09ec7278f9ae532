"""Descriptors of the agent's own, on high numbers: where no file of the target is, or has been."""

import fcntl
import os

_MAX_DESCRIPTOR = 4_096
"""Descriptors of ours stay below it, since the kernel's table of them is as long as the highest number."""
_ROOM = 16
"""Numbers below that, in which ours are looked for."""


def moved_up(descriptor: int) -> int:
    """The same file under a high number, closed when the target becomes another program."""
    limit = os.sysconf("SC_OPEN_MAX")
    lowest = min(limit if limit > 0 else _MAX_DESCRIPTOR, _MAX_DESCRIPTOR) - _ROOM
    try:
        moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, max(descriptor, lowest))
    except OSError:
        os.set_inheritable(descriptor, False)  # noqa: FBT003
        return descriptor
    os.close(descriptor)
    return moved
