"""The experiments that prove a holder: which to try next, and what one has freed."""

from collections.abc import Collection, Sequence

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution.groups import Group, bytes_at, overlap
from leakscan.analysis.attribution.tiers import groups
from leakscan.analysis.growth.screen import Screen


def proofs_wanted(
    explained: wire.Explained,
    sites: wire.Sites,
    screen: Screen,
    done: Sequence[wire.Proved],
) -> wire.Prove | None:
    """The next experiment: each leak's first holder, then the others of it one by one, then all at once.

    Where one freed most of the growth, but not all of it, they may be the insides of one object, and are
    emptied at once right away.
    """
    every = [group for group in groups(explained, sites, screen, parents={}) if group.blocks]
    for tried_already in range(settings.MAX_EMPTIED_ALONE + 1):
        for group in every:
            wanted = _next_experiment(group, every, explained, done, tried_already)
            if wanted is not None:
                return wanted
    return None


def _next_experiment(
    group: Group,
    every: Sequence[Group],
    explained: wire.Explained,
    done: Sequence[wire.Proved],
    tried_already: int,
) -> wire.Prove | None:
    """What to try on a leak after so many experiments on it; None if it is settled, or not its turn."""
    held = tuple(sorted(group.blocks))
    alike = _alike(group, every, explained)
    together = in_it(group, explained)
    tried = [proof for proof in done if set(proof.holders) <= {*together, *alike}]
    if len(tried) != tried_already:
        return None
    if not tried:
        return wire.Prove(alike or group.holders[:1], held)
    freed = max(freed_share(proof, explained, held) or 0.0 for proof in tried)
    is_enough = freed >= settings.ENOUGH_FREED
    if freed >= settings.WELL_FREED or (is_enough and len(group.holders) == 1):
        return None
    known = {proof.holders for proof in tried}
    one_by_one = [
        index for index in together if index in group.holders or not explained.holders[index].is_container
    ]
    alone = next((index for index in one_by_one[: settings.MAX_EMPTIED_ALONE] if (index,) not in known), None)
    if alone is not None and not alike and not is_enough:
        return wire.Prove((alone,), held)
    return wire.Prove(together, held) if len(together) > 1 and together not in known else None


def in_it(group: Group, explained: wire.Explained) -> tuple[int, ...]:
    """The holders of a leak, and after them those that hold some of the same without growing themselves."""
    others = [
        index
        for index, holder in enumerate(explained.holders)
        if index not in group.holders
        and not holder.is_weak
        and any(overlap(explained, index, other) for other in group.holders)
    ]
    return (*group.holders, *others)[: settings.MAX_EMPTIED_TOGETHER]


def holders_by_weight(explained: wire.Explained, sites: wire.Sites, screen: Screen) -> tuple[int, ...]:
    """The heaviest holder of each leak, the heaviest leak first; then the other holders of each."""
    each = [group.holders for group in groups(explained, sites, screen, parents={})]
    return (*(one[0] for one in each if one), *(index for one in each for index in one[1:]))


def _alike(group: Group, every: Sequence[Group], explained: wire.Explained) -> tuple[int, ...]:
    """The holders of a growth that is spread over many containers of one kind; empty if it is not."""
    firsts = [
        other.holders[0] for other in every if other.holders and other.blocks.keys() == group.blocks.keys()
    ]
    kinds = {explained.holders[index].type for index in firsts}
    is_spread = len(firsts) >= settings.MIN_SPREAD_CONTAINERS and len(kinds) == 1
    return tuple(firsts) if is_spread else ()


def freed_share(proof: wire.Proved, explained: wire.Explained, sites: Collection[int]) -> float | None:
    """Share of the growth at these sites that emptying the holders freed, from 0 to 1.

    What other holders have of the same sites, and none of these holds, is not theirs to free.
    """
    if proof.message is not None or proof.grown_bytes <= 0:
        return None
    strangers: list[int] = []
    for index in range(len(explained.holders)):
        if not any(
            index == other or overlap(explained, index, other) for other in (*proof.holders, *strangers)
        ):
            strangers.append(index)
    own = sum(bytes_at(sites, explained.holders[index]) for index in proof.holders)
    elsewhere = sum(bytes_at(sites, explained.holders[index]) for index in strangers)
    theirs = max(proof.freed_bytes, min(own, proof.grown_bytes), proof.grown_bytes - elsewhere)
    return max(0.0, min(1.0, proof.freed_bytes / theirs))
