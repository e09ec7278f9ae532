"""Runs in this very process: what they see, and how they leave it."""

import gc
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator

import pytest

from leakscan import wire
from leakscan.agent.calling.caller import Caller
from leakscan.agent.heap import freezing
from leakscan.agent.session import Session
from leakscan.analysis import Settings, analyze
from leakscan.model.run import Verdict
from leakscan.recording import Recording
from leakscan.runner.without_child import MIN_CALLS, Host, OverheardCaller, Runs, options_for
from tests.integration.command import ROOT

KEPT: dict[int, object] = {}
CALLS = 300


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    yield
    KEPT.clear()


def _leaky() -> None:
    KEPT[len(KEPT)] = object()


def _clean() -> None:
    str([object()])


def _run(call: object, calls: int = CALLS) -> Recording:
    assert callable(call)
    return Runs().run(OverheardCaller(call), options_for("app:handle", calls=calls, max_time_seconds=None))


@pytest.mark.untraced
def test_a_leak_is_named_with_its_line_and_its_holder() -> None:
    analysis = analyze(_run(_leaky).records, Settings())

    assert analysis.verdict is Verdict.LEAKING
    assert [finding.holder.name for finding in analysis.findings if finding.holder] == [
        "test_without_child.KEPT"
    ]
    assert analysis.findings[0].sites[0].frame.function == "_leaky"


@pytest.mark.untraced
def test_a_clean_target_is_not_traced() -> None:
    records = _run(_clean).records

    assert analyze(records, Settings()).verdict is Verdict.CLEAN
    assert not any(isinstance(record, wire.Tracing) for record in records)


@pytest.mark.untraced
def test_a_run_goes_on_from_the_last_look_of_the_one_before_unless_its_calls_are_counted() -> None:
    runs = Runs()
    before, after, counted = (
        runs.run(OverheardCaller(call), options_for("app:handle", calls=calls, max_time_seconds=None))
        for call, calls in ((_clean, None), (_leaky, None), (_clean, CALLS))
    )

    looks = [[r for r in run.records if isinstance(r, wire.Census)] for run in (before, after, counted)]
    assert looks[0][0].calls > 0
    assert (looks[1][0].calls, looks[1][0].containers) == (0, looks[0][-1].containers)
    assert looks[2][0].calls > 0
    assert analyze(before.records, Settings()).verdict is Verdict.CLEAN
    (finding,) = analyze(after.records, Settings()).findings
    assert finding.holder is not None
    assert finding.holder.name == "test_without_child.KEPT"


@pytest.mark.untraced
def test_what_is_recorded_takes_no_memory_between_the_samples_of_a_window() -> None:
    records = _run(_clean).records

    blocks = [r.blocks for r in records if isinstance(r, wire.Sample) and r.stage == wire.Stage.SCREEN]
    assert len(blocks) > 20
    assert max(blocks[len(blocks) // 2 :]) == min(blocks[len(blocks) // 2 :])


@pytest.mark.parametrize("call", [_clean, _leaky])
def test_the_process_is_left_as_it_was(call: object) -> None:
    gc.disable()
    try:
        _run(call)

        assert not gc.isenabled()
        assert not freezing.is_frozen()
        assert not tracemalloc.is_tracing()
    finally:
        gc.enable()


def test_what_the_target_holds_is_let_go_of() -> None:
    class Thing:
        pass

    def leaky() -> None:
        KEPT[len(KEPT)] = Thing()

    _run(leaky)
    KEPT.clear()
    gc.collect()

    assert not [each for each in gc.get_objects() if type(each) is Thing]


def test_a_tracing_that_was_on_is_on_again() -> None:
    tracemalloc.start(3)
    try:
        _run(_clean)

        assert tracemalloc.get_traceback_limit() == 3
    finally:
        tracemalloc.stop()


def test_what_the_target_raises_is_raised_and_leaves_the_process_as_it_was() -> None:
    def raising() -> None:
        if len(KEPT) > 100:
            raise LookupError("the hundredth")
        _leaky()

    with pytest.raises(LookupError, match="the hundredth"):
        _run(raising)

    assert not freezing.is_frozen()


def test_an_interrupt_while_tracing_ends_the_tracing() -> None:
    def interrupted() -> None:
        if tracemalloc.is_tracing():
            raise KeyboardInterrupt
        _leaky()

    with pytest.raises(KeyboardInterrupt):
        _run(interrupted)

    assert (tracemalloc.is_tracing(), freezing.is_frozen()) == (False, False)


WITH_THREADS = """
import threading, leakscan
KEPT = {}
stop = threading.Event()
thread = threading.Thread(target=stop.wait)
thread.start()
try:
    leakscan.assert_no_growth(lambda: KEPT.setdefault(len(KEPT), object()))
except leakscan.GrowthError as error:
    print("emptying it freed" in str(error))
finally:
    stop.set()
    thread.join()
"""


def test_holders_are_emptied_in_a_copy_though_threads_run_and_warnings_are_errors() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", WITH_THREADS],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )

    assert (done.stdout, done.stderr) == ("True\n", "")


@pytest.mark.parametrize("calls", [MIN_CALLS, 100, 479, 480, 10_000])
def test_a_number_of_calls_is_kept_to(calls: int) -> None:
    options = options_for("app:handle", calls=calls, max_time_seconds=None)

    made = (options.warmup or 0) + (options.rounds or 0) * (options.calls or 0)
    assert 0.75 * calls <= made <= calls


def test_too_few_calls_are_refused() -> None:
    with pytest.raises(ValueError, match="give 12 or more"):
        options_for("app:handle", calls=MIN_CALLS - 1, max_time_seconds=None)


def test_no_line_is_watched_in_a_process_that_is_not_the_targets() -> None:
    called: list[int] = []
    sent: list[wire.Record] = []
    agent = Session(sent.append, given=Caller(lambda: called.append(1)))

    agent.obey(wire.Load("target"))
    agent.obey(wire.WatchLines(8, 1.0, is_resident=False))

    assert sent[-1] == wire.LineGains(0, (), message="the process is not the target's own")
    assert called == []


class _TimeIsOver(Exception):
    """What a time-out of a test raises, in the middle of anything."""


def test_what_a_signal_handler_raises_while_the_agent_looks_is_passed_on() -> None:
    def end(*_: object) -> None:
        raise _TimeIsOver

    def host() -> Host:
        # It is asked while the holders are named, which runs nothing of the target.
        signal.raise_signal(signal.SIGUSR1)
        return Host({}, ())

    before = signal.signal(signal.SIGUSR1, end)
    try:
        with pytest.raises(_TimeIsOver):
            Runs().run(
                OverheardCaller(_leaky),
                options_for("app:handle", calls=CALLS, max_time_seconds=None),
                host=host,
            )
    finally:
        signal.signal(signal.SIGUSR1, before)
