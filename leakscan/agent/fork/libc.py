"""Functions of the C library, prepared before there is any copy: the first steps of one should be few."""

import ctypes
from typing import Any

NUMBER, ADDRESS = ctypes.c_ulong, ctypes.c_void_p
MAP_FAILED = ctypes.c_void_p(-1).value
PROT_NONE, PROT_READ_WRITE, PROT_READ_EXECUTE = 0, 1 | 2, 1 | 4
MAP_PRIVATE_ANONYMOUS, MAP_FIXED, MAP_NORESERVE = 0x02 | 0x20, 0x10, 0x4000
MREMAP_TO_ADDRESS = 1 | 2

LIBRARY = ctypes.CDLL(None, use_errno=True)


class Region(ctypes.Structure):
    """`struct iovec`."""

    _fields_ = (("address", ctypes.c_void_p), ("length", ctypes.c_size_t))


def _prepared(name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(LIBRARY, name, None)
    if function is not None:
        function.restype, function.argtypes = result, arguments
    return function


fork_without_hooks = _prepared("fork", ctypes.c_int)
prctl = _prepared("prctl", ctypes.c_int, ctypes.c_int, NUMBER, ADDRESS, NUMBER, NUMBER)
mmap = _prepared(
    "mmap", ADDRESS, ADDRESS, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long
)
mremap = _prepared("mremap", ADDRESS, ADDRESS, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int, ADDRESS)
mprotect = _prepared("mprotect", ctypes.c_int, ADDRESS, ctypes.c_size_t, ctypes.c_int)
read_memory = _prepared(
    "process_vm_readv",
    ctypes.c_ssize_t,
    ctypes.c_int,
    ctypes.POINTER(Region),
    NUMBER,
    ctypes.POINTER(Region),
    NUMBER,
    NUMBER,
)
"""None where the C library has none."""
