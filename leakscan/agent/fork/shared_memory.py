"""The memory that a copy would share with other processes: replaced by memory of its own.

On x86-64 `at_fork` does the same in the call of `fork`, and tells a device by that it can't be read.
"""

import ctypes
import os
from collections.abc import Iterator

from leakscan.agent.fork import libc
from leakscan.agent.fork.seccomp import CannotConfine

MAX_MAPPING_BYTES = 64 << 20
"""Bytes of one shared mapping up to which it is copied; a larger one can't be reached in the copy."""
MAX_COPIED_BYTES = 256 << 20
"""Bytes of all shared mappings that are copied."""

_PROTECTION_BITS = {"r": 1, "w": 2, "x": 4}
_MEMORY = ("/dev/shm/", "/dev/zero", "/dev/hugepages/")  # noqa: S108 - names in a list of mappings
"""Where `/dev` has memory that no device stands behind."""


class Mapping(ctypes.Structure):
    """What is shared."""

    _fields_ = (
        ("copy", libc.Region),
        ("shared", libc.Region),
        ("protection", ctypes.c_ulong),
        ("is_copied", ctypes.c_ulong),
    )


Table = ctypes.Array[Mapping]
"""All mappings that are shared, be they read-only now, and one of no length."""


def table(maps: str) -> Table:
    """What is shared by `/proc/self/maps`."""
    mappings = list(_mappings(maps))
    return (Mapping * (len(mappings) + 1))(*mappings)


def make_private(shared: Table) -> None:  # in a copy
    """Replace it by private memory of the same content, or by what can't be reached; raises CannotConfine."""
    for mapping in shared:
        if mapping.shared.length and not (mapping.is_copied and _copy(mapping)):
            _replace(mapping)


def _mappings(maps: str) -> Iterator[Mapping]:
    left = MAX_COPIED_BYTES
    for line in maps.split("\n"):
        area, _, rest = line.partition(" ")
        flags = rest[:4]
        if flags[3:4] != "s":
            continue
        start, end = (int(number, 16) for number in area.split("-"))
        size = end - start
        protection = sum(bit for flag, bit in _PROTECTION_BITS.items() if flag in flags)
        file = rest.split(None, 4)[4:]
        # To read a device might do something.
        is_device = bool(file) and file[0].startswith("/dev/") and not file[0].startswith(_MEMORY)
        is_copied = size <= min(left, MAX_MAPPING_BYTES) and not is_device
        left -= size if is_copied else 0
        yield Mapping(libc.Region(0, size), libc.Region(start, size), protection, is_copied)


def _copy(mapping: Mapping) -> bool:  # in a copy
    """Put a private copy in the place of the mapping; whether that could be done."""
    size = mapping.shared.length
    made = libc.mmap(None, size, libc.PROT_READ_WRITE, libc.MAP_PRIVATE_ANONYMOUS, -1, 0)
    if made in (None, libc.MAP_FAILED) or libc.read_memory is None:
        return False
    mapping.copy.address = made
    # It fails where the file has become shorter; a plain read would end the process.
    read = libc.read_memory(os.getpid(), ctypes.byref(mapping.copy), 1, ctypes.byref(mapping.shared), 1, 0)
    if read <= 0:
        return False
    libc.mprotect(made, size, mapping.protection)
    moved = libc.mremap(made, size, size, libc.MREMAP_TO_ADDRESS, mapping.shared.address)
    return bool(moved == mapping.shared.address)


def _replace(mapping: Mapping) -> None:  # in a copy
    """Put memory there that can't be reached: who reads or writes it ends the copy, and nothing else."""
    start, size = mapping.shared.address, mapping.shared.length
    flags = libc.MAP_PRIVATE_ANONYMOUS | libc.MAP_FIXED | libc.MAP_NORESERVE
    if libc.mmap(start, size, libc.PROT_NONE, flags, -1, 0) != start:
        raise CannotConfine("shared memory can't be taken out of the copy")
