"""Letting go of what a holder holds, by the built-in types' own methods."""

import contextvars
import functools
import gc
import io
import sys
import types
import weakref
from _queue import SimpleQueue
from array import array
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import pytest

from leakscan.agent.experiments import release
from leakscan.agent.heap import interpreter_roots
from leakscan.agent.heap.containers import length_of
from leakscan.agent.tracing.allocations import TracedObjects


class Immortal(dict[int, int]):
    def clear(self) -> NoReturn:
        raise AssertionError("clear was run")


def _filled_queue() -> "SimpleQueue[int]":
    jobs: SimpleQueue[int] = SimpleQueue()
    jobs.put(1)
    jobs.put(2)
    return jobs


def _filled_cache() -> Callable[[int], int]:
    @functools.cache
    def price(article: int) -> int:
        return article

    price(1)
    return price


@pytest.mark.parametrize(
    "container",
    [
        {1: 2},
        Immortal({1: 2}),
        OrderedDict({1: 2}),
        defaultdict(list, {1: []}),
        [1, 2],
        {1, 2},
        deque([1]),
        array("q", [1, 2]),
        bytearray(7),
        _filled_queue(),
        _filled_cache(),
    ],
    ids=lambda container: type(container).__name__,
)
def test_a_container_is_emptied(container: object) -> None:
    empty = release.releasing_entries(container, TracedObjects())

    assert empty is not None
    assert length_of(container)
    empty()
    assert length_of(container) == 0


def test_a_buffer_gives_its_bytes_back() -> None:
    raw, text = io.BytesIO(bytes(9_000)), io.StringIO("x" * 9_000)

    for buffer in (raw, text):
        empty = release.releasing_entries(buffer, TracedObjects())
        assert empty is not None
        empty()

    assert (raw.getvalue(), text.getvalue()) == (b"", "")


@pytest.mark.parametrize("other", [(1, 2), "text", object(), frozenset({1})])
def test_what_is_no_container_cannot_be_emptied(other: object) -> None:
    assert release.releasing_entries(other, TracedObjects()) is None


class Owner:
    def __init__(self, held: object) -> None:
        self.held: Any = held


class Slotted:
    __slots__ = ("held",)

    def __init__(self, held: object) -> None:
        self.held: Any = held


def _cell_of(held: object) -> types.CellType:
    return types.CellType(held)


@pytest.mark.parametrize(
    ("make", "read"),
    [
        (lambda held: {"key": held}, lambda parent: parent["key"]),
        (lambda held: [0, held], lambda parent: parent[1]),
        (Owner, lambda parent: parent.held),
        (Slotted, lambda parent: parent.held),
        (_cell_of, lambda parent: parent.cell_contents),
    ],
    ids=["dict", "list", "attribute", "slot", "cell"],
)
def test_a_reference_is_severed(make: Callable[[object], object], read: Callable[[Any], object]) -> None:
    held = ["the payload"]
    parent = make(held)

    sever = release.releasing_reference([parent, held])

    assert sever is not None
    sever()
    assert read(parent) is None


def test_a_tuple_is_passed_over_for_what_refers_to_it() -> None:
    held = ["the payload"]
    row = (1, held)
    table = {"row": row}

    sever = release.releasing_reference([table, row, held])

    assert sever is not None
    sever()
    assert table == {"row": None}


def test_what_only_tuples_refer_to_cannot_be_severed() -> None:
    held = ["the payload"]

    assert release.releasing_reference([(held,), held]) is None


def test_all_is_done_in_order() -> None:
    done: list[int] = []

    release.do_all([functools.partial(done.append, n) for n in (1, 2, 3)])

    assert done == [1, 2, 3]


def test_an_ordered_dict_forgets_the_order_of_its_keys_too() -> None:
    class Key:
        pass

    key = Key()
    alive = weakref.ref(key)
    sessions = OrderedDict({key: 1})
    del key

    empty = release.releasing_entries(sessions, TracedObjects())

    assert empty is not None
    kept = empty()
    del kept
    assert not sessions
    assert alive() is None


def test_what_was_in_a_container_before_the_tracing_is_spared() -> None:
    row = ["old"]
    rows: list[object] = [row]

    empty = release.releasing_entries(rows, TracedObjects())

    assert empty is not None
    spared = empty()
    assert isinstance(spared, release.Spared)
    assert spared.entries == [row]
    assert rows == []


def test_what_cannot_be_emptied_is_cut_off_where_it_hangs() -> None:
    class Payload:
        pass

    module = types.ModuleType("shop")
    sys.modules["shop"] = module
    payload = Payload()
    alive = weakref.ref(payload)
    module.__dict__["PLAN"] = functools.partial(print, payload)
    module.__dict__["BY_NAME"] = {"plan": module.__dict__["PLAN"]}
    del payload

    release.releasing_references_to(module.__dict__["PLAN"])()
    del sys.modules["shop"]

    assert (module.__dict__["PLAN"], module.__dict__["BY_NAME"]) == (None, {"plan": None})
    assert alive() is None


def test_what_hangs_on_nothing_cannot_be_cut_off() -> None:
    with pytest.raises(release.CannotRelease, match="severed"):
        release.releasing_references_to(functools.partial(print, []))()


def test_a_context_variable_is_let_go_of() -> None:
    variable: contextvars.ContextVar[list[int] | None] = contextvars.ContextVar("numbers")
    context = contextvars.Context()
    numbers = [1, 2]
    context.run(variable.set, numbers)

    cut = release.releasing_reference([context, *gc.get_referents(context), numbers])

    assert cut is not None
    cut()
    assert context[variable] is None


def _suspended() -> Iterator[int]:
    history = tuple(range(3))
    yield len(history)
    yield 0


def test_a_variable_of_a_suspended_generator_is_let_go_of() -> None:
    generator: Any = _suspended()
    next(generator)

    cut = release.releasing_reference([generator, generator.gi_frame.f_locals["history"]])

    assert cut is not None
    cut()
    assert generator.gi_frame.f_locals["history"] is None


def test_a_variable_of_a_running_function_is_let_go_of() -> None:
    kept = tuple(range(1_000, 1_010))
    frame = sys._getframe()

    cut = release.releasing_reference([interpreter_roots.FrameVariables(frame), kept])

    assert cut is not None
    cut()
    assert kept is None


def test_a_value_that_an_expression_refers_to_as_well_can_not_be_let_go_of() -> None:
    def look(value: tuple[int, ...]) -> None:
        assert value
        cut = release.releasing_reference([interpreter_roots.FrameVariables(sys._getframe(1)), kept])
        assert cut is not None
        with pytest.raises(release.CannotRelease, match="an expression of the running function, or C code"):
            cut()

    kept = tuple(range(1_000, 1_010))
    pair = [kept, look(kept)]  # type: ignore[func-returns-value]
    assert len(pair) == 2


@pytest.mark.parametrize(
    ("get_hook", "set_hook"), [(sys.getprofile, sys.setprofile), (sys.gettrace, sys.settrace)]
)
def test_a_hook_of_the_interpreter_is_let_go_of(
    get_hook: Callable[[], Any], set_hook: Callable[[Any], None]
) -> None:
    def hook(*_arguments: object) -> None:
        return None

    before = get_hook()
    set_hook(hook)
    try:
        cut = release.releasing_reference([interpreter_roots.Hooks(), hook])
        assert cut is not None
        cut()
        assert get_hook() is None
    finally:
        set_hook(before)
