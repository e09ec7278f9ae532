"""The roots of the process: where chains may begin, the most telling first."""

import contextvars
import sys
from collections.abc import Iterable
from types import FrameType, ModuleType
from typing import Any, NamedTuple

from leakscan import wire
from leakscan.agent.heap import atomic_reads, interpreter_roots, introspect
from leakscan.agent.heap.containers import AT_EXIT
from leakscan.agent.references.own_objects import is_of_own_class, is_own_frame, is_own_module
from leakscan.wire import StepKind

_SIGNALS = wire.Step(StepKind.SIGNAL, "signal handlers", "signal")
_HOOKS = wire.Step(StepKind.HOOK, "hooks of the interpreter", "hook")


class Root(NamedTuple):
    """Where a chain begins."""

    step: wire.Step
    start: object


class HostProcess(NamedTuple):
    """What is known of the process of a target that has none of its own, as a test in that of pytest."""

    roots: tuple[Root, ...] = ()
    """Where its user would begin, if no module leads there."""
    callers: tuple[object, ...] = ()
    """Whoever calls the target: a path leads through these only if there is no other."""


NO_HOST = HostProcess()


class HeapPath(NamedTuple):
    """A root, and the objects from it to the wanted one, both included."""

    root: wire.Step
    objects: list[object]


def roots_of(target: object, setup_value: object, event_loop: object) -> list[Root]:
    """Modules, the target, the variables of running functions, the context; most telling first."""
    modules = [
        (name, module)
        for name, module in atomic_reads.items_of(sys.modules)
        if type(name) is str and type.__subclasscheck__(ModuleType, type(module)) and not is_own_module(name)
    ]
    # The user's modules came last; a path that begins there says more than one through a library.
    modules.reverse()
    roots = [Root(wire.Step(StepKind.MODULE, name, "module", name, name), module) for name, module in modules]
    roots.extend(roots_of_interpreter())
    roots.extend(_thread_roots())
    roots.append(Root(wire.Step(StepKind.TARGET, "the target", introspect.type_name(type(target))), target))
    if setup_value is not None:
        name = introspect.type_name(type(setup_value))
        roots.append(Root(wire.Step(StepKind.SETUP, "the value of the setup", name, name), setup_value))
    if event_loop is not None:
        roots.append(Root(event_loop_step(event_loop), event_loop))
    callbacks = wire.Step(StepKind.REGISTRY, "callbacks of atexit", "list", "atexit", "atexit")
    roots.append(Root(callbacks, AT_EXIT))
    context = contextvars.copy_context()
    roots.append(Root(wire.Step(StepKind.CONTEXT, "the current context", "Context"), context))
    return roots


def event_loop_step(event_loop: object) -> wire.Step:
    """The root that the event loop of the target is."""
    name = introspect.type_name(type(event_loop))
    return wire.Step(StepKind.TASK, "the event loop", name, name)


def roots_of_interpreter() -> Iterable[Root]:
    """Frames, signal handlers and hooks: the collector does not show the references that are kept there."""
    yield from _frame_roots()
    handlers, hooks = interpreter_roots.SignalHandlers(), interpreter_roots.Hooks()
    if handlers:
        yield Root(_SIGNALS, handlers)
    if hooks:
        yield Root(_HOOKS, hooks)


def root_at(start: object) -> Root | None:
    """The root that begins at this object, if that stands for what only the interpreter keeps; else None."""
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
        if type(name) is str and not is_of_own_class(thread):
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
            if not is_own_frame(frame):
                step = wire.Step(StepKind.THREAD, f"thread {threads.get(ident, ident)}", "thread")
                yield Root(step, interpreter_roots.FrameVariables(frame))
            frame = frame.f_back


def _threads() -> dict[int, object]:
    threading: Any = sys.modules.get("threading")
    active = getattr(threading, "_active", None)
    return dict(atomic_reads.items_of(active)) if type(active) is dict else {}


def _thread_names() -> dict[int, str]:
    names: dict[int, str] = {}
    for ident, thread in _threads().items():
        name = (introspect.instance_dict(thread) or {}).get("_name")
        if type(name) is str:
            names[ident] = introspect.text_of(name)
    return names


def is_public_module(root: Root) -> bool:
    """Whether it is a module under the name by which its users import it."""
    return root.step.kind == StepKind.MODULE and not _is_private(root.step.link)


def private_modules(roots: list[Root]) -> set[int]:
    """Addresses of the inner halves of library modules among the roots, and of their namespaces."""
    modules = [
        root.start for root in roots if root.step.kind == StepKind.MODULE and not is_public_module(root)
    ]
    return {id(module) for module in modules} | {id(introspect.namespace_of_module(each)) for each in modules}


def _is_private(name: str) -> bool:
    """Whether it is the inner half of a module of the standard library: its users import the other half."""
    is_inner = name.startswith("_") or name in ("posix", "nt")
    return is_inner and name in sys.stdlib_module_names
