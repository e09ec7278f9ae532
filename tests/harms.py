"""What a finalizer may try: programs that leak an object whose finalizer tries it, and count the effects.

They count at the end of the process, before its own finalizers run: what is counted was done by a copy.
"""

import textwrap
from typing import NamedTuple

_PROGRAM = '''\
import atexit, os, sys

PLACE = os.environ["PLACE"]
kept = []

{setup}

class Held:
    """What is kept, and weighs something."""

    def __init__(self):
        self.payload = bytearray(2000)
{make}

{finalizer}


def effects():
{count}


def told():
    with open(os.path.join(PLACE, "effects"), "w") as file:
        file.write(str(effects()))
    # The finalizers of the process's own end are not for this test.
    os._exit(0)


def work():
    kept.append(Held())
    if len(kept) == 1:
        # The last that is registered is called first, before `weakref.finalize` calls its own.
        atexit.register(told)
'''


class Harm(NamedTuple):
    """One thing that a finalizer may try."""

    name: str
    tries: str
    """What it tries, in words: a row of the page on safety."""
    finalizer: str
    """What runs when an object dies, as the body of `__del__`, or as definitions that stand for it."""
    effects: str
    """Body of a function that counts the effects."""
    setup: str = ""
    is_freed: bool = True
    """Whether what is emptied can be measured, in spite of it."""
    make: str = ""
    """What else the constructor does."""

    def program(self) -> str:
        """The whole program."""
        finalizer = f"def __del__(self):\n{textwrap.indent(textwrap.dedent(self.finalizer).strip(), '    ')}"
        return _PROGRAM.format(
            setup=textwrap.dedent(self.setup),
            make=textwrap.indent(textwrap.dedent(self.make).strip(), " " * 8),
            finalizer=textwrap.indent(finalizer, "    ") if self.finalizer else "",
            count=textwrap.indent(textwrap.dedent(self.effects).strip(), "    "),
        )


HARMS = (
    Harm(
        "unlink",
        "delete a file",
        "os.unlink(self.path)",
        "return sum(not os.path.exists(held.path) for held in kept)",
        make="""
            self.path = os.path.join(PLACE, f"lock-{len(kept)}")
            open(self.path, "w").close()
        """,
    ),
    Harm(
        "temporary_directory",
        "delete a `TemporaryDirectory`, by `weakref.finalize`",
        "",
        "return sum(not os.path.isdir(held.folder.name) for held in kept)",
        setup="import tempfile",
        make="self.folder = tempfile.TemporaryDirectory(dir=PLACE)",
    ),
    Harm(
        "named_temporary_file",
        "delete a `NamedTemporaryFile`",
        "",
        "return sum(not os.path.exists(held.file.name) for held in kept)",
        setup="import tempfile",
        make="self.file = tempfile.NamedTemporaryFile(dir=PLACE)",
    ),
    Harm(
        "shared_memory",
        "unlink a `SharedMemory`",
        "self.block.close(); self.block.unlink()",
        """
            missing = sum(not os.path.exists(f"/dev/shm/{held.block.name}") for held in kept)
            for held in kept:
                held.block.unlink()
            return missing
        """,
        setup="from multiprocessing.shared_memory import SharedMemory",
        make="self.block = SharedMemory(create=True, size=64)",
    ),
    Harm(
        "append_to_file",
        "open a file anew and append to it",
        """
            with open(os.path.join(PLACE, "audit.log"), "a") as log:
                log.write("gone\\n")
        """,
        """
            path = os.path.join(PLACE, "audit.log")
            return os.path.getsize(path) if os.path.exists(path) else 0
        """,
    ),
    Harm(
        "write_to_open_file",
        "write to a file that is open already",
        'log.write("gone\\n"); log.flush()',
        "return os.path.getsize(log.name)",
        setup='log = open(os.path.join(PLACE, "audit.log"), "w")',
    ),
    Harm(
        "move_file_position",
        "move the position of an open file",
        "os.lseek(log, 7, os.SEEK_SET)",
        "return os.lseek(log, 0, os.SEEK_CUR)",
        setup='log = os.open(os.path.join(PLACE, "audit.log"), os.O_RDWR | os.O_CREAT)',
    ),
    Harm(
        "unlock_file",
        "give back a lock on a file",
        "fcntl.flock(log, fcntl.LOCK_UN)",
        """
            other = os.open(os.path.join(PLACE, "lock"), os.O_RDWR)
            try:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return 0
            return 1
        """,
        setup="""
            import fcntl
            log = os.open(os.path.join(PLACE, "lock"), os.O_RDWR | os.O_CREAT)
            fcntl.flock(log, fcntl.LOCK_EX)
        """,
    ),
    Harm(
        "kill",
        "send a signal to a worker",
        "os.kill(worker.pid, signal.SIGKILL)",
        """
            killed = int(worker.poll() is not None)
            worker.kill()
            worker.wait()
            return killed
        """,
        setup="""
            import signal, subprocess
            worker = subprocess.Popen(["sleep", "60"])
        """,
    ),
    Harm(
        "start_process",
        "start a process",
        'subprocess.Popen(["touch", os.path.join(PLACE, "touched")])',
        'return int(os.path.exists(os.path.join(PLACE, "touched")))',
        setup="import subprocess",
    ),
    Harm(
        "fork",
        "fork, and write in the child",
        """
            if os.fork() == 0:
                open(os.path.join(PLACE, "touched"), "w").close()
                os._exit(0)
        """,
        'return int(os.path.exists(os.path.join(PLACE, "touched")))',
    ),
    Harm(
        "thread",
        "start a thread that writes",
        'threading.Thread(target=open, args=(os.path.join(PLACE, "touched"), "w")).start()',
        'return int(os.path.exists(os.path.join(PLACE, "touched")))',
        setup="import threading",
    ),
    Harm(
        "open_socket",
        "say goodbye on a connection that is open",
        'ours.sendall(b"logout")',
        """
            try:
                return len(theirs.recv(4096))
            except BlockingIOError:
                return 0
        """,
        setup="""
            import socket
            ours, theirs = socket.socketpair()
            theirs.setblocking(False)
        """,
    ),
    Harm(
        "new_socket",
        "open a connection",
        "socket.create_connection(server.getsockname(), timeout=1).close()",
        """
            try:
                server.accept()
            except BlockingIOError:
                return 0
            return 1
        """,
        setup="""
            import socket
            server = socket.create_server(("127.0.0.1", 0))
            server.setblocking(False)
        """,
    ),
    Harm(
        "sqlite_new_connection",
        "write a row on a new connection to a database",
        """
            with sqlite3.connect(path) as other:
                other.execute("insert into log values (1)")
        """,
        'return sqlite3.connect(path).execute("select count(*) from log").fetchone()[0]',
        setup="""
            import sqlite3
            path = os.path.join(PLACE, "log.db")
            with sqlite3.connect(path) as first:
                first.execute("create table log (n)")
        """,
    ),
    Harm(
        "sqlite_open_connection",
        "write a row on an open connection to a database",
        'open_connection.execute("insert into log values (1)"); open_connection.commit()',
        'return sqlite3.connect(path).execute("select count(*) from log").fetchone()[0]',
        setup="""
            import sqlite3
            path = os.path.join(PLACE, "log.db")
            open_connection = sqlite3.connect(path, check_same_thread=False)
            open_connection.execute("pragma journal_mode=wal")
            open_connection.execute("create table log (n)")
            open_connection.commit()
        """,
    ),
    Harm(
        "mapped_file",
        "write to a mapped file",
        "mapped[0] = 1",
        "return os.pread(file, 1, 0)[0]",
        setup="""
            import mmap
            file = os.open(os.path.join(PLACE, "mapped"), os.O_RDWR | os.O_CREAT)
            os.ftruncate(file, 4096)
            mapped = mmap.mmap(file, 4096)
        """,
    ),
    Harm(
        "large_mapped_file",
        "write to a mapped file that is too large to be copied",
        "mapped[0] = 1",
        "return os.pread(file, 1, 0)[0]",
        setup="""
            import mmap
            file = os.open(os.path.join(PLACE, "mapped"), os.O_RDWR | os.O_CREAT)
            os.ftruncate(file, 100 << 20)
            mapped = mmap.mmap(file, 100 << 20)
        """,
    ),
    Harm(
        "shared_value",
        "change a `multiprocessing.Value`",
        "counter.value += 1",
        "return counter.value",
        setup="""
            import multiprocessing
            counter = multiprocessing.Value("i", 0)
        """,
    ),
    Harm(
        "shared_lock",
        "take a `multiprocessing.Lock` and keep it",
        "lock.acquire(block=False)",
        "return int(not lock.acquire(block=False))",
        setup="""
            import multiprocessing
            lock = multiprocessing.Lock()
        """,
    ),
    Harm(
        "queue_put",
        "put something into a `multiprocessing.SimpleQueue`",
        'queue.put("gone")',
        "return int(not queue.empty())",
        setup="""
            import multiprocessing
            queue = multiprocessing.SimpleQueue()
        """,
    ),
    Harm(
        "pipe",
        "write to a pipe",
        'os.write(writer, b"gone")',
        "return len(os.read(reader, 100)) if select.select([reader], [], [], 0)[0] else 0",
        setup="""
            import select
            reader, writer = os.pipe()
        """,
    ),
    Harm(
        "standard_output",
        "print",
        'print("gone", flush=True); os.write(2, b"gone")',
        "return os.path.getsize(path)",
        setup="""
            path = os.path.join(PLACE, "output")
            for number in (1, 2):
                os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
        """,
    ),
    Harm(
        "rename",
        "rename a file",
        "os.rename(path, path + '.old')",
        "return int(not os.path.exists(path))",
        setup="""
            path = os.path.join(PLACE, "state")
            open(path, "w").close()
        """,
    ),
    Harm(
        "chmod",
        "change the mode of a file",
        "os.chmod(path, 0)",
        "return int(os.stat(path).st_mode & 0o777 == 0)",
        setup="""
            path = os.path.join(PLACE, "state")
            open(path, "w").close()
        """,
    ),
    Harm(
        "c_library",
        "delete a file by a call into the C library",
        "libc.unlink(path)",
        "return int(not os.path.exists(path))",
        setup="""
            import ctypes
            libc = ctypes.CDLL(None)
            path = os.path.join(PLACE, "state").encode()
            open(path, "w").close()
        """,
    ),
    Harm(
        "system_call",
        "delete a file by a bare system call",
        "libc.syscall(number, -100, path, 0)",
        "return int(not os.path.exists(path))",
        setup="""
            import ctypes
            libc = ctypes.CDLL(None)
            number = {"x86_64": 263, "aarch64": 35}[os.uname().machine]
            path = os.path.join(PLACE, "state").encode()
            open(path, "w").close()
        """,
    ),
    Harm(
        "limits",
        "change the limits of the process that it is a copy of",
        "resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (64, 64))",
        "return int(resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 64)",
        setup="import resource",
    ),
    Harm(
        "size_of_object",
        "write when it is asked for its size",
        """
            pass

        def __sizeof__(self):
            open(os.path.join(PLACE, "asked"), "w").close()
            return 2000
        """,
        'return int(os.path.exists(os.path.join(PLACE, "asked")))',
    ),
    Harm(
        "weak_reference",
        "write when a weak reference dies",
        "",
        'return int(os.path.exists(os.path.join(PLACE, "gone")))',
        setup="""
            import weakref
            weak = []
        """,
        make="""
            weak.append(weakref.ref(self, lambda _: open(os.path.join(PLACE, "gone"), "w")))
        """,
    ),
    Harm(
        "at_fork",
        "write after each fork, as registered with `os.register_at_fork`",
        "pass",
        'return int(os.path.exists(os.path.join(PLACE, "forked")))',
        setup="""
            os.register_at_fork(after_in_child=lambda: open(os.path.join(PLACE, "forked"), "w").close())
        """,
    ),
    Harm(
        "exception",
        "delete a folder that the exception of another thread holds, which no copy has",
        "pass",
        "return int(not os.path.isdir(folders[0]))",
        setup="""
            import tempfile, threading
            folders, ready = [], threading.Event()

            def inner():
                folder = tempfile.TemporaryDirectory(dir=PLACE)
                folders.append(folder.name)
                raise ValueError

            def keep():
                try:
                    inner()
                except ValueError:
                    ready.set()
                    threading.Event().wait()

            threading.Thread(target=keep, daemon=True).start()
            ready.wait()
        """,
    ),
    Harm(
        "context_variable",
        "write when a context variable of another thread is let go of",
        "pass",
        'return int(os.path.exists(os.path.join(PLACE, "gone")))',
        setup="""
            import contextvars, threading
            variable, ready = contextvars.ContextVar("variable"), threading.Event()

            class Last:
                def __del__(self):
                    open(os.path.join(PLACE, "gone"), "w").close()

            def keep():
                variable.set(Last())
                ready.set()
                threading.Event().wait()

            threading.Thread(target=keep, daemon=True).start()
            ready.wait()
        """,
    ),
    Harm(
        "audit_hook",
        "write in an audit hook, at whatever leakscan does in the copy",
        "pass",
        'return int(os.path.exists(os.path.join(PLACE, "audited")))',
        setup="""
            number, is_busy = os.getpid(), []

            def audit(event, arguments):
                if os.getpid() != number and not is_busy:
                    is_busy.append(1)
                    try:
                        open(os.path.join(PLACE, "audited"), "w").close()
                    finally:
                        is_busy.clear()

            sys.addaudithook(audit)
        """,
        is_freed=False,
    ),
    Harm(
        "read_only_mapping",
        "make a mapping of a file writable that was not, and write to it",
        """
            libc.mprotect(address, 4096, 3)
            ctypes.memset(address, 1, 1)
        """,
        "return os.pread(file, 1, 0)[0]",
        setup="""
            import ctypes
            libc = ctypes.CDLL(None)
            libc.mmap.restype = ctypes.c_void_p
            libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + 3 * [ctypes.c_int] + [ctypes.c_long]
            libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
            file = os.open(os.path.join(PLACE, "mapped"), os.O_RDWR | os.O_CREAT)
            os.ftruncate(file, 4096)
            address = libc.mmap(None, 4096, 1, 1, file, 0)
        """,
    ),
    Harm(
        "new_mapping",
        "map a file that is open and write to it",
        "mmap.mmap(file, 4096)[0] = 1",
        "return os.pread(file, 1, 0)[0]",
        setup="""
            import mmap
            file = os.open(os.path.join(PLACE, "mapped"), os.O_RDWR | os.O_CREAT)
            os.ftruncate(file, 4096)
        """,
    ),
    Harm(
        "read_pipe",
        "take from a pipe what is meant for somebody else",
        "os.read(reader, 100)",
        "return int(not select.select([reader], [], [], 0)[0])",
        setup="""
            import select
            reader, writer = os.pipe()
            os.write(writer, b"a letter")
        """,
    ),
    Harm(
        "thread_local",
        "delete a folder that a variable of another thread holds, which no copy has",
        "pass",
        "return int(not os.path.isdir(folders[0]))",
        setup="""
            import tempfile, threading
            local, folders, ready = threading.local(), [], threading.Event()

            def keep():
                local.folder = tempfile.TemporaryDirectory(dir=PLACE)
                folders.append(local.folder.name)
                ready.set()
                threading.Event().wait()

            threading.Thread(target=keep, daemon=True).start()
            ready.wait()
        """,
    ),
    Harm(
        "thread_local_mapping",
        "write to a mapped file when a variable of another thread is let go of",
        "pass",
        "return mapped[0]",
        setup="""
            import mmap, threading
            file = os.open(os.path.join(PLACE, "mapped"), os.O_RDWR | os.O_CREAT)
            os.ftruncate(file, 4096)
            mapped, local, ready = mmap.mmap(file, 4096), threading.local(), threading.Event()

            class Guard:
                def __del__(self):
                    mapped[0] = 1

            def keep():
                local.guard = Guard()
                ready.set()
                threading.Event().wait()

            threading.Thread(target=keep, daemon=True).start()
            ready.wait()
        """,
    ),
    Harm(
        "thread_local_semaphore",
        "give back a semaphore of several processes that another thread holds",
        "pass",
        "return semaphore.get_value()",
        setup="""
            import multiprocessing, threading
            semaphore = multiprocessing.get_context("fork").Semaphore(0)
            local, ready = threading.local(), threading.Event()

            class Guard:
                def __del__(self):
                    semaphore.release()

            def keep():
                local.guard = Guard()
                ready.set()
                threading.Event().wait()

            threading.Thread(target=keep, daemon=True).start()
            ready.wait()
        """,
    ),
    Harm(
        "thread_local_descriptor",
        "put a file in the place of the pipe when a variable of another thread is let go of, and write to it",
        "pass",
        "return os.fstat(log).st_size",
        setup="""
            import threading
            log = os.open(os.path.join(PLACE, "log"), os.O_WRONLY | os.O_CREAT)
            process, local, ready = os.getpid(), threading.local(), threading.Event()

            class Guard:
                def __del__(self):
                    for number in range(3, 5_000) if os.getpid() != process else ():
                        if number != log:
                            try:
                                os.dup2(log, number)
                                os.write(number, b"harm")
                            except OSError:
                                pass

            def keep():
                local.guard = Guard()
                ready.set()
                threading.Event().wait()

            threading.Thread(target=keep, daemon=True).start()
            ready.wait()
        """,
    ),
)
