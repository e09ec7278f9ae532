"""What a finalizer may try on processes, and what leads out of this one."""

from tests.harms.program import Harm

PROCESSES = (
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
        "limits",
        "change the limits of the process that it is a copy of",
        "resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (64, 64))",
        "return int(resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 64)",
        setup="import resource",
    ),
)
