"""What a confined process can do, and what it can not, seen from inside."""

import ctypes
import mmap
import os
import sys
from collections.abc import Callable

import pytest

from leakscan.agent.fork import sandbox, seccomp
from leakscan.agent.fork.copy import bytes_from_sandbox, why_no_sandbox

NOT_PERMITTED = 1
BYPASS_FILTERS = {335, 336}
"""`uretprobe` and `uprobe` on x86-64: the kernel calls them itself, and they do nothing where no probe is."""
MAX_CALLS = 470
_MEMORY = "mmap mprotect munmap mremap mincore madvise brk process_vm_readv membarrier"
_DESCRIPTORS = "write close close_range dup2 dup3 fstat poll ppoll select pselect6"
"""`write` is allowed to one of them."""
_SIGNALS = "rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack"
"""None can be sent."""
_TIME = "nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time times restart_syscall"
_LOCKS = "futex sched_yield set_robust_list rseq"
_WHAT_IT_IS = (
    "getpid getppid gettid getuid geteuid getgid getegid getcwd getcpu getrusage getrandom uname sysinfo "
    "sched_getaffinity prctl"
)
_THE_END = "exit exit_group"
HARMLESS = frozenset(
    " ".join((_MEMORY, _DESCRIPTORS, _SIGNALS, _TIME, _LOCKS, _WHAT_IT_IS, _THE_END)).split()
)
"""What a copy may call, and has no effect outside. Whoever adds one says here why."""

leave: Callable[[int], None] = getattr(os, "_exit")  # noqa: B009 - so that mypy takes what follows for reachable

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is one of Linux")


def _in_sandbox(make: Callable[[], bytes]) -> bytes:
    made = bytes_from_sandbox(make)
    assert isinstance(made, bytes), made
    return made


def test_there_is_a_sandbox_here() -> None:
    assert why_no_sandbox() is None


def test_every_system_call_that_is_not_listed_is_refused() -> None:
    assert seccomp.machine is not None
    # Not what the filter lists, which this is to hold; the numbers of these are what a kernel calls them.
    listed = {
        seccomp.machine.calls[name] for name in HARMLESS if name in seccomp.machine.calls
    } | BYPASS_FILTERS
    libc = ctypes.CDLL(None, use_errno=True)

    def made() -> bytes:
        done = []
        for number in sorted(set(range(MAX_CALLS)) - listed):
            ctypes.set_errno(0)
            if libc.syscall(number, 0, 0, 0, 0, 0, 0) != -1 or ctypes.get_errno() != NOT_PERMITTED:
                done.append(number)
        return repr(done).encode()

    assert _in_sandbox(made) == b"[]"


@pytest.mark.parametrize("machine", seccomp.MACHINES.values(), ids=seccomp.MACHINES)
def test_no_call_is_listed_but_the_harmless(machine: seccomp.Machine) -> None:
    assert set(machine.calls) <= HARMLESS


def test_shared_memory_has_the_same_content_and_another_place() -> None:
    shared = mmap.mmap(-1, 3 * mmap.PAGESIZE)
    shared[:6] = b"shared"

    def made() -> bytes:
        before = bytes(shared[:6])
        shared[:6] = b"harmed"
        return before + bytes(shared[:6])

    assert _in_sandbox(made) == b"sharedharmed"
    assert shared[:6] == b"shared"


class _Mapped:
    """Shared memory that is mapped in the last moment before a fork, while the test asks for it."""

    is_asked_for = False
    memory: "mmap.mmap | None" = None

    def before_fork(self) -> None:
        if self.is_asked_for:
            self.memory = mmap.mmap(-1, mmap.PAGESIZE)


_mapped = _Mapped()
os.register_at_fork(before=_mapped.before_fork)


def test_what_was_mapped_in_the_last_moment_before_the_fork_is_not_shared() -> None:
    def made() -> bytes:
        assert _mapped.memory is not None
        _mapped.memory[:6] = b"harmed"
        return bytes(_mapped.memory[:6])

    assert why_no_sandbox() is None
    _mapped.is_asked_for = True
    try:
        assert _in_sandbox(made) == b"harmed"
    finally:
        _mapped.is_asked_for = False

    assert _mapped.memory is not None
    assert _mapped.memory[:6] == bytes(6)


def test_the_filter_is_there_before_python_runs_anything() -> None:
    def made() -> bytes:
        return str(sandbox.AT_FORK.answer).encode()

    expected = b"0" if seccomp.machine is seccomp.MACHINES["x86_64"] else b"None"
    assert _in_sandbox(made) == expected


def test_a_crash_of_a_copy_is_dumped_nowhere() -> None:
    get_dumpable = 3

    assert _in_sandbox(lambda: str(ctypes.CDLL(None).prctl(get_dumpable)).encode()) == b"0"


def test_a_copy_whose_process_has_gone_before_it_was_confined_ends_at_once() -> None:
    reader, writer = os.pipe()
    entrance = sandbox.Entrance(writer)

    # Not the process that made the entrance is the parent of this one.
    child = os.fork()
    if child == 0:
        grandchild = os.fork()
        if grandchild == 0:
            try:
                entrance.enter()
            finally:
                leave(0)
        leave(os.waitstatus_to_exitcode(os.waitpid(grandchild, 0)[1]))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    entrance.close()
    os.close(reader)
    os.close(writer)
    assert status == 1


def test_a_fork_of_somebody_else_is_not_confined() -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, b"free" if os.open(os.devnull, os.O_RDONLY) >= 0 else b"")
        leave(0)
    os.close(writer)

    assert os.read(reader, 100) == b"free"
    os.close(reader)
    os.waitpid(child, 0)
