"""What a finalizer may try on memory that is shared with others, or with a file."""

from tests.harms.program import Harm

MEMORY = (
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
)
