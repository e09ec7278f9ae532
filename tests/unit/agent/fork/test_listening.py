"""A copy is listened to until it ends or its time is over, and is gone then."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple

import pytest

from leakscan.agent.fork import listening
from leakscan.agent.fork.copy_process import CopyProcess
from leakscan.agent.fork.listening import END, Budget, Output, listened
from leakscan.agent.fork.message_frames import MessageFrames
from leakscan.agent.fork.warnings_off import no_deprecation_warning

leave: Callable[[int], None] = getattr(os, "_exit")  # noqa: B009 - so that mypy takes what follows for reachable
LONG = 600.0
"""Seconds that no test takes."""


class Copy(CopyProcess):
    """One that uses as much processor time, and sleeps, as the test says."""

    def __init__(self, number: int, *, cpu_seconds: float = 0.0) -> None:
        super().__init__(number)
        self.is_ended = False
        self._cpu_seconds = cpu_seconds

    def cpu_seconds(self) -> float:
        return self._cpu_seconds

    def is_asleep(self) -> bool:
        return False

    def end(self) -> str | None:
        self.is_ended = True
        return super().end()


class Started(NamedTuple):
    copy: Copy
    reader: int
    number: int


@pytest.fixture
def frames() -> MessageFrames:
    return MessageFrames()


@pytest.fixture
def start() -> Iterator[Callable[..., Started]]:
    """Forks a copy that is given the pipe to write to."""
    readers, numbers = [], []

    def begin(act: Callable[[int], object], *, cpu_seconds: float = 0.0) -> Started:
        reader, writer = os.pipe()
        readers.append(reader)
        with no_deprecation_warning():
            number = os.fork()
        if not number:
            try:
                act(writer)
            finally:
                leave(0)
        os.close(writer)
        numbers.append(number)
        return Started(Copy(number, cpu_seconds=cpu_seconds), reader, number)

    yield begin
    for number in numbers:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(number, signal.SIGKILL)
            os.waitpid(number, 0)
    for each in readers:
        os.close(each)


def _output(started: Started, frames: MessageFrames, *, seconds: float = LONG) -> Output:
    return listened(started.reader, frames, started.copy, Budget(started.copy, seconds, LONG))


def test_the_messages_of_a_copy_that_comes_to_its_end_are_all(
    start: Callable[..., Started], frames: MessageFrames
) -> None:
    large = b"x" * 500_000

    def tell(writer: int) -> None:
        with open(writer, "wb") as file:
            file.writelines(map(frames.framed, (b"first", large, END)))

    started = start(tell)

    assert _output(started, frames) == Output([b"first", large], None)
    assert started.copy.is_ended


def test_a_copy_that_ends_without_its_last_message_says_with_which_status(
    start: Callable[..., Started], frames: MessageFrames
) -> None:
    def stop_early(writer: int) -> None:
        os.write(writer, frames.framed(b"first") + frames.framed(END)[:-1])
        leave(7)

    assert _output(start(stop_early), frames) == Output([b"first"], "the copy ended with status 7")


def test_what_is_in_no_frame_is_no_message(start: Callable[..., Started], frames: MessageFrames) -> None:
    def tell(writer: int) -> None:
        os.write(writer, b"noise" + frames.framed(b"first") + b"noise" + END + frames.framed(END))

    assert _output(start(tell), frames) == Output([b"first"], None)


def test_a_copy_whose_time_is_over_is_ended_and_what_it_told_is_kept(
    start: Callable[..., Started], frames: MessageFrames
) -> None:
    def hang(writer: int) -> None:
        os.write(writer, frames.framed(b"first"))
        signal.pause()

    started = start(hang, cpu_seconds=2.0)

    assert _output(started, frames, seconds=1.0) == Output([b"first"], "it took longer than 1 s")
    with pytest.raises(ChildProcessError):
        os.waitpid(started.number, os.WNOHANG)


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only a handle tells the end of a process")
def test_a_copy_that_has_ended_is_not_waited_for_where_a_stranger_holds_its_pipe(
    frames: MessageFrames,
) -> None:
    reader, writer = os.pipe()
    with no_deprecation_warning():
        number = os.fork()
    if not number:
        leave(3)
    copy = Copy(number)

    output = listened(reader, frames, copy, Budget(copy, LONG, LONG))

    assert output == Output([], "the copy ended with status 3")
    os.close(reader)
    os.close(writer)


def test_a_copy_is_ended_when_listening_fails(start: Callable[..., Started], frames: MessageFrames) -> None:
    class Interrupted(Budget):
        def why_over(self, output_bytes: int) -> str | None:  # noqa: ARG002 - as it is called
            raise KeyboardInterrupt

    started = start(lambda _: signal.pause())

    with pytest.raises(KeyboardInterrupt):
        listened(started.reader, frames, started.copy, Interrupted(started.copy, LONG, LONG))
    assert started.copy.is_ended


class Asleep(Copy):
    def is_asleep(self) -> bool:
        return True


@pytest.fixture
def copy_of_nobody() -> Copy:
    """The number is no process: it uses what the test says."""
    return Copy(2**22 + 1, cpu_seconds=0.5)


def test_a_copy_has_time_until_its_processor_time_is_over(copy_of_nobody: Copy) -> None:
    assert Budget(copy_of_nobody, 0.6, LONG).why_over(0) is None
    assert Budget(copy_of_nobody, 0.4, LONG).why_over(0) == "it took longer than 0.4 s"


def test_a_copy_that_gets_no_processor_has_time_until_the_limit(copy_of_nobody: Copy) -> None:
    assert Budget(copy_of_nobody, LONG, 0.0).why_over(0) == "it took longer than 0 s"


def test_a_copy_that_writes_without_end_is_over(copy_of_nobody: Copy) -> None:
    budget = Budget(copy_of_nobody, LONG, LONG)

    assert budget.why_over(listening.MAX_OUTPUT_BYTES) is None
    assert budget.why_over(listening.MAX_OUTPUT_BYTES + 1) == (
        "code of the target wrote into the answer without end"
    )


def test_a_copy_that_is_asleep_for_long_waits_for_what_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "MAX_ASLEEP_SECONDS", 0.0)
    awake, asleep = Copy(2**22 + 1), Asleep(2**22 + 1)

    assert Budget(awake, LONG, LONG).why_over(0) is None
    assert Budget(asleep, LONG, LONG).why_over(0) == "it waited for something that is not in a copy"
