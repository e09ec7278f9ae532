"""Paths from the roots of the process to objects in its heap.

`objgraph` finds a path backwards, where every object on it is tracked by the garbage collector. Where it
finds none (a dict of atoms, a cache, a frame's variable, a long linked list), one walk forward from the
roots finds the paths to all that are still missing, at a cost of about 0.6 µs an object.
"""

import contextvars
import gc
import sys
from collections.abc import Callable, Iterable
from types import FrameType, ModuleType
from typing import Any, NamedTuple

import objgraph

from leakscan import wire
from leakscan.agent import links, names

BACKWARD_VISITS = 150
BACKWARD_SECONDS = 0.5
_OWN_PREFIX = "leakscan."


class Root(NamedTuple):
    """Where a chain begins."""

    step: wire.Step
    start: object


class Path(NamedTuple):
    """A root and the objects from it to what was looked for, both included."""

    root: wire.Step
    objects: list[object]


def paths_to(
    wanted: list[object],
    *,
    target: object,
    setup_value: object,
    event_loop: object,
    own: set[int],
    clock: Callable[[], float],
) -> dict[int, Path]:
    """A shortest path from a root to each wanted object, by its address; those without one are left out."""
    roots = _roots(target, setup_value, event_loop)
    own = own | {id(roots), id(wanted)} | {id(root) for root in roots}
    found: dict[int, Path] = {}
    deadline = clock() + BACKWARD_SECONDS
    missing: list[object] = []
    for each in wanted:
        path = _backward(each, roots, own | {id(missing)}, clock, deadline)
        if path is None:
            missing.append(each)
        else:
            found[id(each)] = path
    if missing:
        found.update(_forward(missing, roots, own))
    return found


class _OutOfPatience(Exception):
    pass


def _backward(
    wanted: object,
    roots: list[Root],
    own: set[int],
    clock: Callable[[], float],
    deadline: float,
) -> Path | None:
    """The path that objgraph finds, if it does so soon enough."""
    if clock() > deadline or not gc.is_tracked(wanted):
        return None
    starts = {id(root.start): root.step for root in roots if type(root.start) is ModuleType}
    visits = 0

    def is_root(candidate: object) -> bool:
        nonlocal visits
        visits += 1
        if visits > BACKWARD_VISITS or clock() > deadline:
            raise _OutOfPatience
        return id(candidate) in starts

    ignored = own | {id(starts), id(is_root), id(sys._getframe())}
    try:
        chain = objgraph.find_backref_chain(wanted, is_root, max_depth=12, extra_ignore=ignored)
    except _OutOfPatience:
        return None
    step = starts.get(id(chain[0]))
    if step is None or any(_is_own(each) for each in chain):
        return None
    return Path(step, chain)


def _is_own(found: object) -> bool:
    return names.module_of_type(type(found)).startswith(_OWN_PREFIX)


def _forward(wanted: list[object], roots: list[Root], own: set[int]) -> dict[int, Path]:
    """Shortest paths by one walk over everything that the roots reach.

    The modules come first, and other roots only for what no module leads to: a path that begins with a
    name in a module is worth more than a shorter one.
    """
    walk = _Walk(wanted, own)
    walk.start_from([root for root in roots if root.step.kind == "module"])
    walk.start_from([root for root in roots if root.step.kind != "module"])
    return walk.paths


class _Walk:
    """A walk, level by level, that remembers from where it came to each object."""

    def __init__(self, wanted: list[object], own: set[int]) -> None:
        self.paths: dict[int, Path] = {}
        self._missing = {id(each) for each in wanted}
        self._came_from: dict[int, object] = {}
        self._began: dict[int, Root] = {}
        self._seen = own | set(_own_modules())
        ours = (self, self.__dict__, self.paths, self._missing, self._came_from, self._began)
        self._seen.update(id(each) for each in ours)

    def start_from(self, roots: list[Root]) -> None:
        """Walk on until all is found, or everything that these roots reach is seen."""
        level: list[object] = []
        for root in roots:
            if id(root.start) not in self._seen:
                self._seen.add(id(root.start))
                self._began[id(root.start)] = root
                level.append(root.start)
        self._seen.update((id(level), id(roots)))
        while level and self._missing:
            level = self._next_level(level)

    def _next_level(self, level: list[object]) -> list[object]:
        following: list[object] = []
        seen, missing, came_from = self._seen, self._missing, self._came_from
        seen.add(id(following))
        get_referents, is_tracked = gc.get_referents, gc.is_tracked
        for parent in level:
            for child in get_referents(parent):
                address = id(child)
                if address in seen:
                    continue
                if address in missing:
                    came_from[address] = parent
                    missing.discard(address)
                    self.paths[address] = _traced_back(child, came_from, self._began)
                # What is neither tracked nor a dict refers to nothing that could be looked for.
                if is_tracked(child) or type(child) is dict:
                    seen.add(address)
                    came_from[address] = parent
                    following.append(child)
        return following


def _traced_back(found: object, came_from: dict[int, object], began: dict[int, Root]) -> Path:
    objects = [found]
    while id(found) not in began:
        found = came_from[id(found)]
        objects.append(found)
    objects.reverse()
    return Path(began[id(found)].step, objects)


def _roots(target: object, setup_value: object, event_loop: object) -> list[Root]:
    """Modules, the target, the variables of running functions, the context; most telling first."""
    modules = [
        (name, module)
        for name, module in list(sys.modules.items())
        if type(name) is str and type.__subclasscheck__(ModuleType, type(module)) and not _is_own_module(name)
    ]
    # The user's modules came last; a path that begins there says more than one through a library.
    modules.reverse()
    found = [Root(wire.Step("module", name, "module", name, name), module) for name, module in modules]
    found.extend(frame_roots())
    found.append(Root(wire.Step("target", "the target", names.type_name(type(target))), target))
    if setup_value is not None:
        name = names.type_name(type(setup_value))
        found.append(Root(wire.Step("setup", "the value of the setup", name, name), setup_value))
    if event_loop is not None:
        kind = type(event_loop)
        found.append(
            Root(
                wire.Step("task", "the event loop", names.type_name(kind), names.type_name(kind)),
                event_loop,
            )
        )
    context = contextvars.copy_context()
    found.append(Root(wire.Step("context", "the current context", "Context"), context))
    return found


def frame_roots() -> Iterable[Root]:
    """The variables of every running function of the target, thread by thread."""
    threads = _thread_names()
    for ident, running in sys._current_frames().items():
        frame: FrameType | None = running
        while frame is not None:
            if not _is_own_frame(frame):
                step = wire.Step("thread", f"thread '{threads.get(ident, ident)}'", "thread")
                yield Root(step, links.FrameVariables(frame))
            frame = frame.f_back


def _is_own_frame(frame: FrameType) -> bool:
    name = frame.f_globals.get("__name__")
    return type(name) is str and (_is_own_module(name) or (name == "__main__" and _is_bare(frame)))


def _is_bare(frame: FrameType) -> bool:
    return frame.f_code.co_filename == "<string>"


def _is_own_module(name: str) -> bool:
    return name == "leakscan" or name.startswith(_OWN_PREFIX) or name == "objgraph"


def _own_modules() -> Iterable[int]:
    for name, module in list(sys.modules.items()):
        if type(name) is str and _is_own_module(name):
            yield id(module)
            yield id(names.namespace_of_module(module))


def _thread_names() -> dict[int, str]:
    threading: Any = sys.modules.get("threading")
    active = getattr(threading, "_active", None)
    if type(active) is not dict:
        return {}
    found: dict[int, str] = {}
    for ident, thread in list(active.items()):
        name = (names.instance_dict(thread) or {}).get("_name")
        if type(name) is str:
            found[ident] = name
    return found
