"""Holders inside clever classes: descriptors, proxies, generators, enums, caches of methods."""

import enum
import functools
import itertools
import weakref
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

_SEQUENCE = itertools.count(1_000_000)


class Permission(enum.IntFlag, boundary=enum.KEEP):
    READ = 1
    WRITE = 2


def combinations_of_flags() -> None:
    """Each combination that is asked for is made a member, and kept."""
    Permission(next(_SEQUENCE))


def _unique(items: Iterator[str]) -> Iterator[str]:
    seen: set[str] = set()
    for item in items:
        if item not in seen:
            seen.add(item)
            yield item


def _delegating() -> Iterator[str]:
    yield from _unique(f"row {number}" for number in _SEQUENCE)


PIPELINE = map(str.upper, _delegating())


def pipeline_of_generators() -> None:
    next(PIPELINE)


class Memoize:
    def __init__(self, function: Callable[..., bytes]) -> None:
        self.function = function
        self.cache: dict[tuple[Any, ...], bytes] = {}

    def __get__(self, instance: object, owner: type) -> Callable[..., bytes]:
        return functools.partial(self, instance)

    def __call__(self, *arguments: Any) -> bytes:
        if arguments not in self.cache:
            self.cache[arguments] = self.function(*arguments)
        return self.cache[arguments]


class Prices:
    @Memoize
    def price(self, number: int) -> bytes:
        return bytes(100)


PRICES = Prices()


def memoizing_descriptor() -> None:
    PRICES.price(next(_SEQUENCE))


class Field:
    def __init__(self) -> None:
        self.values: dict[tuple[int, int], bytes] = {}

    def __set__(self, instance: object, value: bytes) -> None:
        self.values[id(instance), next(_SEQUENCE)] = value


class Order:
    amount = Field()


def descriptor_that_keeps_values() -> None:
    Order().amount = bytes(100)


class Loader:
    @staticmethod
    @functools.cache
    def load(number: int) -> bytes:
        return bytes(100)


def cache_of_a_static_method() -> None:
    Loader.load(next(_SEQUENCE))


class Breaker:
    """A decorator that is an object, and looks like the function that it wraps."""

    def __init__(self, function: Callable[[str], None]) -> None:
        self.failures: defaultdict[str, list[bytes]] = defaultdict(list)
        functools.update_wrapper(self, function)

    def __call__(self, region: str) -> None:
        self.failures[region].append(bytes(100))


@Breaker
def _call_service(region: str) -> None:
    pass


_call_service("eu")


def decorator_that_is_an_object() -> None:
    _call_service("eu")


class Proxy:
    def __init__(self, wrapped: object) -> None:
        object.__setattr__(self, "_wrapped", wrapped)

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_wrapped"), name)


class Journal:
    def __init__(self) -> None:
        self.lines: list[bytes] = []


journal = Proxy(Journal())


def list_behind_a_proxy() -> None:
    journal.lines.append(bytes(100))


def _make_local_class() -> object:
    log: list[bytes] = []

    class Local:
        def put(self, item: bytes) -> None:
            log.append(item)

    return Local()


LOCAL: Any = _make_local_class()


def cell_of_a_method_of_a_local_class() -> None:
    LOCAL.put(bytes(100))


class Templates(OrderedDict[int, bytes]):
    """Evicts the oldest while there is room, and never afterwards."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def __setitem__(self, number: int, template: bytes) -> None:
        super().__setitem__(number, template)
        if len(self) < self.room:
            self.popitem(last=False)


TEMPLATES = Templates(1)


def cache_that_evicts_wrongly() -> None:
    TEMPLATES[next(_SEQUENCE)] = bytes(100)


class Widget:
    def redraw(self) -> None:
        pass


DIRTY: weakref.WeakKeyDictionary[Widget, Callable[[], None]] = weakref.WeakKeyDictionary()


def weak_key_kept_by_its_own_method() -> None:
    widget = Widget()
    DIRTY[widget] = widget.redraw


def what_clever_classes_keep() -> None:
    combinations_of_flags()
    pipeline_of_generators()
    memoizing_descriptor()
    descriptor_that_keeps_values()
    cache_of_a_static_method()
    decorator_that_is_an_object()
    list_behind_a_proxy()
    cell_of_a_method_of_a_local_class()
    cache_that_evicts_wrongly()
    weak_key_kept_by_its_own_method()
