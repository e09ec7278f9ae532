"""The allocation sites of a group, the heaviest line first."""

from leakscan.analysis import settings
from leakscan.analysis.attribution.explanation import Explanation
from leakscan.analysis.attribution.groups import Group
from leakscan.model.analysis import SiteGrowth


def sites_of(group: Group, known: Explanation, *, bytes_factor: float = 1.0) -> tuple[SiteGrowth, ...]:
    """The sites of the group, those of the heaviest line first.

    `bytes_factor` is what the objects take with the native memory that they own, for each traced byte.
    One line may be reached by a thousand stacks, each with a traceback of its own and next to no growth.
    """
    sites = [
        _site(index, group.blocks.get(index, 0.0), size * bytes_factor, known)
        for index, size in group.bytes.items()
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


def _line(site: SiteGrowth) -> tuple[str, int]:
    return site.frame.file, site.frame.line


def _site(index: int, blocks: float, size: float, known: Explanation) -> SiteGrowth:
    traced = known.sites.grown[index]
    types = _types(index, known.rate(blocks), known)
    return SiteGrowth(
        frame=known.places.shown(traced.frames),
        stack=known.places.stack(traced.frames),
        bytes_per_call=known.rate(size),
        objects_per_call=known.rate(blocks),
        types=dict(sorted(types.items(), key=lambda item: (-item[1], item[0]))),
        live_bytes=_part_of(traced.live_bytes, size, traced.bytes),
        live_objects=_part_of(traced.live_blocks, blocks, traced.blocks),
    )


def _types(index: int, objects_per_unit: float, known: Explanation) -> dict[str, float]:
    """Objects per unit of the run by type, of all that were looked at."""
    held = [share for holder in known.explained.holders for share in holder.shares]
    types: dict[str, float] = {}
    for share in (*held, *known.explained.unheld, *known.garbage.shares):
        if share.site == index and share.objects:
            live = max(share.objects, known.sites.grown[index].live_blocks)
            for name, count in share.types.items():
                types[name] = max(types.get(name, 0.0), count / live * objects_per_unit)
    return types


def _part_of(live: int, gained: float, gained_by_site: int) -> int:
    """What is live of a site that several findings share: in the share that one has of its growth."""
    share = gained / gained_by_site if gained_by_site > 0 else 1.0
    return round(live * min(1.0, share))
