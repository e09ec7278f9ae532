"""The memory that there is to fill: the machine's, or what the control group of this process allows."""

import os
from collections.abc import Iterator
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OWN_GROUPS = Path("/proc/self/cgroup")


def memory_bytes() -> int | None:
    """The least of all that limits this process; None where the platform can't say."""
    return min((*_physical(), *group_limits(OWN_GROUPS, CGROUPS)), default=None)


def _physical() -> Iterator[int]:
    try:
        yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return


def group_limits(own_groups: Path, cgroups: Path) -> Iterator[int]:
    """The memory limits of a process's control groups and of those above them, in bytes; versions 1 and 2."""
    try:
        lines = own_groups.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers:
            yield from _limits(cgroups, path, "memory.max")
        elif "memory" in controllers.split(","):
            yield from _limits(cgroups / "memory", path, "memory.limit_in_bytes")


def _limits(top: Path, path: str, name: str) -> Iterator[int]:
    group = top / path.strip("/")
    for folder in (group, *group.parents):
        if folder == top.parent:
            return
        try:
            text = (folder / name).read_text().strip()
        except OSError:
            continue
        if text.isdecimal():
            yield int(text)
