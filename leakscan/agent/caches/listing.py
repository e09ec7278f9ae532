"""The list of all caches: their names, how full they are, how often they were hit, what they weigh."""

import gc
from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import islice
from types import CodeType, FunctionType, MethodType
from typing import Any, NamedTuple, cast

from leakscan import wire
from leakscan.agent import counters, originals
from leakscan.agent.caches import search
from leakscan.agent.caches.search import FoundCache
from leakscan.agent.experiments import entry_sizes
from leakscan.agent.fork.copy import in_sandbox
from leakscan.agent.heap import introspect, lru_cache
from leakscan.agent.heap.containers import length_of, table_bytes_of
from leakscan.agent.heap.entries import entries_of
from leakscan.agent.holders import holder_chains
from leakscan.agent.holders.candidates import HolderCandidate
from leakscan.agent.references.source_names import function_name, wrapped_function
from leakscan.agent.tracing import tracer

MAX_LISTED = 400
MAX_ALIKE = 8
"""Caches that differ only by their instance, up to which each is listed by itself."""
SECONDS_TO_WEIGH = 10
"""Processor time after which the rest is not weighed."""
_OWN = ("leakscan", "objgraph", "psutil")
"""The agent's own libraries: what these remember is its doing."""


def look_for_caches(context: holder_chains.SearchContext) -> wire.Caches:
    """The caches with most entries, each with its name, and those of many instances as one."""
    started = context.clock()
    rows = sorted(_rows(), key=_most_entries_first)
    more = sum(row.alike for row in rows[MAX_LISTED:])
    del rows[MAX_LISTED:]
    own = {id(rows), *map(id, rows), *(id(row.cache) for row in rows)}
    chains = _chains([row.cache for row in rows], context._replace(own=context.own | own))
    sizes = _entry_bytes([row.cache.container for row in rows])
    caches = [
        _as_record(row, chain)._replace(entry_bytes=sizes.get(number))
        for number, (row, chain) in enumerate(zip(rows, chains, strict=True))
        if not _is_nobodys(chain, row.cache)
    ]
    return wire.Caches(tuple(caches), more, context.clock() - started)


class _Row(NamedTuple):
    """A cache of the list, which may stand for more that are alike."""

    cache: FoundCache
    entries: int
    hits: int = 0
    misses: int = 0
    alike: int = 1

    def together_with(self, other: "_Row") -> "_Row":
        """Both, by the name of the one with more entries."""
        return _Row(
            self.cache if _length(self.cache) >= _length(other.cache) else other.cache,
            self.entries + other.entries,
            self.hits + other.hits,
            self.misses + other.misses,
            self.alike + other.alike,
        )


def _rows() -> list[_Row]:
    """Every cache; of those that are alike, a few each by itself or all as one."""
    # Put together as they are found: there may be one for each instance of a class, and millions of those.
    groups: dict[object, list[_Row]] = {}
    for cache in search.caches():
        if _is_of_agent(cache.container):
            continue
        row = _Row(cache, _length(cache), *_hits_and_misses(cache.container))
        group = groups.setdefault(cache.alike, [])
        if group and (len(group) == MAX_ALIKE or group[0].alike > 1):
            group[:] = [reduce(_Row.together_with, [*group, row])]
        else:
            group.append(row)
    return [row for group in groups.values() for row in group]


def _length(cache: FoundCache) -> int:
    return length_of(cache.container) or 0


def _most_entries_first(row: _Row) -> int:
    return -row.entries


def _hits_and_misses(container: object) -> tuple[int, int]:
    """What an `lru_cache` counts; nothing of other containers."""
    if type(container) is not lru_cache.LRU:
        return 0, 0
    hits, misses, _bound, _entries = cast("Any", lru_cache.LRU).cache_info(container)
    return int(hits), int(misses)


def _chains(
    caches: Sequence[FoundCache], context: holder_chains.SearchContext
) -> list[tuple[wire.Step, ...]]:
    """The chain to each; of what stands in a module, it is known."""
    unknown = [HolderCandidate(cache.container, []) for cache in caches if not cache.steps]
    named = iter(holder_chains.named(unknown, holder_chains.chains_to(unknown, context)) if unknown else ())
    return [cache.steps or next(named).steps for cache in caches]


def _is_nobodys(chain: Sequence[wire.Step], cache: FoundCache) -> bool:
    """Whether nothing but the agent leads to it; an `lru_cache` is known by its function in any case."""
    root = chain[0]
    is_unknown = root.kind == wire.StepKind.UNKNOWN and type(cache.container) is not lru_cache.LRU
    return is_unknown or (root.kind == wire.StepKind.MODULE and _is_own(root.link))


def _is_of_agent(container: object) -> bool:
    if type(container) is not lru_cache.LRU:
        return False
    wrapped = wrapped_function(container)
    is_of_own_copy = type(wrapped) is FunctionType and originals.is_own_function(wrapped)
    return is_of_own_copy or _is_own(_function_of(container)[1])


def _is_own(module: str) -> bool:
    return module.partition(".")[0] in _OWN


def _as_record(row: _Row, chain: tuple[wire.Step, ...]) -> wire.Cache:
    container, bound = row.cache.container, row.cache.bound
    is_lru = type(container) is lru_cache.LRU
    function, module, code = _function_of(container) if is_lru else ("", "", None)
    return wire.Cache(
        type=introspect.type_name(type(container)),
        entries=row.entries,
        steps=chain,
        bound=None if bound is None else bound.max_entries,
        bound_name=None if bound is None else bound.name,
        is_unbounded=bound is not None and bound.max_entries is None,
        hits=row.hits if is_lru else None,
        misses=row.misses if is_lru else None,
        function=function,
        module=module,
        defined_at=None if code is None else f"{code.co_filename}:{code.co_firstlineno}",
        table_bytes=table_bytes_of(container),
        alike=row.alike,
    )


def _function_of(wrapper: object) -> tuple[str, str, CodeType | None]:
    """Qualified name, module and code of what an `lru_cache` wraps."""
    wrapped: Any = wrapped_function(wrapper)
    if type(wrapped) is MethodType:
        wrapped = wrapped.__func__
    if type(wrapped) is FunctionType:
        return *function_name(wrapped), wrapped.__code__
    return introspect.type_name(type(wrapped)), introspect.module_of_type(type(wrapped)), None


def _entry_bytes(containers: list[object]) -> dict[int, float]:
    """Mean bytes of the entries by place in the list, of all that the time is enough for."""

    def measure() -> Iterator[wire.Record]:  # in a copy
        # The copy has garbage enough to be collected again and again, and ends soon.
        gc.disable()
        tracer.stop()
        sizes: list[wire.EntrySize] = []
        for number, container in enumerate(containers):
            if counters.cpu_clock() > SECONDS_TO_WEIGH:
                break
            entries = _evenly_spaced(entries_of(container))
            size = entry_sizes.entry_bytes(container, entries)
            if size is not None:
                sizes.append(wire.EntrySize(number, len(entries), size))
        yield wire.EntriesMeasured(tuple(sizes))

    answer = in_sandbox(measure, seconds=2 * SECONDS_TO_WEIGH)
    return (
        {each.holder: each.entry_bytes for each in answer.sizes}
        if isinstance(answer, wire.EntriesMeasured)
        else {}
    )


def _evenly_spaced(entries: Sequence[tuple[object, ...]]) -> list[tuple[object, ...]]:  # in a copy
    stride = max(1, -(-len(entries) // entry_sizes.SAMPLED))
    return list(islice(entries, 0, None, stride))
