"""What a finalizer may try on files and in databases."""

from tests.harms.program import Harm

FILES = (
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
)
