"""What a forked copy finds out reaches the process that it is a copy of, however the copy ends."""

import gc
import os
import signal
from collections.abc import Iterator

import pytest

from leakscan import wire
from leakscan.agent.forked import bytes_from_forked_copy, in_forked_copy

FIRST, SECOND = wire.Trimmed(1, 1), wire.Trimmed(2, 2)


def test_the_last_that_was_found_out_counts() -> None:
    def experiment() -> Iterator[wire.Record]:
        yield FIRST
        yield SECOND

    assert in_forked_copy(experiment) == SECOND


def test_what_was_found_out_before_the_time_was_over_is_kept() -> None:
    def experiment() -> Iterator[wire.Record]:
        yield FIRST
        os.kill(os.getpid(), signal.SIGPROF)
        yield SECOND

    assert in_forked_copy(experiment) == FIRST


def test_no_answer_in_time_is_said_with_the_time() -> None:
    def experiment() -> Iterator[wire.Record]:
        os.kill(os.getpid(), signal.SIGALRM)
        yield FIRST

    assert in_forked_copy(experiment, seconds=3) == "it took longer than 3 s"


def test_an_error_is_the_answer_in_its_own_words() -> None:
    def experiment() -> Iterator[wire.Record]:
        yield FIRST
        raise LookupError("nothing there")

    assert in_forked_copy(experiment) == "it failed: LookupError('nothing there')"


def test_a_copy_that_is_gone_says_its_status() -> None:
    def experiment() -> Iterator[wire.Record]:
        leave = getattr(os, "_exit")  # noqa: B009 - so that mypy takes what follows for reachable
        leave(7)
        yield FIRST

    assert in_forked_copy(experiment) == f"the experiment ended with status {7 << 8}"


def test_an_answer_larger_than_a_pipe_arrives_whole() -> None:
    large = wire.Raised("raised", "x" * 1_000_000, None, 1)

    assert in_forked_copy(lambda: iter([large])) == large


def test_what_is_no_record_arrives_whole() -> None:
    made = bytes(range(256)) * 4_096

    assert bytes_from_forked_copy(lambda: made) == made
    assert bytes_from_forked_copy(bytes) == b""


def test_half_of_what_is_no_record_is_nothing() -> None:
    def make() -> bytes:
        raise LookupError("nothing there")

    def killed() -> bytes:
        os.kill(os.getpid(), signal.SIGPROF)
        return b"too late"

    assert bytes_from_forked_copy(make) == "it failed: LookupError('nothing there')"
    assert bytes_from_forked_copy(killed, seconds=3) == "it took longer than 3 s"


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
