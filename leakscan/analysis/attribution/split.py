"""Each group's part of the growth: what was traced at a site is split among those that hold its objects."""

from collections.abc import Mapping, Sequence

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution.groups import Group, Traced, objects_behind


def split_growth(chosen: Sequence[Sequence[int]], traced: Traced) -> list[Group]:
    """The groups with their part of each site's growth; what no holder has stays with the likeliest one."""
    split = _Split(chosen, traced)
    for index, site in enumerate(traced.sites.grown):
        split.add(index, site)
    return split.groups()


class _Split:
    """The parts of each group while the sites are gone through."""

    def __init__(self, chosen: Sequence[Sequence[int]], traced: Traced) -> None:
        self._chosen = chosen
        self._traced = traced
        self._objects = [objects_behind(group, traced) for group in chosen]
        self._totals: dict[int, int] = {}
        for held in self._objects:
            for site, count in held.items():
                self._totals[site] = self._totals.get(site, 0) + count
        self._blocks: list[dict[int, float]] = [{} for _ in chosen]
        self._bytes: list[dict[int, float]] = [{} for _ in chosen]
        holders = traced.explained.holders
        self._elsewhere = {share.site: share.objects for share in traced.explained.unheld}
        self._held_by_any = {share.site for holder in holders for share in holder.shares}
        self._tables = [_table_growth(group, traced) for group in chosen]
        self._owner_by_table_size = {
            holders[index].table_bytes: number
            for number, group in enumerate(chosen)
            for index in group
            if holders[index].table_bytes
        }

    def add(self, index: int, site: wire.TracedSite) -> None:
        """Give each group its part of what one site gained."""
        owner = self._owner_of_table(index, site)
        grown_bytes = float(site.bytes)
        if owner is not None:
            # A table was moved as a whole; only what it gained for the new entries is growth.
            grown_bytes = max(0.0, grown_bytes - _moved_bytes(site))
            self._bytes[owner][index] = self._tables[owner]
            self._blocks[owner][index] = 0.0
            self._tables[owner] = 0.0
        self._by_objects(index, site.blocks, grown_bytes)
        if owner is None and not self._has_objects(index) and grown_bytes > 0 and not _is_moved_table(site):
            self._to_nearest(index, site)

    def groups(self) -> list[Group]:
        """The groups, once each site was added."""
        return [
            Group(holders=tuple(group), blocks=blocks, bytes=sizes, table_bytes=table)
            for group, blocks, sizes, table in zip(
                self._chosen, self._blocks, self._bytes, self._tables, strict=True
            )
        ]

    def _owner_of_table(self, index: int, site: wire.TracedSite) -> int | None:
        owner = self._owner_by_table_size.get(site.largest)
        if owner is None and index not in self._totals:
            owner = _with_such_a_buffer(site.largest, self._chosen, self._traced.explained)
        return owner

    def _has_objects(self, index: int) -> bool:
        return index in self._totals or index in self._held_by_any

    def _by_objects(self, index: int, blocks: int, grown_bytes: float) -> None:
        """Split by how many of the site's objects each group holds."""
        for number, held in enumerate(self._objects):
            if index in held:
                part = held[index] / max(1, self._totals[index] + self._elsewhere.get(index, 0))
                self._blocks[number][index] = blocks * part
                self._bytes[number][index] = self._bytes[number].get(index, 0.0) + grown_bytes * part

    def _to_nearest(self, index: int, site: wire.TracedSite) -> None:
        home = _nearest(site, self._objects, self._traced.sites)
        if home is None:
            return
        # A table that was not moved while traced has no site: a site of next to nothing is another's.
        if self._objects[home] or site.bytes >= settings.MIN_SHARE_OF_TABLE * self._tables[home]:
            self._blocks[home][index] = float(site.blocks)
            self._bytes[home][index] = float(site.bytes)


def _moved_bytes(site: wire.TracedSite) -> int:
    """Bytes of a table among what the site gained: that of a table which it had before is no gain."""
    return max(0, site.largest - site.largest_before)


def _is_moved_table(site: wire.TracedSite) -> bool:
    """Whether the gain is one large block: the table of some other container, moved. Leaks come in many."""
    is_most_of_it = _moved_bytes(site) >= settings.MOVED_TABLE_SHARE * site.bytes
    return is_most_of_it and site.blocks < settings.MIN_BLOCKS_OF_A_LEAK


def _with_such_a_buffer(size: int, chosen: Sequence[Sequence[int]], explained: wire.Explained) -> int | None:
    """The group with a buffer of about this size: buffers have room to spare, and do not say how much."""
    spare = settings.BUFFER_SPARE_FACTOR
    for number, group in enumerate(chosen):
        for index in group:
            holder = explained.holders[index]
            if holder.in_bytes and holder.table_bytes <= size * spare <= holder.table_bytes * spare**2:
                return number
    return None


def _table_growth(group: Sequence[int], traced: Traced) -> float:
    """Bytes that the tables of the holders gain over the traced span, spread evenly over their entries."""
    total = 0.0
    for index in group:
        holder = traced.explained.holders[index]
        if holder.entries:
            total += holder.table_bytes / holder.entries * max(0.0, _gained(holder, traced.sites))
    return total


def _gained(holder: wire.HeldBy, sites: wire.Sites) -> float:
    """Entries that the holder gained over the traced span; 0 where that is not known."""
    while_traced = dict(sites.entries).get(holder.address)
    if while_traced is not None:
        return float(while_traced)
    if holder.entries is None or holder.entries_before is None or not holder.calls:
        return 0.0
    return (holder.entries - holder.entries_before) * sites.calls / holder.calls


def _nearest(site: wire.TracedSite, objects: Sequence[Mapping[int, int]], sites: wire.Sites) -> int | None:
    """The group with a site whose traceback shares most with this one, which has no objects of its own.

    Such memory is the inside of an object: the table of a dict, the buffer of a list.
    """
    nearest: tuple[int, int] | None = None
    for number, held in enumerate(objects):
        for other in held:
            shared = len(set(site.frames) & set(sites.grown[other].frames))
            if nearest is None or shared > nearest[0]:
                nearest = (shared, number)
    if nearest is None:
        return 0 if len(objects) == 1 else None
    shared, number = nearest
    return number if shared > settings.FRAMES_OF_EVERY_TRACEBACK or len(objects) == 1 else None
