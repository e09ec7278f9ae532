"""The parent of a target: it ends what the target leaves behind, and the target itself if leakscan is gone.

A program of its own: `python -I -S supervisor.py SOCKET DESCRIPTOR,… COMMAND…`. On Linux it adopts the
orphans among the target's descendants, however they were made: none escapes, and none is taken for anybody
else's. It takes nothing from the target: not a signal, not the terminal, not a descriptor.

Each byte that it reads from the socket is a signal for the target; the end of the socket is the end of
leakscan, however that came. It writes a line each: `pid 71`, `status -9`, and `left NAME` for every process
that it had to end.
"""

# The public module makes enumerations, which take longer than all the rest.
import _signal as signal  # type: ignore[import-not-found]
import os
import sys
import time

TERMINATED_SECONDS = 0.5
"""For what the target has left, from SIGTERM to SIGKILL."""
KILLED_SECONDS = 2.0
"""From SIGKILL on: what the kernel does not let go of by then is left to it."""
_ADOPT_ORPHANS = 36
"""PR_SET_CHILD_SUBREAPER"""


def main(socket: int, passed: list[int], command: list[str]) -> None:
    """Run the command as a child, until it and its descendants have ended."""
    try:
        target = os.fork()
    except OSError:
        # There is no room for one process more: better no supervisor than no target.
        os.set_inheritable(socket, False)
        os.execv(command[0], command)
    if target == 0:
        os.close(socket)
        os.execv(command[0], command)
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    for descriptor in passed:
        os.close(descriptor)
    # Its interpreter starts meanwhile, and none of its own code runs before leakscan has read the next line.
    _adopt_orphans()
    woken = _woken_by_children()
    tell(socket, f"pid {target}")
    status, is_alone = _end_of(target, socket, woken)
    tell(socket, f"status {status}")
    for name in _end_descendants(woken, 0.0 if is_alone else TERMINATED_SECONDS):
        tell(socket, f"left {name}")


def tell(socket: int, line: str) -> None:
    """Write a line to leakscan, if it is still there."""
    try:
        os.write(socket, line.encode("ascii", "backslashreplace") + b"\n")
    except OSError:
        pass


def _adopt_orphans() -> None:
    try:
        import ctypes

        ctypes.CDLL(None).prctl(_ADOPT_ORPHANS, 1, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        # Only what is still below the target is then found at its end.
        pass


def _woken_by_children() -> int:
    """A descriptor that can be read from when a child has ended."""
    woken, waking = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(waking, False)
    signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return woken


def _end_of(target: int, socket: int, woken: int) -> tuple[int, bool]:
    """How the target ended, and whether leakscan was gone before it."""
    import select

    poll = select.poll()
    poll.register(woken, select.POLLIN)
    poll.register(socket, select.POLLIN)
    is_alone = False
    while True:
        status = _reaped().get(target)
        if status is not None:
            return status, is_alone
        for descriptor, _ in poll.poll():
            if descriptor == woken:
                _drain(woken)
                continue
            numbers = _read(socket)
            if not numbers:
                poll.unregister(socket)
                is_alone = True
            for number in numbers or bytes([signal.SIGKILL]):
                os.kill(target, number)


def _read(socket: int) -> bytes:
    try:
        return os.read(socket, 64)
    except OSError:
        return b""


def _drain(woken: int) -> None:
    try:
        while os.read(woken, 4096):
            pass
    except BlockingIOError:
        pass


def _reaped() -> dict[int, int]:
    """The children that have ended, with their exit status; negative for a signal."""
    statuses: dict[int, int] = {}
    try:
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return statuses
            statuses[pid] = os.waitstatus_to_exitcode(status)
    except ChildProcessError:
        return statuses


def _end_descendants(woken: int, grace_seconds: float) -> list[str]:
    """End all that is left, and return their names."""
    import select

    names: dict[int, str] = {}
    started = time.monotonic()
    asked: set[int] = set()
    poll = select.poll()
    poll.register(woken, select.POLLIN)
    while _has_children() and (left := _descendants()):
        names.update(left)
        seconds = time.monotonic() - started
        if seconds > grace_seconds + KILLED_SECONDS:
            break
        for pid in left:
            if seconds >= grace_seconds:
                _send(pid, signal.SIGKILL)
            elif pid not in asked:
                _send(pid, signal.SIGTERM)
                # What is stopped can't answer.
                _send(pid, signal.SIGCONT)
                asked.add(pid)
        poll.poll(20)
        _drain(woken)
    return [names[pid] for pid in sorted(names)]


def _has_children() -> bool:
    _reaped()
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except OSError:
        pass


def _descendants() -> dict[int, str]:
    """The names of the living descendants of this process."""
    children: dict[int, list[int]] = {}
    names: dict[int, str] = {}
    for entry in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        if entry.isdigit():
            parent, name, is_alive = _look_at(int(entry))
            children.setdefault(parent, []).append(int(entry))
            if is_alive:
                names[int(entry)] = name
    below: list[int] = []
    level = [os.getpid()]
    while level:
        level = [child for parent in level for child in children.get(parent, ())]
        below += level
    return {pid: names[pid] for pid in below if pid in names}


def _look_at(pid: int) -> tuple[int, str, bool]:
    """The parent of a process, its name, and whether it is alive."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            before, _, after = file.read().rpartition(")")
    except OSError:
        return -1, "", False
    state, parent = after.split()[:2]
    return int(parent), before.partition("(")[2], state not in ("Z", "X")


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), [int(each) for each in sys.argv[2].split(",")], sys.argv[3:])
    finally:
        os._exit(0)
