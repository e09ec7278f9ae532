"""The runs of one check: each is recorded in the history and judged when it is over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from leakscan import __version__, units
from leakscan.cli.history_writer import HistoryWriter, accept_drifts, add_to_history
from leakscan.cli.parallel import Finished
from leakscan.comparison.gate import GateOptions, check_target
from leakscan.comparison.new_baseline import updated_baseline
from leakscan.errors import ConfigurationError, HistoryError, LeakscanError, OutputError
from leakscan.model.check import Accepted, Check, TargetCheck
from leakscan.model.history import TargetHistory
from leakscan.project.baseline import baseline_text
from leakscan.project.configuration import Configuration
from leakscan.project.toml_tables import toml_text
from leakscan.reports.output import write_bytes
from leakscan.reports.views.source import without_source

ACCEPTED_WITH_BASELINE = "accepted with the baseline"


class CheckRuns:
    """What a check knows so far; what could not be kept of it is in `losses`."""

    def __init__(
        self,
        configuration: Configuration,
        accepted: tuple[Accepted, ...],
        writer: HistoryWriter | None,
        *,
        shows_source: bool,
    ) -> None:
        self._configuration = configuration
        self._accepted = accepted
        self._writer = writer
        self._shows_source = shows_source
        self._runs: dict[str, Finished] = {}
        self._histories: dict[str, TargetHistory] = {}
        self.losses: list[LeakscanError] = []
        """Why a history, a baseline or a recording does not hold what it should."""

    def add(self, run: Finished) -> TargetCheck:
        """Record a run that is over, and judge it."""
        name = run.target.name
        self._runs[name] = run if self._shows_source else replace(run, analysis=without_source(run.analysis))
        if self._writer is not None:
            try:
                self._histories[name] = add_to_history(
                    run.analysis, self._writer, target=name, environment=dict(run.target.environment)
                )
            except HistoryError as error:
                self.losses.append(error)
        if run.analysis.recording_loss is not None:
            self.losses.append(OutputError(run.analysis.recording_loss))
        return self._checked(run)

    def check(self) -> Check:
        """All that was judged so far, in the order of the configuration."""
        names = [target.name for target in self._configuration.targets]
        return Check(
            targets=tuple(self._checked(self._runs[name]) for name in names if name in self._runs),
            orphans=tuple(known for known in self._accepted if known.target not in names),
            leakscan_version=__version__,
        )

    def update_baseline(self) -> str | None:
        """Accept what leaks and what got worse, from now on; as before where that can't be written.

        Comes back with what was written, in a sentence; None where it could not be.
        """
        try:
            accepted = updated_baseline(self._accepted, self.check(), today=_today())
            _write_baseline(self._configuration.baseline, accepted)
            if self._writer is not None:
                accept_drifts(self._writer.path, self._histories.values(), reason=ACCEPTED_WITH_BASELINE)
        except (ConfigurationError, HistoryError, OutputError) as error:
            self.losses.append(error)
            return None
        before, self._accepted = self._accepted, accepted
        self._histories = {}
        return _written_text(self._configuration.baseline, before, accepted)

    def _checked(self, run: Finished) -> TargetCheck:
        gate_options = GateOptions(
            accepted=self._accepted,
            allowances=self._configuration.allowances,
            failing_kinds=run.target.failing_kinds,
            band=self._configuration.band,
            passes_inconclusive=self._configuration.passes_inconclusive,
        )
        checked = check_target(run.target.name, run.analysis, gate_options, today=_today())
        history = self._histories.get(run.target.name)
        return replace(checked, printed=run.printed, drifts=() if history is None else history.drifts)


def _written_text(path: Path, before: Sequence[Accepted], after: Sequence[Accepted]) -> str:
    """`wrote leakscan-baseline.toml: 3 known leaks, 1 of them added, 2 taken out`."""
    if not path.exists():
        return f"nothing leaks, so there is no {path.name} to write"
    old, new = ({(each.target, each.fingerprint) for each in every} for every in (before, after))
    known = units.counted(len(new), "known leak")
    return f"wrote {path.name}: {known}, {len(new - old)} added, {len(old - new)} taken out"


def _write_baseline(path: Path, accepted: Sequence[Accepted]) -> None:
    before = toml_text(path) if path.exists() else ""
    if not before and not accepted:
        return
    write_bytes(baseline_text(before, accepted).encode("utf-8"), str(path), stdout=None)


def _today() -> date:
    return datetime.now(UTC).date()
