"""Two runs of a target, compared finding by finding."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from leakscan.comparison.shared_holders import Relatives, gaining_holders, holders_of, relatives
from leakscan.model.analysis import Analysis, Finding
from leakscan.model.check import Change, Comparison, FindingChange
from leakscan.model.run import Verdict

_SEVERITY = {Verdict.CLEAN: 0, Verdict.FILLING: 1, Verdict.INCONCLUSIVE: 1, Verdict.LEAKING: 2}


def compare(old: Analysis, new: Analysis, *, band: float) -> Comparison:
    """What became of each finding; growth that differs by no more than the band is the same.

    Nor does a difference count that is smaller than what the runs could have seen. Findings that share a
    holder are compared by their sum, and a holder that joins them is new.
    """
    slack = max(old.detection_limit_bytes_per_call or 0.0, new.detection_limit_bytes_per_call or 0.0)
    compared = _Relations(old.findings, new.findings, band, slack)
    changes = [compared.change(pair) for pair in compared.pairs]
    order = list(Change)
    changes.sort(
        key=lambda c: (order.index(c.change), -c.finding.bytes_per_call, c.finding.fingerprint),
    )
    return Comparison(old=old, new=new, band=band, changes=tuple(changes))


class _Pair(NamedTuple):
    """Places of a finding in both runs; None in the run that does not have it."""

    old: int | None
    new: int | None


class _Relations:
    """The findings of two runs, by the holders that they share."""

    def __init__(self, old: Sequence[Finding], new: Sequence[Finding], band: float, slack: float) -> None:
        self._old = old
        self._new = new
        self._band = band
        self._slack = slack
        self._relatives = relatives(
            [holders_of(finding) for finding in old], [holders_of(finding) for finding in new]
        )
        self.pairs = tuple(self._paired())

    def change(self, pair: _Pair) -> FindingChange:
        """What became of a finding."""
        old = None if pair.old is None else self._old[pair.old]
        new = None if pair.new is None else self._new[pair.new]
        related = next(each for each in self._relatives if pair.old in each.old or pair.new in each.new)
        before = [self._old[place] for place in related.old]
        after = [self._new[place] for place in related.new]
        # Of findings with one fingerprint each is compared with its own.
        is_one_leak = _have_own_names(before) and _have_own_names(after)
        if new is None:
            is_elsewhere = bool(after) and is_one_leak
            change = Change.SAME if is_elsewhere else Change.GONE
            return FindingChange(change=change, old=old, new=new, is_elsewhere=is_elsewhere)
        if not before or (old is None and not is_one_leak):
            return FindingChange(change=Change.NEW, old=old, new=new)
        joined = _new_holders(before, new)
        if joined:
            return FindingChange(change=Change.NEW, old=old, new=new, new_holders=joined)
        if not is_one_leak and old is not None:
            before, after = [old], [new]
        severity = 0 if old is None else _SEVERITY[new.verdict] - _SEVERITY[old.verdict]
        return FindingChange(
            change=self._change(severity, before, after), old=old, new=new, is_elsewhere=old is None
        )

    def _change(self, severity: int, before: Sequence[Finding], after: Sequence[Finding]) -> Change:
        if severity:
            return Change.WORSE if severity > 0 else Change.BETTER
        then = sum(finding.bytes_per_call for finding in before)
        difference = sum(finding.bytes_per_call for finding in after) - then
        if abs(difference) <= max(self._slack, self._band * abs(then)):
            return Change.SAME
        return Change.WORSE if difference > 0 else Change.BETTER

    def _paired(self) -> Iterator[_Pair]:
        """Findings of one fingerprint, several in their order; then those that share a holder."""
        left: dict[str, list[int]] = defaultdict(list)
        for place, finding in enumerate(self._old):
            left[finding.fingerprint].append(place)
        came: list[int] = []
        for place, finding in enumerate(self._new):
            known = left[finding.fingerprint]
            if known:
                yield _Pair(known.pop(0), place)
            else:
                came.append(place)
        went = sorted(place for places in left.values() for place in places)
        for related in self._relatives:
            yield from self._of_relatives(related, came, went)

    def _of_relatives(self, related: Relatives, came: Sequence[int], went: Sequence[int]) -> Iterator[_Pair]:
        old = [place for place in related.old if place in went]
        new = [place for place in related.new if place in came]
        for number in range(max(len(old), len(new))):
            yield _Pair(
                old[number] if number < len(old) else None, new[number] if number < len(new) else None
            )


def _have_own_names(findings: Sequence[Finding]) -> bool:
    return len({finding.fingerprint for finding in findings}) == len(findings)


def _new_holders(before: Sequence[Finding], finding: Finding) -> tuple[str, ...]:
    """Names of the holders that a leak has beside those that were there before."""
    if finding.verdict is not Verdict.LEAKING:
        return ()
    known = frozenset[str]().union(*(holders_of(each) for each in before))
    return tuple(holder.name for words, holder in gaining_holders(finding) if not words & known)
