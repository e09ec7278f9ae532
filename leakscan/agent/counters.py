"""The counters of the process, read without leaving anything behind."""

import contextlib
import gc
import os
import sys
import time
from array import array
from collections.abc import Callable

import psutil

clock = time.perf_counter
cpu_clock = time.process_time
thread_clock = time.thread_time
_heap_info = getattr(psutil, "heap_info", None)
_heap_trim = getattr(psutil, "heap_trim", None)


RAREST_COLLECTION = 1_000_000
"""Objects to be made before the next collection from which on garbage piles up as if it were off."""
_forget_lookups: Callable[[], None] = getattr(sys, "_clear_internal_caches", None) or sys._clear_type_cache
_waitid = getattr(os, "waitid", None)
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_STATM = "/proc/self/statm"


def heap_bytes() -> int:
    """Bytes that malloc has handed out and not got back; 0 where the platform can't say."""
    if _heap_info is None:
        return 0
    info = _heap_info()
    return int(info.heap_used + info.mmap_used)


def resident_bytes() -> int:
    """Resident set size of this process; 0 where the system can't say.

    Where a target has used up all descriptors, it is what was read last: what stands still is no growth.
    """
    with contextlib.suppress(OSError, psutil.Error):
        _last_resident[0] = _resident_bytes_now()
    return _last_resident[0]


# In an array, a new number takes no memory of its own.
_last_resident = array("q", [0])


def _resident_bytes_now() -> int:
    # Not by psutil, which makes objects that live on.
    try:
        file = os.open(_STATM, os.O_RDONLY)
    except FileNotFoundError:
        return int(psutil.Process().memory_info().rss)
    try:
        return int(os.read(file, 256).split()[1]) * _PAGE_BYTES
    finally:
        os.close(file)


def has_children() -> bool:
    """Whether the process has children, be they alive or not waited for; True where the system can't say."""
    if _waitid is None:
        return True
    try:
        # It leaves whom it finds to whoever waits for it.
        _waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    except OSError:
        return True
    return True


def trim_heap() -> None:
    """Let the C library give its free memory back to the system, where it can."""
    if _heap_trim is not None:
        _heap_trim()


def collect() -> int:
    """Collect all garbage, what finalizers dropped included; how many objects were garbage.

    Unlike the blocks that a collection frees, these do not count what the interpreter keeps to use again.
    """
    # The first pass runs finalizers; only the second sees what they dropped.
    garbage = gc.collect()
    return garbage + gc.collect() if garbage else 0


def forget_lookups() -> None:
    """Have the interpreter forget which attributes it has looked up lately: it keeps their names alive."""
    _forget_lookups()


def blocks() -> int:
    """Memory blocks that Python's own allocator has in use."""
    return sys.getallocatedblocks()


def is_collecting() -> bool:
    """Whether garbage is collected without being asked for, before there are a million objects of it."""
    return gc.isenabled() and 0 < gc.get_threshold()[0] < RAREST_COLLECTION
