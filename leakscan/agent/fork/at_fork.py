"""What confines a copy in the very call of `fork`, before Python runs anything in it.

Python lets go of what other threads had (variables, exceptions, contexts, trace functions), and calls what
was registered for a fork: all that is code of the target. So shared memory is replaced and the filter set by
the C library, which calls a few instructions of ours in each child; they do nothing where another thread has
forked. Until then other threads may map more memory, so it is the child that lists what is shared.
There are such instructions for x86-64; elsewhere the same is done by the first lines of Python.
"""

import _thread
import contextlib
import ctypes
import os
from collections.abc import Iterator

from leakscan.agent.fork import libc
from leakscan.agent.fork.seccomp import Filter
from leakscan.agent.fork.shared_memory import MAX_COPIED_BYTES, MAX_MAPPING_BYTES

_NOT_ASKED = 1
"""What no kernel answers."""
_ROOM_BYTES = 8 << 20
"""Room for the list: a line has some hundred bytes, and a process 65,530 mappings at the most."""
_WORD = ctypes.sizeof(ctypes.c_ulong)
_THREAD, _ANSWER, _ROOM, _PROCESS, _END_OF_ROOM, _IS_LISTED, _MAX_COPIED, _MAX_MAPPING = range(8)
"""Words of the state: the thread that is about to fork; in its copy, what the kernel said to the filter;
where the copy lists its memory; the process that forks; the end of the room; whether there was a list; what
may be copied."""
_PATH = b"/proc/self/maps\0"
_CODE = """
64 48 8b 14 25 10 00 00 00    ; mov rdx, fs:0x10: the thread, as `get_ident` knows it
48 b8 {state}                 ; mov rax, state
48 39 10                      ; cmp [rax], rdx
0f 85 59 02 00 00             ; jne end
53                            ; push rbx
55                            ; push rbp
41 54                         ; push r12
41 55                         ; push r13
41 56                         ; push r14
41 57                         ; push r15
48 83 ec 28                   ; sub rsp, 0x28
48 89 c5                      ; mov rbp, rax
bf 01 00 00 00                ; mov edi, PR_SET_PDEATHSIG
be 09 00 00 00                ; mov esi, SIGKILL
b8 9d 00 00 00                ; mov eax, prctl
0f 05                         ; syscall
b8 6e 00 00 00                ; mov eax, getppid
0f 05                         ; syscall
48 3b 45 18                   ; cmp rax, [rbp+0x18]: the process that forks
0f 85 c7 01 00 00             ; jne leave
b8 27 00 00 00                ; mov eax, getpid
0f 05                         ; syscall
49 89 c5                      ; mov r13, rax
31 ff                         ; xor edi, edi: a descriptor has to be free
b8 03 00 00 00                ; mov eax, close
0f 05                         ; syscall
48 8d 3d 0d 02 00 00          ; lea rdi, path
be 00 00 08 00                ; mov esi, O_RDONLY | O_CLOEXEC
31 d2                         ; xor edx, edx
b8 02 00 00 00                ; mov eax, open
0f 05                         ; syscall
85 c0                         ; test eax, eax
0f 88 b1 01 00 00             ; js filter
41 89 c7                      ; mov r15d, eax
48 8b 5d 10                   ; mov rbx, [rbp+0x10]: the room for the list
49 89 dc                      ; mov r12, rbx
; read:
44 89 ff                      ; mov edi, r15d
4c 89 e6                      ; mov rsi, r12
48 8b 55 20                   ; mov rdx, [rbp+0x20]: its end
4c 29 e2                      ; sub rdx, r12
0f 86 7a 01 00 00             ; jbe leave
31 c0                         ; xor eax, eax
0f 05                         ; syscall
48 85 c0                      ; test rax, rax
0f 88 6d 01 00 00             ; js leave
74 05                         ; je closing
49 01 c4                      ; add r12, rax
eb d9                         ; jmp read
; closing:
44 89 ff                      ; mov edi, r15d
b8 03 00 00 00                ; mov eax, close
0f 05                         ; syscall
48 c7 45 28 01 00 00 00       ; mov [rbp+0x28], 1: listed
4c 8b 75 30                   ; mov r14, [rbp+0x30]: bytes that may be copied
; line:
4c 39 e3                      ; cmp rbx, r12
0f 83 61 01 00 00             ; jae filter
31 ff                         ; xor edi, edi
; first:
0f b6 03                      ; movzx eax, byte [rbx]
48 ff c3                      ; inc rbx
3c 2d                         ; cmp al, '-'
74 15                         ; je second
89 c1                         ; mov ecx, eax
83 e1 0f                      ; and ecx, 0xf
3c 39                         ; cmp al, '9'
76 03                         ; jbe digit
83 c1 09                      ; add ecx, 0x9
; digit:
48 c1 e7 04                   ; shl rdi, 0x4
48 01 cf                      ; add rdi, rcx
eb e1                         ; jmp first
; second:
31 f6                         ; xor esi, esi
; next:
0f b6 03                      ; movzx eax, byte [rbx]
48 ff c3                      ; inc rbx
3c 20                         ; cmp al, ' '
74 15                         ; je flags
89 c1                         ; mov ecx, eax
83 e1 0f                      ; and ecx, 0xf
3c 39                         ; cmp al, '9'
76 03                         ; jbe another
83 c1 09                      ; add ecx, 0x9
; another:
48 c1 e6 04                   ; shl rsi, 0x4
48 01 ce                      ; add rsi, rcx
eb e1                         ; jmp next
; flags:
80 7b 03 73                   ; cmp byte [rbx+0x3], 's': whether it is shared
0f 85 07 01 00 00             ; jne skip
48 29 fe                      ; sub rsi, rdi
48 89 7c 24 10                ; mov [rsp+0x10], rdi
48 89 74 24 18                ; mov [rsp+0x18], rsi
48 89 74 24 08                ; mov [rsp+0x8], rsi
80 3b 72                      ; cmp byte [rbx], 'r'
0f 94 c0                      ; sete al
44 0f b6 f8                   ; movzx r15d, al
80 7b 01 77                   ; cmp byte [rbx+0x1], 'w'
0f 94 c0                      ; sete al
0f b6 c0                      ; movzx eax, al
45 8d 3c 47                   ; lea r15d, [r15+rax*2]
80 7b 02 78                   ; cmp byte [rbx+0x2], 'x'
0f 94 c0                      ; sete al
0f b6 c0                      ; movzx eax, al
45 8d 3c 87                   ; lea r15d, [r15+rax*4]
48 3b 75 38                   ; cmp rsi, [rbp+0x38]: bytes of the largest copy
0f 87 92 00 00 00             ; ja replace
4c 39 f6                      ; cmp rsi, r14
0f 87 89 00 00 00             ; ja replace
31 ff                         ; xor edi, edi
ba 03 00 00 00                ; mov edx, PROT_READ | PROT_WRITE
41 ba 22 00 00 00             ; mov r10d, MAP_PRIVATE | MAP_ANONYMOUS
49 83 c8 ff                   ; or r8, -1
45 31 c9                      ; xor r9d, r9d
b8 09 00 00 00                ; mov eax, mmap
0f 05                         ; syscall
48 3d 01 f0 ff ff             ; cmp rax, -4095
73 66                         ; jae replace
48 89 04 24                   ; mov [rsp], rax
4c 89 ef                      ; mov rdi, r13
48 89 e6                      ; mov rsi, rsp
ba 01 00 00 00                ; mov edx, 0x1
4c 8d 54 24 10                ; lea r10, [rsp+0x10]
41 b8 01 00 00 00             ; mov r8d, 0x1
45 31 c9                      ; xor r9d, r9d
b8 36 01 00 00                ; mov eax, process_vm_readv
0f 05                         ; syscall
48 85 c0                      ; test rax, rax
7e 3d                         ; jle replace
4c 2b 74 24 18                ; sub r14, [rsp+0x18]
48 8b 3c 24                   ; mov rdi, [rsp]
48 8b 74 24 18                ; mov rsi, [rsp+0x18]
44 89 fa                      ; mov edx, r15d
b8 0a 00 00 00                ; mov eax, mprotect
0f 05                         ; syscall
48 8b 3c 24                   ; mov rdi, [rsp]
48 8b 74 24 18                ; mov rsi, [rsp+0x18]
48 89 f2                      ; mov rdx, rsi
41 ba 03 00 00 00             ; mov r10d, MREMAP_MAYMOVE | MREMAP_FIXED
4c 8b 44 24 10                ; mov r8, [rsp+0x10]
b8 19 00 00 00                ; mov eax, mremap
0f 05                         ; syscall
48 3b 44 24 10                ; cmp rax, [rsp+0x10]
74 33                         ; je skip
; replace:
48 8b 7c 24 10                ; mov rdi, [rsp+0x10]
48 8b 74 24 18                ; mov rsi, [rsp+0x18]
31 d2                         ; xor edx, edx: PROT_NONE
41 ba 32 40 00 00             ; mov r10d, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE
49 83 c8 ff                   ; or r8, -1
45 31 c9                      ; xor r9d, r9d
b8 09 00 00 00                ; mov eax, mmap
0f 05                         ; syscall
48 3b 44 24 10                ; cmp rax, [rsp+0x10]
74 0c                         ; je skip
; leave:
bf 01 00 00 00                ; mov edi, 0x1
b8 e7 00 00 00                ; mov eax, exit_group
0f 05                         ; syscall
; skip:
8a 03                         ; mov al, byte [rbx]
48 ff c3                      ; inc rbx
3c 0a                         ; cmp al, newline
75 f7                         ; jne skip
e9 96 fe ff ff                ; jmp line
; filter:
b8 9d 00 00 00                ; mov eax, prctl
bf 26 00 00 00                ; mov edi, PR_SET_NO_NEW_PRIVS
be 01 00 00 00                ; mov esi, 0x1
31 d2                         ; xor edx, edx
45 31 d2                      ; xor r10d, r10d
45 31 c0                      ; xor r8d, r8d
0f 05                         ; syscall
b8 9d 00 00 00                ; mov eax, prctl
bf 16 00 00 00                ; mov edi, PR_SET_SECCOMP
be 02 00 00 00                ; mov esi, SECCOMP_MODE_FILTER
48 ba {program}               ; mov rdx, program
0f 05                         ; syscall
89 45 08                      ; mov [rbp+0x8], eax: the answer
48 83 c4 28                   ; add rsp, 0x28
41 5f                         ; pop r15
41 5e                         ; pop r14
41 5d                         ; pop r13
41 5c                         ; pop r12
5d                            ; pop rbp
5b                            ; pop rbx
; end:
c3                            ; ret
; path:
"""
"""x86-64: the bytes of each instruction, and the instruction.

In the thread of the state it has the copy die with its parent, and leaves if that is dead already. Of each
mapping that is shared it makes a copy in its place, or puts there what can't be reached; then it sets the
filter.
"""


class AtFork:
    """The instructions, where there are some, and what they read and write."""

    def __init__(self, chosen: Filter | None, machine: str) -> None:
        self._state = (ctypes.c_ulong * 8)()
        self._state[_ANSWER] = _NOT_ASKED
        self._state[_MAX_COPIED], self._state[_MAX_MAPPING] = MAX_COPIED_BYTES, MAX_MAPPING_BYTES
        self.is_there = False
        """Whether each copy is confined before Python runs anything in it."""
        if chosen is not None and machine == "x86_64":
            # A policy of this system may forbid it: the filter is set a little later then.
            with contextlib.suppress(OSError):
                self._register(chosen)

    @property
    def answer(self) -> int | None:
        """In a copy: 0 if the kernel took the filter, a negative error number, or None: it was not asked."""
        answer = ctypes.c_int(self._state[_ANSWER] & 0xFFFFFFFF).value
        return None if answer == _NOT_ASKED else answer

    @property
    def is_memory_private(self) -> bool:
        """In a copy: whether its memory could be listed, so that nothing of it is shared."""
        return self._state[_IS_LISTED] == 1

    @contextlib.contextmanager
    def confines(self) -> Iterator[None]:
        """The calling thread forks inside."""
        self._state[_ANSWER] = _NOT_ASKED
        self._state[_IS_LISTED] = 0
        self._state[_PROCESS] = os.getpid()
        self._state[_THREAD] = _thread.get_ident()
        try:
            yield
        finally:
            self._state[_THREAD] = 0

    def _register(self, chosen: Filter) -> None:
        # Address space alone, until a copy writes to it.
        flags = libc.MAP_PRIVATE_ANONYMOUS | libc.MAP_NORESERVE
        room = libc.mmap(None, _ROOM_BYTES, libc.PROT_READ_WRITE, flags, -1, 0)
        if room in (None, libc.MAP_FAILED):
            raise OSError(ctypes.get_errno(), "no memory for a list of memory")
        self._state[_ROOM], self._state[_END_OF_ROOM] = room, room + _ROOM_BYTES
        code = _instructions(ctypes.addressof(self._state), ctypes.addressof(chosen.program))
        address = _executable(code)
        for name, more in (("__register_atfork", 1), ("pthread_atfork", 0)):
            register = getattr(libc.LIBRARY, name, None)
            if register is not None:
                register.argtypes = (libc.ADDRESS,) * (3 + more)
                register(None, None, address, *(None,) * more)
                self.is_there = True
                return


def _instructions(state: int, program: int) -> bytes:
    words = {
        name: value.to_bytes(_WORD, "little").hex()
        for name, value in (("state", state), ("program", program))
    }
    lines = (line.partition(";")[0] for line in _CODE.splitlines())
    return bytes.fromhex("".join(lines).format(**words)) + _PATH


def _executable(code: bytes) -> int:
    """The address of a page that holds the code; raises OSError where a policy forbids that."""
    page = libc.mmap(None, len(code), libc.PROT_READ_WRITE, libc.MAP_PRIVATE_ANONYMOUS, -1, 0)
    if page in (None, libc.MAP_FAILED):
        raise OSError(ctypes.get_errno(), "no memory for a page of code")
    ctypes.memmove(page, code, len(code))
    if libc.mprotect(page, len(code), libc.PROT_READ_EXECUTE):
        raise OSError(ctypes.get_errno(), "no page may be executed")
    return int(page)
