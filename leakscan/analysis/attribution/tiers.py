"""Which candidates are admitted as holders of the growth: the tiers of evidence, the best first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution.groups import (
    Group,
    Traced,
    grouped,
    known_objects,
    objects_behind,
    overlap,
)
from leakscan.analysis.attribution.split import split_growth
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.growth.trends import Trend, span_of

_NUMBERS = ("int", "float", "complex")


class Tier(NamedTuple):
    """One kind of evidence."""

    name: str
    holds_for: Callable[[wire.HeldBy, "_Evidence"], bool]
    admitted_below: float
    """Share of the growth: the tier is admitted where better evidence explains less than that."""


class _Evidence(NamedTuple):
    """What the predicates of the tiers look at, beside the candidate."""

    growing: Mapping[int, object]
    """Containers that the screen saw growing, by address."""
    sites: wire.Sites


def _is_growing(holder: wire.HeldBy, evidence: _Evidence) -> bool:
    return holder.is_container and not holder.is_weak and holder.address in evidence.growing


def _is_longer(holder: wire.HeldBy, _evidence: _Evidence) -> bool:
    """Whether the container is longer than when the tracing began, at one census only."""
    if holder.is_weak or not holder.is_container:
        return False
    if holder.entries is None:
        # A container of C code: its length is not known, but its new entries are.
        return bool(holder.shares)
    return holder.entries_before is not None and holder.entries > holder.entries_before


def _is_single_reference(holder: wire.HeldBy, evidence: _Evidence) -> bool:
    return not (holder.is_weak or holder.is_container or is_passing_number(holder, evidence.sites))


def _is_weak(holder: wire.HeldBy, _evidence: _Evidence) -> bool:
    return holder.is_weak


def _is_replaced(holder: wire.HeldBy, _evidence: _Evidence) -> bool:
    return holder.is_container


GROWING = Tier("growing container", _is_growing, settings.GROWING_ADMITTED_BELOW)
LONGER = Tier("longer container", _is_longer, settings.LONGER_ADMITTED_BELOW)
SINGLE_REFERENCE = Tier("single reference", _is_single_reference, settings.SINGLE_REFERENCE_ADMITTED_BELOW)
WEAK = Tier("weak reference", _is_weak, settings.WEAK_ADMITTED_BELOW)
REPLACED = Tier("container no longer than before", _is_replaced, settings.REPLACED_ADMITTED_BELOW)
TIERS = (GROWING, LONGER, SINGLE_REFERENCE, WEAK, REPLACED)
"""The best evidence first: a candidate belongs to the first that holds for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The admitted candidates, in groups of those that share their objects."""

    groups: tuple[tuple[int, ...], ...]
    tiers: tuple[tuple[str, float], ...]
    """(tier, share of the growth that was explained before it) of each tier that was admitted."""
    beside: tuple[int, ...]
    """Single references that hold a growth of their own beside the rest."""


def admit(traced: Traced, screen: Screen) -> Admission:
    """The candidates of each tier that is needed, and single references beside them.

    Weaker evidence is admitted only for what the better leaves unexplained.
    """
    by_tier = _by_tier(traced, screen)
    admitted: list[int] = []
    tiers: list[tuple[str, float]] = []
    groups = grouped(traced.explained, admitted)
    for tier in TIERS:
        candidates = by_tier[tier.name]
        if not candidates:
            continue
        share = explained_share(groups, traced)
        if share < tier.admitted_below and not _is_growth_explained(groups, share, traced, screen):
            admitted += candidates
            tiers.append((tier.name, share))
            groups = grouped(traced.explained, admitted)
    beside = _beside(by_tier[SINGLE_REFERENCE.name], groups, traced, screen)
    groups = grouped(traced.explained, [*admitted, *beside])
    return Admission(groups=tuple(map(tuple, groups)), tiers=tuple(tiers), beside=tuple(beside))


def worth_reporting(split: Sequence[Group], traced: Traced, screen: Screen) -> tuple[Group, ...]:
    """The groups that grew by more than next to nothing, heaviest first."""
    sites = traced.sites.grown
    growing = _growing(screen)
    min_bytes = settings.MIN_SHARE * (sum(max(0, site.bytes) for site in sites) or 1)
    min_blocks = settings.MIN_SHARE * (sum(max(0, site.blocks) for site in sites) or 1)
    kept = [
        group
        for group in split
        if group.grown_bytes >= min_bytes
        or group.grown_blocks >= min_blocks
        or any(traced.explained.holders[index].address in growing for index in group.holders)
        or not sites
    ]
    return tuple(sorted(kept, key=lambda g: (-g.grown_bytes, -g.grown_blocks, g.holders)))


def groups(
    explained: wire.Explained, sites: wire.Sites, screen: Screen, *, parents: Mapping[int, int]
) -> tuple[Group, ...]:
    """The leaks, heaviest first; `parents` maps a holder to the growing one that its chain runs through."""
    traced = Traced(explained, sites, parents)
    admission = admit(traced, screen)
    return worth_reporting(split_growth(admission.groups, traced), traced, screen)


def is_passing_number(holder: wire.HeldBy, sites: wire.Sites) -> bool:
    """Whether it is the last of the numbers that a line made, which holds nothing but itself."""
    gained = sum(max(0, sites.grown[share.site].blocks) for share in holder.shares)
    held = sum(share.objects for share in holder.shares)
    return holder.type in _NUMBERS and gained > settings.MIN_BLOCKS_OF_A_LEAK * held


def explained_share(chosen: Sequence[Sequence[int]], traced: Traced) -> float:
    """Share of the grown blocks whose sites have their objects behind one of the groups."""
    held: dict[int, int] = {}
    for group in chosen:
        for site, objects in objects_behind(group, traced).items():
            held[site] = held.get(site, 0) + objects
    gained = {index: max(0, site.blocks) for index, site in enumerate(traced.sites.grown)}
    total = sum(gained.values())
    if not total:
        return 1.0 if chosen else 0.0
    known = known_objects(traced.explained)
    covered = sum(
        blocks * min(1.0, held[index] / max(1, known.get(index, 0)))
        for index, blocks in gained.items()
        if index in held
    )
    looked_at = sum(blocks for index, blocks in gained.items() if index in known)
    # Sites without any object, such as a native buffer's, speak for no holder and against none.
    is_mostly_known = looked_at >= settings.KNOWN_SITES_SHARE * total
    return covered / max(1, looked_at) if is_mostly_known else covered / total


def _by_tier(traced: Traced, screen: Screen) -> dict[str, list[int]]:
    """The candidates of each tier; none of those that hang on another one that grows, unless held weakly."""
    evidence = _Evidence(_growing(screen), traced.sites)
    by_tier: dict[str, list[int]] = {tier.name: [] for tier in TIERS}
    for index, holder in enumerate(traced.explained.holders):
        if index in traced.parents and not holder.is_weak:
            continue
        tier = next((tier for tier in TIERS if tier.holds_for(holder, evidence)), None)
        if tier is not None:
            by_tier[tier.name].append(index)
    return by_tier


def _growing(screen: Screen) -> dict[int, object]:
    return {container.address: container for container in (*screen.suspects, *screen.filled)}


def _is_growth_explained(
    chosen: Sequence[Sequence[int]], share: float, traced: Traced, screen: Screen
) -> bool:
    """Whether the groups account for what the untraced rounds grew by: the rest comes and goes."""
    if share < settings.MIN_EXPLAINED_SHARE or not chosen:
        return False
    split = _that_grow(split_growth(chosen, traced), traced, screen)
    span = screen.span(traced.sites)
    blocks = sum(group.grown_blocks for group in split)
    size = sum(group.grown_bytes for group in split)
    wanted_bytes = screen.heap_per_unit * span if screen.heap is Trend.RISING else 0.0
    return (
        blocks >= settings.ENOUGH_EXPLAINED * screen.blocks_per_unit * span
        and size >= settings.ENOUGH_EXPLAINED * wanted_bytes
    )


def _that_grow(split: Sequence[Group], traced: Traced, screen: Screen) -> list[Group]:
    """The groups without full containers: what comes into one takes the place of something."""
    if not screen.windows:
        return list(split)
    span = span_of(screen.windows[-1:], screen.unit)
    full = {container.address for container in screen.filled if container.gained_between(*span) <= 0}
    return [
        group
        for group in split
        if not group.holders
        or not all(traced.explained.holders[index].address in full for index in group.holders)
    ]


def _beside(
    references: Sequence[int], chosen: Sequence[Sequence[int]], traced: Traced, screen: Screen
) -> list[int]:
    """The single references that have to themselves what the chosen holders leave unexplained.

    A small linked list that leaks beside large dicts: most is explained without it. Its own sites have to
    have grown, and so much of that as would explain it (`ENOUGH_EXPLAINED`) has to fit into what the untraced
    rounds grew by beyond what is explained. What is
    held weakly stays unheard: its weak references come and go with what somebody else holds.
    """
    if not chosen:
        return []
    left = screen.blocks_per_unit * screen.span(traced.sites)
    left -= sum(group.grown_blocks for group in split_growth(chosen, traced))
    total = sum(max(0, site.blocks) for site in traced.sites.grown)
    admitted = {index for group in chosen for index in group}
    taken = {site for group in chosen for site in objects_behind(group, traced)}
    beside: list[int] = []
    for index in references:
        if index in admitted:
            continue
        gained = _gained_alone(index, taken, traced)
        if any(overlap(traced.explained, index, other) for other in beside):
            beside.append(index)
        elif gained >= settings.MIN_SHARE * total and gained * settings.ENOUGH_EXPLAINED <= left:
            beside.append(index)
            left -= gained
    return beside


def _gained_alone(index: int, taken: set[int], traced: Traced) -> int:
    """Blocks gained at sites of which this candidate holds most of the objects, and no other any."""
    known = known_objects(traced.explained)
    return sum(
        max(0, traced.sites.grown[share.site].blocks)
        for share in traced.explained.holders[index].shares
        if share.site not in taken and share.objects >= settings.MIN_SHARE_OF_OWN_SITE * known[share.site]
    )
