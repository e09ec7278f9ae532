"""Growth that was traced and that no holder has: garbage, and what nothing refers to."""

from collections.abc import Sequence

from leakscan.analysis import settings
from leakscan.analysis.attribution.explanation import Explanation
from leakscan.analysis.attribution.groups import Group, covered_blocks, heap_bytes, is_large
from leakscan.analysis.attribution.leaks import Leak
from leakscan.analysis.attribution.tiers import is_passing_number
from leakscan.analysis.growth.trends import Trend


def unheld_growth(leaks: Sequence[Leak], groups: Sequence[Group], known: Explanation) -> Group | None:
    """What piles up as garbage, or is lost beside these groups; None where that is nothing to speak of."""
    return garbage_growth(leaks, known) if known.screen.is_garbage else lost_growth(groups, known)


def garbage_growth(leaks: Sequence[Leak], known: Explanation) -> Group | None:
    """The garbage that nobody collects; None where it was looked for and no piece was traced.

    Sites of no object, such as that of a list's items, are its own where no holder accounts for them.
    """
    if not known.garbage.objects and known.garbage.message is None:
        return None
    covered = covered_blocks([leak.group for leak in leaks]).keys()
    blocks: dict[int, float] = {}
    sizes: dict[int, float] = {}
    for index, site in enumerate(known.sites.grown):
        otherwise = 1.0 if site.blocks > 0 and index not in covered else 0.0
        share = known.garbage_shares.get(index, otherwise)
        if share:
            blocks[index] = share * site.blocks
            sizes[index] = share * max(0, site.bytes)
    group = Group(holders=(), blocks=blocks, bytes=sizes)
    return group if group.grown_bytes else None


def lost_growth(groups: Sequence[Group], known: Explanation) -> Group | None:
    """What the groups leave of the growth, and no holder has; None if that is too little to be a leak."""
    group = _left(groups, known)
    return None if _is_passing(known) or not _is_enough(group, groups, known) else group


def _left(groups: Sequence[Group], known: Explanation) -> Group:
    """The sites that grew and that no group accounts for."""
    covered = covered_blocks(groups)
    held = {
        share.site
        for holder in known.explained.holders
        if not is_passing_number(holder, known.sites)
        for share in holder.shares
    }
    left = {
        index: site
        for index, site in enumerate(known.sites.grown)
        # A leak grew in the first span as much as in the second; what is replaced did not.
        if index not in covered and index not in held and site.blocks > 0
    }
    return Group(
        holders=(),
        blocks={index: float(site.blocks) for index, site in left.items()},
        bytes={index: float(max(0, site.bytes)) for index, site in left.items()},
    )


def _is_enough(left: Group, groups: Sequence[Group], known: Explanation) -> bool:
    """Whether what is left is much of what the untraced rounds grew by."""
    span = known.screen.span(known.sites)
    wanted = max(1.0, known.screen.blocks_per_unit * span)
    wanted_heap = known.screen.heap_per_unit * span
    explained = sum(group.grown_blocks for group in groups)
    missing = known.screen.blocks_per_unit * span - explained
    is_much = (
        left.grown_blocks >= settings.MIN_LOST_SHARE * wanted
        and missing > settings.MIN_MISSING_SHARE * wanted
    )
    return is_much or _is_heavy(left, groups, wanted_heap, known)


def _is_heavy(left: Group, groups: Sequence[Group], wanted: float, known: Explanation) -> bool:
    """Whether what is left is much of what native heap grew by, and no group accounts for that."""
    if not groups:
        return wanted > 0 and left.grown_bytes >= settings.MIN_LOST_SHARE * wanted
    if known.screen.heap is not Trend.RISING:
        return False
    lost = sum(
        size
        for index, size in left.bytes.items()
        if is_large(known.sites.grown[index]) and left.blocks[index] >= settings.MIN_BLOCKS_OF_A_LEAK
    )
    missing = wanted - sum(heap_bytes(group, known.sites) for group in groups)
    return lost >= settings.MIN_LOST_SHARE * wanted and missing > settings.MIN_MISSING_SHARE * wanted


def _is_passing(known: Explanation) -> bool:
    """Whether what is referred to from nowhere was on its way out when it was looked at."""
    unreferred = known.explained.unreferred
    return bool(unreferred) and not any(each.references for each in unreferred)
