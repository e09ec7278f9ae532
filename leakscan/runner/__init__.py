"""Runs a target in a child process and records everything that the agent says."""

import contextlib
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from leakscan import wire
from leakscan.analysis import next_command
from leakscan.model.run import Progress, RunOptions, RunStage, Surroundings
from leakscan.recording import Recording, RecordingWriter
from leakscan.runner import terminal
from leakscan.runner.child_handle import ChildHandle
from leakscan.runner.child_process_snapshots import ChildProcessSnapshots
from leakscan.runner.ending import EXIT_SECONDS, GRACE_SECONDS, Ending, end
from leakscan.runner.header import header_of

SILENCE_SECONDS = 3.0
"""Silence of the first call after which it is sampled while it runs."""
DEAF_SECONDS = 15.0
"""Silence of the agent itself after which the target holds the interpreter and can't be looked at."""
MAX_TRACED_SLOWDOWN = 100.0
"""Upper bound of the slowdown of a traced call, as a factor."""
LONGEST_SECONDS = 180.0
"""Upper bound of a run without --max-time."""
ANSWER_SECONDS = 0.5
"""For the agent's answer, once the time is over: what it does then was begun before."""
SHOWN_SECONDS = 0.05
"""Between two states of the run that are shown."""
OUT_OF_TIME = "out of time"
"""How a run ends that was cut off while leakscan, and not a call of the target, took its time."""

ENDED_BY_ITSELF = ("crashed", "cut off")
"""Ways in which a run ends with its process."""
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
        stack.enter_context(terminal.put_back(surroundings))
        child = stack.enter_context(ChildHandle(surroundings))
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
        self._stage = RunStage.LOAD
        self._shown_at = 0.0
        self._shown_stage: RunStage | None = None
        self._totals = _Totals()
        self._open_rounds = 0
        """Commands of calls that have not been answered: more than none while a call does not return."""
        self._unanswered = ""
        """The command that is being carried out."""

    def keep(self, records: list[wire.Record]) -> None:
        """Note records, in the file first."""
        if self._writer is not None:
            self._writer.write(records)
        self.records.extend(records)
        for record in records:
            self._totals.note(record)

    def carried_out(self, child: ChildHandle) -> wire.Ended:
        """Ask until there is nothing left to ask, or no time, then bring the target to its end."""
        try:
            how = self._conversation(child)
        except KeyboardInterrupt:
            how = "interrupted"
        except BaseException:
            self._end(child, "interrupted")
            raise
        is_out_of_time = how == OUT_OF_TIME
        ending = self._end(child, how)
        if ending.left_setup is not None:
            self.keep([ending.left_setup])
        child.kill()
        return wire.Ended(
            "finished" if is_out_of_time else how,
            ending.status,
            round(self._seconds, 3),
            self._unanswered if is_out_of_time else "",
            ending.setup_seconds,
            child.left_behind,
            ending.cut_off_seconds,
        )

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._started

    @property
    def _seconds_left(self) -> float:
        return self._longest - self._seconds

    def _conversation(self, child: ChildHandle) -> str:
        children = ChildProcessSnapshots(child.pid, lambda: self._seconds, supervisor=child.supervisor_pid)
        while True:
            command = next_command(self._options, self.records, is_live=self._open_rounds > 0)
            self.keep(children.before(command, self.records))
            if self._totals.is_interrupted:
                return "interrupted"
            if command is None:
                return "finished"
            self._stage = _stage(command)
            self._unanswered = type(command).__name__
            if self._seconds_left <= 0:
                return OUT_OF_TIME
            if isinstance(command, wire.Experiment):
                # Half of what is left: what comes after it has its turn, too.
                command = command._replace(limit_seconds=self._seconds_left / 2)
            if not child.send(command):
                return self._how_it_ended(child)
            how = self._answered(child, command)
            if how is not None:
                return how
            self._unanswered = ""

    def _end(self, child: ChildHandle, how: str) -> Ending:
        has_setup = self._totals.is_loaded and self._options.setup is not None
        if how in ENDED_BY_ITSELF:
            return Ending(child.wait(GRACE_SECONDS), None)
        if how == "garbled":
            # Whatever is asked, the answer can't be told from what the target writes.
            return Ending(None, None, setup_seconds=0.0 if has_setup else None)
        return end(
            child,
            is_busy=bool(self._unanswered or self._open_rounds),
            has_setup=has_setup,
            is_interrupted=how == "interrupted",
            exit_seconds=GRACE_SECONDS
            if how == "interrupted"
            else max(GRACE_SECONDS, min(EXIT_SECONDS, self._seconds_left)),
        )

    def _answered(self, child: ChildHandle, command: wire.Command) -> str | None:
        """Wait for the answer to a command; how the run ended, if it did."""
        if isinstance(command, wire.Rounds):
            self._open_rounds += 1
        heard = time.monotonic()
        while True:
            records = child.records(0.1)
            if records is None:
                return self._how_it_ended(child)
            self.keep(records)
            self._show()
            if records:
                heard = time.monotonic()
            if self._is_answer(records, command):
                return None
            silence = time.monotonic() - heard
            if isinstance(command, wire.Rounds | wire.Watch | wire.Load):
                if self._seconds_left <= 0:
                    return self._out_of_time_in_call(command, silence)
            elif self._seconds_left <= -ANSWER_SECONDS:
                # A call that nothing can be asked beside has the interpreter to itself.
                is_deaf = self._open_rounds > 0 and not self._totals.is_watched
                return "timed out" if is_deaf else OUT_OF_TIME
            if isinstance(command, wire.Rounds) and not self._totals.has_returned:
                if silence > SILENCE_SECONDS:
                    return None
            elif silence > self._patience(command):
                # Beside a call that was watched, it is leakscan that takes its time.
                is_deaf = self._open_rounds > 0 and not self._totals.is_watched
                is_of_call = is_deaf or isinstance(command, wire.Rounds | wire.Watch | wire.Load)
                # What was asked for beside the verdict must not cost it.
                is_extra = isinstance(command, wire.ListCaches)
                return "finished" if is_extra else "timed out" if is_of_call else OUT_OF_TIME

    def _out_of_time_in_call(self, command: wire.Command, silence: float) -> str:
        """A call that was watched all the time, or takes as long as those before, has shown what it does."""
        if self._totals.is_watched:
            return "finished"
        is_at_its_pace = self._totals.slowest_seconds > 0 and silence <= self._expected_seconds(command)
        return OUT_OF_TIME if is_at_its_pace else "timed out"

    @property
    def _longest(self) -> float:
        longest = self._options.max_time_seconds
        pace = 60 * self._options.interval_seconds
        return max(LONGEST_SECONDS, pace) if longest is None else longest

    def _patience(self, command: wire.Command) -> float:
        """Seconds of silence after which a command will not be answered any more."""
        if isinstance(command, wire.Load):
            return self._longest
        if isinstance(command, wire.Watch):
            return DEAF_SECONDS + 2 * command.interval_seconds
        if isinstance(command, wire.Rounds):
            return DEAF_SECONDS + command.interval_seconds + self._expected_seconds(command)
        return 4 * DEAF_SECONDS

    def _expected_seconds(self, command: wire.Command) -> float:
        """The most that a round of the command may take, by what the calls have taken so far."""
        if not isinstance(command, wire.Rounds):
            return 0.0
        slowdown = MAX_TRACED_SLOWDOWN if command.stage == wire.Stage.TRACE else 4.0
        return max(self._totals.recent_seconds, self._totals.slowest_seconds * command.calls) * slowdown

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

    def _how_it_ended(self, child: ChildHandle) -> str:
        """What it means that no more records come."""
        if child.is_garbled:
            return "garbled"
        return "cut off" if child.wait(GRACE_SECONDS) == wire.CHANNEL_IS_CLOSED else "crashed"

    def _show(self) -> None:
        now = self._seconds
        if self._stage is self._shown_stage and now - self._shown_at < SHOWN_SECONDS:
            return
        self._shown_at, self._shown_stage = now, self._stage
        samples = self._totals.last_samples
        last = samples[-1] if samples else None
        self._on_progress(
            Progress(
                stage=self._stage,
                round=self._totals.samples,
                calls=0 if last is None else last.calls,
                heap_bytes=0 if last is None else last.rss,
                blocks=tuple(sample.blocks for sample in samples),
                seconds=self._seconds,
                seconds_left=max(0.0, self._seconds_left)
                if self._options.max_time_seconds is not None
                else None,
            )
        )


class _Totals:
    """What the records so far come to: each is looked at once, so that no round costs more than the first."""

    def __init__(self) -> None:
        self.samples = 0
        self.last_samples: deque[wire.Sample] = deque(maxlen=40)
        self.slowest_seconds = 0.0
        """Of a call, in the round whose calls were slowest."""
        self.recent_seconds = 0.0
        """Of the calls of the last round that had returned."""
        self.is_loaded = False
        self.has_returned = False
        self.is_watched = False
        self.is_interrupted = False

    def note(self, record: wire.Record) -> None:
        match record:
            case wire.Sample():
                self.samples += 1
                self.last_samples.append(record)
                if record.calls:
                    self.slowest_seconds = max(self.slowest_seconds, record.call_seconds / record.calls)
                    self.recent_seconds = record.call_seconds
            case wire.RoundsDone():
                self.has_returned |= record.is_returned
                self.is_watched |= record.stage == wire.Stage.WATCH
            case wire.Raised():
                self.is_interrupted |= record.how == "interrupted"
            case wire.Loaded():
                self.is_loaded = True


def _stage(command: wire.Command) -> RunStage:
    if isinstance(command, wire.Rounds | wire.Watch):
        known = {wire.Stage.WARM_UP: RunStage.WARM_UP, wire.Stage.TRACE: RunStage.TRACE}
        return known.get(command.stage, RunStage.SCREEN)
    stages: dict[type, RunStage] = {
        wire.NameGrowing: RunStage.EXPLAIN,
        wire.StartTracing: RunStage.TRACE,
        wire.TakeSites: RunStage.TRACE,
        wire.WatchLines: RunStage.TRACE,
        wire.Explain: RunStage.EXPLAIN,
        wire.Name: RunStage.EXPLAIN,
        wire.DrawGraphs: RunStage.EXPLAIN,
        wire.Prove: RunStage.PROVE,
        wire.ListCaches: RunStage.JUDGE,
        wire.TakeCensus: RunStage.SCREEN,
    }
    return stages.get(type(command), RunStage.LOAD)
