"""What runs targets and reads recordings for the commands; a test hands them another."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from leakscan.errors import RecordingError
from leakscan.model.analysis import Analysis
from leakscan.model.run import Progress, RunOptions, Surroundings

if TYPE_CHECKING:
    from leakscan.recording import Recording

MAX_SENTENCE_CHARACTERS = 300
"""Characters of a sentence about a recording whose names are as long as somebody liked."""


class Engine(Protocol):
    """Runs targets and reads recordings; each of the two ends in an analysis."""

    def analysis_of_run(
        self,
        options: RunOptions,
        *,
        threshold_bytes_per_call: float,
        on_progress: Callable[[Progress], None],
        recording_path: Path | None,
        surroundings: Surroundings,
    ) -> Analysis: ...

    def analysis_of_recording(self, path: Path, *, threshold_bytes_per_call: float) -> Analysis: ...

    def analysis_of_file(self, path: Path, *, threshold_bytes_per_call: float) -> Analysis: ...


class RealEngine:
    """The engine that starts child processes; it is imported when it is first used."""

    def analysis_of_run(
        self,
        options: RunOptions,
        *,
        threshold_bytes_per_call: float,
        on_progress: Callable[[Progress], None],
        recording_path: Path | None,
        surroundings: Surroundings,
    ) -> Analysis:
        from leakscan.analysis import Settings, analyze
        from leakscan.runner import run_target

        recording = run_target(
            options,
            on_progress=on_progress,
            recording_path=recording_path,
            surroundings=surroundings,
        )
        settings = Settings(threshold_bytes_per_call=threshold_bytes_per_call)
        return replace(analyze(recording.records, settings), recording_loss=recording.loss)

    def analysis_of_recording(self, path: Path, *, threshold_bytes_per_call: float) -> Analysis:
        from leakscan.recording import read_recording

        return _judged(read_recording(path), path, threshold_bytes_per_call)

    def analysis_of_file(self, path: Path, *, threshold_bytes_per_call: float) -> Analysis:
        """The analysis of a recording, or the one that a JSON report was made of.

        A JSON report is judged already: the threshold is that of its run.
        """
        from leakscan.recording import content_of_run, recording_of
        from leakscan.reports.formats.json_reading import analysis_of_json, is_json_report

        # Read once: what comes through a pipe does not come again.
        content = content_of_run(path)
        if is_json_report(content):
            return analysis_of_json(content, str(path))
        return _judged(recording_of(content, path), path, threshold_bytes_per_call)


def _judged(recording: "Recording", path: Path, threshold_bytes_per_call: float) -> Analysis:
    """The analysis of a recording that anybody may have written: its records may contradict each other."""
    from leakscan.analysis import Settings, analyze

    settings = Settings(threshold_bytes_per_call=threshold_bytes_per_call)
    try:
        analysis = analyze(recording.records, settings)
    except (
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        MemoryError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise RecordingError(
            f"the records of `{path}` contradict each other ({type(error).__name__}: {error})"[
                :MAX_SENTENCE_CHARACTERS
            ],
            hint="record again; if leakscan wrote it like this, that is a bug in leakscan",
        ) from error
    return replace(analysis, warnings=(*analysis.warnings, *recording.warnings))
