"""Registries that the interpreter keeps in C: no Python object refers to their lists, and they have no name.

In a forked copy a marker is registered everywhere; where it turns up afterwards tells which list is which.
The dict of a class's subclasses is recognized by their addresses.
"""

import codecs
import gc
import os
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from leakscan import wire
from leakscan.agent.fork.copy import in_forked_copy
from leakscan.agent.heap import atomic_reads, introspect

_REGISTER: dict[str, Callable[[Any], object]] = {
    "search functions of codecs.register": codecs.register,
    "error handlers of codecs.register_error": lambda marker: codecs.register_error("leakscan", marker),
    "callbacks of os.register_at_fork (before)": lambda marker: os.register_at_fork(before=marker),
    "callbacks of os.register_at_fork (after_in_child)": lambda marker: os.register_at_fork(
        after_in_child=marker
    ),
    "callbacks of os.register_at_fork (after_in_parent)": lambda marker: os.register_at_fork(
        after_in_parent=marker
    ),
}

_bases_of: Callable[[Any], tuple[type, ...]] = type.__dict__["__bases__"].__get__
_subclasses_of: Callable[[type], list[type]] = type.__subclasses__


def registries_among(containers: Sequence[object]) -> tuple[wire.Step | None, ...]:
    """The root that each of these containers is, if it is a registry; None for the others."""
    subclasses = tuple(_subclasses(each) for each in containers)
    callbacks = _callbacks_among(
        [each for each, step in zip(containers, subclasses, strict=True) if not step]
    )
    others = iter(callbacks)
    return tuple(step or next(others) for step in subclasses)


def _subclasses(container: Any) -> wire.Step | None:
    """The root, if it is the dict that a class keeps of its subclasses: address → weak reference.

    They may be dead: the collector empties a class that is its own type, and can't free it.
    """
    if type(container) is not dict or not all(type(each) is weakref.ref for each in _values(container)):
        return None
    addresses = {key for key in atomic_reads.keys_of(container) if type(key) is int}
    kinds = [each for each in gc.get_objects() if id(each) in addresses and _is_class(each)]
    for base in _bases_of(kinds[0]) if kinds else ():
        is_base_of_all = all(any(each is base for each in _bases_of(kind)) for kind in kinds)
        if is_base_of_all and addresses.issuperset(map(id, _subclasses_of(base))):
            name = f"{introspect.module_of_type(base)}.{introspect.type_name(base)}"
            return wire.Step(wire.StepKind.REGISTRY, f"subclasses of {name}", "dict")
    return None


def _is_class(obj: object) -> bool:
    return type.__subclasscheck__(type, type(obj))


def _callbacks_among(containers: Sequence[object]) -> tuple[wire.Step | None, ...]:
    if not any(_values(each) for each in containers):
        return (None,) * len(containers)

    def named() -> Iterator[wire.Record]:  # in a copy
        registries = dict(_places_of_markers(containers))
        yield wire.Named(
            tuple(
                wire.NamedHolder((registries[place],) if place in registries else ())
                for place in range(len(containers))
            )
        )

    answer = in_forked_copy(named)
    if not isinstance(answer, wire.Named):
        return (None,) * len(containers)
    return tuple(holder.steps[0] if holder.steps else None for holder in answer.holders)


def _places_of_markers(containers: Sequence[object]) -> Iterator[tuple[int, wire.Step]]:  # in a copy
    """The place of each container in which a marker turns up that is registered, and its root."""
    for text, register in _REGISTER.items():
        # A function of its own for each, which does nothing wherever it is called.
        def marker(*_arguments: object) -> None:
            return None

        register(marker)
        for place, container in enumerate(containers):
            if any(each is marker for each in _values(container)):
                yield place, wire.Step(wire.StepKind.REGISTRY, text, introspect.type_name(type(container)))


def _values(container: Any) -> list[object]:
    kind = type(container)
    if kind is dict:
        return atomic_reads.values_of(container)
    return atomic_reads.members_of(container) if kind is list else []
