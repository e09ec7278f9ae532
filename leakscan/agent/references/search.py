"""Paths from the roots of the process to objects in its heap.

`objgraph` finds a path backwards, where every object on it is tracked by the garbage collector. Where it
finds none (a dict of atoms, a cache, a frame's variable, a long linked list), one walk forward from the
roots finds the paths to all that are still missing: only by what leads to them, where that is little, else
at a cost of about 0.6 µs an object of the heap.
"""

import contextvars
import gc
import sys
from array import array
from collections.abc import Callable, Iterable, Sequence
from types import FrameType, FunctionType, ModuleType
from typing import Any, NamedTuple

import objgraph

from leakscan import wire
from leakscan.agent import counters, originals
from leakscan.agent.heap import atomic_reads, census, freezing, interpreter_roots, introspect
from leakscan.agent.heap.address_set import ALIGNMENT_BITS, LAST_PLACE, PAGE_BITS, PLACES, AddressSet
from leakscan.agent.heap.chunks import LONG, parts, referents_in_pieces
from leakscan.agent.references import defining_module, steps
from leakscan.wire import StepKind

BACKWARD_VISITS = 150
BACKWARD_SECONDS = 0.5
_CHUNK = 64
"""Objects that are asked together what they refer to."""
_MOST_LEADING = 200
"""Objects that lead to what is looked for, from which on a walk over all the heap takes less time."""
_MOST_LEVELS = 24
_OWN_PREFIX = "leakscan."
_START = counters.__file__.replace("counters.py", "start.py")
_SIGNALS = wire.Step(StepKind.SIGNAL, "signal handlers", "signal")
_HOOKS = wire.Step(StepKind.HOOK, "hooks of the interpreter", "hook")


class Root(NamedTuple):
    """Where a chain begins."""

    step: wire.Step
    start: object


class Surroundings(NamedTuple):
    """What is known of a process that is not the target's own."""

    roots: tuple[Root, ...] = ()
    """Where its user would begin, if no module leads there."""
    host: tuple[object, ...] = ()
    """What a path leads through only if there is no other: whoever calls the target."""


NOTHING_AROUND = Surroundings()


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
    around: Surroundings = NOTHING_AROUND,
) -> dict[int, Path]:
    """A shortest path from a root to each wanted object, by its address; those without one are left out."""
    roots = [*around.roots, *_roots(target, setup_value, event_loop)]
    own = (
        own
        | {id(roots), id(wanted), id(around), *map(id, around)}
        | {id(root) for root in roots}
        | _passed_by()
    )
    found = _all_backward(wanted, roots, own | {*map(id, around.host)}, clock)
    missing = [each for each in wanted if id(each) not in found]
    if missing:
        found.update(_forward(missing, roots, own, around))
    found.update(_better(found, roots, own | {id(missing), id(found)}, around))
    return {address: _from_home(path, roots) for address, path in found.items()}


def _from_home(path: Path, roots: list[Root]) -> Path:
    """The path, from the module that made its first object, where others have imported it."""
    if path.root.kind != StepKind.MODULE or len(path.objects) < 3:
        return path
    first = path.objects[2]
    known = {
        id(root.start): root
        for root in roots
        if _is_known(root) and atomic_reads.has_value(introspect.namespace_of_module(root.start), first)
    }
    modules: list[Any] = [root.start for root in known.values()]
    if len(modules) < 2 or path.objects[1] is not introspect.namespace_of_module(path.objects[0]):
        return path
    modules.sort(key=lambda module: module is not path.objects[0])
    home = defining_module.home_of(first, modules)
    return Path(known[id(home)].step, [home, introspect.namespace_of_module(home), *path.objects[2:]])


def _better(
    found: dict[int, Path], roots: list[Root], own: set[int], around: Surroundings
) -> dict[int, Path]:
    """Other ways to what was found by references that say little, where others say more."""
    doubtful = {address: steps.doubtful(path.objects) for address, path in found.items()}
    poor = [found[address].objects[-1] for address, passed in doubtful.items() if passed]
    if not poor:
        return {}
    passed_by = own | {id(each) for passed in doubtful.values() for each in passed}
    own_lists = {
        id(doubtful),
        id(poor),
        *map(id, doubtful.values()),
        *(id(p.objects) for p in found.values()),
    }
    others = _forward(poor, roots, passed_by | own_lists, around)
    return {address: path for address, path in others.items() if not steps.doubtful(path.objects)}


def paths_soon_found(wanted: list[object], *, own: set[int], clock: Callable[[], float]) -> dict[int, Path]:
    """Those of the paths that a search backwards from the objects finds within half a second, by address."""
    roots = _roots(None, None, None)
    own = own | {id(roots), id(wanted)} | {id(root) for root in roots} | _passed_by()
    return _all_backward(wanted, roots, own, clock)


def _all_backward(
    wanted: list[object], roots: list[Root], own: set[int], clock: Callable[[], float]
) -> dict[int, Path]:
    deadline = clock() + BACKWARD_SECONDS
    found = ((each, _backward(each, roots, own, clock, deadline)) for each in wanted)
    return {id(each): path for each, path in found if path is not None}


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
    starts = {id(root.start): root.step for root in roots if _is_known(root)}
    visits = 0

    def is_root(candidate: object) -> bool:
        nonlocal visits
        visits += 1
        # All of its instances refer to a class, and objgraph would remember each of them.
        is_class = type.__subclasscheck__(type, type(candidate))
        if visits > BACKWARD_VISITS or clock() > deadline or is_class:
            raise _OutOfPatience
        return id(candidate) in starts

    ignored = own | {id(starts), id(is_root), id(sys._getframe())} | _private_modules(roots)
    try:
        chain = objgraph.find_backref_chain(wanted, is_root, max_depth=12, extra_ignore=ignored)
    except _OutOfPatience:
        return None
    step = starts.get(id(chain[0]))
    if step is None or any(_is_own(each) for each in chain):
        return None
    return Path(step, chain)


def way_to(found: object) -> list[object] | None:
    """The objects from a root to this one, by a walk forward; None if no root leads to it."""
    directions = directions_to(found)
    return None if directions is None else way_by(directions)


def directions_to(found: object) -> list[int] | None:
    """The number of a root, and the addresses of the objects from there to this one; None if there are none.

    They hold for this process and for every forked copy of it.
    """
    roots = _roots(None, None, None)
    own = {id(roots), id(sys._getframe())} | {id(root) for root in roots} | _passed_by()
    path = _forward([found], roots, own, NOTHING_AROUND).get(id(found))
    if path is None:
        return None
    number = next(number for number, root in enumerate(roots) if root.start is path.objects[0])
    return [number, *map(id, path.objects[1:])]


def way_by(directions: Sequence[int]) -> list[object] | None:
    """The objects that the directions lead by, from the root on; None if they lead nowhere any more."""
    number, *addresses = directions
    objects = [_roots(None, None, None)[number].start]
    for address in addresses:
        following = next((each for each in gc.get_referents(objects[-1]) if id(each) == address), None)
        if following is None:
            return None
        objects.append(following)
    return objects


def is_own(found: object) -> bool:
    """Whether it is the agent's: an object of its classes, or a module, class, function or frame of it."""
    kind = type(found)
    if type.__subclasscheck__(ModuleType, kind):
        return is_own_module(steps.module_name(found))
    if type.__subclasscheck__(type, kind):
        return is_own_module(introspect.module_of_type(found))  # type: ignore[arg-type]
    if kind is FunctionType:
        name = found.__globals__.get("__name__")  # type: ignore[attr-defined]
        return type(name) is str and is_own_module(name)
    if kind is FrameType:
        return _is_own_frame(found)  # type: ignore[arg-type]
    return _is_own(found)


def _is_own(found: object) -> bool:
    return introspect.module_of_type(type(found)).startswith(_OWN_PREFIX)


def _forward(wanted: list[object], roots: list[Root], own: set[int], around: Surroundings) -> dict[int, Path]:
    """Shortest paths, by a walk over what leads there where that is little, else over all there is."""
    near = [each for each in wanted if _has_tracked_referrers(each)]
    leading = _leading_to(near, roots, own)
    if leading is None:
        return _walked(wanted, roots, own, around)
    found = _walked(near, roots, own | {id(near)}, around, by=leading)
    rest = [each for each in wanted if id(each) not in found]
    return found | _walked(rest, roots, own | {id(near), id(rest)}, around) if rest else found


def _has_tracked_referrers(wanted: object) -> bool:
    """Whether the collector tracks all that refers to it, as it does what has a dict in it, even of atoms."""
    return gc.is_tracked(wanted) or type(wanted) is dict


def _leading_to(wanted: list[object], roots: list[Root], own: set[int]) -> set[int] | None:
    """Addresses of all from which references lead to one of these, up to the modules; None if it is too much.

    The collector is asked once for each level, and passes over the whole heap faster than any walk does.
    """
    if not wanted or freezing.is_frozen():
        return None
    modules = [root.start for root in roots if _is_known(root)]
    ends = {id(module) for module in modules} | {id(introspect.namespace_of_module(each)) for each in modules}
    leading = set(map(id, wanted)) | ends
    level = wanted
    passed_by = own | {id(wanted), id(sys._getframe())}
    for _ in range(_MOST_LEVELS):
        # No other list of referrers is left when those of the next level are asked for: it would be one.
        # A list would be copied to a tuple, which Python 3.13 gives as a referrer, too.
        asked = tuple(level)
        known = leading | passed_by | {id(level), id(asked)}
        level = [each for each in gc.get_referrers(*asked) if id(each) not in known]
        leading.update(map(id, level))
        if not level:
            return leading
        if len(leading) - len(ends) > _MOST_LEADING:
            return None
    return None


def _walked(
    wanted: list[object],
    roots: list[Root],
    own: set[int],
    around: Surroundings,
    *,
    by: set[int] | None = None,
) -> dict[int, Path]:
    """Shortest paths by one walk over what the roots reach; only by the objects at these addresses, if given.

    The modules come first, and other roots only for what no module leads to: a path that begins with a
    name in a module is worth more than a shorter one. The variables of running functions come before what
    runs them: a thread drops its arguments, and its function knows them by name.
    """
    walk = _Walk(wanted, own, by)
    host = {id(each) for each in around.host}
    walk.start_from([root for root in roots if _is_known(root)], passing_by=_private_modules(roots) | host)
    walk.start_from(list(around.roots), passing_by=host)
    walk.start_from(
        [root for root in roots if type(root.start) is interpreter_roots.FrameVariables], passing_by=host
    )
    walk.start_from(roots)
    return walk.paths


def _is_known(root: Root) -> bool:
    return root.step.kind == StepKind.MODULE and not _is_private(root.step.link)


def _private_modules(roots: list[Root]) -> set[int]:
    modules = [root.start for root in roots if root.step.kind == StepKind.MODULE and not _is_known(root)]
    return {id(module) for module in modules} | {id(introspect.namespace_of_module(each)) for each in modules}


def _is_private(name: str) -> bool:
    """Whether it is the inner half of a module of the standard library: its users import the other half."""
    is_inner = name.startswith("_") or name in ("posix", "nt")
    return is_inner and name in sys.stdlib_module_names


_LISTS_OF_WHAT_RUNS = (
    ("threading", "_active"),
    ("asyncio.events", "_event_loop_policy"),
    ("concurrent.futures.thread", "_threads_queues"),
)


def _passed_by() -> set[int]:
    """Addresses of what no path may lead through."""
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


class _Level(NamedTuple):
    """Objects that are equally far from the roots."""

    objects: list[object]
    came_from: "array[int]"
    """For each of them, where in the level before the chunk begins that refers to it."""


class _Walk:
    """A walk, level by level, that can tell from where it came to each object.

    Beside a large heap a dict of all its objects would be another large heap: what is kept for each is a byte
    that says that it was seen, and for those that lead on a place in a list and where they were reached from.
    """

    def __init__(self, wanted: list[object], own: set[int], by: set[int] | None = None) -> None:
        self.paths: dict[int, Path] = {}
        self._by = by
        self._missing = {id(each) for each in wanted}
        self._seen = AddressSet(own)
        self._levels: list[_Level] = []
        ours = (self, self.__dict__, self.paths, self._missing, self._seen, self._seen.pages, self._levels)
        for address in (*_own_modules(), *map(id, ours)):
            self._seen.add(address)

    def start_from(self, roots: list[Root], *, passing_by: Iterable[int] = ()) -> None:
        """Walk on until all is found, or everything that these roots reach is seen."""
        passed_by = [address for address in passing_by if self._seen.add(address)]
        began = [root for root in roots if self._seen.add(id(root.start))]
        for root in began:
            if id(root.start) in self._missing:
                self._missing.discard(id(root.start))
                self.paths[id(root.start)] = Path(root.step, [root.start])
        self._levels.append(self._own_level([root.start for root in began]))
        while self._levels[-1].objects and self._missing:
            self._walk_on(began)
        self._levels.clear()
        for address in passed_by:
            self._seen.discard(address)

    def _own_level(self, objects: list[object]) -> _Level:
        level = _Level(objects, array("I", [0]) * len(objects))
        self._seen.add(id(level))
        self._seen.add(id(level.objects))
        return level

    def _walk_on(self, began: list[Root]) -> None:
        """Add the level of what the last one refers to and no one before it did."""
        level = self._levels[-1].objects
        following = self._own_level([])
        for start in range(0, len(level), _CHUNK):
            for _some, referents in referents_in_pieces(level[start : start + _CHUNK]):
                for part in parts(referents):
                    leading_on = self._leading_on(self._unseen(part, start, began))
                    following.objects.extend(leading_on)
                    following.came_from.extend([start] * len(leading_on))
        self._levels.append(following)

    def _unseen(self, referents: list[object], start: int, began: list[Root]) -> list[object]:
        """Those that were not seen before, and are now; what was looked for is taken note of."""
        missing, pages, by = self._missing, self._seen.pages, self._by
        is_tracked = gc.is_tracked
        found: list[object] = []
        for child in referents:
            address = id(child)
            page = pages.get(address >> PAGE_BITS)
            if page is not None and page[address >> ALIGNMENT_BITS & LAST_PLACE]:
                continue
            if address in missing:
                path = self._traced_back(child, start, began)
                if path is not None:
                    missing.discard(address)
                    self.paths[address] = path
            # What is neither tracked nor a dict refers to nothing that could be looked for.
            if (is_tracked(child) or type(child) is dict) and (by is None or address in by):
                if page is None:
                    page = pages[address >> PAGE_BITS] = bytearray(PLACES)
                page[address >> ALIGNMENT_BITS & LAST_PLACE] = 1
                found.append(child)
        return found

    def _leading_on(self, found: list[object]) -> list[object]:
        """Those that refer to anything that may lead on: in a large heap the others are the most."""
        missing = self._missing
        is_tracked, get_referents = gc.is_tracked, gc.get_referents
        leading_on: list[object] = []
        for each in found:
            if type(each) is list and len(each) > LONG:
                leading_on.append(each)
                continue
            for child in get_referents(each):
                if is_tracked(child) or type(child) is dict or id(child) in missing:
                    leading_on.append(each)
                    break
        return leading_on

    def _traced_back(self, found: object, start: int, began: list[Root]) -> Path | None:
        """The path to an object of the next level; None if a thread has severed it meanwhile."""
        objects = [found]
        for level in reversed(self._levels):
            place = _first_referrer(level.objects, start, objects[-1])
            if place is None:
                return None
            objects.append(level.objects[place])
            start = level.came_from[place] if level is not self._levels[0] else place
        objects.reverse()
        return Path(began[start].step, objects)


def _first_referrer(level: list[object], start: int, wanted: object) -> int | None:
    """The place of the first object of the chunk that refers to the wanted one."""
    for place in range(start, min(start + _CHUNK, len(level))):
        for _some, referents in referents_in_pieces([level[place]]):
            if any(each is wanted for each in referents):
                return place
    return None


def _roots(target: object, setup_value: object, event_loop: object) -> list[Root]:
    """Modules, the target, the variables of running functions, the context; most telling first."""
    modules = [
        (name, module)
        for name, module in atomic_reads.items_of(sys.modules)
        if type(name) is str and type.__subclasscheck__(ModuleType, type(module)) and not is_own_module(name)
    ]
    # The user's modules came last; a path that begins there says more than one through a library.
    modules.reverse()
    found = [Root(wire.Step(StepKind.MODULE, name, "module", name, name), module) for name, module in modules]
    found.extend(hidden_roots())
    found.extend(_thread_roots())
    found.append(Root(wire.Step(StepKind.TARGET, "the target", introspect.type_name(type(target))), target))
    if setup_value is not None:
        name = introspect.type_name(type(setup_value))
        found.append(Root(wire.Step(StepKind.SETUP, "the value of the setup", name, name), setup_value))
    if event_loop is not None:
        found.append(Root(loop_step(event_loop), event_loop))
    callbacks = wire.Step(StepKind.REGISTRY, "callbacks of atexit", "list", "atexit", "atexit")
    found.append(Root(callbacks, census.AT_EXIT))
    context = contextvars.copy_context()
    found.append(Root(wire.Step(StepKind.CONTEXT, "the current context", "Context"), context))
    return found


def loop_step(event_loop: object) -> wire.Step:
    """The root that the event loop of the target is."""
    name = introspect.type_name(type(event_loop))
    return wire.Step(StepKind.TASK, "the event loop", name, name)


def hidden_roots() -> Iterable[Root]:
    """Where the interpreter keeps references that the garbage collector does not show."""
    yield from _frame_roots()
    handlers, hooks = interpreter_roots.SignalHandlers(), interpreter_roots.Hooks()
    if handlers:
        yield Root(_SIGNALS, handlers)
    if hooks:
        yield Root(_HOOKS, hooks)


def hidden_root(start: object) -> Root | None:
    """The root that begins at this object, if it is one that was made to stand for what is hidden."""
    if type(start) is interpreter_roots.SignalHandlers:
        return Root(_SIGNALS, start)
    if type(start) is interpreter_roots.Hooks:
        return Root(_HOOKS, start)
    if type(start) is not interpreter_roots.FrameVariables:
        return None
    frame = start.frame
    return next((Root(root.step, start) for root in _frame_roots() if _frame_of(root) is frame), None)


def _frame_of(root: Root) -> FrameType | None:
    return root.start.frame if type(root.start) is interpreter_roots.FrameVariables else None


def _thread_roots() -> Iterable[Root]:
    for thread in _threads().values():
        name = (introspect.instance_dict(thread) or {}).get("_name")
        if type(name) is str and not _is_own(thread):
            kind = type(thread)
            kind_name = introspect.type_name(kind)
            step = wire.Step(StepKind.THREAD, f"thread {introspect.text_of(name)}", kind_name, kind_name)
            yield Root(step, thread)


def _frame_roots() -> Iterable[Root]:
    """The variables of every running function of the target, thread by thread."""
    threads = _thread_names()
    # Taken off one by one: a variable left with this very frame would keep it, and all that it has, alive.
    running = list(sys._current_frames().items())
    while running:
        ident, top = running.pop(0)
        frame: FrameType | None = top
        del top
        while frame is not None:
            if not _is_own_frame(frame):
                step = wire.Step(StepKind.THREAD, f"thread {threads.get(ident, ident)}", "thread")
                yield Root(step, interpreter_roots.FrameVariables(frame))
            frame = frame.f_back


def _is_own_frame(frame: FrameType) -> bool:
    name = frame.f_globals.get("__name__")
    return type(name) is str and (is_own_module(name) or (name == "__main__" and _is_start(frame)))


def _is_start(frame: FrameType) -> bool:
    return frame.f_code.co_filename == _START


def is_own_module(name: str) -> bool:
    """Whether it is a module of leakscan, or one that only leakscan needs."""
    return name == "leakscan" or name.startswith(_OWN_PREFIX) or name == "objgraph"


def _own_modules() -> Iterable[int]:
    for module in originals.own_modules():
        yield id(module)
        yield id(introspect.namespace_of_module(module))
    for name, module in atomic_reads.items_of(sys.modules):
        if type(name) is str and is_own_module(name):
            yield id(module)
            yield id(introspect.namespace_of_module(module))


def _threads() -> dict[int, object]:
    threading: Any = sys.modules.get("threading")
    active = getattr(threading, "_active", None)
    return dict(atomic_reads.items_of(active)) if type(active) is dict else {}


def _thread_names() -> dict[int, str]:
    found: dict[int, str] = {}
    for ident, thread in _threads().items():
        name = (introspect.instance_dict(thread) or {}).get("_name")
        if type(name) is str:
            found[ident] = introspect.text_of(name)
    return found
