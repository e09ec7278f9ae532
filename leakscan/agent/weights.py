"""What an entry of a holder takes with all that hangs on it, weighed by pympler in a forked copy.

`asizeof` asks the objects for their size and makes the `__dict__` of each: both would run the target's code
and grow its heap, so the copy is where it belongs.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from leakscan import wire
from leakscan.agent import census, tracing
from leakscan.agent.forked import in_forked_copy
from leakscan.agent.grips import Grip

_SAMPLED = 32
"""Entries in each of two samples: what both lead to is charged to the first, what is left is the entries'."""


def weigh(command: wire.Weigh, grips: Sequence[Grip]) -> wire.Weighed:
    """Mean bytes of an entry of each holder that has entries."""

    def look() -> Iterator[wire.Record]:
        from pympler import asizeof

        new_asizer: Any = asizeof.Asizer
        # The copy is weighed as it is; what is made here need not be traced.
        tracing.stop()
        weights: list[wire.EntryWeight] = []
        for holder in command.holders:
            container = grips[holder].parent
            entries = [] if grips[holder].is_slot else newest_entries(container, 2 * _SAMPLED)
            if len(entries) < 2:
                continue
            half = len(entries) // 2
            asizer = new_asizer()
            asizer.asizeof(*_parts(entries[:half]))
            own = asizer.asizeof(*_parts(entries[half:]))
            table = census.table_bytes_of(container) / max(1, census.length_of(container) or 0)
            weights.append(
                wire.EntryWeight(holder, len(entries), round(own / (len(entries) - half) + table, 1))
            )
        yield wire.Weighed(tuple(weights))

    answer = in_forked_copy(look)
    return answer if isinstance(answer, wire.Weighed) else wire.Weighed((), str(answer))


def newest_entries(container: object, most: int) -> list[tuple[object, ...]]:
    """The entries that came last (of a set: any), read by the built-in type's own methods."""
    base = census.base_of(type(container))
    found: Any = container
    if base is dict:
        return list(islice(reversed(dict.items(found)), most))
    entries: Iterable[object]
    if base is list:
        entries = islice(list.__reversed__(found), most)
    elif base is deque:
        entries = islice(deque.__reversed__(found), most)
    elif base is set:
        entries = islice(set.__iter__(found), most)
    else:
        return []
    return [(entry,) for entry in entries]


def _parts(entries: Iterable[tuple[object, ...]]) -> list[object]:
    return [part for entry in entries for part in entry]
