"""An engine that runs nothing, and remembers what it was asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from leakscan.model.analysis import Analysis
from leakscan.model.run import Progress, RunOptions, Surroundings
from tests.builders import an_analysis


@dataclass
class FakeEngine:
    """Answers every run and every recording with one analysis, or with one error."""

    answer: Analysis | BaseException = field(default_factory=an_analysis)
    options: RunOptions | None = None
    recording_path: Path | None = None
    surroundings: Surroundings | None = None
    threshold: float | None = None
    files: dict[str, Analysis] = field(default_factory=dict)
    """What stands in files, where that is not the answer."""

    def analysis_of_run(
        self,
        options: RunOptions,
        *,
        threshold_bytes_per_call: float,
        on_progress: Callable[[Progress], None],
        recording_path: Path | None,
        surroundings: Surroundings,
    ) -> Analysis:
        del on_progress
        self.options = options
        self.recording_path = recording_path
        self.surroundings = surroundings
        self.threshold = threshold_bytes_per_call
        return self._answer()

    def analysis_of_recording(self, path: Path, *, threshold_bytes_per_call: float) -> Analysis:
        self.recording_path = path
        self.threshold = threshold_bytes_per_call
        return self._answer()

    def analysis_of_file(self, path: Path, *, threshold_bytes_per_call: float) -> Analysis:
        self.threshold = threshold_bytes_per_call
        return self.files[str(path)] if self.files else self._answer()

    def _answer(self) -> Analysis:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer
