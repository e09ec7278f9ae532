"""The steps along a path of objects: what each spans, and which are counted as one."""

import contextvars
import functools
import gc
import itertools
import threading
from collections.abc import Callable
from types import CellType
from typing import Any

import pytest

from leakscan import wire
from leakscan.agent.references import steps
from tests.unit.agent.references.chains import PAYLOAD, ROOT, Node, last_step


def test_what_is_kept_for_a_thread_is_named_as_an_attribute_is() -> None:
    local = threading.local()
    local.rows = PAYLOAD
    local.alice_smith_4711 = others = ["others"]

    steps = [last_step(local, {}, local.__dict__, each) for each in (PAYLOAD, others)]

    assert [step.kind for step in steps] == ["thread local"] * 2
    assert [step.link for step in steps] == [".rows", ".'alice_…' (16 characters)"]


def test_a_namespace_that_grows_itself_is_its_owners() -> None:
    node = Node()

    step = last_step(node, node.__dict__)

    assert (step.kind, step.link, step.owner) == ("namespace", ".__dict__", "Node")


def test_repeated_steps_are_counted() -> None:
    nodes = [Node() for _ in range(5)]
    for one, other in itertools.pairwise(nodes):
        one.next = other

    chain = steps.steps(nodes, ROOT)

    assert [(step.link, step.repeats) for step in chain] == [("app", 1), (".next", 4)]


@pytest.mark.parametrize("make", [lambda inner: [inner], lambda inner: {0: inner}])
def test_entries_are_counted_as_one_only_where_they_go_on_and_on(make: Callable[[object], Any]) -> None:
    matrix: list[Any] = [make(make(None))]
    matrix.append(matrix[0][0])
    chain: list[Any] = [make(None)]
    for _ in range(60):
        chain.insert(0, make(chain[0]))

    shown = [(step.link, step.repeats) for step in steps.steps([make(matrix[0]), *matrix], ROOT)]
    assert shown == [("app", 1), ("[0]", 1), ("[0]", 1)]
    shown = [(step.link, step.repeats) for step in steps.steps(chain, ROOT)]
    assert shown == [("app", 1), ("[0]", 60)]


def test_what_a_class_keeps_in_a_static_method_is_named_by_the_class() -> None:
    @functools.cache
    def load(number: int) -> int:
        return number

    class Store:
        by_static = staticmethod(load)
        by_class: Any = classmethod(load)  # type: ignore[arg-type]

    namespace = next(each for each in gc.get_referents(vars(Store)) if type(each) is dict)
    for name in ("by_static", "by_class"):
        step = last_step(Store, namespace, vars(Store)[name], load)
        assert step[:3] == ("static method", f".{name}", "_lru_cache_wrapper")


def test_no_step_runs_code_of_the_target() -> None:
    class Hostile:
        def __init__(self) -> None:
            object.__setattr__(self, "items", PAYLOAD)

        def __getattribute__(self, name: str) -> object:
            raise AssertionError(f"{name} was read")

        def __eq__(self, other: object) -> bool:
            raise AssertionError("compared")

        __hash__ = None  # type: ignore[assignment]

    hostile = Hostile()

    assert last_step(hostile, PAYLOAD).link == ".items"
    assert last_step({1: hostile}, hostile).link == "[1]"
    assert last_step([0, hostile], hostile).link == "[1]"


def test_references_that_say_little_are_known() -> None:
    key = ("a", "key")
    by_key: dict[object, object] = {key: 1}
    by_name = {"key": key}

    assert steps.doubtful([Node, by_key, key]) == [Node, by_key]
    assert steps.doubtful([by_name, key]) == []


@functools.lru_cache
def _cached(key: object) -> list[object]:
    return [key]


def test_a_result_in_a_cache_says_little_of_what_hangs_on_it() -> None:
    kept = _cached("a")
    results = next(
        each for each in gc.get_referents(_cached) if type(each) is dict and each is not _cached.__dict__
    )

    assert steps.doubtful([_cached, results, kept]) == [_cached]
    assert steps.doubtful([_cached, results]) == []


def test_a_value_in_a_context_is_named_by_its_variable() -> None:
    variable: contextvars.ContextVar[list[object]] = contextvars.ContextVar("request_log")
    context = contextvars.Context()
    rows: list[object] = []
    context.run(variable.set, rows)
    between = gc.get_referents(context)

    taken = steps.steps([context, *between, rows], wire.Step("module", "app", "module"))

    assert [step.link for step in taken] == ["app", "['request_log']"]
    assert taken[-1].kind == "context variable"


class _Middleware:
    def __init__(self) -> None:
        self.recent: list[object] = [PAYLOAD]

    def __call__(self) -> None:
        pass


def test_an_attribute_that_a_wrapper_has_a_copy_of_is_that_of_the_wrapped_object() -> None:
    middleware = _Middleware()

    @functools.wraps(functools.wraps(middleware)(lambda: None))
    def inner() -> None:
        pass

    namespace = inner.__dict__

    (step,) = steps.steps([inner, namespace, middleware.recent], ROOT)[1:]

    assert (step.kind, step.link, step.owner) == ("attribute", ".recent", "_Middleware")


async def _consume(kept: list[object]) -> Callable[[], object]:
    await _Pause()
    return lambda: kept


class _Pause:
    def __await__(self) -> Any:
        yield


def test_a_variable_that_an_inner_function_uses_is_that_of_its_function() -> None:
    kept: list[object] = [PAYLOAD]
    coroutine = _consume(kept)
    coroutine.send(None)
    cell = next(each for each in gc.get_referents(coroutine) if type(each) is CellType)

    (step,) = steps.steps([coroutine, cell, kept], ROOT)[1:]
    coroutine.close()

    assert (step.kind, step.link.partition(" at ")[0]) == ("local", "local 'kept' in _consume()")
