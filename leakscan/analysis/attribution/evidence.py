"""Which holder holds which growth: from the raw facts of the explanation to groups, one for each leak."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.growth.containers import ContainerGrowth
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.growth.trends import Trend

OVERLAP = 0.5
"""Holders that share this part of their objects hold one leak."""

_MAX_ALONE = 3
"""Holders of one leak that are emptied one by one."""
_MAX_TOGETHER = 6
"""Holders that are emptied at once."""
_MIN_EXPLAINED = 0.1
"""Share of the objects that were looked at, under which no holder answers for all of their growth."""
_MANY_BLOCKS = 4
_NUMBERS = ("int", "float", "complex")
_MIN_ALIKE = 3
_SPARE_ROOM = 1.3
_MIN_OF_A_TABLE = 0.5
"""Of what a table gains, which a site has to have grown by to be the one that fills it."""


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

    @property
    def grown_blocks(self) -> float:
        """Blocks gained over the traced span."""
        return sum(self.blocks.values())

    @property
    def grown_bytes(self) -> float:
        """Bytes gained over the traced span."""
        return sum(self.bytes.values()) + self.table_bytes


def groups(
    explained: wire.Explained, sites: wire.Sites, screen: Screen, *, parents: Mapping[int, int]
) -> tuple[Group, ...]:
    """The leaks, heaviest first; `parents` maps a holder to the growing one that its chain runs through."""
    persistent = {c.address: c for c in (*screen.suspects, *screen.filled)}
    growing = [
        index
        for index, holder in enumerate(explained.holders)
        if index not in parents and _is_growing(holder, persistent)
    ]
    others = [
        index
        for index, holder in enumerate(explained.holders)
        if index not in parents and index not in growing and not holder.is_weak
    ]
    weak = [index for index, holder in enumerate(explained.holders) if holder.is_weak]
    longer = [index for index in others if _is_longer(explained.holders[index])]
    slots = [
        index
        for index in others
        if not explained.holders[index].is_container
        and not is_passing_number(explained.holders[index], sites)
    ]
    replaced = [index for index in others if index not in longer and explained.holders[index].is_container]
    # The best evidence first; weaker evidence is heard only for what the better leaves unexplained.
    chosen = _grouped(explained, growing)
    for more, enough in ((longer, 0.8), (slots, 0.8), (weak, 0.5), (replaced, 0.3)):
        share = _explained_share(chosen, explained, sites, parents)
        is_explained = share >= _MIN_EXPLAINED and _is_explained(
            _weighed(chosen, explained, sites, parents), sites, screen
        )
        if more and not is_explained and share < enough:
            growing = [*growing, *more]
            chosen = _grouped(explained, growing)
    beside = _beside(slots, chosen, explained, sites, screen, parents)
    chosen = _grouped(explained, [*growing, *beside])
    weighed = _weighed(chosen, explained, sites, parents)
    total_bytes = sum(max(0, site.bytes) for site in sites.grown) or 1
    total_blocks = sum(max(0, site.blocks) for site in sites.grown) or 1
    kept = [
        group
        for group in weighed
        if group.grown_bytes >= settings.MIN_SHARE * total_bytes
        or group.grown_blocks >= settings.MIN_SHARE * total_blocks
        or any(explained.holders[index].address in persistent for index in group.holders)
        or not sites.grown
    ]
    return tuple(sorted(kept, key=lambda g: (-g.grown_bytes, -g.grown_blocks, g.holders)))


def _is_explained(weighed: Sequence[Group], sites: wire.Sites, screen: Screen) -> bool:
    """Whether the groups account for what the untraced rounds grew by: what else was traced is churn."""
    if not weighed:
        return False
    span = screen.span(sites)
    blocks = sum(group.grown_blocks for group in weighed)
    size = sum(group.grown_bytes for group in weighed)
    wanted_bytes = screen.heap_per_unit * span if screen.heap is Trend.RISING else 0.0
    return (
        blocks >= settings.ENOUGH_EXPLAINED * screen.blocks_per_unit * span
        and size >= settings.ENOUGH_EXPLAINED * wanted_bytes
    )


def _beside(
    slots: Sequence[int],
    chosen: Sequence[Sequence[int]],
    explained: wire.Explained,
    sites: wire.Sites,
    screen: Screen,
    parents: Mapping[int, int],
) -> list[int]:
    """The single references that have to themselves what the chosen holders leave unexplained.

    A small linked list that leaks beside large dicts: most is explained without it. Its own sites have to
    have grown, and by no more than what the untraced rounds grew by beyond what is explained. What is
    held weakly stays unheard: its weak references come and go with what somebody else holds.
    """
    if not chosen:
        return []
    left = screen.blocks_per_unit * screen.span(sites)
    left -= sum(group.grown_blocks for group in _weighed(chosen, explained, sites, parents))
    total = sum(max(0, site.blocks) for site in sites.grown)
    taken = {site for group in chosen for site in _objects(group, explained, parents)}
    known = _known_objects(explained)
    beside: list[int] = []
    for index in slots:
        if any(index in group for group in chosen):
            continue
        own = [
            share.site
            for share in explained.holders[index].shares
            if share.site not in taken and 2 * share.objects >= known[share.site]
        ]
        gained = sum(max(0, sites.grown[site].blocks) for site in own)
        if any(_overlap(explained, index, other) for other in beside):
            beside.append(index)
        elif gained >= settings.MIN_SHARE * total and gained * settings.ENOUGH_EXPLAINED <= left:
            beside.append(index)
            left -= gained
    return beside


def _known_objects(explained: wire.Explained) -> dict[int, int]:
    """Objects per site, of all that were looked at."""
    known = {share.site: share.objects for share in explained.unheld}
    for holder in explained.holders:
        for share in holder.shares:
            known[share.site] = max(known.get(share.site, 0), share.objects)
    return known


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
    )


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
    for tried_already in range(_MAX_ALONE + 1):
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
    alone = next((index for index in one_by_one[:_MAX_ALONE] if (index,) not in known), None)
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
        and any(_overlap(explained, index, other) for other in group.holders)
    ]
    return (*group.holders, *others)[:_MAX_TOGETHER]


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
    is_spread = len(firsts) >= _MIN_ALIKE and len(kinds) == 1
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
            index == other or _overlap(explained, index, other) for other in (*proof.holders, *strangers)
        ):
            strangers.append(index)
    own = sum(bytes_at(sites, explained.holders[index]) for index in proof.holders)
    elsewhere = sum(bytes_at(sites, explained.holders[index]) for index in strangers)
    theirs = max(proof.freed_bytes, min(own, proof.grown_bytes), proof.grown_bytes - elsewhere)
    return max(0.0, min(1.0, proof.freed_bytes / theirs))


def bytes_at(sites: Collection[int], holder: wire.HeldBy) -> int:
    return sum(share.bytes for share in holder.shares if share.site in sites)


def _is_growing(holder: wire.HeldBy, persistent: Mapping[int, ContainerGrowth]) -> bool:
    return holder.is_container and not holder.is_weak and holder.address in persistent


def is_passing_number(holder: wire.HeldBy, sites: wire.Sites) -> bool:
    """Whether it is the last of the numbers that a line made, which holds nothing but itself."""
    gained = sum(max(0, sites.grown[share.site].blocks) for share in holder.shares)
    return holder.type in _NUMBERS and gained > _MANY_BLOCKS * sum(share.objects for share in holder.shares)


def _is_longer(holder: wire.HeldBy) -> bool:
    """Whether the container is longer than when the tracing began, at one look only."""
    if not holder.is_container:
        return False
    if holder.entries is None:
        # A container of C code: its length is not known, but its new entries are.
        return bool(holder.shares)
    if holder.entries_before is None:
        return False
    return holder.entries > holder.entries_before


def _grouped(explained: wire.Explained, chosen: Sequence[int]) -> list[list[int]]:
    """The chosen holders, those that share most of their objects together."""
    grouped: list[list[int]] = []
    for index in chosen:
        home = next((group for group in grouped if any(_overlap(explained, index, o) for o in group)), None)
        if home is None:
            grouped.append([index])
        else:
            home.append(index)
    return grouped


def _overlap(explained: wire.Explained, one: int, other: int) -> bool:
    shares = (
        explained.holders[one].overlaps.get(str(other), 0.0),
        explained.holders[other].overlaps.get(str(one), 0.0),
    )
    return max(shares) >= OVERLAP


def _members(group: Sequence[int], parents: Mapping[int, int]) -> list[int]:
    return [*group, *(child for child, parent in parents.items() if parent in group)]


def _objects(group: Sequence[int], explained: wire.Explained, parents: Mapping[int, int]) -> dict[int, int]:
    """Objects per site behind a group: of its fullest holder, and of what hangs on children of its own."""
    objects: dict[int, int] = {}
    for index in group:
        for share in explained.holders[index].shares:
            objects[share.site] = max(objects.get(share.site, 0), share.objects)
    for child in _members(group, parents)[len(group) :]:
        for share in explained.holders[child].shares:
            objects[share.site] = objects.get(share.site, 0) + share.objects
    return objects


def _explained_share(
    chosen: Sequence[Sequence[int]],
    explained: wire.Explained,
    sites: wire.Sites,
    parents: Mapping[int, int],
) -> float:
    """Share of the grown blocks whose sites have their objects behind one of the groups."""
    held: dict[int, int] = {}
    for group in chosen:
        for site, objects in _objects(group, explained, parents).items():
            held[site] = held.get(site, 0) + objects
    total = sum(max(0, site.blocks) for site in sites.grown)
    if not total:
        return 1.0 if chosen else 0.0
    known = _known_objects(explained)
    covered = sum(
        max(0, site.blocks) * min(1.0, held.get(index, 0) / max(1, known.get(index, 0)))
        for index, site in enumerate(sites.grown)
        if index in held
    )
    looked_at = sum(max(0, site.blocks) for index, site in enumerate(sites.grown) if index in known)
    # Sites without any object, such as a native buffer's, speak for no holder and against none.
    return covered / max(1, looked_at) if looked_at >= 0.5 * total else covered / total


def _weighed(
    chosen: Sequence[Sequence[int]],
    explained: wire.Explained,
    sites: wire.Sites,
    parents: Mapping[int, int],
) -> list[Group]:
    """The groups with their part of each site's growth; what no holder has stays with the likeliest one."""
    objects = [_objects(group, explained, parents) for group in chosen]
    totals: dict[int, int] = {}
    for held in objects:
        for site, count in held.items():
            totals[site] = totals.get(site, 0) + count
    blocks: list[dict[int, float]] = [{} for _ in chosen]
    sizes: list[dict[int, float]] = [{} for _ in chosen]
    elsewhere = {share.site: share.objects for share in explained.unheld}
    held_by_any = {share.site for holder in explained.holders for share in holder.shares}
    tables = [_table_growth(group, explained, sites) for group in chosen]
    table_sizes = {
        explained.holders[index].table_bytes: number
        for number, group in enumerate(chosen)
        for index in group
        if explained.holders[index].table_bytes
    }
    for index, grown in enumerate(sites.grown):
        grown_bytes = float(grown.bytes)
        owner = table_sizes.get(grown.largest)
        if owner is None and index not in totals:
            owner = _with_such_a_buffer(grown.largest, chosen, explained)
        if owner is not None:
            # A table was moved as a whole; only what it gained for the new entries is growth.
            grown_bytes = max(0.0, grown_bytes - _moved(grown))
            sizes[owner][index] = tables[owner]
            blocks[owner][index] = 0.0
            tables[owner] = 0.0
        for number, held in enumerate(objects):
            if index in held:
                part = held[index] / max(1, totals[index] + elsewhere.get(index, 0))
                blocks[number][index] = grown.blocks * part
                sizes[number][index] = sizes[number].get(index, 0.0) + grown_bytes * part
        # One large block is the table of some other container, moved; what leaks comes in many.
        is_one_block = _moved(grown) >= 0.5 * grown_bytes and grown.blocks < _MANY_BLOCKS
        has_objects = index in totals or index in held_by_any
        if not has_objects and owner is None and grown_bytes > 0 and not is_one_block:
            home = _nearest(grown, objects, sites)
            # A table that was not moved while traced has no site: a site of next to nothing is another's.
            if home is not None and (objects[home] or grown_bytes >= _MIN_OF_A_TABLE * tables[home]):
                blocks[home][index] = float(grown.blocks)
                sizes[home][index] = grown_bytes
    return [
        Group(
            holders=tuple(group),
            blocks=blocks[number],
            bytes=sizes[number],
            table_bytes=tables[number],
        )
        for number, group in enumerate(chosen)
    ]


def _moved(site: wire.TracedSite) -> int:
    """Bytes of a table among what the site gained: that of a table which it had before is no gain."""
    return max(0, site.largest - site.largest_before)


def _with_such_a_buffer(size: int, chosen: Sequence[Sequence[int]], explained: wire.Explained) -> int | None:
    """The group with a buffer of about this size: buffers have room to spare, and do not say how much."""
    for number, group in enumerate(chosen):
        for index in group:
            holder = explained.holders[index]
            if (
                holder.in_bytes
                and holder.table_bytes <= size * _SPARE_ROOM <= holder.table_bytes * _SPARE_ROOM**2
            ):
                return number
    return None


def _table_growth(group: Sequence[int], explained: wire.Explained, sites: wire.Sites) -> float:
    """Bytes that the tables of the holders gain over the traced span, spread evenly over their entries."""
    total = 0.0
    for index in group:
        holder = explained.holders[index]
        if holder.entries and holder.entries_before is not None and holder.calls:
            gained = (holder.entries - holder.entries_before) * sites.calls / holder.calls
            total += holder.table_bytes / holder.entries * max(0.0, gained)
    return total


def _nearest(site: wire.TracedSite, objects: Sequence[Mapping[int, int]], sites: wire.Sites) -> int | None:
    """The group with a site whose traceback shares most with this one, which has no objects of its own.

    Such memory is the inside of an object: the table of a dict, the buffer of a list.
    """
    best: tuple[int, int] | None = None
    for number, held in enumerate(objects):
        for other in held:
            shared = len(set(site.frames) & set(sites.grown[other].frames))
            if best is None or shared > best[0]:
                best = (shared, number)
    if best is None:
        return 0 if len(objects) == 1 else None
    shared, number = best
    # The frames that every traceback ends with are the agent's own loop.
    return number if shared > 2 or len(objects) == 1 else None
