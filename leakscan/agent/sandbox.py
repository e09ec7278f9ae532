"""A forked copy that can do nothing: whatever code of the target runs in it has no effect outside.

The copy shares three things with the process that it is a copy of, and each is cut: descriptors (pointed at
nothing), shared memory (replaced by private memory of the same content), and the kernel (a seccomp filter
refuses every system call but those for memory, time, locks, the descriptors that are left, and the end).
The filter needs no privileges, only `PR_SET_NO_NEW_PRIVS`, and can't be taken off again. An audit hook would
not do: what C code does raises no event.

Written with ctypes alone, so that nothing has to be compiled or installed.
"""

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

LARGEST_COPIED = 64 << 20
"""Bytes of one shared mapping up to which it is copied; a larger one can't be reached in the copy."""
MOST_COPIED = 256 << 20
"""Bytes of all shared mappings that are copied."""

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 1, 4, 38, 22
_SECCOMP_MODE_FILTER = 2
_SIGKILL = 9
_PROT_NONE, _PROT_READ_WRITE = 0, 1 | 2
_PROTECTION_BITS = {"r": 1, "w": 2, "x": 4}
_MAP_PRIVATE_ANONYMOUS, _MAP_FIXED, _MAP_NORESERVE = 0x02 | 0x20, 0x10, 0x4000
_MREMAP_TO_ADDRESS = 1 | 2
_MAP_FAILED = ctypes.c_void_p(-1).value
_IS_64_BIT = ctypes.sizeof(ctypes.c_void_p) == 8


class CannotConfine(Exception):
    """There is no sandbox here; says why."""


class _Machine(NamedTuple):
    """What the kernel calls things on one kind of processor."""

    audit: int
    """`AUDIT_ARCH_…`, by which a filter knows whose call numbers it sees."""
    allowed: tuple[int, ...]
    """Numbers of the calls that a copy can make."""


# The only system calls that a copy can make, by number: for memory, time, locks and the end; for descriptors,
# which all lead to /dev/null, but for the pipe to our own process; for signals, none of which can be sent.
_X86_64 = {
    "read": 0, "write": 1, "close": 3, "fstat": 5, "poll": 7, "lseek": 8, "mmap": 9, "mprotect": 10,
    "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "pread64": 17,
    "pwrite64": 18, "readv": 19, "writev": 20, "select": 23, "sched_yield": 24, "mremap": 25,
    "mincore": 27, "madvise": 28, "nanosleep": 35, "getpid": 39, "exit": 60, "uname": 63, "fsync": 74,
    "fdatasync": 75, "getcwd": 79, "gettimeofday": 96, "getrusage": 98, "sysinfo": 99, "times": 100,
    "getuid": 102, "getgid": 104, "geteuid": 107, "getegid": 108, "getppid": 110, "sigaltstack": 131,
    "gettid": 186, "time": 201, "futex": 202, "sched_getaffinity": 204, "restart_syscall": 219,
    "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231,
    "pselect6": 270, "ppoll": 271, "set_robust_list": 273, "getcpu": 309, "getrandom": 318,
    "membarrier": 324, "rseq": 334,
}  # fmt: skip
"""From the kernel's arch/x86/entry/syscalls/syscall_64.tbl."""
_AARCH64 = {
    "getcwd": 17, "close": 57, "lseek": 62, "read": 63, "write": 64, "readv": 65, "writev": 66,
    "pread64": 67, "pwrite64": 68, "pselect6": 72, "ppoll": 73, "fstat": 80, "fsync": 82,
    "fdatasync": 83, "exit": 93, "exit_group": 94, "futex": 98, "set_robust_list": 99, "nanosleep": 101,
    "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115, "sched_getaffinity": 123,
    "sched_yield": 124, "restart_syscall": 128, "sigaltstack": 132, "rt_sigaction": 134,
    "rt_sigprocmask": 135, "rt_sigreturn": 139, "times": 153, "uname": 160, "getrusage": 165,
    "getcpu": 168, "gettimeofday": 169, "getpid": 172, "getppid": 173, "getuid": 174, "geteuid": 175,
    "getgid": 176, "getegid": 177, "gettid": 178, "sysinfo": 179, "brk": 214, "munmap": 215,
    "mremap": 216, "mmap": 222, "mprotect": 226, "mincore": 232, "madvise": 233, "getrandom": 278,
    "membarrier": 283, "rseq": 293,
}  # fmt: skip
"""From the kernel's include/uapi/asm-generic/unistd.h."""
_MACHINES = {
    "x86_64": _Machine(0xC000003E, tuple(_X86_64.values())),
    "aarch64": _Machine(0xC00000B7, tuple(_AARCH64.values())),
}
_X32_CALLS = 0x40000000
"""From here on x86_64 has the calls of another ABI, some of them under other numbers."""


class _Instruction(ctypes.Structure):
    """One of a classic BPF program: `struct sock_filter`."""

    _fields_ = (
        ("code", ctypes.c_ushort),
        ("if_true", ctypes.c_ubyte),
        ("if_false", ctypes.c_ubyte),
        ("value", ctypes.c_uint),
    )


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction)))


_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_AT_NUMBER, _AT_MACHINE = 0, 4
"""Where `struct seccomp_data` has the number of the call, and whose number that is."""
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1
"""SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM."""


def _filter_for(machine: _Machine) -> _Program:
    refuse = 4 + len(machine.allowed)
    allow = refuse + 1
    # A jump counts from the instruction behind it.
    steps = (
        _Instruction(_LOAD, 0, 0, _AT_MACHINE),
        _Instruction(_JUMP_IF_EQUAL, 0, refuse - 2, machine.audit),
        _Instruction(_LOAD, 0, 0, _AT_NUMBER),
        _Instruction(_JUMP_IF_AT_LEAST, refuse - 4, 0, _X32_CALLS),
        *(
            _Instruction(_JUMP_IF_EQUAL, allow - place - 1, 0, number)
            for place, number in enumerate(machine.allowed, start=4)
        ),
        _Instruction(_RETURN, 0, 0, _REFUSE),
        _Instruction(_RETURN, 0, 0, _ALLOW),
    )
    return _Program(len(steps), (_Instruction * len(steps))(*steps))


# All of it is made before there is any copy: the first steps of one should be few.
_machine = _MACHINES.get(os.uname().machine) if sys.platform == "linux" and _IS_64_BIT else None
_filter = None if _machine is None else _filter_for(_machine)
_libc = ctypes.CDLL(None, use_errno=True)


class _Region(ctypes.Structure):
    """`struct iovec`."""

    _fields_ = (("address", ctypes.c_void_p), ("length", ctypes.c_size_t))


def _prepared(name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(_libc, name, None)
    if function is not None:
        function.restype, function.argtypes = result, arguments
    return function


_number, _address = ctypes.c_ulong, ctypes.c_void_p
_fork_without_hooks = _prepared("fork", ctypes.c_int)
_prctl = _prepared("prctl", ctypes.c_int, ctypes.c_int, _number, _address, _number, _number)
_mmap = _prepared(
    "mmap", _address, _address, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long
)
_mremap = _prepared("mremap", _address, _address, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int, _address)
_mprotect = _prepared("mprotect", ctypes.c_int, _address, ctypes.c_size_t, ctypes.c_int)
_read_memory = _prepared(
    "process_vm_readv",
    ctypes.c_ssize_t,
    ctypes.c_int,
    ctypes.POINTER(_Region),
    _number,
    ctypes.POINTER(_Region),
    _number,
    _number,
)


def die_with(parent: int) -> None:
    """Have this process killed when the one that forked it ends; it ends now if that is gone already."""
    if sys.platform != "linux":
        return
    _prctl(_PR_SET_PDEATHSIG, _SIGKILL, None, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def let_go_of_files(writer: int) -> None:
    """Point every other descriptor at nothing: whoever closes or reads the real ones is not kept waiting."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in _descriptors():
        if number not in (writer, nothing):
            with contextlib.suppress(OSError):
                os.dup2(nothing, number)


def confine() -> None:
    """Take from this process every effect outside it, for good; raises CannotConfine.

    Its descriptors have to lead nowhere already.
    """
    if _filter is None:
        raise CannotConfine("leakscan has no sandbox for this platform")
    # A crash in it is nobody's business.
    _prctl(_PR_SET_DUMPABLE, 0, None, 0, 0)
    _make_memory_private()
    if _prctl(_PR_SET_NO_NEW_PRIVS, 1, None, 0, 0):
        raise CannotConfine(f"the kernel refuses no_new_privs: {os.strerror(ctypes.get_errno())}")
    if _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(_filter), 0, 0):
        raise CannotConfine(f"the kernel takes no seccomp filter: {os.strerror(ctypes.get_errno())}")


def ways_out() -> Iterator[str]:
    """What can be done in a confined copy, and must not; tried before any is relied on."""
    with contextlib.suppress(OSError):
        os.close(os.open(os.devnull, os.O_RDONLY))
        yield "a file can be opened"
    with contextlib.suppress(OSError):
        os.kill(os.getppid(), 0)
        yield "a signal can be sent"
    made = _fork_without_hooks()
    if made == 0:
        os._exit(0)
    if made > 0:
        yield "a process can be made"


def _descriptors() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc/self/fd")]
    except OSError:
        return []


class _Mapping(NamedTuple):
    """One line of `/proc/self/maps`."""

    start: int
    size: int
    protection: int
    is_device: bool
    """Whether to read it might do something."""


def _make_memory_private() -> None:
    """Replace what is shared and can be written by private memory of the same content."""
    left = MOST_COPIED
    for mapping in _shared_mappings():
        is_copied = mapping.size <= min(left, LARGEST_COPIED) and not mapping.is_device and _copy(mapping)
        if is_copied:
            left -= mapping.size
        else:
            _replace(mapping)


def _shared_mappings() -> list[_Mapping]:
    try:
        text = _whole_file("/proc/self/maps")
    except OSError as error:
        raise CannotConfine(f"shared memory can't be listed: {error.strerror}") from error
    found = []
    for line in text.decode("utf-8", "replace").split("\n"):
        area, _, rest = line.partition(" ")
        flags = rest[:4]
        if flags[1:2] == "w" and flags[3:4] == "s":
            start, end = (int(number, 16) for number in area.split("-"))
            protection = sum(bit for flag, bit in _PROTECTION_BITS.items() if flag in flags)
            file = rest.split(None, 4)[4:]
            is_device = bool(file) and file[0].startswith("/dev/") and not file[0].startswith(_MEMORY)
            found.append(_Mapping(start, end - start, protection, is_device))
    return found


_MEMORY = ("/dev/shm/", "/dev/zero", "/dev/hugepages/")  # noqa: S108 - names in a list of mappings
"""Where `/dev` has memory that no device stands behind."""


def _whole_file(path: str) -> bytes:
    file = os.open(path, os.O_RDONLY)
    try:
        parts = []
        while part := os.read(file, 1 << 16):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(file)


def _copy(mapping: _Mapping) -> bool:
    """Put a private copy in the place of the mapping; whether that could be done."""
    made = _mmap(None, mapping.size, _PROT_READ_WRITE, _MAP_PRIVATE_ANONYMOUS, -1, 0)
    if made in (None, _MAP_FAILED) or _read_memory is None:
        return False
    here, there = _Region(made, mapping.size), _Region(mapping.start, mapping.size)
    # It fails where the file has become shorter; a plain read would end the process.
    _read_memory(os.getpid(), ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
    _mprotect(made, mapping.size, mapping.protection)
    moved = _mremap(made, mapping.size, mapping.size, _MREMAP_TO_ADDRESS, mapping.start)
    return bool(moved == mapping.start)


def _replace(mapping: _Mapping) -> None:
    """Put memory there that can't be reached: who reads or writes it ends the copy, and nothing else."""
    flags = _MAP_PRIVATE_ANONYMOUS | _MAP_FIXED | _MAP_NORESERVE
    if _mmap(mapping.start, mapping.size, _PROT_NONE, flags, -1, 0) != mapping.start:
        raise CannotConfine("shared memory can't be taken out of the copy")
