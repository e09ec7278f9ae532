"""Containers that keep a large table for few entries: memory that is spare, and no leak."""

from collections.abc import Iterator

from leakscan import wire
from leakscan.agent.heap import census, introspect
from leakscan.agent.heap.containers import is_in_bytes, table_bytes_of
from leakscan.agent.holders import holder_chains
from leakscan.agent.holders.candidates import HolderCandidate

MIN_TABLE_BYTES = 128 * 1024
"""Bytes of a table: a smaller one is not worth a word."""
MAX_BYTES_PER_ENTRY = 256
"""Bytes of a table for each entry, up to which none is spare: a dict or set that has just grown has 110."""
MAX_TABLES = 5
"""Tables in a record, the largest first: a report names the first that a name leads to."""


def look_for_spare(context: holder_chains.SearchContext) -> wire.SpareCapacity:
    """The largest such tables, and the chains to their containers."""
    started = context.clock()
    largest = sorted(_sparse(), key=_table_first)[:MAX_TABLES]
    candidates = [HolderCandidate(container, []) for _size, _length, container in largest]
    context = context._replace(own=context.own | {id(largest), *map(id, largest)})
    chains = (
        holder_chains.named(candidates, holder_chains.chains_to(candidates, context)) if candidates else ()
    )
    tables = tuple(
        wire.SpareTable(introspect.type_name(type(container)), length, size, chain.steps)
        for (size, length, container), chain in zip(largest, chains, strict=True)
    )
    return wire.SpareCapacity(tables, context.clock() - started)


def _sparse() -> Iterator[tuple[int, int, object]]:
    seen: set[int] = {census.INTERNED_STRINGS}
    for container, length in census.every_length():
        if id(container) in seen or is_in_bytes(container):
            continue
        size = table_bytes_of(container)
        if size >= MIN_TABLE_BYTES and size > MAX_BYTES_PER_ENTRY * length:
            seen.add(id(container))
            yield size, length, container


def _table_first(row: tuple[int, int, object]) -> tuple[int, int]:
    return -row[0], row[1]
