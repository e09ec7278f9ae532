"""The processes that a process has started, and those that they have started in turn."""

import psutil


def descendants_of(pid: int) -> list[psutil.Process]:
    """The living descendants of the process; none if it is gone.

    Processes that end while they are looked for are left out. One whose parent has ended is a descendant of
    whoever took it over.
    """
    try:
        found = psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []
    return [process for process in found if _is_alive(process)]


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
