"""What an `lru_cache` keeps: it has no attribute for it, and the garbage collector shows it all the same."""

import functools
import gc
from typing import Any

from leakscan.agent.heap import atomic_reads, introspect

LRU = type(functools.lru_cache(len))


def inner_dict(wrapper: object) -> dict[Any, Any] | None:
    """The dict that an `lru_cache` keeps its entries in; None if it can't be told from what is in it."""
    parts = gc.get_referents(wrapper)
    namespace = introspect.instance_dict(wrapper)
    # What is cached comes before it, dicts included.
    dicts = (each for each in reversed(parts) if type(each) is dict and each is not namespace)
    return next(dicts, None)


def entries_of(wrapper: object) -> list[tuple[object, ...]]:
    """The keys and results in an `lru_cache`, the newest last; of one with a bound, what was used last."""
    inner = inner_dict(wrapper)
    if not inner:
        return []
    link = _link_of(inner)
    if link is None:
        return atomic_reads.items_of(inner)  # type: ignore[return-value]
    # The links of the list are no objects that the garbage collector knows; it shows what is in them.
    shown = gc.get_referents(wrapper)
    end = next((place for place in reversed(range(len(shown))) if shown[place] is inner), 0)
    # Its own type comes first.
    parts = [each for each in shown[1:end] if each is not type(link)]
    return list(zip(parts[::2], parts[1::2], strict=False))


def link_bytes(wrapper: object) -> int:
    """Bytes that each entry takes beside the dict: a cache with a bound links them in the order of use."""
    inner = inner_dict(wrapper)
    link = _link_of(inner) if inner else None
    return 0 if link is None else object.__sizeof__(link)


def _link_of(inner: dict[Any, Any]) -> object | None:
    """One of the links that the dict of a cache with a bound has for values; None where there is no bound."""
    value: object = atomic_reads.first_value(inner)
    return value if introspect.type_name(type(value)) == "_lru_list_elem" else None
