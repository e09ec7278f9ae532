"""Registries that the interpreter keeps in C: no Python object refers to their lists, and none has a name.

In a forked copy a marker is registered everywhere; where it turns up afterwards tells which list is which.
"""

import codecs
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from leakscan import wire
from leakscan.agent import names
from leakscan.agent.forked import in_forked_copy

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


def registries_among(containers: Sequence[object]) -> tuple[wire.Step | None, ...]:
    """The root that each of these containers is, if it is a registry; None for the others."""
    if not any(_values(each) for each in containers):
        return (None,) * len(containers)

    def look() -> Iterator[wire.Record]:
        found = dict(_found(containers))
        yield wire.Named(
            tuple(
                wire.NamedHolder((found[place],) if place in found else ())
                for place in range(len(containers))
            )
        )

    answer = in_forked_copy(look)
    if not isinstance(answer, wire.Named):
        return (None,) * len(containers)
    return tuple(holder.steps[0] if holder.steps else None for holder in answer.holders)


def _found(containers: Sequence[object]) -> Iterator[tuple[int, wire.Step]]:
    for text, register in _REGISTER.items():
        # A function of its own for each, which does nothing wherever it is called.
        def marker(*_arguments: object) -> None:
            return None

        register(marker)
        for place, container in enumerate(containers):
            if any(each is marker for each in _values(container)):
                yield place, wire.Step("registry", text, names.type_name(type(container)))


def _values(container: Any) -> list[object]:
    kind = type(container)
    if kind is dict:
        return list(dict.values(container))
    return list(list.__iter__(container)) if kind is list else []
