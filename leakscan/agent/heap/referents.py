"""What an object refers to, as its author knows it: keys, values of a context, variables of a closure."""

import contextvars
import gc
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from leakscan.agent.heap import atomic_reads, introspect


def referents(obj: object) -> list[object]:
    """What the object refers to, the keys of a dict and the values of a context included.

    `gc.get_referents` leaves out keys that are all strings, and of a context it shows but the inside.
    """
    if type(obj) is contextvars.Context:
        return list(contextvars.Context.values(obj))
    direct = gc.get_referents(obj)
    if any(type.__subclasscheck__(base, type(obj)) for base in atomic_reads.MAPPINGS):
        direct.extend(atomic_reads.keys_of(obj))
    return direct


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


def closed_over(function: Any) -> Iterator[tuple[str, object]]:
    """(name, value) of each variable that the function closes over, the empty ones left out."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        try:
            yield name, cell.cell_contents
        except ValueError:
            continue
