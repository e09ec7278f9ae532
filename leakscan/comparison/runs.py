"""Two runs of a target, compared finding by finding."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from leakscan.model.analysis import Analysis, Finding
from leakscan.model.check import Change, Comparison, FindingChange
from leakscan.model.run import Verdict

_SEVERITY = {Verdict.CLEAN: 0, Verdict.FILLING: 1, Verdict.INCONCLUSIVE: 1, Verdict.LEAKING: 2}


def compare(old: Analysis, new: Analysis, *, band: float) -> Comparison:
    """What became of each finding; growth that differs by no more than the band is the same.

    Nor does a difference count that is smaller than what the runs could have seen.
    """
    slack = max(old.detection_limit_bytes_per_call or 0.0, new.detection_limit_bytes_per_call or 0.0)
    changes = [
        FindingChange(change=_change(before, after, band, slack), old=before, new=after)
        for before, after in _pairs(old.findings, new.findings)
    ]
    order = list(Change)
    changes.sort(
        key=lambda c: (order.index(c.change), -c.finding.bytes_per_call, c.finding.fingerprint),
    )
    return Comparison(old=old, new=new, band=band, changes=tuple(changes))


def _change(old: Finding | None, new: Finding | None, band: float, slack: float) -> Change:
    if old is None:
        return Change.NEW
    if new is None:
        return Change.GONE
    severity = _SEVERITY[new.verdict] - _SEVERITY[old.verdict]
    if severity:
        return Change.WORSE if severity > 0 else Change.BETTER
    difference = new.bytes_per_call - old.bytes_per_call
    if abs(difference) <= max(slack, band * abs(old.bytes_per_call)):
        return Change.SAME
    return Change.WORSE if difference > 0 else Change.BETTER


def _pairs(old: Sequence[Finding], new: Sequence[Finding]) -> Iterator[tuple[Finding | None, Finding | None]]:
    """Findings of one fingerprint; where several share it, in their order."""
    left: dict[str, list[Finding]] = defaultdict(list)
    for finding in old:
        left[finding.fingerprint].append(finding)
    for finding in new:
        known = left[finding.fingerprint]
        yield (known.pop(0) if known else None), finding
    for gone in left.values():
        yield from ((finding, None) for finding in gone)
