"""What an object refers to, as its author knows it: keys, values of a context, variables of a closure."""

import contextvars
import gc
from collections.abc import Iterable, Iterator
from itertools import islice
from types import ModuleType
from typing import Any

from leakscan.agent.heap import atomic_reads, introspect

_MAX_COMPARED = 16
"""Keys of a dict that are looked for among the attributes of the instance that it may belong to."""


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


def namespace_among(owner: object, parts: Iterable[object]) -> object | None:
    """That one of the parts that an instance keeps its attributes in; None if none of them is.

    An instance that kept its attributes without a dict is given none by this, nor is a function, which refers
    to the namespace of its module.
    """
    for part in parts:
        if type(part) is dict and _has_attribute_of(part, owner) and introspect.instance_dict(owner) is part:
            return part
    return None


def _has_attribute_of(part: object, owner: object) -> bool:
    elsewhere = {name for name, _member in introspect.slots_of(owner)}
    return any(
        type(key) is str and key not in elsewhere and introspect.attribute_of(owner, key) is value
        for key, value in islice(atomic_reads.items_of(part), _MAX_COMPARED)
    )


def closed_over(function: Any) -> Iterator[tuple[str, object]]:
    """(name, value) of each variable that the function closes over, the empty ones left out."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        try:
            yield name, cell.cell_contents
        except ValueError:
            continue
