"""A history of runs as JSON, for machines: the keys stay, new ones may come."""

import json
from collections.abc import Sequence
from typing import Any

from leakscan.model.history import Course, Drift, Level, PastRun, TargetHistory
from leakscan.reports.views.drifts import drift_sentence

SCHEMA_VERSION = 1
JsonObject = dict[str, Any]


def history_json(histories: Sequence[TargetHistory]) -> str:
    """All runs, and what each was held against."""
    report = {"schema_version": SCHEMA_VERSION, "histories": [_history(history) for history in histories]}
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _history(history: TargetHistory) -> JsonObject:
    return {
        "target": history.target,
        "python": history.python,
        "system": history.system,
        "unit": history.unit,
        "conditions": history.conditions,
        "window_days": history.window.days,
        "window_runs": history.window.runs,
        "drifts": [drift_object(drift) for drift in history.drifts],
        "runs": [_run(run, history.courses) for run in history.runs],
    }


def drift_object(drift: Drift) -> JsonObject:
    """A number that got worse, and what it is held against."""
    return {
        "quantity": drift.quantity,
        "kind": drift.kind,
        "now": drift.now,
        "reference": drift.reference,
        "most": drift.limit,
        "samples": drift.samples,
        "reference_at": drift.reference_at.isoformat(),
        "sentence": drift_sentence(drift),
    }


def _run(run: PastRun, courses: Sequence[Course]) -> JsonObject:
    commit = run.commit
    return {
        "id": run.id,
        "started_at": run.started_at.isoformat(),
        "commit": None if commit is None else commit.id,
        "is_dirty": commit is not None and commit.is_dirty,
        "verdict": run.verdict,
        "is_failed": run.is_failed,
        "growth_bytes_per_call": run.growth_bytes_per_call,
        "peak_bytes": run.peak_bytes,
        "seconds_per_call": run.seconds_per_call,
        "calls": run.calls,
        "threshold_bytes_per_call": run.threshold_bytes_per_call,
        "python": run.python,
        "leakscan": run.leakscan,
        "processor": run.machine.processor,
        "accepted": dict(sorted(run.accepted.items())),
        "held_against": {
            c.quantity: _level(level) for c in courses for level in c.levels if level.run is run
        },
    }


def _level(level: Level) -> JsonObject:
    return {
        "value": level.value,
        "reference": level.reference,
        "most": level.limit,
        "samples": level.samples,
        "is_outside": level.is_outside,
        "drift": None if level.drift is None else level.drift.kind,
    }
