"""Paths from the roots of the process to objects in its heap.

A path is looked for backwards, which finds it where every object on it is tracked by the garbage collector.
Where that finds none (a dict of atoms, a cache, a frame's variable, a long linked list), one walk forward
from the roots finds the paths to all that are still missing.
"""

import gc
import sys
from collections.abc import Callable, Sequence
from typing import Any

from leakscan.agent.heap import atomic_reads, census, introspect, lru_cache
from leakscan.agent.references import steps
from leakscan.agent.references.backward import paths_backward
from leakscan.agent.references.defining_module import defining_module_of
from leakscan.agent.references.forward import MAX_LEADING, paths_forward
from leakscan.agent.references.roots import NO_HOST, HeapPath, HostProcess, Root, is_public_module, roots_of
from leakscan.wire import StepKind

_LISTS_OF_WHAT_RUNS = (
    ("threading", "_active"),
    ("asyncio.events", "_event_loop_policy"),
    ("concurrent.futures.thread", "_threads_queues"),
)


def paths_to(
    wanted: list[object],
    *,
    target: object,
    setup_value: object,
    event_loop: object,
    own: set[int],
    clock: Callable[[], float],
    host: HostProcess = NO_HOST,
) -> dict[int, HeapPath]:
    """A shortest path from a root to each wanted object, by its address; those without one are left out."""
    roots = [*host.roots, *roots_of(target, setup_value, event_loop)]
    own = (
        own | {id(roots), id(wanted), id(host), *map(id, host)} | {id(root) for root in roots} | _passed_by()
    )
    paths = paths_backward(wanted, roots, own | {*map(id, host.callers)}, clock)
    missing = [each for each in wanted if id(each) not in paths]
    if missing:
        paths.update(paths_forward(missing, roots, own, host))
    paths.update(_better(paths, roots, own | {id(missing), id(paths)}, host))
    return {address: _from_defining_module(path, roots) for address, path in paths.items()}


def _from_defining_module(path: HeapPath, roots: list[Root]) -> HeapPath:
    """The path, from the module that made its first object, where others have imported it."""
    if path.root.kind != StepKind.MODULE or len(path.objects) < 3:
        return path
    first = path.objects[2]
    having_it = {
        id(root.start): root
        for root in roots
        if is_public_module(root)
        and atomic_reads.has_value(introspect.namespace_of_module(root.start), first)
    }
    modules: list[Any] = [root.start for root in having_it.values()]
    if len(modules) < 2 or path.objects[1] is not introspect.namespace_of_module(path.objects[0]):
        return path
    modules.sort(key=lambda module: module is not path.objects[0])
    definer = defining_module_of(first, modules)
    return HeapPath(
        having_it[id(definer)].step, [definer, introspect.namespace_of_module(definer), *path.objects[2:]]
    )


def _better(
    paths: dict[int, HeapPath], roots: list[Root], own: set[int], host: HostProcess
) -> dict[int, HeapPath]:
    """Other paths in place of those by references that say little, where others say more."""
    doubtful = {address: steps.doubtful(path.objects) for address, path in paths.items()}
    poor = [paths[address].objects[-1] for address, passed in doubtful.items() if passed]
    if not poor:
        return {}
    passed_by = own | {id(each) for passed in doubtful.values() for each in passed}
    own_lists = {
        id(doubtful),
        id(poor),
        *map(id, doubtful.values()),
        *(id(path.objects) for path in paths.values()),
    }
    others = paths_forward(poor, roots, passed_by | own_lists, host)
    return {
        address: path
        for address, path in others.items()
        if not steps.doubtful(path.objects) and _says_more(path, doubtful[address])
    }


def _says_more(other: HeapPath, passed: list[object]) -> bool:
    """Whether it says more than a path through these: only one from a module does than a cache's results."""
    is_by_cache = all(type(each) is lru_cache.LRU for each in passed)
    return other.root.kind == StepKind.MODULE or not is_by_cache


def paths_found_soon(
    wanted: list[object], *, own: set[int], clock: Callable[[], float]
) -> dict[int, HeapPath]:
    """Those of the paths that a search backwards finds within half a second, by the objects' addresses."""
    roots = roots_of(None, None, None)
    own = own | {id(roots), id(wanted)} | {id(root) for root in roots} | _passed_by()
    return paths_backward(wanted, roots, own, clock)


def path_to(obj: object, *, max_leading: int = MAX_LEADING) -> list[object] | None:
    """The objects from a root to this one, by a walk forward; None if no root leads to it."""
    directions = directions_to(obj, max_leading=max_leading)
    return None if directions is None else path_by(directions)


def directions_to(obj: object, *, max_leading: int = MAX_LEADING) -> list[int] | None:
    """The number of a root, and the addresses of the objects from there to this one; None if there are none.

    They hold for this process and for every forked copy of it.
    """
    roots = roots_of(None, None, None)
    own = {id(roots), id(sys._getframe())} | {id(root) for root in roots} | _passed_by()
    path = paths_forward([obj], roots, own, NO_HOST, max_leading=max_leading).get(id(obj))
    if path is None:
        return None
    number = next(number for number, root in enumerate(roots) if root.start is path.objects[0])
    return [number, *map(id, path.objects[1:])]


def path_by(directions: Sequence[int]) -> list[object] | None:
    """The objects that the directions lead by, from the root on; None if they lead nowhere any more."""
    number, *addresses = directions
    objects = [roots_of(None, None, None)[number].start]
    for address in addresses:
        following = next((each for each in gc.get_referents(objects[-1]) if id(each) == address), None)
        if following is None:
            return None
        objects.append(following)
    return objects


def _passed_by() -> set[int]:
    """Addresses of the objects that no path may lead through."""
    return _lists_of_what_runs() | {id(census.unsafe_to_ask())}


def _lists_of_what_runs() -> set[int]:
    """Addresses of where the standard library notes the threads, pools and loops that run.

    Each of these is a root of its own, and nobody knows it by its number in such a list.
    """
    modules = [(sys.modules.get(module), name) for module, name in _LISTS_OF_WHAT_RUNS]
    return {
        id(introspect.namespace_of_module(module).get(name))
        for module, name in modules
        if module is not None and name in introspect.namespace_of_module(module)
    } - {id(None)}
