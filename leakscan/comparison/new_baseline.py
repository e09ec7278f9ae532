"""What a baseline becomes if all that leaks today is accepted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from leakscan.comparison.gate import holder_known_as, minor_version
from leakscan.comparison.shared_holders import holders_of
from leakscan.model.analysis import Finding
from leakscan.model.check import Accepted, Check, FindingCheck, OtherHolder, Standing, TargetCheck

_RENEWED = (Standing.NEW, Standing.WORSE, Standing.BETTER, Standing.KNOWN)


def updated_baseline(accepted: Sequence[Accepted], check: Check, *, today: date) -> tuple[Accepted, ...]:
    """What the baseline becomes if all that leaks today is accepted.

    New leaks come in at the end, gone ones and those of targets that are configured no more leave, a leak
    whose rate has left the band gets its new one, and what else holds it is noted. What has expired stays
    expired: only people renew it.
    """
    kept = list(accepted)
    for target in check.targets:
        for checked in target.findings:
            if checked.standing is Standing.GONE:
                kept.remove(_known(checked))
            elif checked.standing in _RENEWED and _is_of_another(checked, target):
                kept.append(_newly_accepted(target, checked, today))
            elif checked.standing in _RENEWED:
                known = _known(checked)
                kept[kept.index(known)] = _renewed(known, target, checked, accepted)
    return tuple(known for known in kept if known not in check.orphans)


def _is_of_another(checked: FindingCheck, target: TargetCheck) -> bool:
    """Whether no leak is known that becomes this one: none at all, or one that another finding is."""
    known = checked.accepted
    if known is None:
        return True
    same = [each for each in target.findings if each.accepted == known and each.finding is not None]
    named = next((each for each in same if _finding(each).fingerprint == known.fingerprint), same[0])
    return named is not checked


def _known(checked: FindingCheck) -> Accepted:
    assert checked.accepted is not None
    return checked.accepted


def _finding(checked: FindingCheck) -> Finding:
    assert checked.finding is not None
    return checked.finding


def _newly_accepted(target: TargetCheck, checked: FindingCheck, today: date) -> Accepted:
    finding = _finding(checked)
    entries = None if finding.holder is None else finding.holder.entries_per_call
    return Accepted(
        target=target.name,
        fingerprint=finding.fingerprint,
        holder=str(finding.kind) if finding.holder is None else finding.holder.name,
        bytes_per_call=round(finding.bytes_per_call, 1),
        entries_per_call=None if entries is None else round(entries, 3),
        python=minor_version(target.analysis),
        since=today,
        reason="",
        expires=None,
        also_held_by=_other_holders(finding, finding.fingerprint),
    )


def _renewed(
    known: Accepted, target: TargetCheck, checked: FindingCheck, accepted: Sequence[Accepted]
) -> Accepted:
    """The known leak with its other holders of today; with its rate of today where more has changed."""
    others = _other_holders(_finding(checked), known.fingerprint)
    before = known.also_held_by
    is_same = before is not None and {each.fingerprint for each in before} == {
        each.fingerprint for each in others
    }
    if is_same:
        others = before or ()
    if checked.standing is Standing.KNOWN and (is_same or before is None):
        return replace(known, also_held_by=others)
    return replace(_with_new_rate(known, target, checked, accepted), also_held_by=others)


def _other_holders(finding: Finding, fingerprint: str) -> tuple[OtherHolder, ...]:
    """The holders of a finding that can be known again, without the one of this fingerprint."""
    named = [] if finding.holder is None else [(finding.fingerprint, finding.holder.name)]
    named += [(each.fingerprint, each.name) for each in finding.also_held_by if each.fingerprint is not None]
    return tuple(OtherHolder(holder=name, fingerprint=each) for each, name in named if each != fingerprint)


def _with_new_rate(
    known: Accepted, target: TargetCheck, checked: FindingCheck, accepted: Sequence[Accepted]
) -> Accepted:
    finding = _finding(checked)
    holder = holder_known_as(known.fingerprint, finding) or finding.holder
    entries = None if holder is None else holder.entries_per_call
    # The baseline has a rate of some of its other holders, which are no finding of their own.
    named = {_finding(each).fingerprint for each in target.findings if each.finding is not None}
    told_here = holders_of(finding) - named - {known.fingerprint}
    elsewhere = sum(
        each.bytes_per_call
        for each in accepted
        if each.target == target.name and each.fingerprint in told_here
    )
    return replace(
        known,
        bytes_per_call=round(max(0.0, finding.bytes_per_call - elsewhere), 1),
        entries_per_call=None if entries is None else round(entries, 3),
        python=minor_version(target.analysis),
    )
