"""Where caches are found, and how they are known as caches."""

import collections
import functools
import gc
import queue
import re
import sys
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import cachetools
import pytest

from leakscan.agent.caches import search
from leakscan.agent.caches.search import FoundCache, is_called_cache
from leakscan.agent.heap.containers import length_of
from leakscan.agent.heap.entry_bounds import Bound

KEPT: list[object] = []


@pytest.fixture(autouse=True)
def _nothing_is_kept() -> Iterator[None]:
    yield
    KEPT.clear()


def _keep(obj: Any) -> Any:
    KEPT.append(obj)
    return obj


def _all() -> dict[int, FoundCache]:
    """Every cache of this process, by address; each is found once."""
    rows = list(search.caches())
    by_address = {id(row.container): row for row in rows}
    assert len(by_address) == len(rows)
    return by_address


def _row_of(container: object) -> FoundCache | None:
    return _all().get(id(container))


def _bound(container: object) -> Bound | None:
    row = _row_of(container)
    assert row is not None
    return row.bound


@pytest.mark.parametrize(
    "name", ["cache", "_cache2", "PAGE_CACHE", "dispatch_cache", "TokenCache", "memo_", "_memos"]
)
def test_a_name_that_ends_in_cache_or_memo_is_that_of_a_cache(name: str) -> None:
    assert is_called_cache(name)


@pytest.mark.parametrize("name", ["cache_control", "cached", "memory", "cacheable", "items", ""])
def test_a_name_that_only_has_it_in_the_middle_is_not(name: str) -> None:
    assert not is_called_cache(name)


def test_every_lru_cache_is_a_cache_and_says_its_bound() -> None:
    bounded = _keep(functools.lru_cache(maxsize=7)(lambda: None))
    unbounded = _keep(functools.cache(lambda: None))

    assert _bound(bounded) == Bound(7, "maxsize")
    assert _bound(unbounded) == Bound(None, "maxsize")


class Sessions:
    """Called a cache by one of its attributes."""

    def __init__(self) -> None:
        self.by_user_cache: dict[int, int] = {}
        self.rows: list[int] = []


class PageCache:
    """Called a cache itself."""

    def __init__(self) -> None:
        self.hits = 0
        self.pages = {1: b""}
        self.order: list[int] = []


class Bounded:
    def __init__(self) -> None:
        self.capacity = 5
        self.few: list[int] = []
        self.many = {1: 1, 2: 2}


class Slotted:
    __slots__ = ("_max_items", "rows")

    def __init__(self) -> None:
        self._max_items = 6
        self.rows: set[int] = set()


class Recent(collections.OrderedDict[int, int]):
    maxsize = 9


class Ring:
    def __init__(self) -> None:
        self.lines: collections.deque[str] = collections.deque(maxlen=4)


class Plain:
    def __init__(self) -> None:
        self.rows: dict[int, int] = {}
        self.limit = 0


class OfTheClass:
    templates_cache: dict[str, str] = {}  # noqa: RUF012 - shared on purpose


def _closure() -> tuple[Callable[[], object], object]:
    cache: dict[int, int] = {}
    other: dict[int, int] = {}
    return lambda: (cache, other), cache


def _with_a_default() -> tuple[Callable[..., object], object]:
    def look_up(key: int, other: Any = {}, _cache: Any = {}) -> object:  # noqa: B006
        return key, other, _cache

    assert look_up.__defaults__ is not None
    return look_up, look_up.__defaults__[1]


def _with_a_keyword_default() -> tuple[Callable[..., object], object]:
    def look_up(*, memo: Any = {}) -> object:  # noqa: B006
        return memo

    return look_up, (look_up.__kwdefaults__ or {})["memo"]


def _with_an_attribute() -> tuple[Callable[..., object], object]:
    def look_up() -> None:
        pass

    vars(look_up)["cache"] = {}
    return look_up, vars(look_up)["cache"]


def test_what_a_function_calls_its_cache_is_one() -> None:
    made = [make() for make in (_closure, _with_a_default, _with_a_keyword_default, _with_an_attribute)]
    _keep(made)

    assert {id(cache) for _function, cache in made} <= _all().keys()


def test_what_is_beside_it_in_a_closure_is_none() -> None:
    function: Any
    function, cache = _closure()
    _keep(function)
    (other,) = (cell.cell_contents for cell in function.__closure__ if cell.cell_contents is not cache)

    assert _row_of(other) is None


def test_looking_gives_no_dict_to_a_function_that_has_none() -> None:
    def look_up() -> None:
        pass

    list(search.caches())

    assert not [part for part in gc.get_referents(look_up) if part == {}]


OF_AN_INSTANCE: list[tuple[Any, str, Bound | None]] = [
    (Sessions(), "by_user_cache", None),
    (PageCache(), "pages", None),
    (Bounded(), "many", Bound(5, "capacity")),
    (Slotted(), "rows", Bound(6, "_max_items")),
    (Ring(), "lines", Bound(4, "maxlen")),
    (queue.Queue(8), "queue", Bound(8, "maxsize")),
    (queue.Queue(), "queue", Bound(None, "maxsize")),
    (cachetools.LRUCache(3), "_Cache__data", Bound(3, "maxsize")),
    (cachetools.TTLCache(3, 1), "_Cache__data", Bound(3, "maxsize")),
]
NO_CACHES: list[tuple[Any, str]] = [
    *((Sessions(), "rows"), (PageCache(), "order"), (Bounded(), "few"), (Plain(), "rows")),
]


def test_an_instance_keeps_its_entries_in_one_of_its_attributes() -> None:
    by_address = _all()

    for owner, attribute, bound in OF_AN_INSTANCE:
        assert by_address[id(getattr(owner, attribute))].bound == bound, attribute


def test_the_other_containers_of_an_instance_are_no_caches() -> None:
    by_address = _all()

    assert [attribute for owner, attribute in NO_CACHES if id(getattr(owner, attribute)) in by_address] == []


def test_a_dict_of_a_class_with_a_bound_is_a_cache_itself_whoever_has_it() -> None:
    alone, named = _keep(Recent()), _keep(types.SimpleNamespace(cache=Recent())).cache

    by_address = _all()

    assert by_address[id(alone)].bound == by_address[id(named)].bound == Bound(9, "maxsize")


def test_a_deque_with_a_bound_is_one_wherever_it_is() -> None:
    ring = _keep({"a": [collections.deque(maxlen=3)]})["a"][0]
    endless = _keep(collections.deque())

    assert _bound(ring) == Bound(3, "maxlen")
    assert _row_of(endless) is None


def test_a_class_attribute_is_found_by_its_name() -> None:
    assert _row_of(OfTheClass.templates_cache) is not None


def test_the_dict_inside_a_weak_mapping_stands_for_it() -> None:
    owner = types.SimpleNamespace(cache=weakref.WeakValueDictionary())
    _keep(owner)

    assert _row_of(owner.cache.data) is not None


def test_a_variable_of_a_running_function_is_found_by_its_name() -> None:
    my_cache = {1: 1}

    assert _row_of(my_cache) is not None


def test_what_a_module_calls_a_cache_has_its_name_without_a_search() -> None:
    module = types.ModuleType("shop.prices")
    vars(module)["PRICE_CACHE"] = {1: 1}
    sys.modules["shop.prices"] = module
    try:
        row = _row_of(vars(module)["PRICE_CACHE"])
    finally:
        del sys.modules["shop.prices"]

    assert row is not None
    assert [(step.kind, step.link) for step in row.steps] == [
        ("module", "shop.prices"),
        ("global", ".PRICE_CACHE"),
    ]


def test_the_standard_library_says_elsewhere_what_its_caches_may_have() -> None:
    expected = Bound(vars(re)["_MAXCACHE"], "_MAXCACHE")

    assert _bound(vars(re)["_cache"]) == expected


def test_instances_of_one_class_are_alike_and_others_are_not() -> None:
    one, two, other = _keep(PageCache()), _keep(PageCache()), _keep(Bounded())

    by_address = _all()

    assert (
        by_address[id(one.pages)].alike == by_address[id(two.pages)].alike != by_address[id(other.many)].alike
    )


def test_wrappers_of_one_function_are_alike_and_of_two_are_not() -> None:
    def price(article: int) -> int:
        return article

    one, two = _keep(functools.cache(price)), _keep(functools.cache(price))
    other = _keep(functools.cache(lambda article: article))

    by_address = _all()

    assert by_address[id(one)].alike == by_address[id(two)].alike != by_address[id(other)].alike


def test_most_instances_keep_their_attributes_without_a_dict() -> None:
    owners = [PageCache() for _ in range(200)]
    _keep(owners)

    assert {id(owner.pages) for owner in owners} <= _all().keys()
    with_a_dict = [owner for owner in owners if any(_is_namespace(part) for part in gc.get_referents(owner))]
    assert len(with_a_dict) <= search.MAX_LEARNED_FROM


def _is_namespace(obj: object) -> bool:
    return type(obj) is dict and "hits" in obj


def test_of_what_is_frozen_that_which_modules_name_is_found() -> None:
    module = types.ModuleType("shop.frozen")
    vars(module).update(price=functools.cache(lambda: None), Templates=OfTheClass, store=Bounded())
    sys.modules["shop.frozen"] = module
    gc.freeze()
    try:
        by_address = _all()
    finally:
        gc.unfreeze()
        del sys.modules["shop.frozen"]

    named = vars(module)
    assert {id(named["price"]), id(OfTheClass.templates_cache), id(named["store"].many)} <= by_address.keys()


class Hostile:
    """Whatever is asked of it is an error."""

    def __init__(self) -> None:
        self._cache = {1: 1}

    @property
    def maxsize(self) -> NoReturn:
        raise AssertionError("maxsize was asked")

    def __getattribute__(self, name: str) -> Any:
        if Hostile.is_at_work:
            return object.__getattribute__(self, name)
        raise AssertionError(f"{name} was asked")

    def __hash__(self) -> NoReturn:
        raise AssertionError("it was hashed")

    def __eq__(self, other: object) -> NoReturn:
        raise AssertionError("it was compared")

    def __len__(self) -> NoReturn:
        raise AssertionError("its length was asked")

    is_at_work = True


class HostileMeta(type):
    def __hash__(cls) -> NoReturn:
        raise AssertionError("the class was hashed")

    def __eq__(cls, other: object) -> NoReturn:
        raise AssertionError("the class was compared")


class HostileCache(dict[int, int], metaclass=HostileMeta):
    def __len__(self) -> NoReturn:
        raise AssertionError("its length was asked")

    @property
    def maxsize(self) -> NoReturn:
        raise AssertionError("maxsize was asked")


def test_no_code_of_the_target_is_run() -> None:
    owner, container = Hostile(), HostileCache({1: 1, 2: 2})
    inner = owner._cache
    KEPT.extend([owner, container])
    Hostile.is_at_work = False
    try:
        by_address = _all()
    finally:
        Hostile.is_at_work = True

    assert by_address[id(inner)].bound is None
    assert length_of(by_address[id(container)].container) == 2
