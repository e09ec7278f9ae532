"""Where the caches of the process are: each `lru_cache`, what has a bound, and what is called a cache.

Attributes are read where they are kept, and nothing of the target runs. An instance that keeps its attributes
without a dict is not given one: which attributes to ask for is learned from the first few of its class.
"""

import gc
import sys
from _queue import SimpleQueue
from collections import deque
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from leakscan import wire
from leakscan.agent.heap import atomic_reads, census, entry_bounds, interpreter_roots, introspect, lru_cache
from leakscan.agent.heap.containers import base_of, length_of
from leakscan.agent.references import steps
from leakscan.agent.references.attributes import is_storage
from leakscan.agent.references.own_objects import is_own_module
from leakscan.agent.references.roots import roots_of_interpreter
from leakscan.agent.references.source_names import wrapped_function

MAX_LEARNED_FROM = 16
"""Instances of a class that are looked at closely; the others have what one of these has."""
_KEEPERS = frozenset({dict, list, set, deque, SimpleQueue})
_CALLED = ("cache", "caches", "memo", "memos")
_WRAPPERS = frozenset({"weakref", "_weakrefset", "collections"})
"""Modules of classes like `WeakValueDictionary`, which keep their entries in a dict or set of their own."""
_BOUNDS_OF_MODULES = {
    ("re", "_cache"): "_MAXCACHE",
    ("re", "_cache2"): "_MAXCACHE2",
    ("_strptime", "_regex_cache"): "_CACHE_MAX_SIZE",
}
"""Where the standard library writes down how many entries it lets a cache of a module have."""


class FoundCache(NamedTuple):
    """A cache in the heap."""

    container: object
    bound: entry_bounds.Bound | None
    """What it or its owner says of its entries; None where nobody says anything."""
    alike: object
    """The same for caches that differ only by the instance that they belong to."""
    steps: tuple[wire.Step, ...] = ()
    """The chain to it, where it was found by its name in a module."""


def caches() -> Iterator[FoundCache]:
    """Every cache once, those of leakscan's own objects included."""
    known: set[int] = set()
    for cache in _all_caches(_objects(), known):
        if id(cache.container) not in known:
            known.add(id(cache.container))
            yield cache


def _all_caches(everything: list[object], known: AbstractSet[int]) -> Iterator[FoundCache]:
    for name, module in _modules():
        for attribute, value, container in _called_caches(introspect.namespace_of_module(module)):
            bound = _bound_of_module(name, module, attribute)
            yield _lone(container, bound)._replace(steps=steps.global_steps(name, attribute, value))
    yield from _of_instances(everything)
    for root in roots_of_interpreter():
        if type(root.start) is interpreter_roots.FrameVariables:
            variables = interpreter_roots.locals_of(root.start.frame)
            yield from (_lone(container) for _name, _value, container in _called_caches(variables))
    for obj in everything:
        kind = type(obj)
        if kind is lru_cache.LRU:
            yield FoundCache(obj, entry_bounds.own_bound(obj), _wrapped_code(obj))
        elif kind is FunctionType:
            yield from (_lone(container) for container in _of_function(obj))
        elif type.__subclasscheck__(type, kind):
            namespace = introspect.namespace_of_type(obj)  # type: ignore[arg-type]
            yield from (_lone(container) for _name, _value, container in _called_caches(namespace))
        elif kind is deque and id(obj) not in known and entry_bounds.own_bound(obj) is not None:
            yield _lone(obj)


def _lone(container: object, bound: entry_bounds.Bound | None = None) -> FoundCache:
    return FoundCache(container, entry_bounds.bound_of(container, ()) or bound, id(container))


def _objects() -> list[object]:
    """What the garbage collector shows; it does not show what is frozen, but modules name some of that."""
    objects = census.without_unsafe(gc.get_objects())
    if gc.get_freeze_count():
        named = [
            value
            for _name, module in _modules()
            for value in atomic_reads.values_of(introspect.namespace_of_module(module))
        ]
        classes = [each for each in named if type.__subclasscheck__(type, type(each))]
        objects = [*objects, *named]
        for each in classes:
            objects.extend(atomic_reads.values_of(introspect.namespace_of_type(each)))
    return objects


def _modules() -> list[tuple[str, ModuleType]]:
    """The target's modules; of two that have the same object, its likely home comes first."""
    modules = [
        (name, module)
        for name, module in atomic_reads.items_of(sys.modules)
        if type(name) is str and type.__subclasscheck__(ModuleType, type(module)) and not is_own_module(name)
    ]
    # What a module imports comes after it in the list; a private half is known by the public one.
    modules.reverse()
    modules.sort(key=_is_private)
    return modules


def _is_private(module: tuple[str, ModuleType]) -> bool:
    return module[0].startswith("_")


def _bound_of_module(name: str, module: ModuleType, attribute: str) -> entry_bounds.Bound | None:
    constant = _BOUNDS_OF_MODULES.get((name, attribute))
    value = None if constant is None else introspect.namespace_of_module(module).get(constant)
    return entry_bounds.Bound(value, constant) if constant is not None and type(value) is int else None


def _called_caches(namespace: Any) -> list[tuple[str, object, object]]:
    """The values in a namespace whose name says that they are a cache, and the containers that they are."""
    return [
        (name, value, container)
        for name, value in atomic_reads.items_of(namespace)
        if type(name) is str and is_called_cache(name) and (container := _keeper(value)) is not None
    ]


def is_called_cache(name: str) -> bool:
    """Whether a name ends as those of caches do: `_cache`, `CACHE2`, `TokenCache`, `memo`."""
    return name.rstrip("_0123456789").lower().endswith(_CALLED)


def _keeper(value: object) -> object | None:
    """The container that the value is, or that it keeps its entries in; None if it is neither."""
    kind = type(value)
    if base_of(kind) in _KEEPERS:
        return value
    if any(introspect.module_of_type(base) in _WRAPPERS for base in introspect.mro_of_type(kind)):
        inner = introspect.attribute_of(value, "data")
        return inner if base_of(type(inner)) in _KEEPERS else None
    return None


def _of_function(function: Any) -> Iterator[object]:
    """What a function keeps in a closure, a default or an attribute that is called a cache."""
    code = function.__code__
    named: list[tuple[str, object]] = []
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=False):
        if is_called_cache(name):
            named.append((name, _contents(cell)))
    defaults = function.__defaults__
    if defaults:
        named += zip(
            code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount], defaults, strict=True
        )
    # To ask for `__dict__` would give one to each function that has none.
    others = (function.__globals__, function.__builtins__)
    for part in gc.get_referents(function):
        if type(part) is dict and not any(part is each for each in others):
            named += [(name, value) for name, value in atomic_reads.items_of(part) if type(name) is str]
    for name, value in named:
        if is_called_cache(name) and (container := _keeper(value)) is not None:
            yield container


def _contents(cell: Any) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _wrapped_code(wrapper: object) -> object:
    wrapped: Any = wrapped_function(wrapper)
    return id(wrapped.__code__) if type(wrapped) is FunctionType else id(wrapper)


class _Signs(NamedTuple):
    """Why instances of a class are caches, or have some."""

    bounds: tuple[str, ...]
    """Attributes in which they say how many entries they may have."""
    is_called_cache: bool
    containers: tuple[str, ...]
    """Attributes that are containers."""


def _of_instances(everything: list[object]) -> Iterator[FoundCache]:
    # By address, since a metaclass may hash its classes in a way of its own.
    samples: dict[int, list[object]] = {}
    for obj in everything:
        sample = samples.get(id(type(obj)))
        if sample is None:
            sample = samples[id(type(obj))] = []
        if len(sample) < MAX_LEARNED_FROM:
            sample.append(obj)
    learned = {kind: signs for kind, sample in samples.items() if (signs := _signs_of(sample)) is not None}
    for obj in everything:
        signs = learned.get(id(type(obj)))
        if signs is not None:
            yield from _of_instance(obj, signs)


def _signs_of(sample: list[object]) -> _Signs | None:
    """What the instances of a class have in common that makes caches of them; None where there is nothing."""
    kind = type(sample[0])
    if any(kind is each for each in _PLAIN) or introspect.module_of_type(kind).startswith("leakscan."):
        return None
    if any(type.__subclasscheck__(base, kind) for base in (type, ModuleType)):
        return None
    containers: dict[str, object] = {}
    for each in sample:
        containers.update({name: value for name, value in _attributes(each) if _keeper(value) is not None})
    if not containers and base_of(kind) not in _KEEPERS:
        return None
    signs = _Signs(
        bounds=tuple(
            name
            for name in entry_bounds.ATTRIBUTES
            if any(entry_bounds.owners_bound(each, 1, (name,)) is not None for each in sample)
        ),
        is_called_cache=is_called_cache(introspect.type_name(kind)),
        containers=tuple(containers),
    )
    is_one = signs.bounds or signs.is_called_cache
    has_one = any(
        is_called_cache(name) or entry_bounds.own_bound(value) for name, value in containers.items()
    )
    return signs if is_one or has_one else None


_PLAIN = (dict, list, set, tuple, deque, FunctionType, lru_cache.LRU)


def _attributes(instance: object) -> Iterable[tuple[str, object]]:
    for name, member in introspect.slots_of(instance):
        yield name, introspect.slot_value(instance, member)
    for name, value in atomic_reads.items_of(introspect.instance_dict(instance) or {}):
        if type(name) is str:
            yield name, value


def _of_instance(instance: object, signs: _Signs) -> Iterator[FoundCache]:
    """The instance itself, by the container that it is or keeps its entries in; and its attributes."""
    values = {name: introspect.attribute_of(instance, name) for name in signs.containers}
    keepers = {name: keeper for name, value in values.items() if (keeper := _keeper(value)) is not None}
    main = "" if base_of(type(instance)) in _KEEPERS else _main_of(instance, keepers)
    if main is not None and (signs.bounds or signs.is_called_cache):
        container = keepers.pop(main, instance)
        entries = length_of(container) or 0
        bound = entry_bounds.own_bound(container) or entry_bounds.owners_bound(
            instance, entries, signs.bounds
        )
        if bound is not None or signs.is_called_cache:
            yield FoundCache(container, bound, (id(type(instance)), main))
    for name, container in keepers.items():
        own = entry_bounds.bound_of(container, ())
        if own is not None or is_called_cache(name):
            yield FoundCache(container, own, (id(type(instance)), name))


def _main_of(owner: object, keepers: dict[str, object]) -> str | None:
    """The attribute that an owner keeps its entries in: known as that, or called a cache, or the longest."""
    return min(
        keepers,
        key=lambda name: (
            not is_storage(owner, name),
            not is_called_cache(name),
            -(length_of(keepers[name]) or 0),
        ),
        default=None,
    )
