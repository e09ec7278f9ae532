"""A run, recorded in its history and compared with it."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from leakscan.model.analysis import Analysis
from leakscan.model.history import Commit, Machine, TargetHistory
from leakscan.project.commit import commit_of
from leakscan.project.history_db import accept, check_history, keep_run, past_runs
from leakscan.project.machine import this_machine

if TYPE_CHECKING:
    from leakscan.comparison.drift_settings import DriftSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryWriter:
    """The history that runs are recorded in, and what all runs of one command have in common."""

    path: Path
    settings: "DriftSettings"
    commit: Commit | None
    machine: Machine


def history_writer(path: Path, settings: "DriftSettings", *, folder: Path) -> HistoryWriter:
    """The writer of the history at the path, for runs of what is checked out in the folder.

    Raises HistoryError if no run could be recorded there, before the work is done.
    """
    check_history(path)
    commit = commit_of(folder, os.environ)
    return HistoryWriter(path=path, settings=settings, commit=commit, machine=this_machine())


def accept_drifts(path: Path, histories: Iterable[TargetHistory], *, reason: str) -> int:
    """Accept the last run of each as the new level of what got worse; returns how many numbers these are."""
    worse = [(history.runs[-1], drift.quantity) for history in histories for drift in history.drifts]
    if worse:
        accept(path, worse, reason=reason, at=datetime.now(UTC))
    return len(worse)


def add_to_history(
    analysis: Analysis, writer: HistoryWriter, *, target: str, environment: Mapping[str, str] | None = None
) -> TargetHistory:
    """Record a run that is over; returns its history, with what got worse as `drifts`.

    `target` is the name that it has there; `environment` holds the variables that it had beside ours.
    """
    from leakscan.comparison.drift import history_of
    from leakscan.comparison.past_run import past_run

    run = past_run(
        analysis,
        target=target,
        commit=writer.commit,
        machine=writer.machine,
        at=datetime.now(UTC),
        environment=environment or {},
    )
    kept = keep_run(writer.path, run)
    earlier = past_runs(writer.path, kept.target, before=kept.id)
    return history_of(kept, earlier, writer.settings)
