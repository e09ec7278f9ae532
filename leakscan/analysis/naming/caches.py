"""The caches of a run, named, and put into the order in which they matter."""

from collections.abc import Sequence

from leakscan import wire
from leakscan.analysis.naming import holder_names
from leakscan.analysis.naming.stack_frames import Places
from leakscan.model.analysis import Cache, CacheList
from leakscan.wire import StepKind

_NAMED_AS_IT_IS = frozenset(
    {
        StepKind.GLOBAL,
        StepKind.CLASS_ATTRIBUTE,
        StepKind.STATIC_METHOD,
        StepKind.ATTRIBUTE,
        StepKind.FUNCTION_ATTRIBUTE,
    }
)
"""Last steps of a chain that name an `lru_cache` itself; behind others it is only known by its function."""


def cache_list(records: Sequence[wire.Record]) -> CacheList | None:
    """The last list that was taken; None if none was."""
    taken = next((r for r in reversed(records) if isinstance(r, wire.Caches)), None)
    if taken is None:
        return None
    caches = sorted((_cache(each, records) for each in taken.caches), key=_worst_first)
    return CacheList(caches=tuple(caches), unlisted=taken.more)


def _worst_first(cache: Cache) -> tuple[int, bool, int, str, tuple[str, ...]]:
    size = cache.table_bytes if cache.bytes is None else cache.bytes
    return (-size, not cache.is_unbounded, -cache.entries, cache.name, cache.path)


def _cache(cache: wire.Cache, records: Sequence[wire.Record]) -> Cache:
    steps = holder_names.as_its_user_knows_it(cache.steps)
    if cache.alike > 1:
        steps = holder_names.with_open_entries(steps)
    return Cache(
        name=_name(cache, steps),
        type=holder_names.shown_type(steps[-1].type if len(steps) > 1 else cache.type),
        path=holder_names.holder_path(steps),
        function=".".join(filter(None, (cache.module, cache.function))) or None,
        entries=cache.entries,
        bound=cache.bound,
        bound_name=cache.bound_name,
        is_unbounded=cache.is_unbounded,
        hits=cache.hits,
        misses=cache.misses,
        table_bytes=cache.table_bytes,
        bytes_per_entry=cache.entry_bytes,
        instances=cache.alike,
        defined_at=None if cache.defined_at is None else Places(records, ()).file(cache.defined_at),
    )


def _name(cache: wire.Cache, steps: Sequence[wire.Step]) -> str:
    last = steps[-1]
    is_its_home = last.kind != StepKind.GLOBAL or last.owner_module == cache.module
    if not cache.function or (last.kind in _NAMED_AS_IT_IS and is_its_home):
        return holder_names.holder_name(steps)
    return f"lru_cache of {holder_names.function_name(cache.function, cache.module)}"
