"""A copy is born with the signals held off, and its parent goes on as it was."""

import os
import signal
import threading
from collections.abc import Callable, Iterator

import pytest

from leakscan.agent.fork import copy
from leakscan.agent.fork.birth import forked, why_not_confined
from leakscan.agent.fork.warnings_off import no_deprecation_warning
from tests.unit.agent.fork.children import children, kill_and_reap

leave: Callable[[int], None] = getattr(os, "_exit")  # noqa: B009 - so that mypy takes what follows for reachable


@pytest.fixture(autouse=True)
def _no_copy_is_left() -> Iterator[None]:
    """A copy that a failing test leaves is killed and waited for."""
    before = children()
    yield
    for number in children() - before:
        kill_and_reap(number)


def _told_by_copy(tell: Callable[[], str]) -> str:
    """What a copy says through its one descriptor."""
    reader, writer = os.pipe()
    child = forked(writer)
    if child is None:
        try:
            os.write(writer, tell().encode())
        finally:
            leave(0)
    assert child is not None
    os.close(writer)
    try:
        return os.read(reader, 65_536).decode()
    finally:
        child.end()
        os.close(reader)


def test_the_copy_is_another_process_and_the_parent_can_end_it() -> None:
    reader, writer = os.pipe()
    child = forked(writer)
    if child is None:
        while True:
            pass

    assert child.end() == "the copy was ended by signal 9"
    os.close(reader)
    os.close(writer)


def test_all_signals_wait_in_the_copy_and_none_in_the_parent_but_those_that_did() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    try:
        told = _told_by_copy(lambda: str(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ()))))
        after = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    never = {signal.SIGKILL, signal.SIGSTOP}
    assert told == str(sorted(signal.valid_signals() - never))
    assert after == before | {signal.SIGUSR2}


@pytest.mark.skipif(copy.why_no_sandbox() is not None, reason="no sandbox here")
def test_the_copy_is_confined_and_knows_it() -> None:
    def tell() -> str:
        try:
            os.open(os.devnull, os.O_RDONLY)
        except PermissionError:
            return f"confined: {why_not_confined()}"
        return f"not confined: {why_not_confined()}"

    assert _told_by_copy(tell) == "confined: None"


@pytest.mark.skipif(copy.why_no_sandbox() is not None, reason="no sandbox here")
def test_a_fork_of_the_target_between_copies_is_not_confined() -> None:
    _told_by_copy(lambda: "the first")
    with no_deprecation_warning():
        number = os.fork()
    if not number:
        try:
            os.close(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            leave(1)
        leave(0)

    assert os.waitpid(number, 0)[1] == 0
    assert _told_by_copy(lambda: "the second") == "the second"


def test_a_fork_that_fails_leaves_the_signals_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    reader, writer = os.pipe()
    with monkeypatch.context() as patched:
        patched.setattr(os, "fork", fails)
        with pytest.raises(BlockingIOError):
            forked(writer)

    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
    os.close(reader)
    os.close(writer)


def test_a_ctrl_c_that_waited_for_the_fork_ends_the_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    fork = os.fork

    def interrupted_fork() -> int:
        number = fork()
        if number:
            signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        return number

    def fork_and_hang() -> None:
        if forked(writer) is None:
            while True:
                pass

    monkeypatch.setattr(os, "fork", interrupted_fork)
    with pytest.raises(KeyboardInterrupt):
        fork_and_hang()
    os.close(writer)

    # The copy had the other end that writes.
    assert os.read(reader, 1) == b""
    os.close(reader)
