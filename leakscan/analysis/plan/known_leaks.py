"""What is known of the leaks so far, as the plan asks for it."""

from leakscan.analysis.attribution.replaced import is_only_replaced
from leakscan.analysis.case import Case
from leakscan.analysis.findings.build import finding_of
from leakscan.analysis.findings.dismissal import worst_first
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.passes import EXPLAINING, FINDING, after, leaks_with_holders
from leakscan.analysis.record_index import RecordIndex
from leakscan.model.analysis import Finding
from leakscan.model.run import Kind


def is_growth_explained(records: RecordIndex, screen: Screen) -> bool:
    """Whether something that was traced or watched is a finding."""
    return bool(_findings(records, screen))


def native_growth(records: RecordIndex, screen: Screen) -> float | None:
    """Bytes per unit of the run that the native memory grows by; None where that is no finding."""
    grown = [f for f in _findings(records, screen) if f.kind is Kind.NATIVE]
    return grown[0].bytes_per_call if grown else None


def holders_to_draw(records: RecordIndex, screen: Screen) -> tuple[tuple[int, ...], ...]:
    """For each leak that has a holder, worst first: its holders, as indices into the explanation."""
    case = after(Case(records=records, screen=screen), EXPLAINING)
    known = case.explanation
    if known is None:
        return ()
    growing = [leak for leak in leaks_with_holders(case) if not is_only_replaced(leak, known)]
    return tuple(
        leak.holders for leak in sorted(growing, key=lambda leak: worst_first(finding_of(leak, known)))
    )


def _findings(records: RecordIndex, screen: Screen) -> tuple[Finding, ...]:
    return after(Case(records=records, screen=screen), FINDING).findings
