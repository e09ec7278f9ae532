"""One leak for each plain holder: globals, attributes and the built-in containers."""

import itertools
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

_SEQUENCE = itertools.count(1_000_000)

REGISTRY: dict[int, bytes] = {}


def module_global() -> None:
    REGISTRY[next(_SEQUENCE)] = bytes(200)


class Audit:
    trail: list[bytes] = []


def class_attribute() -> None:
    Audit.trail.append(bytes(200))


class Store:
    def __init__(self) -> None:
        self.items: list[bytes] = []


STORE = Store()


def instance_attribute() -> None:
    STORE.items.append(bytes(200))


class SlottedStore:
    __slots__ = ("entries",)

    def __init__(self) -> None:
        self.entries: list[bytes] = []


SLOTTED_STORE = SlottedStore()


def slots_attribute() -> None:
    SLOTTED_STORE.entries.append(bytes(200))


class DumpedStore:
    def __init__(self) -> None:
        self.lines: list[bytes] = []


DUMPED_STORE = DumpedStore()
# Asking for it is what gives an instance a `__dict__` object of its own.
DUMPED_STORE_ATTRIBUTES = len(vars(DUMPED_STORE))


def attribute_in_a_materialised_dict() -> None:
    DUMPED_STORE.lines.append(bytes(200))


class Service:
    def __init__(self) -> None:
        self.store = Store()


class Application:
    def __init__(self) -> None:
        self.services = {"billing": Service()}


APPLICATION = Application()


def attribute_deep_in_an_application() -> None:
    APPLICATION.services["billing"].store.items.append(bytes(200))


ROUTES: dict[tuple[str, int], None] = {}


def dict_keys() -> None:
    ROUTES["/orders", next(_SEQUENCE)] = None


REPLIES: dict[int, list[str]] = {}


def dict_values() -> None:
    n = next(_SEQUENCE)
    REPLIES[n] = [f"line {line} of reply {n}" for line in range(3)]


BY_REGION: dict[str, dict[str, dict[int, bytes]]] = {"eu": {"orders": {}, "carts": {}}, "us": {}}


def nested_dict() -> None:
    BY_REGION["eu"]["orders"][next(_SEQUENCE)] = bytes(200)


HISTORY: list[bytes] = []


def list_of_bytes() -> None:
    HISTORY.append(bytes(200))


PATH: tuple[bytes, ...] = ()


def rebuilt_tuple() -> None:
    global PATH
    PATH = (*PATH, bytes(32_768))


TAGS: frozenset[str] = frozenset()


def rebuilt_frozenset() -> None:
    global TAGS
    TAGS = TAGS | {f"tag {next(_SEQUENCE):32768}"}


SEEN: set[str] = set()


def set_of_strings() -> None:
    SEEN.add(f"request-{next(_SEQUENCE)}")


class Plugin:
    def __init__(self, number: int) -> None:
        self.number = number


PLUGINS_BY_TYPE: dict[type, list[Plugin]] = {Plugin: []}


def value_under_a_class_key() -> None:
    PLUGINS_BY_TYPE[Plugin].append(Plugin(next(_SEQUENCE)))


class Point(NamedTuple):
    x: int
    label: str


POINTS: list[Point] = []


def namedtuple_registry() -> None:
    n = next(_SEQUENCE)
    POINTS.append(Point(n, f"point {n}"))


@dataclass(slots=True)
class Order:
    number: int
    customer: str


ORDERS: dict[int, Order] = {}


def dataclass_registry() -> None:
    n = next(_SEQUENCE)
    ORDERS[n] = Order(n, f"customer {n}")


def _make_catalogue() -> tuple[types.MappingProxyType[int, bytes], Callable[[int, bytes], None]]:
    articles: dict[int, bytes] = {}
    return types.MappingProxyType(articles), articles.__setitem__


CATALOGUE, _add_article = _make_catalogue()


def mapping_proxy() -> None:
    _add_article(next(_SEQUENCE), bytes(200))


class SessionState:
    pass


SESSION_STATE = SessionState()


def attributes_with_new_names() -> None:
    setattr(SESSION_STATE, f"user_{next(_SEQUENCE)}", bytes(200))


feature_flags = types.ModuleType("feature_flags")
sys.modules["feature_flags"] = feature_flags


def module_attributes() -> None:
    setattr(feature_flags, f"flag_{next(_SEQUENCE)}", bytes(200))


class Tenant:
    pass


def class_attributes_with_new_names() -> None:
    setattr(Tenant, f"option_{next(_SEQUENCE)}", bytes(200))


NAMES: dict[str, bool] = {}


def interned_strings() -> None:
    NAMES[sys.intern(f"name-{next(_SEQUENCE)}")] = True


class Record:
    def __init__(self, number: int) -> None:
        self.number = number
        self.name = f"record-{number}"


BY_NAME: dict[str, Record] = {}
RECORD_LOG: list[Record] = []


def two_holders() -> None:
    record = Record(next(_SEQUENCE))
    BY_NAME[record.name] = record
    RECORD_LOG.append(record)


PENDING: list[bytearray] = []
TOTALS: dict[str, int] = {}


def leak_under_a_saw_tooth() -> None:
    """About 150 bytes a call, below a saw-tooth of 800 kB."""
    n = next(_SEQUENCE)
    PENDING.append(bytearray(16_000 + n * 37 % 9_000))
    if len(PENDING) >= 40:
        PENDING.clear()
    TOTALS[f"batch-{n}"] = len(PENDING)
