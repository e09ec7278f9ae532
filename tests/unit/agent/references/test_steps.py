"""Each kind of reference in Python words, along paths of objects made by hand."""

import functools
import gc
import itertools
import queue
import threading
import types
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from typing import Any

import cachetools
import pytest

from leakscan import wire
from leakscan.agent.references import steps

ROOT = wire.Step("module", "app", "module", "app", "app")
PAYLOAD = ["the payload"]


class Node:
    def __init__(self) -> None:
        self.next: Node | None = None
        self.items: list[object] = []


class Slotted:
    __slots__ = ("items",)

    def __init__(self) -> None:
        self.items: list[object] = []


class Registry:
    entries: list[object] = []  # noqa: RUF012 - shared on purpose


def _step(*path: object) -> wire.Step:
    """The last step along the path, whose first object is a root."""
    return steps.steps(path, ROOT)[-1]


def test_a_global_is_named_by_its_module() -> None:
    module = types.ModuleType("shop.app")
    module.__dict__["CACHE"] = PAYLOAD

    step = _step(module, module.__dict__, PAYLOAD)

    assert step == wire.Step("global", ".CACHE", "list", "shop.app", "shop.app")


def test_an_attribute_that_may_be_data_is_named_by_its_shape_and_told_from_others() -> None:
    node, others, name = Node(), ["others"], "alice_smith_4711"
    setattr(node, name, PAYLOAD)
    setattr(node, name.replace("alice", "clara"), others)

    steps = [_step(node, node.__dict__, PAYLOAD), _step(node, PAYLOAD), _step(node, node.__dict__, others)]

    assert [step.link for step in steps[:2]] == [".'alice_…' (16 characters)"] * 2
    assert len({step.key for step in steps}) == 2
    assert 0 not in {step.key for step in steps}
    assert _step(node, node.__dict__, node.items).key == 0


def test_what_is_kept_for_a_thread_is_named_as_an_attribute_is() -> None:
    local = threading.local()
    local.rows = PAYLOAD
    local.alice_smith_4711 = others = ["others"]

    steps = [_step(local, {}, local.__dict__, each) for each in (PAYLOAD, others)]

    assert [step.kind for step in steps] == ["thread local"] * 2
    assert [step.link for step in steps] == [".rows", ".'alice_…' (16 characters)"]


def test_an_attribute_is_named_by_the_class_of_its_owner() -> None:
    node = Node()

    step = _step(node, node.__dict__, node.items)

    assert (step.kind, step.link, step.owner) == ("attribute", ".items", "Node")


def test_an_attribute_without_a_dict_is_the_same() -> None:
    node, slotted = Node(), Slotted()

    assert _step(node, node.items)[:2] == ("attribute", ".items")
    assert _step(slotted, slotted.items)[:2] == ("attribute", ".items")
    assert _step(slotted, slotted.items).owner == "Slotted"


def test_a_class_attribute_is_told_from_an_attribute() -> None:
    step = _step(Registry, Registry.entries)

    assert (step.kind, step.link, step.owner) == ("class attribute", ".entries", "Registry")


def test_a_namespace_that_grows_itself_is_its_owners() -> None:
    node = Node()

    step = _step(node, node.__dict__)

    assert (step.kind, step.link, step.owner) == ("namespace", ".__dict__", "Node")


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

    assert _step(container, child)[:2] == (kind, link)


def test_a_key_is_told_from_a_value() -> None:
    key = ("a", "key")

    assert _step({key: 1}, key).kind == "key"


def test_a_member_of_a_set_has_no_place() -> None:
    member = ("a", "member")

    assert _step({member}, member)[:2] == ("member", "{…}")


def test_a_cell_is_named_by_its_variable_and_function() -> None:
    seen: list[int] = []

    def record() -> None:
        seen.append(1)

    assert record.__closure__ is not None
    step = _step(record, record.__closure__, record.__closure__[0], seen)

    assert (step.kind, step.link, step.type) == ("cell", "cell 'seen'", "list")
    assert step.owner.endswith("record")


def _remember(key: str, seen: list[str] = [], *, log: list[str] = []) -> None:  # noqa: B006 - the point
    seen.append(key)
    log.append(key)


@pytest.mark.parametrize(
    ("path", "link"),
    [
        (
            lambda: (_remember.__defaults__, (_remember.__defaults__ or ())[0]),
            "default of 'seen'",
        ),
        (
            lambda: (_remember.__kwdefaults__, _remember.__kwdefaults__["log"]),  # type: ignore[index]
            "default of 'log'",
        ),
    ],
)
def test_a_default_is_named_by_its_argument(path: Callable[[], tuple[object, ...]], link: str) -> None:
    step = _step(_remember, *path())

    assert step[:4] == ("default", link, "list", "_remember")


def test_a_function_attribute_is_named_by_its_function() -> None:
    def audited() -> None:
        pass

    audited.__dict__["calls"] = PAYLOAD

    step = _step(audited, audited.__dict__, PAYLOAD)

    assert (step.kind, step.link) == ("function attribute", ".calls")


def test_a_cache_is_named_by_what_it_wraps() -> None:
    @functools.cache
    def price(article: str) -> list[str]:
        return [article]

    step = _step(price, price("apple"))

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

    step = _step(generator, generator.gi_frame.f_locals["history"])

    assert step.kind == "local"
    assert step.link.startswith("local 'history' in ")
    assert "accumulate() at " in step.link
    generator.close()


def test_an_exception_leads_to_its_traceback_and_context() -> None:
    error = ValueError("no")
    error.__context__ = KeyError("first")

    assert _step(error, error.__context__)[:2] == ("exception", ".__context__")
    assert _step(error, error.args)[:2] == ("exception", ".args")


def test_what_a_queue_keeps_its_entries_in_is_storage() -> None:
    jobs: queue.Queue[object] = queue.Queue()

    step = _step(jobs, jobs.queue)

    assert (step.kind, step.link, step.owner) == ("storage", ".queue", "Queue")


@pytest.mark.parametrize("cache", [cachetools.LRUCache(9), cachetools.TTLCache(9, 1), cachetools.LFUCache(9)])
def test_what_a_cache_of_cachetools_keeps_for_itself_is_storage(cache: Any) -> None:
    cache[1] = PAYLOAD
    private = [value for name, value in vars(cache).items() if type(value) in (dict, OrderedDict)]

    assert [_step(cache, vars(cache), each).kind for each in private] == ["storage"] * len(private)
    assert private


def _price(article: int) -> int:
    return article


class MyCache(cachetools.LRUCache[int, object]):
    def __init__(self) -> None:
        super().__init__(9)
        self.missed: list[int] = []


def test_what_a_class_of_the_users_adds_to_a_cache_is_an_attribute() -> None:
    cache = MyCache()

    assert _step(cache, vars(cache), cache.missed).kind == "attribute"
    assert _step(cache, vars(cache), vars(cache)["_Cache__data"]).kind == "storage"


def test_the_attribute_of_a_wrapper_is_named_by_what_it_wraps() -> None:
    wrapper: Any = Node()
    functools.update_wrapper(wrapper, _price)

    step = _step(wrapper, wrapper.__dict__, wrapper.items)

    assert (step.owner, step.owner_module) == ("_price", __name__)


def test_repeated_steps_are_counted() -> None:
    nodes = [Node() for _ in range(5)]
    for one, other in itertools.pairwise(nodes):
        one.next = other

    found = steps.steps(nodes, ROOT)

    assert [(step.link, step.repeats) for step in found] == [("app", 1), (".next", 4)]


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
        step = _step(Store, namespace, vars(Store)[name], load)
        assert step[:3] == ("static method", f".{name}", "_lru_cache_wrapper")


def test_a_method_of_c_that_nothing_names_is_told_by_its_type_and_its_own_name() -> None:
    rows: list[object] = []

    step, method = steps.steps([Slotted(), rows.append, rows], ROOT)[1:]

    assert (step.link, step.type) == ("→", "list.append")
    assert method.link == ".__self__"
    assert _step(Slotted(), len).type == "function len"


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

    assert _step(hostile, PAYLOAD).link == ".items"
    assert _step({1: hostile}, hostile).link == "[1]"
    assert _step([0, hostile], hostile).link == "[1]"


def _countdown(numbers: Iterator[int]) -> Iterator[int]:
    yield from numbers


def test_what_a_generator_reads_from_is_named_by_how_it_waits() -> None:
    inner = (number for number in range(3))
    generator = _countdown(inner)
    next(generator)

    step = _step(generator, inner)

    assert step.link.partition(" at ")[0] == "local 'numbers' in _countdown()"
    outer = (number for number in _countdown(iter([1])))
    assert _step(map(str, outer), (outer,), outer)[:2] == ("part", "→")


def _delegating() -> Iterator[int]:
    yield from _countdown(iter([1, 2]))


def test_what_a_generator_delegates_to_has_no_variable() -> None:
    generator: Any = _delegating()
    next(generator)

    step = _step(generator, generator.gi_yieldfrom)

    assert step.link.partition(" at ")[0] == "yield from in _delegating()"


def _wrapped(function: Callable[[], None]) -> Callable[[], None]:
    def wrapper() -> None:
        function()

    return wrapper


def test_a_function_that_wraps_another_leads_to_it_by_its_variable() -> None:
    inner = _wrapped(print)
    outer = _wrapped(inner)

    step = _step(outer, inner)

    assert (step.kind, step.link, step.owner) == ("cell", "cell 'function'", "_wrapped.<locals>.wrapper")


def test_references_that_say_little_are_known() -> None:
    key = ("a", "key")
    by_key: dict[object, object] = {key: 1}
    by_name = {"key": key}

    assert steps.doubtful([Registry, by_key, key]) == [Registry, by_key]
    assert steps.doubtful([by_name, key]) == []
