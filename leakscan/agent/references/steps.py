"""One reference after the other, in Python words: from a path of objects to the steps of a chain."""

import _thread
import contextvars
import functools
import gc
import itertools
import operator
import signal
import sys
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from types import (
    AsyncGeneratorType,
    BuiltinMethodType,
    CellType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    GetSetDescriptorType,
    MappingProxyType,
    MethodType,
    ModuleType,
    NoneType,
    TracebackType,
)
from typing import Any, NamedTuple

from leakscan import masking, wire
from leakscan.agent.heap import atomic_reads, interpreter_roots, introspect, key_shapes, lru_cache
from leakscan.agent.references import named_roots
from leakscan.wire import StepKind

LRU = lru_cache.LRU
_SUSPENDED: dict[type, tuple[str, str, str, str]] = {
    GeneratorType: ("gi_frame", "gi_code", "gi_yieldfrom", "yield from"),
    CoroutineType: ("cr_frame", "cr_code", "cr_await", "await"),
    AsyncGeneratorType: ("ag_frame", "ag_code", "ag_await", "await"),
}
"""Where such an object keeps its frame, its code and what it waits for, and the words for waiting."""

_STORAGE_NAMES = frozenset({"data", "queue", "_queue", "maps", "_data", "_exit_callbacks"})
_STORAGE_MODULES = frozenset(
    {
        *("collections", "weakref", "_weakrefset", "queue", "asyncio.queues", "multiprocessing.queues"),
        *("os", "contextlib"),
    }
)
_CACHETOOLS = "cachetools"
_TEE_NODE: Any = getattr(itertools, "_tee_dataobject", None)
"""What the iterators of `itertools.tee` are made of, and no program makes itself."""
LEAST_LINKED = 50
"""Steps of the same kind that make a linked structure."""
_ITERATORS = (
    *(each for each in vars(itertools).values() if type(each) is type),
    *(map, zip, filter, enumerate, reversed),
)
"""What an iterator like `itertools.cycle` remembers, and where it reads from, has no name of its own."""


def referents(found: object) -> list[object]:
    """What the object refers to, the keys of a dict included.

    `gc.get_referents` leaves them out if they are all strings. Of a context it shows but the inside.
    """
    if type(found) is contextvars.Context:
        return list(contextvars.Context.values(found))
    direct = gc.get_referents(found)
    if any(type.__subclasscheck__(base, type(found)) for base in atomic_reads.MAPPINGS):
        direct.extend(atomic_reads.keys_of(found))
    return direct


class Hop(NamedTuple):
    """One step of a chain, and the object that it reaches."""

    step: wire.Step
    reached: object


def steps(path: Sequence[object], root: wire.Step) -> tuple[wire.Step, ...]:
    """The chain along the path, whose first object is the root's; repeated steps are counted, not shown."""
    return (root, *(run[0].step._replace(repeats=len(run)) for run in runs(path)))


def runs(path: Sequence[object]) -> list[list[Hop]]:
    """The hops along the path, those that take the same step in a row together.

    But `[3][3]` is a place in a matrix, unless it goes on and on.
    """
    found: list[list[Hop]] = []
    for step, run in itertools.groupby(_hops(path), lambda hop: hop.step):
        hops = list(run)
        if step.kind in (StepKind.INDEX, StepKind.VALUE) and len(hops) < LEAST_LINKED:
            found.extend([hop] for hop in hops)
        else:
            found.append(hops)
    return found


def _hops(path: Sequence[object]) -> Iterator[Hop]:
    place = 0
    while place + 1 < len(path):
        step, taken = _step(path, place)
        place += taken
        yield Hop(step, path[place])


def described(found: object) -> str:
    """What an object is, in a few words: its type, or the name of a module, a class or a function."""
    kind = type(found)
    if type.__subclasscheck__(ModuleType, kind):
        return f"module {module_name(found)}"
    if type.__subclasscheck__(type, kind):
        return f"class {introspect.type_name(found)}"  # type: ignore[arg-type]
    if kind is FunctionType:
        return f"{function_name(found)[0]}()"
    code_name = next((how[1] for base, how in _SUSPENDED.items() if base is kind), None)
    if code_name is not None:
        return f"{introspect.type_name(kind)} {getattr(found, code_name).co_qualname}()"
    if kind is LRU:
        return f"lru_cache of {_owner(found)[0]}"
    return introspect.type_name(kind)


def global_steps(module: str, name: str, value: object) -> tuple[wire.Step, ...]:
    """The chain to what stands in a module."""
    root = wire.Step(StepKind.MODULE, module, "module", module, module)
    return root, _made(StepKind.GLOBAL, f".{name}", value, module, module)


def doubtful(path: Sequence[object]) -> list[object]:
    """The objects that the path leaves by a reference which says little: as a key, or without any name."""
    found: list[object] = []
    place = 0
    while place + 1 < len(path):
        step, taken = _step(path, place)
        if step.kind == StepKind.KEY or (step.kind == StepKind.PART and step.link == "→"):
            found.append(path[place])
        place += taken
    return found


def is_namespace_of(namespace: object, owner: object) -> bool:
    """Whether the dict is the owner's namespace: what its attributes are kept in."""
    kind = type(owner)
    if type.__subclasscheck__(ModuleType, kind):
        return introspect.namespace_of_module(owner) is namespace
    if type.__subclasscheck__(type, kind):
        mapping = introspect.namespace_of_type(owner)  # type: ignore[arg-type]
        return any(inner is namespace for inner in gc.get_referents(mapping))
    if kind is dict:
        return False
    return introspect.instance_dict(owner) is namespace


def _step(path: Sequence[object], place: int) -> tuple[wire.Step, int]:
    """The step that leaves `path[place]`, and how many references it spans."""
    parent = path[place]
    child = path[place + 1]
    after = path[place + 2] if place + 2 < len(path) else None
    kind = type(parent)
    if type(child) is dict and is_namespace_of(child, parent):
        if after is None:
            return _made(StepKind.NAMESPACE, ".__dict__", child, *_owner(parent)), 1
        if place + 3 < len(path) and _wraps(after, path[place + 3]):
            kept = introspect.type_name(type(path[place + 3]))
            return _attribute(parent, child, after)._replace(kind=StepKind.STATIC_METHOD, type=kept), 3
        return _attribute(parent, child, after), 2
    if type.__subclasscheck__(_thread._local, kind) and place + 3 < len(path):
        # A `threading.local` keeps a dict for each thread, all of them in a dict of its own.
        return _attribute(parent, path[place + 2], path[place + 3])._replace(kind=StepKind.THREAD_LOCAL), 3
    if kind is FunctionType:
        return _of_function(parent, path, place)
    if interpreter_roots.is_hidden(parent):
        return _of_hidden(parent, child), 1
    spanning = _through_insides(path, place)
    if spanning is not None:
        return spanning
    for base, describe in _BY_BASE:
        if type.__subclasscheck__(base, kind):
            step = describe(parent, child)
            if step is not None:
                return step, 1
    return _of_instance(parent, child), 1


def _wraps(descriptor: object, function: object) -> bool:
    """Whether it is the `staticmethod` or `classmethod` that the class keeps the function in."""
    kind = type(descriptor)
    if kind is not staticmethod and kind is not classmethod:
        return False
    return kind.__dict__["__func__"].__get__(descriptor) is function


def _of_hidden(parent: Any, child: object) -> wire.Step:
    if type(parent) is interpreter_roots.SignalHandlers:
        return _made(StepKind.SIGNAL, _handler_text(parent.number_of(child)), child)
    if type(parent) is interpreter_roots.Hooks:
        return _made(StepKind.HOOK, parent.name_of(child), child)
    return local_step(parent.frame, child)


def _through_insides(path: Sequence[object], place: int) -> tuple[wire.Step, int] | None:
    """The step through what an object keeps inside, where nobody but the interpreter has a name for it."""
    parent: Any = path[place]
    child = path[place + 1]
    after = path[place + 2] if place + 2 < len(path) else None
    kind = type(parent)
    if kind is contextvars.Context:
        found = _context_variable(parent, path[place + 1 :])
        if found is not None:
            name, taken = found
            shown = f"[{introspect.text_of(name)}]"
            return _made(StepKind.CONTEXT_VARIABLE, shown, path[place + taken], *_owner(parent)), taken
    if kind is LRU and type(child) is dict and after is not None:
        entry = _of_dict(child, after)
        return _made(StepKind.CACHE, entry.link, after, *_owner(parent))._replace(key=entry.key), 2
    if kind is operator.methodcaller and type(child) is tuple and after is not None:
        # Where its arguments begin in the tuple is not the same in every version of Python.
        return _made(StepKind.PARTIAL, ".args[…]", after, *_owner(parent)), 2
    if after is not None and named_roots.task_coroutine(parent) is child:
        # A task is known by the function that it runs, which the next step is about.
        step, taken = _step(path, place + 1)
        return step, taken + 1
    is_iterator = any(kind is each for each in _ITERATORS)
    if type(child) is _TEE_NODE or (type(child) is list and is_iterator):
        return _made(StepKind.STORAGE, "→", child, *_owner(parent)), 1
    if type(child) is tuple and is_iterator and after is not None:
        return _made(StepKind.PART, "→", after, *_owner(parent)), 2
    return None


def _handler_text(number: int | None) -> str:
    known = next((each.name for each in signal.Signals if each == number), f"signal {number}")
    return f"handler of {known}"


def _context_variable(context: Any, path: Sequence[object]) -> tuple[str, int] | None:
    """The variable whose value the path goes through, and how many references lead to that value."""
    # Between a context and a value is a tree of nodes, however deep, that belongs to the interpreter.
    variables = {id(value): variable.name for variable, value in contextvars.Context.items(context)}
    place = next((place for place, each in enumerate(path) if id(each) in variables), None)
    return None if place is None else (variables[id(path[place])], place + 1)


def _made(kind: StepKind, link: str, reached: object, owner: str = "", module: str = "") -> wire.Step:
    return wire.Step(kind, link, introspect.type_name(type(reached)), owner, module)


def _owner(owner: object) -> tuple[str, str]:
    """Name and module of what an attribute belongs to, as its author knows it."""
    kind = type(owner)
    if type.__subclasscheck__(ModuleType, kind):
        return module_name(owner), module_name(owner)
    if type.__subclasscheck__(type, kind):
        return introspect.type_name(owner), introspect.module_of_type(owner)  # type: ignore[arg-type]
    if kind is FunctionType:
        return function_name(owner)
    if kind is LRU:
        wrapped = wrapped_function(owner)
        return (introspect.type_name(kind), "") if wrapped is None else _owner(wrapped)
    wrapped = introspect.attribute_of(owner, "__wrapped__")
    if type(wrapped) is FunctionType:
        # What a decorator has put in its place is known by the name of the function.
        return function_name(wrapped)
    return introspect.type_name(kind), introspect.module_of_type(kind)


def module_name(module: object) -> str:
    """The name a module was given."""
    name = introspect.namespace_of_module(module).get("__name__")
    return name if type(name) is str else "?"


def wrapped_function(wrapper: object) -> object | None:
    """The function that a wrapper made by functools wraps."""
    namespace = introspect.instance_dict(wrapper)
    return None if namespace is None else namespace.get("__wrapped__")


def function_name(function: Any) -> tuple[str, str]:
    """Qualified name and module of a function written in Python."""
    module = FunctionType.__dict__["__module__"].__get__(function)
    return function.__qualname__, module if type(module) is str else ""


def _attribute(owner: object, namespace: Any, value: object) -> wire.Step:
    name = atomic_reads.key_of(namespace, value)
    if type(name) is not str:
        return _made(StepKind.ATTRIBUTE_NAME, ".<name>", value, *_owner(owner))
    shown = f".{introspect.attribute_text(name)}"
    if type.__subclasscheck__(ModuleType, type(owner)):
        return _made(StepKind.GLOBAL, shown, value, *_owner(owner))
    if type.__subclasscheck__(type, type(owner)):
        return _made(StepKind.CLASS_ATTRIBUTE, shown, value, *_owner(owner))
    if type(owner) is FunctionType:
        return _made(StepKind.FUNCTION_ATTRIBUTE, shown, value, *_owner(owner))
    return _attribute_of_instance(owner, name, value)


def _attribute_of_instance(owner: object, name: str, value: object) -> wire.Step:
    shown = key_shapes.attribute_text(owner, name)
    step = _made(_kind_of_attribute(owner, name), f".{shown}", value, *_owner(owner))
    return step if masking.MASK not in shown else step._replace(key=key_shapes.identity(name))


def is_storage(owner: object, name: str) -> bool:
    """Whether this is where a container class of the standard library keeps what is put into it.

    Of `cachetools`, that is every private attribute, and whatever its own helpers have.
    """
    for base in introspect.mro_of_type(type(owner)):
        module = introspect.module_of_type(base)
        if module in _STORAGE_MODULES and name in _STORAGE_NAMES:
            return True
        if module == _CACHETOOLS and (base is type(owner) or name.startswith(introspect.mangled(base, "__"))):
            return True
    return False


def _kind_of_attribute(owner: object, name: str) -> StepKind:
    return StepKind.STORAGE if is_storage(owner, name) else StepKind.ATTRIBUTE


def _of_function(function: Any, path: Sequence[object], place: int) -> tuple[wire.Step, int]:
    child = path[place + 1]
    owner = function_name(function)
    after = path[place + 2] if place + 2 < len(path) else None
    if child is function.__closure__ and after is not None:
        variable = _free_variable(function, after)
        reached = path[place + 3] if place + 3 < len(path) else after
        return _made(StepKind.CELL, f"cell '{variable}'", reached, *owner), 2 + (reached is not after)
    if (child is function.__defaults__ or child is function.__kwdefaults__) and after is not None:
        argument = _defaulted(function, after)
        return _made(StepKind.DEFAULT, f"default of '{argument}'", after, *owner), 2
    if child is function.__globals__:
        return _made(StepKind.GLOBALS, ".__globals__", child, *owner), 1
    for name, held in closed_over(function):
        if held is child:
            return _made(StepKind.CELL, f"cell '{name}'", child, *owner), 1
    attribute: object = atomic_reads.key_of(function.__dict__, child)
    if type(attribute) is str:
        return _made(
            StepKind.FUNCTION_ATTRIBUTE, f".{introspect.attribute_text(attribute)}", child, *owner
        ), 1
    return _made(StepKind.PART, _named_part(function, child, "__dict__", "__code__"), child, *owner), 1


def closed_over(function: Any) -> Iterator[tuple[str, object]]:
    """(name, value) of each variable that the function closes over, the empty ones left out."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        try:
            yield name, cell.cell_contents
        except ValueError:
            continue


def _free_variable(function: Any, cell: object) -> str:
    cells: Any = function.__closure__
    named = zip(function.__code__.co_freevars, cells, strict=False)
    return next((name for name, each in named if each is cell), "?")


def _defaulted(function: Any, value: object) -> str:
    code = function.__code__
    positional = code.co_varnames[: code.co_argcount]
    defaults: Any = function.__defaults__ or ()
    by_position = zip(positional[len(positional) - len(defaults) :], defaults, strict=False)
    by_keyword = atomic_reads.items_of(function.__kwdefaults__ or {})
    return next((name for name, each in (*by_position, *by_keyword) if each is value), "?")


def _named_part(parent: Any, child: object, *attributes: str) -> str:
    for attribute in attributes:
        if getattr(parent, attribute, None) is child:
            return f".{attribute}"
    return "→"


def _of_dict(parent: Any, child: object) -> wire.Step:
    key = atomic_reads.key_of(parent, child)
    if key is not atomic_reads.NOTHING:
        return _made(StepKind.VALUE, f"[{key_shapes.key_text(key)}]", child)._replace(
            key=key_shapes.identity(key)
        )
    if atomic_reads.has_key(parent, child):
        return _made(StepKind.KEY, "key", child)
    return _of_instance(parent, child)


def _of_sequence(parent: Any, child: object) -> wire.Step:
    index = atomic_reads.place_of(parent, child)
    return _of_instance(parent, child) if index is None else _made(StepKind.INDEX, f"[{index}]", child)


def _of_set(_parent: object, child: object) -> wire.Step:
    return _made(StepKind.MEMBER, "{…}", child)


def _of_cell(_parent: object, child: object) -> wire.Step:
    return _made(StepKind.CELL, "cell contents", child)


def _of_method(parent: Any, child: object) -> wire.Step:
    return _made(StepKind.METHOD, _named_part(parent, child, "__self__", "__func__"), child)


def _of_partial(parent: Any, child: object) -> wire.Step:
    for attribute in ("func", "args", "keywords"):
        if functools.partial.__dict__[attribute].__get__(parent) is child:
            return _made(StepKind.PARTIAL, f".{attribute}", child, "functools.partial", "functools")
    return _made(StepKind.PART, "→", child, "functools.partial", "functools")


def _of_lru(parent: object, child: object) -> wire.Step:
    if wrapped_function(parent) is child:
        return _made(StepKind.PART, ".__wrapped__", child, *_owner(parent))
    return _made(StepKind.CACHE, "[…]", child, *_owner(parent))


def frame_of(found: Any) -> FrameType | None:
    """The frame itself, or that of a suspended generator or coroutine; None if there is none."""
    kind = type(found)
    if kind is FrameType:
        return found  # type: ignore[no-any-return]
    # Compared one by one: a metaclass may hash its classes in a way of its own.
    frame_name = next((names[0] for base, names in _SUSPENDED.items() if base is kind), None)
    return None if frame_name is None else getattr(found, frame_name)


def _of_suspended(parent: Any, child: object) -> wire.Step:
    frame_name, code_name, awaited_name, waiting = _SUSPENDED[type(parent)]
    frame = getattr(parent, frame_name)
    code = getattr(parent, code_name)
    variable = None if frame is None else interpreter_roots.variable_of(frame, child)
    shown = f"local '{variable}'" if variable else "a value"
    if variable is None and getattr(parent, awaited_name) is child:
        shown = waiting
    where = f" in {code.co_qualname}()"
    if frame is not None:
        where += f" at {_short_file(code.co_filename)}:{frame.f_lineno}"
    return _made(StepKind.LOCAL, shown + where, child, code.co_qualname)


def _of_frame(parent: Any, child: object) -> wire.Step:
    if parent.f_back is child:
        return _made(StepKind.PART, ".f_back", child)
    return local_step(parent, child)


def local_step(frame: FrameType, child: object) -> wire.Step:
    """The step from a frame to the value of one of its variables."""
    variable = interpreter_roots.variable_of(frame, child)
    code = frame.f_code
    where = f" in {code.co_qualname}() at {_short_file(code.co_filename)}:{frame.f_lineno}"
    shown = f"local '{variable}'" if variable else "a value"
    return _made(StepKind.LOCAL, shown + where, child, code.co_qualname)


def _of_traceback(parent: Any, child: object) -> wire.Step:
    return _made(StepKind.TRACEBACK, _named_part(parent, child, "tb_frame", "tb_next"), child)


def _of_exception(parent: object, child: object) -> wire.Step:
    for attribute in ("__traceback__", "__context__", "__cause__", "args"):
        if BaseException.__dict__[attribute].__get__(parent) is child:
            return _made(StepKind.EXCEPTION, f".{attribute}", child, *_owner(parent))
    return _of_instance(parent, child)


def _of_weakref(_parent: object, child: object) -> wire.Step:
    return _made(StepKind.CALLBACK, "callback", child, "weakref", "weakref")


def _of_proxy(parent: object, child: object) -> wire.Step:
    return _made(StepKind.STORAGE, "→", child, *_owner(parent))


def _of_c_future(parent: Any, child: object) -> wire.Step | None:
    """A step out of a future or task that is made in C, and shows its insides through getters."""
    future = getattr(sys.modules.get("_asyncio"), "Future", None)
    if future is None or not type.__subclasscheck__(future, type(parent)):
        return None
    if type(child) is list:
        # The getter makes a new list of the callbacks, so that they are known by being the only list.
        return _made(StepKind.ATTRIBUTE, "._callbacks", child, *_owner(parent))
    for kind in introspect.mro_of_type(type(parent)):
        for name in ("_result", "_exception", "_coro", "_fut_waiter"):
            getter = introspect.namespace_of_type(kind).get(name)
            # Those of C only: a property of a subclass would run the target's code.
            if type(getter) is GetSetDescriptorType and _read(getter, parent) is child:
                return _made(StepKind.ATTRIBUTE, f".{name}", child, *_owner(parent))
    return None


def _read(getter: Any, found: object) -> object:
    try:
        return getter.__get__(found)
    except Exception:
        return None


def _of_instance(parent: object, child: object) -> wire.Step:
    step = _of_c_future(parent, child)
    if step is not None:
        return step
    owner = _owner(parent)
    for name, member in introspect.slots_of(parent):
        if introspect.slot_value(parent, member) is child:
            return _made(_kind_of_attribute(parent, name), f".{name}", child, *owner)
    namespace = introspect.instance_dict(parent)
    if namespace is not None and child is not namespace:
        name = atomic_reads.key_of(namespace, child)
        if type(name) is str:
            return _attribute_of_instance(parent, name, child)
    if child is type(parent):
        return _made(StepKind.PART, ".__class__", child, *owner)
    step = _made(StepKind.PART, "→", child, *owner)
    return step if type(child) is not BuiltinMethodType else step._replace(type=_method_text(child))


def _method_text(method: Any) -> str:
    """`list.append` for the method of a list; `function len` for what belongs to no object."""
    owner = type(method.__self__)
    is_function = owner is NoneType or type.__subclasscheck__(ModuleType, owner)
    return (
        f"function {method.__name__}" if is_function else f"{introspect.type_name(owner)}.{method.__name__}"
    )


def _of_type(parent: Any, child: object) -> wire.Step:
    name = atomic_reads.key_of(introspect.namespace_of_type(parent), child)
    if type(name) is str:
        return _made(StepKind.CLASS_ATTRIBUTE, f".{introspect.attribute_text(name)}", child, *_owner(parent))
    return _made(StepKind.PART, "→", child, *_owner(parent))


def _of_builtin_method(parent: Any, child: object) -> wire.Step:
    return _made(StepKind.METHOD, _named_part(parent, child, "__self__"), child)


Describe = Callable[[Any, Any], wire.Step | None]

_BY_BASE: tuple[tuple[type, Describe], ...] = (
    *((base, _of_dict) for base in atomic_reads.MAPPINGS),
    (list, _of_sequence),
    (tuple, _of_sequence),
    (deque, _of_sequence),
    (set, _of_set),
    (frozenset, _of_set),
    (CellType, _of_cell),
    (MethodType, _of_method),
    (BuiltinMethodType, _of_builtin_method),
    (functools.partial, _of_partial),
    (LRU, _of_lru),
    (GeneratorType, _of_suspended),
    (CoroutineType, _of_suspended),
    (AsyncGeneratorType, _of_suspended),
    (FrameType, _of_frame),
    (TracebackType, _of_traceback),
    (BaseException, _of_exception),
    (weakref.ref, _of_weakref),
    (MappingProxyType, _of_proxy),
    (type, _of_type),
)


def _short_file(path: str) -> str:
    return "/".join(path.replace("\\", "/").rsplit("/", 2)[-2:])
