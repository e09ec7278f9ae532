"""What a history keeps of a run: numbers that can be held against those of other days."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import pairwise
from statistics import median

from leakscan.model.analysis import Analysis, ProcessSample
from leakscan.model.history import Commit, Machine, PastRun
from leakscan.model.run import RunOptions, RunStage, Verdict

OPTIONS_WITHOUT_EFFECT = ("target", "is_module", "frames", "proves", "draws", "lists_caches", "command")
"""What names the target, or changes only what is done once the untraced rounds are over."""


def past_run(
    analysis: Analysis,
    *,
    target: str,
    commit: Commit | None,
    machine: Machine,
    at: datetime,
    environment: Mapping[str, str],
) -> PastRun:
    """The run as a history keeps it.

    `target` is the name under which it is kept, `at` when it was started if the analysis does not say, and
    `environment` holds the variables that the run had beside ours.
    """
    run = analysis.run
    samples = () if run is None else run.samples
    return PastRun(
        id=None,
        # A name from the command line may hold bytes that are no text.
        target=target.encode("utf-8", "backslashreplace").decode("utf-8"),
        started_at=at if run is None else datetime.fromisoformat(run.started_at),
        commit=commit,
        verdict=analysis.verdict,
        is_failed=analysis.failure is not None,
        unit=analysis.unit,
        growth_bytes_per_call=leaked_bytes_per_call(analysis),
        peak_bytes=max((sample.rss_bytes for sample in samples), default=None),
        seconds_per_call=_seconds_per_call(samples),
        calls=analysis.calls,
        threshold_bytes_per_call=0.0 if run is None else run.threshold_bytes_per_call,
        python=analysis.python,
        leakscan=analysis.leakscan_version,
        machine=machine,
        conditions="" if run is None else conditions_digest(run.options, environment),
        accepted={},
    )


def leaked_bytes_per_call(analysis: Analysis) -> float:
    """Growth of what leaks, under the threshold or over it.

    What fills a cache is left out: whether a run sees it to its plateau depends on how many calls it has
    time for.
    """
    leaks = (f for f in analysis.findings if f.verdict in (Verdict.LEAKING, Verdict.CLEAN))
    return float(sum(finding.bytes_per_call for finding in leaks))


def conditions_digest(options: RunOptions, environment: Mapping[str, str]) -> str:
    """The same for runs of a target that do the same thing.

    It is a digest because arguments and variables may be secrets.
    """
    counting = {name: value for name, value in asdict(options).items() if name not in OPTIONS_WITHOUT_EFFECT}
    text = json.dumps([counting, sorted(environment.items())], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def _seconds_per_call(samples: Sequence[ProcessSample]) -> float | None:
    times = list(_times(samples))
    return median(times) if times else None


def _times(samples: Sequence[ProcessSample]) -> Iterator[float]:
    for before, sample in pairwise(samples):
        calls = sample.calls - before.calls
        if sample.stage is RunStage.SCREEN and calls > 0:
            yield sample.call_seconds / calls
