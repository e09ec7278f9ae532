"""What the commands run on, so that a test can hand them something else."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from leakscan.model import Analysis, Progress, RunOptions


class Engine(Protocol):
    """Runs targets and reads recordings; each of the two ends in an analysis."""

    def analysis_of_run(
        self,
        options: RunOptions,
        *,
        threshold_bytes_per_call: float,
        on_progress: Callable[[Progress], None],
        recording_path: Path | None,
        keep_stdout_clean: bool,
    ) -> Analysis: ...

    def analysis_of_recording(self, path: Path, *, threshold_bytes_per_call: float) -> Analysis: ...


class RealEngine:
    """The engine that starts child processes; it is imported when it is first used."""

    def analysis_of_run(
        self,
        options: RunOptions,
        *,
        threshold_bytes_per_call: float,
        on_progress: Callable[[Progress], None],
        recording_path: Path | None,
        keep_stdout_clean: bool,
    ) -> Analysis:
        from leakscan.analysis import Settings, analyze
        from leakscan.runner import run_target

        recording = run_target(
            options,
            on_progress=on_progress,
            recording_path=recording_path,
            keep_stdout_clean=keep_stdout_clean,
        )
        settings = Settings(threshold_bytes_per_call=threshold_bytes_per_call)
        return analyze(recording.records, settings)

    def analysis_of_recording(self, path: Path, *, threshold_bytes_per_call: float) -> Analysis:
        from leakscan.analysis import Settings, analyze
        from leakscan.recording import read_recording

        settings = Settings(threshold_bytes_per_call=threshold_bytes_per_call)
        return analyze(read_recording(path).records, settings)
