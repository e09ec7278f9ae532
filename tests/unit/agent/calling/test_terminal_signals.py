"""What a terminal sends to the target and to leakscan unwinds the target once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from leakscan.agent.calling.terminal_signals import end_by_its_signals, unwind_on_its_signals

ENDING = (signal.SIGHUP, signal.SIGQUIT)
OF_THIS_GROUP = os.getpid()


@pytest.fixture(autouse=True)
def _as_a_program_begins() -> Iterator[None]:
    before = [(number, signal.signal(number, signal.SIG_DFL)) for number in ENDING]
    yield
    for number, handler in before:
        signal.signal(number, handler)


def _handlers() -> list[object]:
    return [signal.getsignal(number) for number in ENDING]


@pytest.mark.parametrize("number", ENDING)
def test_the_first_unwinds_the_target_and_those_that_follow_do_nothing(number: signal.Signals) -> None:
    unwind_on_its_signals(OF_THIS_GROUP)

    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)
    for each in ENDING:
        signal.raise_signal(each)

    assert _handlers() == [signal.SIG_IGN] * 2


def test_what_is_ignored_stays_so() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    unwind_on_its_signals(OF_THIS_GROUP)

    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    assert callable(signal.getsignal(signal.SIGQUIT))


def test_a_child_of_the_target_ends_as_the_program_would() -> None:
    unwind_on_its_signals(OF_THIS_GROUP)

    end_by_its_signals()

    assert _handlers() == [signal.SIG_DFL] * 2


def test_a_handler_of_the_target_is_its_own_in_the_child_too() -> None:
    unwind_on_its_signals(OF_THIS_GROUP)
    signal.signal(signal.SIGHUP, signal.default_int_handler)

    end_by_its_signals()

    assert _handlers() == [signal.default_int_handler, signal.SIG_DFL]


def test_in_another_process_group_the_signals_are_the_targets() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True
    ) as other:
        unwind_on_its_signals(other.pid)
        of_another = _handlers()
        other.communicate(b"\n")

    assert of_another == [signal.SIG_DFL] * 2


def test_of_a_leakscan_that_is_gone_no_signal_is_awaited() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()

    unwind_on_its_signals(gone.pid)

    assert _handlers() == [signal.SIG_DFL] * 2
