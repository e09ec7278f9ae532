"""The list of caches as a report shows it: its rows, its columns, its sentences."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from leakscan import units
from leakscan.model.analysis import Cache, CacheList
from leakscan.reports.text_fit import printable
from leakscan.reports.views.wording import exceeds_text, path_text

UNBOUNDED = "unbounded"
NOT_KNOWN = "-"
HEADINGS = ("size", "entries", "bound", "hit rate", "cache")


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheRow:
    """One cache, or the caches of many instances of a class."""

    size: str
    entries: str
    bound: str
    hit_rate: str
    name: str
    remarks: tuple[str, ...]
    stands_out: bool
    """Whether nothing ends its growth, or its bound does not."""
    size_bytes: int
    """To sort by, as the three below."""
    entry_count: int
    bound_count: float
    hit_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CachesView:
    """The section of a report that lists the caches."""

    summary: str
    rows: tuple[CacheRow, ...]
    hidden: str | None
    """What the list has and the report does not show."""
    unlisted: str | None
    """What the list does not have."""


def caches_view(
    listed: CacheList, *, max_rows: int, max_empty: int, max_details: int, max_links: int
) -> CachesView:
    """The list, cut off after so many rows and lines below each; empty caches come last."""
    used = [cache for cache in listed.caches if cache.entries]
    empty = [cache for cache in listed.caches if not cache.entries]
    shown = [*used[:max_rows], *empty[:max_empty]]
    return CachesView(
        summary=_summary(used, len(empty)),
        rows=tuple(_row(cache, max_details, max_links) for cache in shown),
        hidden=_more(len(listed.caches) - len(shown)),
        unlisted=_unlisted(listed),
    )


def _summary(used: Sequence[Cache], empty: int) -> str:
    """`17 caches hold 1.1 MB, 1 without a bound; 40 more are empty`."""
    if not used:
        return "none holds anything"
    size = sum(cache.table_bytes if cache.bytes is None else cache.bytes for cache in used)
    least = "" if all(cache.bytes is not None for cache in used) else "at least "
    verb = "holds" if len(used) == 1 else "hold"
    text = f"{units.counted(len(used), 'cache')} {verb} {least}{units.bytes_text(size)}"
    unbounded = sum(cache.is_unbounded for cache in used)
    past = sum(cache.is_past_its_bound for cache in used)
    text += f", {units.count_text(unbounded)} without a bound" if unbounded else ""
    text += f", {units.count_text(past)} past its bound" if past else ""
    return f"{text}; {units.count_text(empty)} more {'is' if empty == 1 else 'are'} empty" if empty else text


def _more(number: int) -> str | None:
    return f"and {units.counted(number, 'more cache')}" if number else None


def _unlisted(listed: CacheList) -> str | None:
    if not listed.unlisted:
        return None
    least = min((cache.entries for cache in listed.caches), default=0)
    caches = units.counted(listed.unlisted, "more cache")
    return f"{caches} of at most {units.counted(least, 'entry', 'entries')} each were not looked at"


def _row(cache: Cache, max_details: int, max_links: int) -> CacheRow:
    size = cache.table_bytes if cache.bytes is None else cache.bytes
    return CacheRow(
        size=("≥ " if cache.bytes is None else "") + units.bytes_text(size),
        entries=units.count_text(cache.entries),
        bound=_bound(cache),
        hit_rate=NOT_KNOWN if cache.hit_rate is None else units.share_text(cache.hit_rate),
        name=printable(cache.name)
        + (f" ×{units.count_text(cache.instances)}" if cache.instances > 1 else ""),
        remarks=(*_warnings(cache), *islice(_details(cache, max_links), max_details)),
        stands_out=cache.is_unbounded or cache.is_past_its_bound,
        size_bytes=size,
        entry_count=cache.entries,
        bound_count=_bound_count(cache),
        hit_share=-1.0 if cache.hit_rate is None else cache.hit_rate,
    )


def _bound_count(cache: Cache) -> float:
    """What is unbounded is sorted after every bound, and what says nothing before."""
    if cache.bound is None:
        return float(sys.maxsize) if cache.is_unbounded else -1.0
    return cache.bound


def _bound(cache: Cache) -> str:
    if cache.bound is None:
        return UNBOUNDED if cache.is_unbounded else NOT_KNOWN
    return units.count_text(cache.bound) + (" each" if cache.instances > 1 else "")


def _warnings(cache: Cache) -> Iterator[str]:
    exceeds = exceeds_text(cache) if cache.is_past_its_bound else None
    if exceeds is not None:
        yield exceeds


def _details(cache: Cache, max_links: int) -> Iterator[str]:
    path = path_text(cache.path, max_links=max_links)
    if path not in (cache.name, cache.function):
        yield f"held by {path}"
    if cache.function is not None:
        at = "" if cache.defined_at is None else f" at {printable(cache.defined_at)}"
        yield f"wraps {printable(cache.function)}{at}"
    if cache.hits is not None and cache.misses is not None:
        hits, misses = units.counted(cache.hits, "hit"), units.counted(cache.misses, "miss", "misses")
        yield f"{hits}, {misses}"
    if cache.bytes_per_entry is not None:
        yield f"{units.bytes_text(cache.bytes_per_entry)} each"
