"""A copy is seen as it is, and is gone once it has been ended."""

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from leakscan.agent.fork.copy_process import CopyProcess
from leakscan.agent.fork.warnings_off import no_deprecation_warning
from tests.unit.agent.fork.children import kill_and_reap

leave: Callable[[int], None] = getattr(os, "_exit")  # noqa: B009 - so that mypy takes what follows for reachable


CopyThat = Callable[[Callable[[], object]], tuple[int, CopyProcess]]


@pytest.fixture
def copy_that() -> Iterator[CopyThat]:
    """Makes copies that act; those that a failing test leaves are killed and waited for."""
    numbers: list[int] = []

    def make(act: Callable[[], object]) -> tuple[int, CopyProcess]:
        with no_deprecation_warning():
            number = os.fork()
        if not number:
            try:
                act()
            finally:
                leave(0)
        numbers.append(number)
        return number, CopyProcess(number)

    yield make
    for number in numbers:
        kill_and_reap(number)


def _is_there(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_copy_that_runs_is_killed_and_its_status_taken(copy_that: CopyThat) -> None:
    number, copy = copy_that(signal.pause)

    status = copy.end()

    assert status == "the copy was ended by signal 9"
    assert not _is_there(number)


def test_a_copy_that_has_ended_says_its_status(copy_that: CopyThat) -> None:
    number, copy = copy_that(lambda: leave(7))
    os.waitid(os.P_PID, number, os.WEXITED | os.WNOWAIT)

    assert copy.end() == "the copy ended with status 7"


def test_the_status_of_a_copy_that_somebody_else_waited_for_is_nobodys(copy_that: CopyThat) -> None:
    number, copy = copy_that(lambda: None)
    os.waitpid(number, 0)

    assert copy.end() is None


def test_the_handle_is_closed_with_the_end(copy_that: CopyThat) -> None:
    _, copy = copy_that(signal.pause)
    handle = copy.fileno()

    copy.end()

    assert copy.fileno() == -1
    if handle >= 0:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(handle)


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="no handles of processes here")
def test_a_copy_without_a_handle_is_ended_by_its_number(
    copy_that: CopyThat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "pidfd_open")
    number, copy = copy_that(signal.pause)
    handle = copy.fileno()

    status = copy.end()

    assert (handle, status) == (-1, "the copy was ended by signal 9")
    assert not _is_there(number)


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="no clock of other processes here")  # noqa: PTH110
def test_the_processor_time_is_that_of_the_copy(copy_that: CopyThat) -> None:
    reader, writer = os.pipe()

    def works() -> None:
        while time.process_time() < 0.05:
            pass
        os.write(writer, b"x")
        signal.pause()

    _, copy = copy_that(works)
    os.read(reader, 1)
    used = copy.cpu_seconds()
    copy.end()

    assert used >= 0.05
    assert copy.cpu_seconds() == 0.0
    os.close(reader)
    os.close(writer)


def test_a_copy_that_is_gone_is_not_asleep(copy_that: CopyThat) -> None:
    _, copy = copy_that(signal.pause)

    copy.end()

    assert not copy.is_asleep()


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="no state of other processes here")  # noqa: PTH110
def test_a_copy_that_has_ended_and_one_that_runs_are_not_asleep(copy_that: CopyThat) -> None:
    number, ended = copy_that(lambda: None)
    os.waitid(os.P_PID, number, os.WEXITED | os.WNOWAIT)

    is_asleep = ended.is_asleep()
    ended.end()

    assert not is_asleep
    assert not CopyProcess(os.getpid()).is_asleep()
