"""What confines a copy in the very call of `fork`, before Python runs anything in it.

Python lets go of what other threads had (variables, exceptions, contexts, trace functions), and calls what
was registered for a fork: all that is code of the target. So shared memory is replaced and the filter set by
the C library, which calls a few instructions of ours in each child; they do nothing where another thread has
forked. There are such instructions for x86-64; elsewhere the same is done by the first line of Python.
"""

import _thread
import contextlib
import ctypes
import os
from collections.abc import Iterator

from leakscan.agent import libc
from leakscan.agent.seccomp import Filter
from leakscan.agent.shared_memory import Table

_NOT_ASKED = 1
"""What no kernel answers."""
_THREAD, _ANSWER, _TABLE, _PROCESS = range(4)
"""Words of the state: the thread that is about to fork; in its copy, what the kernel said to the filter; the
shared memory; the process that forks."""
_CODE = """
64 48 8b 14 25 10 00 00 00    ; mov rdx, fs:0x10: the thread, as `get_ident` knows it
48 b8 {state}                 ; mov rax, state
48 39 10                      ; cmp [rax], rdx
0f 85 3c 01 00 00             ; jne end
53                            ; push rbx
55                            ; push rbp
48 8b 58 10                   ; mov rbx, [rax+0x10]: the first row of the table
48 8b 68 18                   ; mov rbp, [rax+0x18]: the process that forks
bf 01 00 00 00                ; mov edi, PR_SET_PDEATHSIG
be 09 00 00 00                ; mov esi, SIGKILL
b8 9d 00 00 00                ; mov eax, prctl
0f 05                         ; syscall
b8 6e 00 00 00                ; mov eax, getppid
0f 05                         ; syscall
48 39 e8                      ; cmp rax, rbp
0f 85 ba 00 00 00             ; jne leave
b8 27 00 00 00                ; mov eax, getpid
0f 05                         ; syscall
48 89 c5                      ; mov rbp, rax
; row:
48 8b 73 18                   ; mov rsi, [rbx+0x18]
48 85 f6                      ; test rsi, rsi
0f 84 b8 00 00 00             ; je filter
48 83 7b 28 00                ; cmp [rbx+0x28], 0
74 78                         ; je replace
31 ff                         ; xor edi, edi
ba 03 00 00 00                ; mov edx, PROT_READ | PROT_WRITE
41 ba 22 00 00 00             ; mov r10d, MAP_PRIVATE | MAP_ANONYMOUS
49 83 c8 ff                   ; or r8, -1
45 31 c9                      ; xor r9d, r9d
b8 09 00 00 00                ; mov eax, mmap
0f 05                         ; syscall
48 3d 01 f0 ff ff             ; cmp rax, -4095
73 55                         ; jae replace
48 89 03                      ; mov [rbx], rax
48 89 ef                      ; mov rdi, rbp
48 89 de                      ; mov rsi, rbx
ba 01 00 00 00                ; mov edx, 1
4c 8d 53 10                   ; lea r10, [rbx+0x10]
41 b8 01 00 00 00             ; mov r8d, 1
45 31 c9                      ; xor r9d, r9d
b8 36 01 00 00                ; mov eax, process_vm_readv
0f 05                         ; syscall
48 8b 3b                      ; mov rdi, [rbx]
48 8b 73 18                   ; mov rsi, [rbx+0x18]
48 8b 53 20                   ; mov rdx, [rbx+0x20]
b8 0a 00 00 00                ; mov eax, mprotect
0f 05                         ; syscall
48 8b 3b                      ; mov rdi, [rbx]
48 8b 73 18                   ; mov rsi, [rbx+0x18]
48 89 f2                      ; mov rdx, rsi
41 ba 03 00 00 00             ; mov r10d, MREMAP_MAYMOVE | MREMAP_FIXED
4c 8b 43 10                   ; mov r8, [rbx+0x10]
b8 19 00 00 00                ; mov eax, mremap
0f 05                         ; syscall
48 3b 43 10                   ; cmp rax, [rbx+0x10]
74 30                         ; je next
; replace:
48 8b 7b 10                   ; mov rdi, [rbx+0x10]
48 8b 73 18                   ; mov rsi, [rbx+0x18]
31 d2                         ; xor edx, edx: PROT_NONE
41 ba 32 40 00 00             ; mov r10d, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE
49 83 c8 ff                   ; or r8, -1
45 31 c9                      ; xor r9d, r9d
b8 09 00 00 00                ; mov eax, mmap
0f 05                         ; syscall
48 3b 43 10                   ; cmp rax, [rbx+0x10]
74 0c                         ; je next
; leave:
bf 01 00 00 00                ; mov edi, 1
b8 e7 00 00 00                ; mov eax, exit_group
0f 05                         ; syscall
; next:
48 83 c3 30                   ; add rbx, 0x30
e9 3b ff ff ff                ; jmp row
; filter:
b8 9d 00 00 00                ; mov eax, prctl
bf 26 00 00 00                ; mov edi, PR_SET_NO_NEW_PRIVS
be 01 00 00 00                ; mov esi, 1
31 d2                         ; xor edx, edx
45 31 d2                      ; xor r10d, r10d
45 31 c0                      ; xor r8d, r8d
0f 05                         ; syscall
b8 9d 00 00 00                ; mov eax, prctl
bf 16 00 00 00                ; mov edi, PR_SET_SECCOMP
be 02 00 00 00                ; mov esi, SECCOMP_MODE_FILTER
48 ba {program}               ; mov rdx, program
0f 05                         ; syscall
48 b9 {answer}                ; mov rcx, answer
89 01                         ; mov [rcx], eax
5d                            ; pop rbp
5b                            ; pop rbx
; end:
c3                            ; ret
"""
"""x86-64: the bytes of each instruction, and the instruction.

In the thread of the state it has the copy die with its parent, leaves if that is dead already, replaces each
row of the table (by a copy, or by what can't be reached), and sets the filter.
"""


class AtFork:
    """The instructions, where there are some, and what they read and write."""

    def __init__(self, chosen: Filter | None, machine: str) -> None:
        self._state = (ctypes.c_ulong * 4)(0, _NOT_ASKED)
        if chosen is not None and machine == "x86_64":
            self._register(chosen)

    @property
    def answer(self) -> int | None:
        """In a copy: 0 if the kernel took the filter, a negative error number, or None: it was not asked."""
        answer = ctypes.c_int(self._state[_ANSWER] & 0xFFFFFFFF).value
        return None if answer == _NOT_ASKED else answer

    @contextlib.contextmanager
    def confines(self, shared: Table) -> Iterator[None]:
        """The calling thread forks inside; its copy gets memory of its own for what is shared."""
        self._state[_ANSWER] = _NOT_ASKED
        self._state[_TABLE] = ctypes.addressof(shared)
        self._state[_PROCESS] = os.getpid()
        self._state[_THREAD] = _thread.get_ident()
        try:
            yield
        finally:
            self._state[_THREAD] = 0

    def _register(self, chosen: Filter) -> None:
        state = ctypes.addressof(self._state)
        try:
            address = _executable(_instructions(state, ctypes.addressof(chosen.program)))
        except OSError:
            # A policy of this system: the filter is set a little later then.
            return
        for name, more in (("__register_atfork", 1), ("pthread_atfork", 0)):
            register = getattr(libc.LIBRARY, name, None)
            if register is not None:
                register.argtypes = (libc.ADDRESS,) * (3 + more)
                register(None, None, address, *(None,) * more)
                return


def _instructions(state: int, program: int) -> bytes:
    places = {"state": state, "program": program, "answer": state + _ANSWER * ctypes.sizeof(ctypes.c_ulong)}
    words = {name: place.to_bytes(8, "little").hex() for name, place in places.items()}
    lines = (line.partition(";")[0] for line in _CODE.splitlines())
    return bytes.fromhex("".join(lines).format(**words))


def _executable(code: bytes) -> int:
    """The address of a page that holds the code; raises OSError where a policy forbids that."""
    page = libc.mmap(None, len(code), libc.PROT_READ_WRITE, libc.MAP_PRIVATE_ANONYMOUS, -1, 0)
    if page in (None, libc.MAP_FAILED):
        raise OSError(ctypes.get_errno(), "no memory for a page of code")
    ctypes.memmove(page, code, len(code))
    if libc.mprotect(page, len(code), libc.PROT_READ_EXECUTE):
        raise OSError(ctypes.get_errno(), "no page may be executed")
    return int(page)
