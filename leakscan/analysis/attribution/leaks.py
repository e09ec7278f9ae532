"""Leaks: groups with their holders in the order in which a report names them, by what proofs have freed."""

from collections.abc import Sequence
from dataclasses import dataclass

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution.explanation import Explanation
from leakscan.analysis.attribution.groups import Group, bytes_at, together
from leakscan.analysis.attribution.proof_plan import freed_share, in_it
from leakscan.analysis.naming import holder_names
from leakscan.analysis.naming.fingerprint import fingerprint_names, leak_fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A group whose holders are in order."""

    group: Group
    holders: tuple[int, ...]
    """Those that a report tells of: the main one, then those of the leak that have other names."""
    fingerprint: str
    """By the chain of the main one."""

    @property
    def main(self) -> int:
        """The holder that the leak is named after."""
        return self.holders[0]


def leaks(groups: Sequence[Group], known: Explanation) -> tuple[Leak, ...]:
    """A leak for each group; those that differ by keys only (`GROUPS[7]`, `GROUPS[8]`) are one."""
    folded: dict[str, Group] = {}
    for group in groups:
        identity = leak_fingerprint(known.steps(_in_order(group, known)[0]))
        folded[identity] = together(folded[identity], group) if identity in folded else group
    return tuple(_leak(group, known) for group in folded.values())


def _leak(group: Group, known: Explanation) -> Leak:
    by_name: dict[tuple[str, ...], int] = {}
    for index in _without_incidental(_in_order(group, known), group, known):
        by_name.setdefault(tuple(fingerprint_names(known.steps(index))), index)
    holders = tuple(by_name.values())[: 1 + settings.MAX_OTHER_HOLDERS]
    return Leak(group=group, holders=holders, fingerprint=leak_fingerprint(known.steps(holders[0])))


def alike(index: int, group: Group, known: Explanation) -> list[int]:
    """The holder, and those of the group that differ from it by keys and indices only."""
    names = fingerprint_names(known.steps(index))
    others = (other for other in group.holders if other != index)
    return [index, *(other for other in others if fingerprint_names(known.steps(other)) == names)]


def is_one_object(holders: Sequence[int], known: Explanation) -> bool:
    """Whether the holders are what one object keeps for itself: the data of a cache, and its order."""
    named = [known.named_holder(index) for index in holders]
    return len({known.steps(index) for index in holders}) == 1 and all(
        each is not None and holder_names.is_inside(each.steps) for each in named
    )


def bound_of(index: int, known: Explanation) -> int | None:
    """The most entries that a container allows itself, where it or what it belongs to says so.

    A bound that no memory can hold ends nothing: it is none.
    """
    bound = _named_bound(index, known)
    return None if bound is None or _is_beyond_memory(bound, index, known) else bound


def unreachable_bound_of(index: int, known: Explanation) -> int | None:
    """The bound that is none, since so many entries take more than all memory; None where it is one."""
    bound = _named_bound(index, known)
    return bound if bound is not None and _is_beyond_memory(bound, index, known) else None


def _named_bound(index: int, known: Explanation) -> int | None:
    raw = known.explained.holders[index]
    if not raw.is_container:
        return None
    named = known.named_holder(index)
    return named.bound if raw.bound is None and named is not None else raw.bound


def _is_beyond_memory(bound: int, index: int, known: Explanation) -> bool:
    raw, memory = known.explained.holders[index], known.memory_bytes
    if memory is None:
        return False
    if raw.in_bytes:
        return bound > memory
    place = raw.table_bytes / max(1, raw.entries or 0)
    traced = sum(share.bytes for share in raw.shares) / raw.added + place if raw.added else 0.0
    return bound * max(known.entry_bytes.get(index) or 0.0, traced, place) > memory


def freed(holders: Sequence[int], group: Group, known: Explanation) -> float | None:
    """The largest share of the growth that emptying some of these, and no other, freed; None if not tried."""
    shares = [
        freed_share(_of_group(proof, group, known), known.explained, group.blocks)
        for proof in known.proofs
        if set(proof.holders) <= set(holders)
    ]
    return max((share for share in shares if share is not None), default=None)


def freed_together(holders: Sequence[int], group: Group, known: Explanation) -> float | None:
    """What emptying these and others freed, where these alone freed little; None if not tried."""
    shares = [
        freed_share(_of_group(proof, group, known), known.explained, group.blocks)
        for proof in known.proofs
        if not set(proof.holders) <= set(holders) and holders[0] in proof.holders
    ]
    return next((share for share in shares if share is not None), None)


def is_counted(index: int, known: Explanation) -> bool:
    """Whether nothing was emptied, and what would go with this holder is known by a count of references."""
    tried = [proof for proof in known.proofs if index in proof.holders and proof.message is None]
    return bool(tried) and all(proof.counted_because is not None for proof in tried)


def _of_group(proof: wire.Proved, group: Group, known: Explanation) -> wire.Proved:
    """The experiment without sites of which the group has lost the credit: nobody holds what is there."""
    sites = proof.freed_sites or ()
    own = [each for each in sites if each[0] not in group.withdrawn]
    if not own or len(own) == len(sites):
        return proof
    # With their tables, both: the sums of the proof leave out those that say nothing of the entries.
    grown = sum(known.sites.grown[site].live_bytes for site, _blocks, _size in own)
    return proof._replace(grown_bytes=grown, freed_bytes=sum(size for _site, _blocks, size in own))


def _in_order(group: Group, known: Explanation) -> list[int]:
    """The holders of a group, with those that were tried beside them, the one to be named first of all."""
    tried = {index for proof in known.proofs for index in proof.holders}
    others = [index for index in in_it(group, known.explained)[len(group.holders) :] if index in tried]
    return sorted([*group.holders, *others], key=lambda index: _preference(index, group, known))


def _preference(index: int, group: Group, known: Explanation) -> tuple[bool, bool, bool, bool, bool, int]:
    """Holders with a chain from a root first, then those that freed most of it alone, then by weight.

    A bound ends nothing of what is held elsewhere too, by what grows without one: that is the leak.
    """
    steps = known.steps(index)
    is_enough = (freed([index], group, known) or 0.0) >= settings.ENOUGH_FREED
    # Of a linked structure not one of its nodes is the holder, but whoever holds the structure.
    is_in_chain = any(step.repeats > 1 for step in steps[:-1])
    is_full = index not in group.holders and known.explained.holders[index].is_container
    is_elsewhere = _is_in_bound(index, group, known) and any(
        _grows_without_bound(other, group, known) for other in group.holders
    )
    return steps[0].kind == wire.StepKind.UNKNOWN, is_elsewhere, not is_enough, is_full, is_in_chain, index


def _without_incidental(ordered: Sequence[int], group: Group, known: Explanation) -> list[int]:
    """The holders; where the first frees enough, without those that hold next to nothing of the leak.

    The variable with the newest entry holds that entry, and is no second holder of all of them. A container
    that keeps something more with every call is a second one, however little it keeps.
    """
    held = {index: bytes_at(group.blocks, known.explained.holders[index]) for index in ordered}
    if (freed(ordered[:1], group, known) or 0.0) < settings.ENOUGH_FREED:
        return list(ordered)
    min_bytes = settings.MIN_SHARE * max(held.values())
    return [
        index
        for index in ordered
        if index == ordered[0] or held[index] >= min_bytes or known.is_suspect(index)
    ]


def _is_in_bound(index: int, group: Group, known: Explanation) -> bool:
    """Whether the holder, or another one inside the same object, has a bound and keeps to it."""
    same = alike(index, group, known)
    parts = same if is_one_object(same, known) else [index]
    bounds = [bound for part in parts if (bound := bound_of(part, known)) is not None]
    entries = known.explained.holders[index].entries
    return entries is not None and any(entries <= bound for bound in bounds)


def _grows_without_bound(index: int, group: Group, known: Explanation) -> bool:
    """Whether the holder grew at each of the last censuses, can be named, and nothing bounds it."""
    raw = known.explained.holders[index]
    return (
        raw.is_container
        and not raw.is_weak
        and known.is_suspect(index)
        and known.steps(index)[0].kind != wire.StepKind.UNKNOWN
        and not _is_in_bound(index, group, known)
    )
