"""A conversation with a child that only answers, and what is recorded of it."""

import itertools
import os
import signal
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from leakscan import runner, wire
from leakscan.analysis import Settings, analyze
from leakscan.model.run import Progress, RunOptions, RunStage, Verdict
from leakscan.recording import read_recording
from tests.unit.analysis.scripted import ScriptedAgent, Workload

LEAK = Workload(blocks=lambda calls: 2 * calls, entries=lambda calls: calls)
OPTIONS = RunOptions(target="app:handle")


class ScriptedChild:
    """Answers as a scripted agent does; dies, or is interrupted, after so many commands."""

    pid = os.getpid()
    """Whose children are looked at, where the script says that there are any."""
    supervisor_pid = pid

    def __init__(
        self,
        workload: Workload,
        *,
        dies_after: int | None = None,
        interrupted_after: int | None = None,
        never_answers: type[wire.Command] | None = None,
    ) -> None:
        self.is_killed = False
        self.is_garbled = False
        self.asked: list[wire.Command] = []
        self.ends: list[wire.Command] = []
        self.signals: list[signal.Signals] = []
        self.left_behind: tuple[str, ...] = ()
        self._has_quit = False
        self._agent = ScriptedAgent(workload)
        self._answers: deque[list[wire.Record]] = deque()
        self._asked = 0
        self._dies_after = dies_after
        self._interrupted_after = interrupted_after
        self._never_answers = never_answers

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.is_killed = True

    def send(self, command: wire.Command) -> bool:
        if isinstance(command, wire.Stop | wire.Quit):
            self.ends.append(command)
            self._has_quit |= isinstance(command, wire.Quit)
            return True
        self._asked += 1
        self.asked.append(command)
        if self._never_answers is None or not isinstance(command, self._never_answers):
            self._answers.append(self._agent.answer(command))
        return True

    def records(self, seconds: float) -> list[wire.Record] | None:
        del seconds
        if self._asked == self._interrupted_after:
            self._interrupted_after = None
            raise KeyboardInterrupt
        if self._has_quit:
            return None
        if self._asked == self._dies_after:
            return None
        return self._answers.popleft() if self._answers else []

    def signal(self, number: signal.Signals) -> None:
        self.signals.append(number)

    def wait(self, seconds: float) -> int | None:
        del seconds
        return 0 if self._has_quit else -9

    def kill(self) -> None:
        self.is_killed = True


def _run(
    child: ScriptedChild,
    monkeypatch: pytest.MonkeyPatch,
    path: Path,
    shown: list[Progress] | None = None,
    *,
    options: RunOptions = OPTIONS,
) -> tuple[wire.Record, ...]:
    monkeypatch.setattr(runner, "ChildHandle", lambda _: child)
    progress = [] if shown is None else shown
    recording = runner.run_target(options, on_progress=progress.append, recording_path=path)
    # In the file the options are JSON's: a tuple has become a list.
    assert read_recording(path).records[1:] == recording.records[1:]
    return recording.records


def test_a_run_is_recorded_from_its_header_to_its_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    child = ScriptedChild(LEAK)

    records = _run(child, monkeypatch, tmp_path / "run.leakscan")

    header, ended = records[0], records[-1]
    assert isinstance(header, wire.Header)
    assert header.options["target"] == "app:handle"
    assert isinstance(ended, wire.Ended)
    assert (ended.how, ended.status) == ("finished", 0)
    assert any(isinstance(record, wire.Named) for record in records)
    assert child.is_killed


def test_a_child_that_dies_costs_nothing_of_what_it_had_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    child = ScriptedChild(LEAK, dies_after=5)

    records = _run(child, monkeypatch, tmp_path / "run.leakscan")

    ended = records[-1]
    assert isinstance(ended, wire.Ended)
    assert (ended.how, ended.status) == ("crashed", -9)
    assert any(isinstance(record, wire.Sample) for record in records)


def test_a_list_of_caches_that_never_comes_costs_no_verdict(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(runner, "DEAF_SECONDS", 0.0)
    child = ScriptedChild(LEAK, never_answers=wire.ListCaches)
    options = RunOptions(target="app:handle", lists_caches=True)

    records = _run(child, monkeypatch, tmp_path / "run.leakscan", options=options)

    analysis = analyze(records, Settings())
    assert (analysis.verdict, analysis.failure, analysis.caches) == (Verdict.LEAKING, None, None)
    assert child.is_killed


def test_a_ctrl_c_ends_the_run_and_keeps_what_was_seen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    child = ScriptedChild(LEAK, interrupted_after=5)

    records = _run(child, monkeypatch, tmp_path / "run.leakscan")

    ended = records[-1]
    assert isinstance(ended, wire.Ended)
    assert ended.how == "interrupted"
    assert any(isinstance(record, wire.Sample) for record in records)
    assert child.is_killed


def test_the_stages_are_shown_in_their_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shown: list[Progress] = []

    options = RunOptions(target="app:handle", lists_caches=True)
    _run(ScriptedChild(LEAK), monkeypatch, tmp_path / "run.leakscan", shown, options=options)

    stages = [progress.stage for progress in shown]
    first_seen = sorted(set(stages), key=stages.index)
    assert first_seen == [stage for stage in RunStage if stage in first_seen]
    assert {RunStage.WARM_UP, RunStage.SCREEN, RunStage.TRACE, RunStage.EXPLAIN, RunStage.JUDGE} <= set(
        first_seen
    )
    assert all(later.calls >= sooner.calls for sooner, later in itertools.pairwise(shown))


def test_an_experiment_that_outlasts_the_time_costs_no_leak_that_is_proved(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(runner, "LONGEST_SECONDS", 0.5)
    monkeypatch.setattr(runner, "ANSWER_SECONDS", 0.0)
    child = ScriptedChild(LEAK, never_answers=wire.Prove)

    records = _run(child, monkeypatch, tmp_path / "run.leakscan")

    analysis = analyze(records, Settings())
    assert (analysis.verdict, analysis.exit_code) == (Verdict.LEAKING, 1)
    assert any("the time was over before the holder was emptied" in each for each in analysis.warnings)
    assert child.signals[0] is signal.SIGINT


def test_an_explanation_that_outlasts_the_time_costs_no_leak_that_was_traced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(runner, "LONGEST_SECONDS", 0.5)
    monkeypatch.setattr(runner, "ANSWER_SECONDS", 0.0)
    child = ScriptedChild(LEAK, never_answers=wire.Explain)

    records = _run(child, monkeypatch, tmp_path / "run.leakscan")

    analysis = analyze(records, Settings())
    assert (analysis.verdict, analysis.exit_code) == (Verdict.LEAKING, 1)


def test_a_window_that_outlasts_the_time_is_no_flat_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(runner, "LONGEST_SECONDS", 0.0)
    flat = ScriptedChild(Workload())

    records = _run(flat, monkeypatch, tmp_path / "run.leakscan")

    analysis = analyze(records, Settings())
    assert (analysis.verdict, analysis.failure) == (Verdict.INCONCLUSIVE, None)


def test_an_experiment_is_told_how_long_it_may_take(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    child = ScriptedChild(LEAK)

    _run(child, monkeypatch, tmp_path / "run.leakscan")

    limits = [command.limit_seconds for command in child.asked if isinstance(command, wire.Experiment)]
    assert limits
    assert all(limit is not None and 0 < limit < runner.LONGEST_SECONDS for limit in limits)


def test_a_call_that_is_running_is_stopped_before_the_setup_is_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    child = ScriptedChild(LEAK, interrupted_after=5)

    _run(child, monkeypatch, tmp_path / "run.leakscan")

    assert [type(command) for command in child.ends] == [wire.Stop, wire.Quit]
    assert child.signals == []
