"""What a project accepts, and what a check or a comparison says of it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from leakscan.model.analysis import Analysis, Finding
from leakscan.model.history import Drift
from leakscan.model.run import Verdict

BAND = 0.2
"""Share by which growth may differ from what is known of it and still be the same, where none is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Growth that a project puts up with for good; if it gives both patterns, both must match."""

    holder: str | None
    """Pattern (`*`, `?`) of the holder's name or of its path with dots: `requests.sessions.*`."""
    module: str | None
    """Pattern of the module that the chain starts in; where nothing holds, of the one that allocates."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherHolder:
    """Something else that holds the objects of a leak."""

    holder: str
    """For people who read the file."""
    fingerprint: str
    """That of a leak which is named after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A leak that a project knows of: it fails nothing while it grows no faster."""

    target: str
    """Name of the configured target."""
    fingerprint: str
    holder: str
    """For people who read the file."""
    bytes_per_call: float
    entries_per_call: float | None
    """The rate that does not depend on the Python; None where nothing has entries."""
    python: str
    """`3.11`: where the bytes were measured."""
    since: date
    reason: str
    expires: date | None
    """The last day on which it is accepted."""
    also_held_by: tuple[OtherHolder, ...] | None = None
    """What else holds its objects; None in a baseline that was written before this was noted."""

    @property
    def fingerprints(self) -> frozenset[str]:
        """Those of all its holders."""
        return frozenset([self.fingerprint, *(other.fingerprint for other in self.also_held_by or ())])


class Standing(StrEnum):
    """What the gate makes of a finding, the failing ones first."""

    NEW = "new"
    WORSE = "worse"
    EXPIRED = "expired"
    KNOWN = "known"
    BETTER = "better"
    ALLOWED = "allowed"
    TOLERATED = "tolerated"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingCheck:
    """A finding of a checked target, or a leak that was known and is gone."""

    standing: Standing
    finding: Finding | None
    """None if it is gone."""
    accepted: Accepted | None
    """What the baseline says of it."""
    allowance: Allowance | None = None
    """What allows it, if it is allowed."""
    new_holders: tuple[str, ...] = ()
    """Names of the holders that nobody has accepted, where another one of the leak is known or allowed."""
    unnoted_holders: tuple[str, ...] = ()
    """Names of those that an older baseline could not note, and that fail nothing for that reason."""

    @property
    def fails(self) -> bool:
        return self.standing in (Standing.NEW, Standing.WORSE, Standing.EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetCheck:
    """One configured target, run and held against what is known of it."""

    name: str
    analysis: Analysis
    findings: tuple[FindingCheck, ...]
    """The failing ones first; heaviest first among their like."""
    passes_inconclusive: bool = False
    printed: str = ""
    """The end of what the target printed."""
    drifts: tuple[Drift, ...] = ()
    """What is worse than the history allows; empty where none is kept."""

    @property
    def exit_code(self) -> int:
        """1 if a leak is new, worse or expired or a number drifts, 3 if it failed, 4 inconclusive, else 0."""
        if self.drifts or any(finding.fails for finding in self.findings):
            return 1
        return self.exit_code_of_run

    @property
    def exit_code_of_run(self) -> int:
        """3 if the target failed, 4 if its run has no answer and that fails the check, else 0."""
        if self.analysis.failure is not None:
            return 3
        is_inconclusive = self.analysis.verdict is Verdict.INCONCLUSIVE
        return 4 if is_inconclusive and not self.passes_inconclusive else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """All targets of a check."""

    targets: tuple[TargetCheck, ...]
    """In the order of the configuration."""
    orphans: tuple[Accepted, ...] = ()
    """Known leaks of targets that are configured no more."""
    leakscan_version: str = ""
    """Of the leakscan that checked; empty where unknown."""

    @property
    def seconds(self) -> float:
        """Of all runs together; some of them may have run at a time."""
        return sum(target.analysis.seconds for target in self.targets)

    @property
    def exit_code(self) -> int:
        """That of the worst target: a leak, then a target that failed, then one without an answer."""
        codes = {target.exit_code for target in self.targets}
        return next((code for code in (1, 3, 4) if code in codes), 0)


class Change(StrEnum):
    """What became of a finding from one run to a later one."""

    NEW = "new"
    WORSE = "worse"
    SAME = "same"
    BETTER = "better"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingChange:
    """A finding of two runs, known by its fingerprint."""

    change: Change
    old: Finding | None
    new: Finding | None
    new_holders: tuple[str, ...] = ()
    """Names of the holders that the old run did not have, of a leak that it had."""
    is_elsewhere: bool = False
    """Whether it is told as a part of another finding of the other run, which shares a holder with it."""

    @property
    def finding(self) -> Finding:
        """As it is now, or as it was last if it is gone."""
        finding = self.new or self.old
        assert finding is not None
        return finding

    @property
    def bytes_per_call_change(self) -> float:
        """Growth that came, or went if it is negative."""
        old, new = self.old, self.new
        return (new.bytes_per_call if new else 0.0) - (old.bytes_per_call if old else 0.0)

    @property
    def fails(self) -> bool:
        """Whether it is a leak that is new or worse: what a change must not bring."""
        is_leak = self.new is not None and self.new.verdict is Verdict.LEAKING
        return is_leak and self.change in (Change.NEW, Change.WORSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two runs of a target, finding by finding."""

    old: Analysis
    new: Analysis
    band: float
    """The share by which growth may differ and still be the same."""
    changes: tuple[FindingChange, ...]
    """New ones first, then worse, same, better, gone; heaviest first."""

    @property
    def exit_code(self) -> int:
        """1 if a leak is new or worse, else 3 if the new run failed, 4 if it is inconclusive, else 0."""
        if any(change.fails for change in self.changes):
            return 1
        if self.new.failure is not None:
            return 3
        return 4 if self.new.verdict is Verdict.INCONCLUSIVE else 0
