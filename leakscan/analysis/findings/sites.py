"""The allocation sites of a group, the heaviest line first."""

from leakscan.analysis import settings
from leakscan.analysis.attribution.explanation import Explanation
from leakscan.analysis.attribution.groups import Group, objects_behind
from leakscan.model.analysis import SiteGrowth


def sites_of(group: Group, known: Explanation, *, bytes_factor: float = 1.0) -> tuple[SiteGrowth, ...]:
    """The sites of the group, those of the heaviest line first.

    `bytes_factor` is what the objects take with the native memory that they own, for each traced byte.
    One line may be reached by a thousand stacks, each with a traceback of its own and next to no growth.
    """
    sites = [
        _site(index, group, size, known)
        for index, size in _bytes_with_tables(group, known, bytes_factor).items()
    ]
    by_line: dict[tuple[str, int], float] = {}
    for site in sites:
        line = _line(site)
        by_line[line] = by_line.get(line, 0.0) + site.bytes_per_call
    sites.sort(
        key=lambda s: (-by_line[_line(s)], _line(s), -s.bytes_per_call, -s.objects_per_call),
    )
    min_bytes = settings.MIN_SITE_SHARE * max((s.bytes_per_call for s in sites), default=0.0)
    min_objects = settings.MIN_SITE_SHARE * max((s.objects_per_call for s in sites), default=0.0)
    listed = [s for s in sites if s.bytes_per_call > min_bytes or s.objects_per_call > min_objects]
    return tuple(listed[: settings.MAX_SITES])


def _bytes_with_tables(group: Group, known: Explanation, bytes_factor: float) -> dict[int, float]:
    """Bytes of each site; what fills a table without moving it is of the line that brings most entries."""
    sizes = {index: size * bytes_factor for index, size in group.bytes.items()}
    of_entries = objects_behind(group.holders, known.traced).keys() & sizes.keys()
    heaviest = max(of_entries, key=lambda site: (sizes[site], -site), default=None)
    if heaviest is not None:
        sizes[heaviest] += group.table_bytes
    return sizes


def _line(site: SiteGrowth) -> tuple[str, int]:
    return site.frame.file, site.frame.line


def _site(index: int, group: Group, size: float, known: Explanation) -> SiteGrowth:
    traced = known.sites.grown[index]
    blocks = group.blocks.get(index, 0.0)
    types = _types(index, group, known)
    return SiteGrowth(
        frame=known.places.shown(traced.frames),
        stack=known.places.stack(traced.frames),
        bytes_per_call=known.rate_of(group.holders, size),
        objects_per_call=known.rate_of(group.holders, blocks),
        types=dict(sorted(types.items(), key=lambda item: (-item[1], item[0]))),
        live_bytes=_part_of(traced.live_bytes, size, traced.bytes),
        live_objects=_part_of(traced.live_blocks, blocks, traced.blocks),
    )


def _types(index: int, group: Group, known: Explanation) -> dict[str, float]:
    """Objects per unit of the run by type: those that the group holds, or all where it is known of none."""
    own = {*group.holders, *(child for child, parent in known.parents.items() if parent in group.holders)}
    held = [share for number in sorted(own) for share in known.explained.holders[number].shares]
    if not any(share.site == index for share in held):
        of_all = (share for holder in known.explained.holders for share in holder.shares)
        held = [*of_all, *known.explained.unheld, *known.garbage.shares]
    of_group, of_site = group.blocks.get(index, 0.0), float(known.sites.grown[index].blocks)
    types: dict[str, float] = {}
    for share in held:
        if share.site == index and share.objects:
            live = max(share.objects, known.sites.grown[index].live_blocks)
            for name, count in share.types.items():
                rate = known.rate_of(group.holders, min(of_group, count / live * max(of_site, of_group)))
                types[name] = max(types.get(name, 0.0), rate)
    return types


def _part_of(live: int, gained: float, gained_by_site: int) -> int:
    """What is live of a site that several findings share: in the share that one has of its growth."""
    share = gained / gained_by_site if gained_by_site > 0 else 1.0
    return round(live * min(1.0, share))
