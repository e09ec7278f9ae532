"""Steps out of the built-in types, in Python words."""

import functools
import sys
import weakref
from collections import OrderedDict, deque
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import pytest

from tests.unit.agent.references.chains import PAYLOAD, Node, last_step


@pytest.mark.parametrize(
    ("container", "kind", "link"),
    [
        ({"en_US": PAYLOAD}, "value", "['en_US']"),
        (OrderedDict({7: PAYLOAD}), "value", "[7]"),
        ([None, PAYLOAD], "index", "[1]"),
        ((PAYLOAD,), "index", "[0]"),
        (deque([None, None, PAYLOAD]), "index", "[2]"),
        (functools.partial(print, 1), "partial", ".func"),
    ],
)
def test_an_entry_is_said_in_python_words(container: object, kind: str, link: str) -> None:
    child = print if isinstance(container, functools.partial) else PAYLOAD

    assert last_step(container, child)[:2] == (kind, link)


def test_a_key_is_told_from_a_value() -> None:
    key = ("a", "key")

    assert last_step({key: 1}, key).kind == "key"


def test_a_member_of_a_set_has_no_place() -> None:
    member = ("a", "member")

    assert last_step({member}, member)[:2] == ("member", "{…}")


def test_a_cache_is_named_by_what_it_wraps() -> None:
    @functools.cache
    def price(article: str) -> list[str]:
        return [article]

    step = last_step(price, price("apple"))

    assert (step.kind, step.type) == ("cache", "list")
    assert step.owner.endswith("price")


def test_a_local_of_a_generator_is_named_with_its_place() -> None:
    def accumulate() -> Iterator[int]:
        history: list[int] = []
        while True:
            history.append(1)
            yield len(history)

    generator: Any = accumulate()
    next(generator)

    step = last_step(generator, generator.gi_frame.f_locals["history"])

    assert step.kind == "local"
    assert step.link.startswith("local 'history' in ")
    assert "accumulate() at " in step.link
    generator.close()


def test_an_exception_leads_to_its_traceback_and_context() -> None:
    error = ValueError("no")
    error.__context__ = KeyError("first")

    assert last_step(error, error.__context__)[:2] == ("exception", ".__context__")
    assert last_step(error, error.args)[:2] == ("exception", ".args")


def _countdown(numbers: Iterator[int]) -> Iterator[int]:
    yield from numbers


def test_what_a_generator_reads_from_is_named_by_how_it_waits() -> None:
    inner = (number for number in range(3))
    generator = _countdown(inner)
    next(generator)

    step = last_step(generator, inner)

    assert step.link.partition(" at ")[0] == "local 'numbers' in _countdown()"
    outer = (number for number in _countdown(iter([1])))
    assert last_step(map(str, outer), (outer,), outer)[:2] == ("part", "→")


def _delegating() -> Iterator[int]:
    yield from _countdown(iter([1, 2]))


def test_what_a_generator_delegates_to_has_no_variable() -> None:
    generator: Any = _delegating()
    next(generator)

    step = last_step(generator, generator.gi_yieldfrom)

    assert step.link.partition(" at ")[0] == "yield from in _delegating()"


def test_the_callback_of_a_weak_reference_has_a_kind_of_its_own() -> None:
    def on_death(_: object) -> None: ...

    reference = weakref.ref(_Mortal(), on_death)

    step = last_step(reference, on_death)

    assert (step.kind, step.link, step.owner) == ("callback", "callback", "weakref")


class _Mortal:
    def method(self) -> None: ...


def test_a_method_a_traceback_and_a_proxy_lead_to_what_they_have() -> None:
    mortal = _Mortal()
    method, rows, values = mortal.method, [PAYLOAD], {"a": PAYLOAD}
    with pytest.raises(ValueError, match="no number") as raised:
        int("no number")
    traceback: Any = raised.tb

    assert last_step(method, mortal)[:2] == ("method", ".__self__")
    assert last_step(rows.append, rows)[:2] == ("method", ".__self__")
    assert last_step(traceback, traceback.tb_frame)[:2] == ("traceback", ".tb_frame")
    assert last_step(MappingProxyType(values), values)[:2] == ("storage", "→")


def test_what_a_partial_function_has_besides_its_parts_has_no_name() -> None:
    partial = functools.partial(len, PAYLOAD)

    assert last_step(partial, partial.args).link == ".args"
    assert last_step(partial, Node()).link == "→"


def test_a_frame_leads_to_the_one_that_called_it_and_to_its_variables() -> None:
    kept = ["kept"]
    frame = sys._getframe()

    of_caller, of_variable = last_step(frame, frame.f_back), last_step(frame, kept)

    assert of_caller.link == ".f_back"
    assert of_variable.link.startswith(f"local 'kept' in {frame.f_code.co_qualname}() at ")
