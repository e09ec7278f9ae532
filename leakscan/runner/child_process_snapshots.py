"""What the child processes of a target take, read from outside while it is at rest."""

import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from leakscan import wire

MIN_SECONDS = 0.5
"""Between two snapshots: each reads the numbers of all processes of the machine once, some milliseconds."""
_SCREENING = (wire.Stage.SCREEN, wire.Stage.WATCH)
_OF_SCREENING = (wire.TakeCensus,)
"""Commands between two windows."""
_NANOSECONDS = 1e9


class ChildProcessSnapshots:
    """Takes snapshots of the descendants of a process: as the screen begins, during it, and at its end.

    Those of them whose parent has ended are children of the supervisor, where there is one.
    """

    def __init__(self, pid: int, clock: Callable[[], float], *, supervisor: int | None = None) -> None:
        self._pid = pid
        self._supervisor = pid if supervisor is None else supervisor
        self._clock = clock
        self._taken_at: float | None = None
        self._is_screening = False
        self._has_seen_some = False

    def before(self, command: wire.Command | None, records: Sequence[wire.Record]) -> list[wire.Record]:
        """The snapshot that is due before this command, or the end; nothing where there never were children.

        By the records, and the children of the supervisor, it is known whether there are any: to look for
        them takes long.
        """
        was_screening = self._is_screening
        if not isinstance(command, _OF_SCREENING):
            is_of_calls = isinstance(command, wire.Rounds | wire.Watch)
            self._is_screening = is_of_calls and command.stage in _SCREENING  # type: ignore[union-attr]
        if not (self._is_screening or was_screening):
            return []
        if not (self._has_seen_some or _may_have_children(records) or self._may_have_orphans()):
            return []
        now = self._clock()
        is_last = was_screening and not self._is_screening
        if not is_last and self._taken_at is not None and now - self._taken_at < MIN_SECONDS:
            return []
        self._taken_at = now
        seen = children_of(self._pid, round(now, 3), supervisor=self._supervisor)
        # That all have gone is told once; that there never were any is not.
        is_told = bool(seen.processes) or seen.unreaped > 0 or self._has_seen_some
        self._has_seen_some = bool(seen.processes) or seen.unreaped > 0
        return [seen] if is_told else []

    def _may_have_orphans(self) -> bool:
        """Whether the supervisor has other children than the target; True where Linux does not say."""
        if self._supervisor == self._pid or sys.platform != "linux":
            return False
        of_main_thread = Path(f"/proc/{self._supervisor}/task/{self._supervisor}/children")
        try:
            return any(int(child) != self._pid for child in of_main_thread.read_bytes().split())
        except OSError:
            return True


def _may_have_children(records: Sequence[wire.Record]) -> bool:
    done = next((record for record in reversed(records) if isinstance(record, wire.RoundsDone)), None)
    return done is None or done.has_children


def children_of(pid: int, at: float, *, supervisor: int | None = None) -> wire.Children:
    """The living descendants of the process, and how many have ended that nobody has waited for.

    All that is below its supervisor, apart from itself, descends from it.
    """
    try:
        descendants = psutil.Process(pid if supervisor is None else supervisor).children(recursive=True)
    except psutil.Error:
        descendants = []
    living: list[wire.ChildProcess] = []
    unreaped = 0
    for process in (each for each in descendants if each.pid != pid):
        # It may be gone by now, and then it takes nothing.
        with contextlib.suppress(psutil.Error):
            if process.status() == psutil.STATUS_ZOMBIE:
                unreaped += 1
            else:
                living.append(_numbers_of(process))
    return wire.Children(at, tuple(living), unreaped)


def _numbers_of(process: psutil.Process) -> wire.ChildProcess:
    with process.oneshot():
        times = process.cpu_times()
        # What a shell has run and waited for is its own doing.
        waited_for = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
        used = max(times.user + times.system, _scheduled_seconds(process.pid))
        return wire.ChildProcess(
            pid=process.pid,
            started_at=process.create_time(),
            cpu_seconds=round(used + waited_for, 6),
            rss=process.memory_info().rss,
        )


def _scheduled_seconds(pid: int) -> float:
    """Processor time of the threads that live, finer than the hundredths of a second that psutil has."""
    total = 0
    with contextlib.suppress(OSError, ValueError, IndexError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            total += int((thread / "schedstat").read_bytes().split()[0])
    return total / _NANOSECONDS
