"""One run on its way to its answer: what was recorded, and what each pass has added."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leakscan.analysis.attribution.explanation import Explanation
from leakscan.analysis.attribution.groups import Group
from leakscan.analysis.attribution.leaks import Leak
from leakscan.analysis.attribution.ledger import Ledger
from leakscan.analysis.attribution.tiers import Admission
from leakscan.analysis.growth.screen import Screen, screen
from leakscan.analysis.record_index import RecordIndex
from leakscan.analysis.rule import Rule
from leakscan.model.analysis import Finding, Reason, TargetFailure
from leakscan.model.run import RunOptions

if TYPE_CHECKING:
    from leakscan.analysis.verdict import Judgement


_NO_OPTIONS = RunOptions(target="")
_NOTHING_SCREENED = screen(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A value that passes read and add to; None and empty are what no pass has come to yet."""

    records: RecordIndex
    options: RunOptions = _NO_OPTIONS
    threshold_bytes_per_unit: float = 0.0
    screen: Screen = _NOTHING_SCREENED
    failure: TargetFailure | None = None
    """How the target failed."""
    is_untraceable: bool = False
    """Whether the run ended before growth could be explained: then growth counts that nothing explains."""
    explanation: Explanation | None = None
    """None before anything was explained."""
    admission: Admission | None = None
    groups: tuple[Group, ...] = ()
    leaks: tuple[Leak, ...] = ()
    ledger: Ledger | None = None
    """None before the books are balanced."""
    findings: tuple[Finding, ...] = ()
    judgement: "Judgement | None" = None
    reasons: tuple[Reason, ...] = ()
    """Of the rules that have decided so far, in their order."""

    def because(self, rule: Rule, about: str = "", **numbers: float) -> "Case":
        """The case with one more reason."""
        return replace(self, reasons=(*self.reasons, rule.reason(about, **numbers)))

    def with_reasons(self, reasons: Iterable[Reason]) -> "Case":
        """The case with these reasons more."""
        return replace(self, reasons=(*self.reasons, *reasons))
