"""What a forked copy finds out reaches the process that it is a copy of, however the copy ends."""

import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from leakscan import wire
from leakscan.agent.fork import copy, listening, seccomp
from leakscan.agent.fork.copy import bytes_from_sandbox, in_forked_copy, in_sandbox
from tests.integration.command import ROOT
from tests.promises import About, promise

FIRST, SECOND = wire.Trimmed(1, 1), wire.Trimmed(2, 2)
HIGHEST_DESCRIPTOR = 1 << 12
SECONDS = 10
HANGS = 60.0
"""Seconds that a copy would take which nobody ends."""

leave: Callable[[int], None] = getattr(os, "_exit")  # noqa: B009 - so that mypy takes what follows for reachable


def _busy(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_the_last_that_was_found_out_counts() -> None:
    def experiment() -> Iterator[wire.Record]:
        yield FIRST
        yield SECOND

    assert in_forked_copy(experiment) == SECOND
    assert in_sandbox(experiment) == SECOND


def test_what_was_found_out_before_the_processor_time_was_over_is_kept() -> None:
    def experiment() -> Iterator[wire.Record]:
        yield FIRST
        _busy(HANGS)
        yield SECOND

    assert in_forked_copy(experiment, seconds=0.2) == FIRST


def test_no_answer_in_time_is_said_with_the_time() -> None:
    def experiment() -> Iterator[wire.Record]:
        _busy(HANGS)
        yield FIRST

    assert in_forked_copy(experiment, seconds=0.2) == "it took longer than 0.2 s"
    with copy.done_within(0.1):
        assert str(in_forked_copy(experiment)).startswith("it took longer than 0.")


def test_a_copy_that_does_not_get_the_processor_has_more_time_than_of_the_processor() -> None:
    def experiment() -> Iterator[wire.Record]:
        time.sleep(0.9)
        yield FIRST

    assert in_forked_copy(experiment, seconds=0.5) == FIRST


def test_a_copy_that_gets_no_processor_for_long_is_ended() -> None:
    def experiment() -> Iterator[wire.Record]:
        time.sleep(HANGS)
        yield FIRST

    assert in_forked_copy(experiment, seconds=0.1) == "it took longer than 0.1 s"


def test_a_copy_that_waits_for_a_thread_that_is_not_in_it_is_ended_long_before_its_time_is_over() -> None:
    held = threading.Lock()

    def experiment() -> Iterator[wire.Record]:
        held.acquire()
        yield FIRST

    with held, copy.done_within(6.0):
        answer = in_sandbox(experiment)

    assert answer == "it waited for something that is not in a copy"


def test_no_signal_ends_a_copy_but_the_one_that_can_not_be_blocked() -> None:
    def experiment() -> Iterator[wire.Record]:
        assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) >= {signal.SIGINT, signal.SIGTERM, signal.SIGALRM}
        yield FIRST

    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())

    assert in_forked_copy(experiment) == FIRST
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


def test_an_error_is_the_answer_in_its_own_words() -> None:
    def experiment() -> Iterator[wire.Record]:
        yield FIRST
        raise LookupError("nothing there")

    assert in_forked_copy(experiment) == "it failed: LookupError('nothing there')"


def test_a_copy_that_is_gone_says_its_status() -> None:
    def experiment() -> Iterator[wire.Record]:
        leave(7)
        yield FIRST

    assert in_forked_copy(experiment) == "the copy ended with status 7"


def test_a_copy_that_closes_the_pipe_and_goes_on_is_ended() -> None:
    def experiment() -> Iterator[wire.Record]:
        os.closerange(0, 10_000)
        _busy(HANGS)
        yield FIRST

    assert in_sandbox(experiment) == "the copy was ended by signal 9"


def test_an_answer_larger_than_a_pipe_arrives_whole() -> None:
    large = wire.EntriesMeasured(tuple(wire.EntrySize(number, 1, 1.5) for number in range(50_000)))

    assert in_forked_copy(lambda: iter([large])) == large


def test_what_is_no_record_arrives_whole() -> None:
    made = bytes(range(256)) * 4_096

    assert bytes_from_sandbox(lambda: made) == made
    assert bytes_from_sandbox(bytes) == b""


def test_half_of_what_is_no_record_is_nothing() -> None:
    def make() -> bytes:
        raise LookupError("nothing there")

    def late() -> bytes:
        _busy(HANGS)
        return b"too late"

    assert bytes_from_sandbox(make) == "it failed: LookupError('nothing there')"
    assert bytes_from_sandbox(late, seconds=0.2) == "it took longer than 0.2 s"


def _write_everywhere(data: bytes) -> int:
    """Write to every descriptor that a pipe of ours may have; how many took it."""
    taken = 0
    for name in range(HIGHEST_DESCRIPTOR):
        with contextlib.suppress(OSError):
            taken += os.write(name, data) > 0
    return taken


@promise(
    About.NEVER, "Nothing that a finalizer writes to whatever descriptor is taken for an answer of the copy."
)
@pytest.mark.parametrize(
    "forged", [wire.encode(SECOND), b"\n" + wire.encode(SECOND), b"no record", listening.END, b"\0" * 100_000]
)
def test_what_a_finalizer_writes_into_the_pipe_is_no_answer(forged: bytes) -> None:
    def experiment() -> Iterator[wire.Record]:
        assert _write_everywhere(forged)
        yield FIRST
        assert _write_everywhere(forged)

    def make() -> bytes:
        assert _write_everywhere(forged)
        return b"made"

    assert in_forked_copy(experiment) == FIRST
    assert in_sandbox(experiment) == FIRST
    assert bytes_from_sandbox(make) == b"made"


def test_a_finalizer_that_writes_without_end_is_ended_before_the_memory_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listening, "MAX_OUTPUT_BYTES", 1 << 20)

    def make() -> bytes:
        while True:
            _write_everywhere(b"\0" * 65_536)

    assert bytes_from_sandbox(make) == "code of the target wrote into the answer without end"


def test_the_answer_is_there_where_somebody_else_takes_the_status() -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert in_forked_copy(lambda: iter([FIRST])) == FIRST
    finally:
        signal.signal(signal.SIGCHLD, before)


@pytest.mark.parametrize("function", ["fork", "pipe"])
def test_where_no_copy_can_be_made_that_is_the_answer(function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, function, fails)

    answer = in_forked_copy(lambda: iter([FIRST]))

    assert answer == "no copy of the process could be made: Resource temporarily unavailable"


# Each in a process of its own, which tries its sandbox for the first time.
WITHOUT_A_SANDBOX = """
from leakscan import wire
from leakscan.agent.fork import seccomp

seccomp.machine = None

from leakscan.agent.fork import copy

def experiment():
    with open("ran", "a") as file:
        file.write("x")
    yield wire.Trimmed(1, 1)

print(copy.in_sandbox(experiment))
print(copy.in_forked_copy(experiment))
print(open("ran").read())
"""
CONFINED_LATE = """
import os
import threading
from types import SimpleNamespace
from leakscan import wire
from leakscan.agent.fork import seccomp

os.uname = lambda: SimpleNamespace(machine="one without instructions for `fork`")

from leakscan.agent.fork import copy

def experiment():
    yield wire.Trimmed(1, 1)

print(copy.in_sandbox(experiment))
is_over = threading.Event()
threading.Thread(target=is_over.wait).start()
print(copy.in_sandbox(experiment))
print(copy.in_forked_copy(experiment))
is_over.set()
"""
A_SANDBOX_WITH_GAPS = """
import contextlib
from leakscan.agent.fork import copy, sandbox

sandbox.Entrance.enter = lambda self: None
sandbox.Entrance.by_this_thread = lambda self: contextlib.nullcontext()
print(copy.why_no_sandbox())
"""


def _lines_of(script: str, folder: Path) -> list[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env=environment,
    )
    return done.stdout.splitlines()


def test_without_a_sandbox_nothing_of_the_target_runs_in_a_copy(tmp_path: Path) -> None:
    assert _lines_of(WITHOUT_A_SANDBOX, tmp_path) == [
        "leakscan has no sandbox for this platform",
        str(FIRST),
        "x",
    ]


def test_where_a_copy_is_confined_late_there_is_none_beside_other_threads(tmp_path: Path) -> None:
    assert _lines_of(CONFINED_LATE, tmp_path) == [str(FIRST), copy.NO_COPY_IN_TIME, copy.NO_COPY_IN_TIME]


def test_a_sandbox_that_does_not_hold_is_not_relied_on(tmp_path: Path) -> None:
    assert _lines_of(A_SANDBOX_WITH_GAPS, tmp_path) == [
        "the sandbox does not hold here: a file can be opened; a signal can be sent; a process can be made"
    ]


_MAKES_A_COPY = """
import contextlib
from leakscan.agent.fork import copy, sandbox
from leakscan.agent.fork.at_fork import AtFork

sandbox.Entrance.{without}

def hangs():
    while True:
        yield from ()

copy.in_forked_copy(hangs)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
@pytest.mark.parametrize(
    "without",
    [
        pytest.param("by_this_thread = lambda _self: contextlib.nullcontext()", id="by_this_thread"),
        pytest.param(
            "enter = lambda _self: None",
            id="enter",
            marks=pytest.mark.skipif(
                seccomp.machine is not seccomp.MACHINES["x86_64"], reason="nothing else confines a copy here"
            ),
        ),
    ],
)
def test_a_copy_ends_with_the_process_that_it_is_a_copy_of(without: str) -> None:
    """Both what confines a copy in the call of `fork`, and what does it in Python, see to that alone."""
    with psutil.Popen([sys.executable, "-c", _MAKES_A_COPY.format(without=without)], cwd=ROOT) as process:
        _wait_for(lambda: any(map(_is_confined, process.children())))
        [copy] = process.children()
        process.kill()
    try:
        _wait_for(lambda: not _is_alive(copy))
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            copy.kill()


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it does not come"
        os.sched_yield()


def _is_confined(process: psutil.Process) -> bool:
    try:
        return "Seccomp:\t2" in Path(f"/proc/{process.pid}/status").read_text("ascii", "replace")
    except OSError:
        return False


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_a_copy_leaves_no_descriptor_and_no_child() -> None:
    before = set(Path("/proc/self/fd").iterdir())
    children = psutil.Process().children()

    in_forked_copy(lambda: iter([FIRST]))
    in_forked_copy(lambda: iter([]))

    assert set(Path("/proc/self/fd").iterdir()) == before
    assert psutil.Process().children() == children


@pytest.mark.parametrize("is_enabled", [True, False])
def test_a_copy_collects_nothing_by_itself_and_the_process_goes_on_as_before(*, is_enabled: bool) -> None:
    before = gc.isenabled()
    (gc.enable if is_enabled else gc.disable)()
    try:
        answer = in_forked_copy(lambda: iter([wire.Trimmed(int(gc.isenabled()), 0)]))
        after = gc.isenabled()
    finally:
        (gc.enable if before else gc.disable)()

    assert answer == wire.Trimmed(0, 0)
    assert after is is_enabled
