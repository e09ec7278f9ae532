"""What a finalizer may try through what another thread holds, which no copy has."""

from tests.harms.program import Harm

THREADS = (
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
