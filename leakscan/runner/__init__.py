"""Runs a target in a child process and records everything that the agent says."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from leakscan import wire
from leakscan.analysis import next_command
from leakscan.model import Progress, RunOptions, Stage, Surroundings
from leakscan.recording import Recording, RecordingWriter
from leakscan.runner.child import Child
from leakscan.runner.children import ChildrenTaker
from leakscan.runner.header import header_of

PATIENCE_SECONDS = 3.0
"""Silence of the first call after which it is sampled while it runs."""
DEAF_SECONDS = 15.0
"""Silence of the agent itself after which the target holds the interpreter and can't be looked at."""
TRACED_SLOWDOWN = 100.0
"""Most that a call is slower while it is traced."""
LONGEST_SECONDS = 180.0
"""Most that a run without --max-time takes."""

Listener = Callable[[Progress], None]
OURS = Surroundings()


def run_target(
    options: RunOptions,
    *,
    on_progress: Listener,
    recording_path: Path | None = None,
    surroundings: Surroundings = OURS,
) -> Recording:
    """Run the target until its growth is proved or excluded, and return what was seen.

    A target that fails, hangs or is interrupted cuts the recording short; it is no error here. Nor is a file
    that can't be written: the recording that comes back says so.
    """
    writer = None if recording_path is None else RecordingWriter(recording_path)
    with contextlib.ExitStack() as stack:
        if writer is not None:
            stack.enter_context(writer)
        run = _Run(options, on_progress, writer)
        run.keep([header_of(options, surroundings.folder)])
        child = stack.enter_context(Child(surroundings))
        run.keep([run.carried_out(child)])
    return Recording(records=tuple(run.records), loss=None if writer is None else writer.loss)


class _Run:
    """One conversation with one child."""

    def __init__(self, options: RunOptions, on_progress: Listener, writer: RecordingWriter | None) -> None:
        self.records: list[wire.Record] = []
        self._options = options
        self._on_progress = on_progress
        self._writer = writer
        self._started = time.monotonic()
        self._stage = Stage.LOAD
        self._open_rounds = 0
        """Commands of calls that have not been answered: more than none while a call does not return."""

    def keep(self, records: list[wire.Record]) -> None:
        """Note records, in the file first."""
        if self._writer is not None:
            self._writer.write(records)
        self.records.extend(records)

    def carried_out(self, child: Child) -> wire.Ended:
        """Ask until there is nothing left to ask."""
        try:
            how, status = self._conversation(child)
        except KeyboardInterrupt:
            how, status = "interrupted", None
        return wire.Ended(how, status, round(self._seconds, 3))

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._started

    def _conversation(self, child: Child) -> tuple[str, int | None]:
        children = ChildrenTaker(child.pid, lambda: self._seconds)
        while True:
            command = next_command(self._options, self.records, is_live=self._open_rounds > 0)
            self.keep(children.before(command, self.records))
            if command is None:
                break
            self._stage = _stage(command)
            if not child.send(command):
                return self._after_the_end(child)
            ending = self._answered(child, command)
            if ending is not None:
                return ending
        if any(isinstance(r, wire.Raised) and r.how == "interrupted" for r in self.records):
            return "interrupted", None
        if self._open_rounds:
            # The call that never returned is asked to end as the system would ask it.
            return "finished", child.terminate()
        return "finished", child.end()

    def _answered(self, child: Child, command: wire.Command) -> tuple[str, int | None] | None:
        """Wait for the answer to a command; how the run ended, if it did."""
        if isinstance(command, wire.Rounds):
            self._open_rounds += 1
        heard = time.monotonic()
        while True:
            records = child.records(0.1)
            if records is None:
                return self._after_the_end(child)
            self.keep(records)
            self._show()
            if records:
                heard = time.monotonic()
            if self._is_answer(records, command):
                return None
            silence = time.monotonic() - heard
            is_of_target = isinstance(command, wire.Rounds | wire.Watch | wire.Load)
            if is_of_target and self._seconds > self._longest:
                # A call that was watched all the time has shown what it does.
                return ("finished", None) if self._is_watched else ("timed out", None)
            if isinstance(command, wire.Rounds) and not self._has_returned:
                if silence > PATIENCE_SECONDS:
                    return None
            elif silence > self._patience(command):
                # What was asked for beside the verdict must not cost it.
                is_extra = isinstance(command, wire.LookForCaches)
                return ("finished", None) if is_extra else ("timed out", None)

    @property
    def _longest(self) -> float:
        longest = self._options.max_time_seconds
        pace = 60 * self._options.interval_seconds
        return max(LONGEST_SECONDS, pace) if longest is None else longest

    @property
    def _is_watched(self) -> bool:
        return any(isinstance(r, wire.RoundsDone) and r.stage == "watch" for r in self.records)

    @property
    def _has_returned(self) -> bool:
        return any(isinstance(r, wire.RoundsDone) and r.is_returned for r in self.records)

    def _patience(self, command: wire.Command) -> float:
        """Seconds of silence after which a command will not be answered any more."""
        if isinstance(command, wire.Load):
            return self._longest
        if isinstance(command, wire.Watch):
            return DEAF_SECONDS + 2 * command.interval_seconds
        if isinstance(command, wire.Rounds):
            samples = [r for r in self.records if isinstance(r, wire.Sample) and r.calls]
            slowest = max((s.call_seconds / s.calls for s in samples), default=0.0)
            recent = samples[-1].call_seconds if samples else 0.0
            slowdown = TRACED_SLOWDOWN if command.stage == "trace" else 4.0
            expected = max(recent, slowest * command.calls) * slowdown
            return DEAF_SECONDS + command.interval_seconds + expected
        return 4 * DEAF_SECONDS

    def _is_answer(self, records: list[wire.Record], command: wire.Command) -> bool:
        is_answered = False
        for record in records:
            if isinstance(record, wire.Sample):
                continue
            if isinstance(record, wire.Raised):
                self._open_rounds = 0
                return True
            if isinstance(record, wire.RoundsDone) and record.is_returned:
                is_of_watch = isinstance(command, wire.Watch) and self._open_rounds > 0
                self._open_rounds = max(0, self._open_rounds - 1)
                if is_of_watch:
                    continue
            is_answered = True
        return is_answered

    def _after_the_end(self, child: Child) -> tuple[str, int | None]:
        if child.is_garbled:
            return "garbled", None
        status = child.wait()
        return "cut off" if status == wire.CHANNEL_IS_CLOSED else "crashed", status

    def _show(self) -> None:
        samples = [r for r in self.records[-200:] if isinstance(r, wire.Sample)]
        last = samples[-1] if samples else None
        self._on_progress(
            Progress(
                stage=self._stage,
                round=sum(isinstance(r, wire.Sample) for r in self.records),
                calls=0 if last is None else last.calls,
                heap_bytes=0 if last is None else last.rss,
                blocks=tuple(sample.blocks for sample in samples[-40:]),
                seconds=self._seconds,
                seconds_left=max(0.0, self._longest - self._seconds)
                if self._options.max_time_seconds is not None
                else None,
            )
        )


def _stage(command: wire.Command) -> Stage:
    if isinstance(command, wire.Rounds | wire.Watch):
        known = {"warm up": Stage.WARM_UP, "trace": Stage.TRACE}
        return known.get(command.stage, Stage.SCREEN)
    stages: dict[type, Stage] = {
        wire.StartTracing: Stage.TRACE,
        wire.TakeSites: Stage.TRACE,
        wire.WatchLines: Stage.TRACE,
        wire.Explain: Stage.EXPLAIN,
        wire.Name: Stage.EXPLAIN,
        wire.Draw: Stage.EXPLAIN,
        wire.Prove: Stage.PROVE,
        wire.LookForCaches: Stage.JUDGE,
        wire.LookAtContainers: Stage.SCREEN,
    }
    return stages.get(type(command), Stage.LOAD)
