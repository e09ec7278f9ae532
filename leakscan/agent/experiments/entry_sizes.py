"""What an entry of a container takes with all that hangs on it, weighed by pympler in a forked copy.

`asizeof` asks the objects for their size and makes the `__dict__` of each: both would run the target's code
and grow its heap, so the copy is where it belongs.
"""

import gc
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

from pympler import asizeof

from leakscan import wire
from leakscan.agent.fork.copy import in_sandbox
from leakscan.agent.heap import atomic_reads, lru_cache
from leakscan.agent.heap.containers import base_of, length_of, table_bytes_of
from leakscan.agent.holders.candidates import HolderCandidate
from leakscan.agent.tracing import tracer

SAMPLED = 64
"""Entries that are weighed, in two halves: what both lead to is not the entries' own."""
_MOST_REACHED = 100_000
"""Objects behind them, from which on they are not weighed: they lead to the whole program."""
_NOT_WEIGHED = (type, ModuleType, FunctionType, BuiltinFunctionType, CodeType)
"""What `asizeof` does not go into."""


def weigh(command: wire.MeasureEntries, candidates: Sequence[HolderCandidate]) -> wire.EntriesMeasured:
    """Mean bytes of an entry of each holder that has entries."""

    def look() -> Iterator[wire.Record]:
        # The copy is weighed as it is; what is made here need not be traced.
        tracer.stop()
        weights: list[wire.EntrySize] = []
        for holder in command.holders:
            container = candidates[holder].parent
            entries = [] if candidates[holder].is_slot else newest_entries(container, SAMPLED)
            size = entry_bytes(container, entries) if len(entries) > 1 else None
            if size is not None:
                weights.append(wire.EntrySize(holder, len(entries), size))
        yield wire.EntriesMeasured(tuple(weights))

    answer = in_sandbox(look)
    return answer if isinstance(answer, wire.EntriesMeasured) else wire.EntriesMeasured((), str(answer))


def entry_bytes(container: object, entries: Sequence[tuple[object, ...]]) -> float | None:
    """Mean bytes of these entries of the container, their places in it included; only for a forked copy.

    None where there are no entries, or they lead to too much, or an object behind them refuses to be weighed.
    """
    if not entries or _leads_to_much(entries):
        return None
    half = len(entries) // 2
    one, other = _parts(entries[:half]), _parts(entries[half:])
    try:
        own = (_bytes_beside(one, other) + _bytes_beside(other, one)) / len(entries)
    except Exception:
        # `asizeof` asks the objects' own `__len__` and `__sizeof__`, and those may raise anything.
        return None
    length = max(1, length_of(container) or 0)
    place = table_bytes_of(container) / length
    if type(container) is lru_cache.LRU:
        place += lru_cache.link_bytes(container)
    return round(own + place, 1)


def newest_entries(container: object, most: int) -> list[tuple[object, ...]]:
    """The entries that came last (of a set: any), the newest first."""
    base = base_of(type(container))
    found: Any = container
    if base is dict:
        return atomic_reads.newest_items(found, most)  # type: ignore[return-value]
    if base is list or base is deque:
        return [(entry,) for entry in atomic_reads.newest_members(found, most)]
    if base is set:
        return [(entry,) for entry in atomic_reads.first_members(found, most)]
    return entries_of(container)[: -most - 1 : -1] if base is lru_cache.LRU else entries_of(container)[:most]


def entries_of(container: object) -> list[tuple[object, ...]]:
    """All entries, read by the built-in type's own methods; none of a buffer."""
    base = base_of(type(container))
    found: Any = container
    if base is dict:
        return atomic_reads.items_of(found)  # type: ignore[return-value]
    if base is lru_cache.LRU:
        return lru_cache.entries_of(container)
    if base is list or base is deque or base is set:
        return [(entry,) for entry in atomic_reads.members_of(found)]
    return []


def _parts(entries: Iterable[tuple[object, ...]]) -> list[object]:
    return [part for entry in entries for part in entry]


def _bytes_beside(parts: Sequence[object], others: Sequence[object]) -> int:
    """Bytes of all that the parts lead to and the others do not."""
    new_asizer: Any = asizeof.Asizer
    asizer = new_asizer()
    asizer.asizeof(*others)
    return int(asizer.asizeof(*parts))


def _leads_to_much(entries: Sequence[tuple[object, ...]]) -> bool:
    level = _parts(entries)
    reached = {id(each) for each in level}
    while level and len(reached) <= _MOST_REACHED:
        found = gc.get_referents(*level)
        level = []
        for each in found:
            if id(each) not in reached and not any(
                type.__subclasscheck__(kind, type(each)) for kind in _NOT_WEIGHED
            ):
                reached.add(id(each))
                level.append(each)
    return len(reached) > _MOST_REACHED
