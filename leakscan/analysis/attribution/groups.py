"""A group of holders that keep one leak alive, and what of the growth is theirs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from leakscan import wire
from leakscan.analysis import settings


class Traced(NamedTuple):
    """What was traced, and the candidates to hold it."""

    explained: wire.Explained
    sites: wire.Sites
    parents: Mapping[int, int]
    """For each candidate whose chain runs through another one that grows: that other one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One leak: the holders that share it, heaviest first, and what they hold of each site."""

    holders: tuple[int, ...]
    """Indices into the explanation; empty for what nothing holds."""
    blocks: Mapping[int, float]
    """Growth in blocks over the traced span, by index of the site."""
    bytes: Mapping[int, float]
    table_bytes: float = 0.0
    """What the holders' own tables gained for the new entries, where no site shows it."""
    withdrawn: frozenset[int] = frozenset()
    """Sites that were near, and of which the release of the holders freed nothing."""

    @property
    def grown_blocks(self) -> float:
        """Blocks gained over the traced span."""
        return sum(self.blocks.values())

    @property
    def grown_bytes(self) -> float:
        """Bytes gained over the traced span."""
        return sum(self.bytes.values()) + self.table_bytes


def covered_blocks(groups: Sequence[Group]) -> dict[int, float]:
    """What the groups account for of each site's growth in blocks."""
    covered: dict[int, float] = {}
    for group in groups:
        for site, blocks in group.blocks.items():
            covered[site] = covered.get(site, 0.0) + blocks
    return covered


def together(one: Group, other: Group) -> Group:
    """Both groups as one leak."""
    sites = {*one.blocks, *other.blocks, *one.bytes, *other.bytes}
    return Group(
        holders=one.holders + other.holders,
        blocks={s: one.blocks.get(s, 0.0) + other.blocks.get(s, 0.0) for s in sites},
        bytes={s: one.bytes.get(s, 0.0) + other.bytes.get(s, 0.0) for s in sites},
        table_bytes=one.table_bytes + other.table_bytes,
        withdrawn=(one.withdrawn | other.withdrawn) - sites,
    )


def heap_bytes(group: Group, sites: wire.Sites) -> float:
    """Upper bound of the bytes that the group gained in objects too large for Python's own blocks."""
    large = (size for site, size in group.bytes.items() if is_large(sites.grown[site]))
    return sum(large) + group.table_bytes


def is_large(site: wire.TracedSite) -> bool:
    """Whether some of what the site has is too large for Python's own blocks."""
    return site.largest > settings.BLOCK_BYTES


def grouped(explained: wire.Explained, chosen: Sequence[int]) -> list[list[int]]:
    """The chosen holders, those that share most of their objects together."""
    groups: list[list[int]] = []
    for index in chosen:
        home = next((group for group in groups if any(overlap(explained, index, o) for o in group)), None)
        if home is None:
            groups.append([index])
        else:
            home.append(index)
    return groups


def overlap(explained: wire.Explained, one: int, other: int) -> bool:
    """Whether the two holders share so many of their objects that they hold one leak."""
    shares = (
        explained.holders[one].overlaps.get(str(other), 0.0),
        explained.holders[other].overlaps.get(str(one), 0.0),
    )
    return max(shares) >= settings.SHARED_OBJECTS


def objects_behind(group: Sequence[int], traced: Traced) -> dict[int, int]:
    """Objects per site behind a group: of its fullest holder, and of what hangs on children of its own."""
    holders = traced.explained.holders
    objects: dict[int, int] = {}
    for index in group:
        for share in holders[index].shares:
            objects[share.site] = max(objects.get(share.site, 0), share.objects)
    for child in (child for child, parent in traced.parents.items() if parent in group):
        for share in holders[child].shares:
            objects[share.site] = objects.get(share.site, 0) + share.objects
    return objects


def known_objects(explained: wire.Explained) -> dict[int, int]:
    """Objects per site, of all that were looked at."""
    known = {share.site: share.objects for share in explained.unheld}
    for holder in explained.holders:
        for share in holder.shares:
            known[share.site] = max(known.get(share.site, 0), share.objects)
    return known


def bytes_at(sites: Collection[int], holder: wire.HeldBy) -> int:
    """Bytes of the objects that the holder has of these sites."""
    return sum(share.bytes for share in holder.shares if share.site in sites)
