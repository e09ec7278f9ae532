"""What an entry of a container takes with all that hangs on it, measured by pympler in a forked copy.

`asizeof` asks the objects for their size and makes the `__dict__` of each: both would run the target's code
and grow its heap, so the copy is where it belongs.
"""

import gc
from collections.abc import Iterable, Iterator, Sequence
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

from pympler import asizeof

from leakscan import wire
from leakscan.agent.fork.copy import in_sandbox
from leakscan.agent.heap import lru_cache
from leakscan.agent.heap.containers import length_of, table_bytes_of
from leakscan.agent.heap.entries import newest_entries
from leakscan.agent.holders.candidates import HolderCandidate
from leakscan.agent.tracing import tracer

SAMPLED = 64
"""Entries that are measured, in two halves: what both lead to is not the entries' own."""
_MAX_REACHED = 100_000
"""Objects behind them, from which on they are not measured: they lead to the whole program."""
_NOT_MEASURED = (type, ModuleType, FunctionType, BuiltinFunctionType, CodeType)
"""What `asizeof` does not go into."""


def measure_entries(
    command: wire.MeasureEntries, candidates: Sequence[HolderCandidate]
) -> wire.EntriesMeasured:
    """Mean bytes of an entry of each holder that has entries."""

    def measured() -> Iterator[wire.Record]:  # in a copy
        # The copy is measured as it is; what is made here need not be traced.
        tracer.stop()
        sizes: list[wire.EntrySize] = []
        for holder in command.holders:
            container = candidates[holder].parent
            entries = [] if candidates[holder].is_slot else newest_entries(container, SAMPLED)
            size = entry_bytes(container, entries) if len(entries) > 1 else None
            if size is not None:
                sizes.append(wire.EntrySize(holder, len(entries), size))
        yield wire.EntriesMeasured(tuple(sizes))

    answer = in_sandbox(measured)
    return answer if isinstance(answer, wire.EntriesMeasured) else wire.EntriesMeasured((), str(answer))


def entry_bytes(container: object, entries: Sequence[tuple[object, ...]]) -> float | None:  # in a copy
    """Mean bytes of these entries of the container, their places in it included; only for a forked copy.

    None where there are no entries, or they lead to too much, or an object behind them can't be measured.
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


def _parts(entries: Iterable[tuple[object, ...]]) -> list[object]:  # in a copy
    return [part for entry in entries for part in entry]


def _bytes_beside(parts: Sequence[object], others: Sequence[object]) -> int:  # in a copy
    """Bytes of all that the parts lead to and the others do not."""
    new_asizer: Any = asizeof.Asizer
    asizer = new_asizer()
    asizer.asizeof(*others)
    return int(asizer.asizeof(*parts))


def _leads_to_much(entries: Sequence[tuple[object, ...]]) -> bool:  # in a copy
    level = _parts(entries)
    reached = {id(each) for each in level}
    while level and len(reached) <= _MAX_REACHED:
        referents = gc.get_referents(*level)
        level = []
        for each in referents:
            if id(each) not in reached and not any(
                type.__subclasscheck__(kind, type(each)) for kind in _NOT_MEASURED
            ):
                reached.add(id(each))
                level.append(each)
    return len(reached) > _MAX_REACHED
