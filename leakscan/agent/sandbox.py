"""A forked copy that can do nothing: whatever code of the target runs in it has no effect outside.

The copy shares three things with the process that it is a copy of, and each is cut: the kernel (a seccomp
filter refuses every system call but those for memory, time, locks, the pipe to our own process and the end),
descriptors (pointed at nothing), and shared memory (replaced by private memory of the same content).
The filter needs no privileges, only `PR_SET_NO_NEW_PRIVS`, and can't be taken off again. An audit hook would
not do: what C code does raises no event.

Written with ctypes alone, so that nothing has to be compiled or installed.
"""

import _thread
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
_PROT_NONE, _PROT_READ_WRITE, _PROT_READ_EXECUTE = 0, 1 | 2, 1 | 4
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
_MACHINES = {
    "x86_64": _Machine(0xC000003E, _X86_64),
    "aarch64": _Machine(0xC00000B7, _AARCH64),
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
_AT_NUMBER, _AT_MACHINE, _AT_FIRST_ARGUMENT, _AT_FOURTH_ARGUMENT = 0, 4, 16, 40
"""Where `struct seccomp_data` has the number of the call, whose it is, and the lower half of arguments."""
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1
"""SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM."""
_MAP_ANONYMOUS = 0x20


class _Filter:
    """A filter, and where in it the one descriptor stands that may be written to."""

    def __init__(self, machine: _Machine) -> None:
        plain = [number for name, number in machine.calls.items() if name not in ("write", "mmap")]
        refuse = 11 + len(plain)
        allow = refuse + 1
        # A jump counts from the instruction behind it.
        steps = (
            _Instruction(_LOAD, 0, 0, _AT_MACHINE),
            _Instruction(_JUMP_IF_EQUAL, 0, refuse - 2, machine.audit),
            _Instruction(_LOAD, 0, 0, _AT_NUMBER),
            _Instruction(_JUMP_IF_AT_LEAST, refuse - 4, 0, _X32_CALLS),
            _Instruction(_JUMP_IF_EQUAL, 0, 2, machine.calls["write"]),
            _Instruction(_LOAD, 0, 0, _AT_FIRST_ARGUMENT),
            _Instruction(_JUMP_IF_EQUAL, allow - 7, refuse - 7, 0),
            _Instruction(_JUMP_IF_EQUAL, 0, 3, machine.calls["mmap"]),
            _Instruction(_LOAD, 0, 0, _AT_FOURTH_ARGUMENT),
            _Instruction(_AND, 0, 0, _MAP_ANONYMOUS),
            _Instruction(_JUMP_IF_EQUAL, refuse - 11, allow - 11, 0),
            *(
                _Instruction(_JUMP_IF_EQUAL, allow - place - 1, 0, number)
                for place, number in enumerate(plain, start=11)
            ),
            _Instruction(_RETURN, 0, 0, _REFUSE),
            _Instruction(_RETURN, 0, 0, _ALLOW),
        )
        self._steps = (_Instruction * len(steps))(*steps)
        self.program = _Program(len(steps), self._steps)

    def let_write_to(self, descriptor: int) -> None:
        """Allow this one, and no other."""
        self._steps[6].value = descriptor


# All of it is made before there is any copy: the first steps of one should be few.
_machine = _MACHINES.get(os.uname().machine) if sys.platform == "linux" and _IS_64_BIT else None
_filter = None if _machine is None else _Filter(_machine)
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


class Entrance:
    """The way of one copy into the sandbox: what it needs there is read and opened before the fork."""

    def __init__(self, writer: int) -> None:
        """`writer` is the one descriptor that the copy may write to."""
        self._parent = os.getpid()
        self._writer = writer
        self._descriptors = _descriptors()
        self._nothing = _opened(os.devnull)
        self._maps = _text_of("/proc/self/maps")
        if _filter is not None:
            _filter.let_write_to(writer)

    def close(self) -> None:
        """In the process that forked."""
        if self._nothing >= 0:
            os.close(self._nothing)

    def enter(self) -> None:
        """In the copy: take every effect outside from it, for good; raises CannotConfine.

        It dies with the process that it is a copy of.
        """
        if sys.platform == "linux":
            _prctl(_PR_SET_PDEATHSIG, _SIGKILL, None, 0, 0)
            if os.getppid() != self._parent:
                os._exit(1)
            # A crash in it is nobody's business.
            _prctl(_PR_SET_DUMPABLE, 0, None, 0, 0)
        self._let_go_of_files()
        if _filter is None:
            raise CannotConfine("leakscan has no sandbox for this platform")
        if not self._maps:
            raise CannotConfine("shared memory can't be listed")
        _make_memory_private(self._maps)
        if _birth.answer < 0:
            raise CannotConfine(f"the kernel takes no seccomp filter: {os.strerror(-_birth.answer)}")
        if _birth.answer == _NOT_ASKED:
            _set_filter(_filter)

    def _let_go_of_files(self) -> None:
        """Point every other descriptor at nothing: nobody is kept waiting for the end of the real ones."""
        for number in self._descriptors:
            if number not in (self._writer, self._nothing):
                with contextlib.suppress(OSError):
                    if self._nothing >= 0:
                        os.dup2(self._nothing, number)
                    else:
                        os.close(number)


def _set_filter(chosen: _Filter) -> None:
    if _prctl(_PR_SET_NO_NEW_PRIVS, 1, None, 0, 0):
        raise CannotConfine(f"the kernel refuses no_new_privs: {os.strerror(ctypes.get_errno())}")
    if _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(chosen.program), 0, 0):
        raise CannotConfine(f"the kernel takes no seccomp filter: {os.strerror(ctypes.get_errno())}")


_NOT_ASKED = 1
"""What no kernel answers."""


class _Birth:
    """Has a copy set its filter in the very call of `fork`, before Python runs anything in it.

    Python lets go of what other threads had (variables, exceptions, contexts, trace functions), and calls
    what was registered for a fork: all that is code of the target. So the filter is set by the C library,
    which calls a few instructions of ours in each child; they do nothing where another thread has forked.
    """

    def __init__(self, chosen: _Filter | None, machine: str) -> None:
        self._thread_and_answer = (ctypes.c_ulong * 2)(0, _NOT_ASKED)
        """The thread that is about to fork; and in its copy, what the kernel said to the filter."""
        if chosen is not None and machine == "x86_64":
            self._register(chosen)

    @property
    def answer(self) -> int:
        """In a copy: 0 if the kernel took the filter, a negative error number, or that it was not asked."""
        return ctypes.c_int(self._thread_and_answer[1] & 0xFFFFFFFF).value

    @contextlib.contextmanager
    def by_this_thread(self) -> Iterator[None]:
        """The calling thread forks inside."""
        self._thread_and_answer[1] = _NOT_ASKED
        self._thread_and_answer[0] = _thread.get_ident()
        try:
            yield
        finally:
            self._thread_and_answer[0] = 0

    def _register(self, chosen: _Filter) -> None:
        state, program = ctypes.addressof(self._thread_and_answer), ctypes.addressof(chosen.program)
        try:
            address = _executable(_instructions(state, program))
        except OSError:
            # A policy of this system: the filter is set a little later then.
            return
        for name, more in (("__register_atfork", 1), ("pthread_atfork", 0)):
            register = getattr(_libc, name, None)
            if register is not None:
                register.argtypes = (_address,) * (3 + more)
                register(None, None, address, *(None,) * more)
                return


def _instructions(state: int, program: int) -> bytes:
    """x86-64: if the thread is that of `state`, set the filter, and put the answer behind it."""
    set_filter = (
        b"\xb8" + (157).to_bytes(4, "little")  # mov eax, prctl
        + b"\xbf" + _PR_SET_NO_NEW_PRIVS.to_bytes(4, "little")  # mov edi
        + b"\xbe\x01\x00\x00\x00"  # mov esi, 1
        + b"\x31\xd2\x45\x31\xd2\x45\x31\xc0"  # xor edx, edx; xor r10d, r10d; xor r8d, r8d
        + b"\x0f\x05"  # syscall
        + b"\xb8" + (157).to_bytes(4, "little")
        + b"\xbf" + _PR_SET_SECCOMP.to_bytes(4, "little")
        + b"\xbe" + _SECCOMP_MODE_FILTER.to_bytes(4, "little")
        + b"\x48\xba" + program.to_bytes(8, "little")  # mov rdx
        + b"\x0f\x05"
        + b"\x48\xb9" + (state + 8).to_bytes(8, "little")  # mov rcx
        + b"\x89\x01"  # mov [rcx], eax
    )  # fmt: skip
    return (
        b"\x64\x48\x8b\x14\x25\x10\x00\x00\x00"  # mov rdx, fs:0x10: the thread, as `get_ident` knows it
         b"\x48\xb8" + state.to_bytes(8, "little")  # mov rax
        + b"\x48\x39\x10"  # cmp [rax], rdx
        + b"\x75" + len(set_filter).to_bytes(1, "little")  # jne: past all that
        + set_filter
        + b"\xc3"  # ret
    )  # fmt: skip


def _executable(code: bytes) -> int:
    """The address of a page that holds the code; raises OSError where a policy forbids that."""
    page = _mmap(None, len(code), _PROT_READ_WRITE, _MAP_PRIVATE_ANONYMOUS, -1, 0)
    if page in (None, _MAP_FAILED):
        raise OSError(ctypes.get_errno(), "no memory for a page of code")
    ctypes.memmove(page, code, len(code))
    if _mprotect(page, len(code), _PROT_READ_EXECUTE):
        raise OSError(ctypes.get_errno(), "no page may be executed")
    return int(page)


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


def _opened(path: str) -> int:
    try:
        return os.open(path, os.O_RDWR)
    except OSError:
        return -1


class _Mapping(NamedTuple):
    """One line of `/proc/self/maps`."""

    start: int
    size: int
    protection: int
    is_device: bool
    """Whether to read it might do something."""


def _make_memory_private(maps: str) -> None:
    """Replace what is shared, be it read-only now, by private memory of the same content."""
    left = MOST_COPIED
    for mapping in _shared_mappings(maps):
        is_copied = mapping.size <= min(left, LARGEST_COPIED) and not mapping.is_device and _copy(mapping)
        if is_copied:
            left -= mapping.size
        else:
            _replace(mapping)


def _shared_mappings(maps: str) -> list[_Mapping]:
    found = []
    for line in maps.split("\n"):
        area, _, rest = line.partition(" ")
        flags = rest[:4]
        if flags[3:4] == "s":
            start, end = (int(number, 16) for number in area.split("-"))
            protection = sum(bit for flag, bit in _PROTECTION_BITS.items() if flag in flags)
            file = rest.split(None, 4)[4:]
            is_device = bool(file) and file[0].startswith("/dev/") and not file[0].startswith(_MEMORY)
            found.append(_Mapping(start, end - start, protection, is_device))
    return found


_MEMORY = ("/dev/shm/", "/dev/zero", "/dev/hugepages/")  # noqa: S108 - names in a list of mappings
"""Where `/dev` has memory that no device stands behind."""


def _text_of(path: str) -> str:
    """All of a file; nothing if it can't be read."""
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return ""
    try:
        parts = []
        while part := os.read(file, 1 << 16):
            parts.append(part)
        return b"".join(parts).decode("utf-8", "replace")
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


_birth = _Birth(_filter, os.uname().machine)
by_this_thread = _birth.by_this_thread
