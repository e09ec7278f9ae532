"""The system calls that a copy can make: a seccomp filter, which needs no privileges and can't be taken off.

Written with ctypes alone, so that nothing has to be compiled or installed.
"""

import ctypes
import os
import sys
from typing import NamedTuple

from leakscan.agent.fork import libc

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 38, 22
SECCOMP_MODE_FILTER = 2
_IS_64_BIT = ctypes.sizeof(ctypes.c_void_p) == 8


class CannotConfine(Exception):
    """There is no sandbox here; says why."""


class Machine(NamedTuple):
    """What the kernel calls things on one kind of processor."""

    audit: int
    """`AUDIT_ARCH_…`, by which a filter knows whose call numbers it sees."""
    calls: dict[str, int]
    """Numbers of the calls that a copy can make."""


# The only system calls that a copy can make, by number: for memory, time, locks and the end; to wait for,
# move and close descriptors; for signals, none of which can be sent. Of `write` and `mmap` not every one.
_X86_64 = {
    "write": 1, "close": 3, "fstat": 5, "poll": 7, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12,
    "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "select": 23, "sched_yield": 24,
    "mremap": 25, "mincore": 27, "madvise": 28, "dup2": 33, "nanosleep": 35, "getpid": 39, "exit": 60,
    "uname": 63, "getcwd": 79, "gettimeofday": 96, "getrusage": 98, "sysinfo": 99, "times": 100,
    "getuid": 102, "getgid": 104, "geteuid": 107, "getegid": 108, "getppid": 110, "sigaltstack": 131,
    "prctl": 157, "gettid": 186, "time": 201, "futex": 202, "sched_getaffinity": 204,
    "restart_syscall": 219, "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230,
    "exit_group": 231, "pselect6": 270, "ppoll": 271, "set_robust_list": 273, "dup3": 292, "getcpu": 309,
    "process_vm_readv": 310, "getrandom": 318, "membarrier": 324, "rseq": 334,
    "close_range": 436,
}  # fmt: skip
"""From the kernel's arch/x86/entry/syscalls/syscall_64.tbl."""
_AARCH64 = {
    "getcwd": 17, "dup3": 24, "close": 57, "write": 64, "pselect6": 72, "ppoll": 73, "fstat": 80,
    "exit": 93, "exit_group": 94, "futex": 98, "set_robust_list": 99, "nanosleep": 101,
    "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115, "sched_getaffinity": 123,
    "sched_yield": 124, "restart_syscall": 128, "sigaltstack": 132, "rt_sigaction": 134,
    "rt_sigprocmask": 135, "rt_sigreturn": 139, "times": 153, "uname": 160, "getrusage": 165,
    "prctl": 167, "getcpu": 168, "gettimeofday": 169, "getpid": 172, "getppid": 173, "getuid": 174,
    "geteuid": 175, "getgid": 176, "getegid": 177, "gettid": 178, "sysinfo": 179, "brk": 214,
    "munmap": 215, "mremap": 216, "mmap": 222, "mprotect": 226, "mincore": 232, "madvise": 233,
    "process_vm_readv": 270, "getrandom": 278, "membarrier": 283, "rseq": 293,
    "close_range": 436,
}  # fmt: skip
"""From the kernel's include/uapi/asm-generic/unistd.h."""
MACHINES = {
    "x86_64": Machine(0xC000003E, _X86_64),
    "aarch64": Machine(0xC00000B7, _AARCH64),
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


_LOAD, _AND, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_AT_NUMBER, _AT_MACHINE, _AT_FIRST_ARGUMENT, _AT_SECOND_ARGUMENT, _AT_FOURTH_ARGUMENT = 0, 4, 16, 24, 40
"""Where `struct seccomp_data` has the number of the call, whose it is, and the lower half of arguments."""
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1
"""SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM."""
_MAP_ANONYMOUS = 0x20
_LOOKED_INTO = ("write", "mmap", "dup2", "dup3")
"""Calls that are allowed or not by what they are called with."""
_PLACES_OF_DESCRIPTOR = (6, 14)


class Filter:
    """A filter, and where in it the one descriptor stands that may be written to."""

    def __init__(self, machine: Machine) -> None:
        calls = machine.calls
        plain = [number for name, number in calls.items() if name not in _LOOKED_INTO]
        refuse = 15 + len(plain)
        allow = refuse + 1
        # A jump counts from the instruction behind it.
        steps = (
            _Instruction(_LOAD, 0, 0, _AT_MACHINE),
            _Instruction(_JUMP_IF_EQUAL, 0, refuse - 2, machine.audit),
            _Instruction(_LOAD, 0, 0, _AT_NUMBER),
            _Instruction(_JUMP_IF_AT_LEAST, refuse - 4, 0, _X32_CALLS),
            # To write: to the one descriptor.
            _Instruction(_JUMP_IF_EQUAL, 0, 2, calls["write"]),
            _Instruction(_LOAD, 0, 0, _AT_FIRST_ARGUMENT),
            _Instruction(_JUMP_IF_EQUAL, allow - 7, refuse - 7, 0),
            # To map: memory, and no file.
            _Instruction(_JUMP_IF_EQUAL, 0, 3, calls["mmap"]),
            _Instruction(_LOAD, 0, 0, _AT_FOURTH_ARGUMENT),
            _Instruction(_AND, 0, 0, _MAP_ANONYMOUS),
            _Instruction(_JUMP_IF_EQUAL, refuse - 11, allow - 11, 0),
            # To copy a descriptor: not to where the one is, whose number another file would have then.
            _Instruction(_JUMP_IF_EQUAL, 1, 0, calls.get("dup2", calls["dup3"])),
            _Instruction(_JUMP_IF_EQUAL, 0, 2, calls["dup3"]),
            _Instruction(_LOAD, 0, 0, _AT_SECOND_ARGUMENT),
            _Instruction(_JUMP_IF_EQUAL, refuse - 15, allow - 15, 0),
            *(
                _Instruction(_JUMP_IF_EQUAL, allow - place - 1, 0, number)
                for place, number in enumerate(plain, start=15)
            ),
            _Instruction(_RETURN, 0, 0, _REFUSE),
            _Instruction(_RETURN, 0, 0, _ALLOW),
        )
        self._steps = (_Instruction * len(steps))(*steps)
        self.program = _Program(len(steps), self._steps)

    def let_write_to(self, descriptor: int) -> None:
        """Allow this one, and no other."""
        for place in _PLACES_OF_DESCRIPTOR:
            self._steps[place].value = descriptor


machine = MACHINES.get(os.uname().machine) if sys.platform == "linux" and _IS_64_BIT else None
"""None where leakscan knows no call numbers."""


def set_filter(chosen: Filter) -> None:  # in a copy
    """Let this process make no other calls from now on; raises CannotConfine."""
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, None, 0, 0):
        raise CannotConfine(f"the kernel refuses no_new_privs: {os.strerror(ctypes.get_errno())}")
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(chosen.program), 0, 0):
        raise CannotConfine(f"the kernel takes no seccomp filter: {os.strerror(ctypes.get_errno())}")
