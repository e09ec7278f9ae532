"""How many rows of each list a report shows."""

import sys
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxRows:
    """The most of each list that a report shows; the rest is counted."""

    findings: int
    sites: int
    types: int
    also_held_by: int
    links: int
    frames: int
    chain_steps: int
    caches: int
    empty_caches: int
    cache_details: int
    """Lines below each cache."""
    reasons: int
    """Rules that decided."""


NORMAL = MaxRows(
    findings=10,
    sites=5,
    types=3,
    also_held_by=3,
    links=12,
    frames=0,
    chain_steps=0,
    caches=10,
    empty_caches=0,
    cache_details=0,
    reasons=0,
)


EVERYTHING = MaxRows(
    findings=sys.maxsize,
    sites=sys.maxsize,
    types=sys.maxsize,
    also_held_by=sys.maxsize,
    links=sys.maxsize,
    frames=sys.maxsize,
    chain_steps=sys.maxsize,
    caches=sys.maxsize,
    empty_caches=sys.maxsize,
    cache_details=sys.maxsize,
    reasons=sys.maxsize,
)


WHOLE_PAGE = replace(EVERYTHING, types=12, links=24, frames=64, chain_steps=24)
"""For a page that unfolds: every finding and site, and of what may be endless as much as is read."""
