"""Which findings are no leak: growth by chance, too little, only replaced, under the threshold."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution.leak_growth import is_chance
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.growth.trends import Trend
from leakscan.model.analysis import Finding
from leakscan.model.run import Kind, Verdict

_WORST_FIRST = (Verdict.LEAKING, Verdict.FILLING, Verdict.INCONCLUSIVE, Verdict.CLEAN)


def worst_first(findings: Collection[Finding]) -> tuple[Finding, ...]:
    """Leaks before what only fills, each by what it grows by; one's own holders before a library's.

    What nobody holds keeps its place: it is the worst of all, or it is not.
    """
    ordered = sorted(findings, key=_weight)
    held = iter(sorted((each for each in ordered if each.holder is not None), key=_is_of_library))
    return tuple(each if each.holder is None else next(held) for each in ordered)


def _weight(finding: Finding) -> tuple[int, float, bool, float, float, str]:
    order = _WORST_FIRST.index(finding.verdict)
    # Of two that a reader sees grow by the same, the one that is mended at its holder comes first.
    as_shown = float(f"{finding.bytes_per_call:.2g}")
    is_unheld = finding.holder is None
    return (
        order,
        -as_shown,
        is_unheld,
        -finding.bytes_per_call,
        -finding.objects_per_call,
        finding.fingerprint,
    )


def _is_of_library(finding: Finding) -> tuple[int, bool]:
    is_of_library = finding.holder is not None and finding.holder.library is not None
    return _WORST_FIRST.index(finding.verdict), is_of_library


def are_by_chance(findings: Sequence[Finding], screen: Screen, sites: wire.Sites) -> bool:
    """Whether next to nothing of what grew untraced grew while it was traced."""
    rates = [(f.objects_per_call, (f.holder and f.holder.entries_per_call) or 0.0) for f in findings]
    return is_chance(rates, screen, sites.calls)


def explain_too_little(findings: Sequence[Finding], whole: Finding) -> bool:
    """Whether the findings are no answer to what the whole process shows."""
    if not findings:
        return True
    explained = sum(finding.bytes_per_call for finding in findings)
    return whole.kind is Kind.NATIVE and explained < settings.MIN_REPORTED_SHARE * whole.bytes_per_call


def still_growing(
    findings: Sequence[Finding], screen: Screen, only_replaced: Collection[str]
) -> list[Finding]:
    """The findings without leaks that grew before and no more.

    Where memory was flat, what is newer at the end of some traced calls has taken the place of something.
    """
    may_leak = screen.trend not in (Trend.FLAT, Trend.FADING)
    return [
        finding
        for finding in findings
        if finding.verdict is not Verdict.LEAKING
        or (may_leak and finding.grows and finding.fingerprint not in only_replaced)
    ]


def beside_what_is_replaced(findings: Sequence[Finding], mostly_replaced: Collection[str]) -> list[Finding]:
    """The findings without those that mostly replace what they have, if one with a holder is left."""
    others = [finding for finding in findings if finding.fingerprint not in mostly_replaced]
    is_one_left = any(finding.verdict is Verdict.LEAKING and finding.holder for finding in others)
    return others if is_one_left else list(findings)


def judged_by_threshold(
    findings: Sequence[Finding], screen: Screen, threshold_bytes_per_unit: float
) -> list[Finding]:
    """The findings, as CLEAN where they are too small; never so beside growth that they may hold, too.

    That growth is what the process grows by beyond all findings, as what a C extension keeps.
    """
    unreported = max(0.0, screen.bytes_per_unit - sum(finding.bytes_per_call for finding in findings))
    return [
        replace(finding, verdict=Verdict.CLEAN, kind=Kind.UNDER_THRESHOLD)
        if finding.verdict is Verdict.LEAKING
        and finding.bytes_per_call + unreported < threshold_bytes_per_unit
        else finding
        for finding in findings
    ]
