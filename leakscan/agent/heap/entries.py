"""The entries of a container, read by the built-in type's own methods: no code of the target runs."""

from collections import deque
from typing import Any

from leakscan.agent.heap import atomic_reads, lru_cache
from leakscan.agent.heap.containers import base_of


def newest_entries(container: Any, limit: int) -> list[tuple[object, ...]]:
    """The entries that came last (of a set: any), the newest first."""
    base = base_of(type(container))
    if base is dict:
        return atomic_reads.newest_items(container, limit)  # type: ignore[return-value]
    if base is list or base is deque:
        return [(entry,) for entry in atomic_reads.newest_members(container, limit)]
    if base is set:
        return [(entry,) for entry in atomic_reads.first_members(container, limit)]
    return (
        entries_of(container)[: -limit - 1 : -1] if base is lru_cache.LRU else entries_of(container)[:limit]
    )


def entries_of(container: Any) -> list[tuple[object, ...]]:
    """All entries, read by the built-in type's own methods; none of a buffer."""
    base = base_of(type(container))
    if base is dict:
        return atomic_reads.items_of(container)  # type: ignore[return-value]
    if base is lru_cache.LRU:
        return lru_cache.entries_of(container)
    if base is list or base is deque or base is set:
        return [(entry,) for entry in atomic_reads.members_of(container)]
    return []
