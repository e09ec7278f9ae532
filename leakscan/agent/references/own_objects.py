"""Which objects are the agent's own: no chain leads through them, and no graph shows them."""

import sys
from collections.abc import Iterable
from types import FrameType, FunctionType, ModuleType

from leakscan.agent import counters, originals
from leakscan.agent.heap import atomic_reads, introspect
from leakscan.agent.references.source_names import module_name

_OWN_PREFIX = "leakscan."
_START = counters.__file__.replace("counters.py", "start.py")


def is_own(obj: object) -> bool:
    """Whether it is the agent's: an object of its classes, or a module, class, function or frame of it."""
    kind = type(obj)
    if type.__subclasscheck__(ModuleType, kind):
        return is_own_module(module_name(obj))
    if type.__subclasscheck__(type, kind):
        return is_own_module(introspect.module_of_type(obj))  # type: ignore[arg-type]
    if kind is FunctionType:
        name = obj.__globals__.get("__name__")  # type: ignore[attr-defined]
        return type(name) is str and is_own_module(name)
    if kind is FrameType:
        return is_own_frame(obj)  # type: ignore[arg-type]
    return is_of_own_class(obj)


def is_of_own_class(obj: object) -> bool:
    """Whether it is an instance of a class of leakscan."""
    return introspect.module_of_type(type(obj)).startswith(_OWN_PREFIX)


def is_own_frame(frame: FrameType) -> bool:
    """Whether it runs a function of leakscan, or the file that starts the agent."""
    name = frame.f_globals.get("__name__")
    return type(name) is str and (is_own_module(name) or (name == "__main__" and _is_start(frame)))


def _is_start(frame: FrameType) -> bool:
    return frame.f_code.co_filename == _START


def is_own_module(name: str) -> bool:
    """Whether it is a module of leakscan, or one that only leakscan needs."""
    return name == "leakscan" or name.startswith(_OWN_PREFIX) or name == "objgraph"


def addresses_of_own_modules() -> Iterable[int]:
    """Addresses of all modules that the agent has loaded for itself, and of their namespaces."""
    for module in originals.own_modules():
        yield id(module)
        yield id(introspect.namespace_of_module(module))
    for name, module in atomic_reads.items_of(sys.modules):
        if type(name) is str and is_own_module(name):
            yield id(module)
            yield id(introspect.namespace_of_module(module))
