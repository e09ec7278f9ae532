"""Leaks of then and of now that are one, because they share a holder."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from leakscan.model.analysis import Finding, Holder


class Relatives(NamedTuple):
    """Leaks that hang together by their holders."""

    old: tuple[int, ...]
    """Their places among those of then."""
    new: tuple[int, ...]
    """Their places among those of now."""


def relatives(old: Sequence[frozenset[str]], new: Sequence[frozenset[str]]) -> tuple[Relatives, ...]:
    """Leaks in the order of now, then those of then that nothing is left of; each given by its holders.

    Which of its holders a leak is named after may change from run to run, one finding may become two, and
    two one: what they are compared by is the sum.
    """
    left = [*((names, place, True) for place, names in enumerate(new))]
    left += [(names, place, False) for place, names in enumerate(old)]
    together = []
    while left:
        names, *_ = left[0]
        members = [left.pop(0)]
        while near := [each for each in left if each[0] & names]:
            left = [each for each in left if not each[0] & names]
            members += near
            names = names.union(*(each[0] for each in near))
        together.append(
            Relatives(
                old=tuple(sorted(place for _names, place, is_new in members if not is_new)),
                new=tuple(sorted(place for _names, place, is_new in members if is_new)),
            )
        )
    return tuple(together)


def holders_of(finding: Finding) -> frozenset[str]:
    """The fingerprints of all holders of a finding; the name of one that an older report has none of."""
    # What is named by its type alone, no chain leads to; it is not the same as another of that type.
    others = (
        each.fingerprint or each.name
        for each in finding.also_held_by
        if each.fingerprint or each.name != each.type
    )
    return frozenset([finding.fingerprint, *others])


def gaining_holders(finding: Finding) -> Iterator[tuple[frozenset[str], Holder]]:
    """Each holder that keeps more with every call, with the words that it may be known by."""
    if finding.holder is not None:
        yield frozenset([finding.fingerprint, finding.holder.name]), finding.holder
    for other in finding.also_held_by:
        # What no chain leads to has no name by which a later run would know it again.
        if other.fingerprint is not None and (other.entries_per_call or 0.0) > 0:
            yield frozenset([other.fingerprint, other.name]), other
