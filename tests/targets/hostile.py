"""Leaks of objects that nobody but their owner may touch.

A method that a detector has no business to run writes `touched: <method>` to stderr,
raises, and lets the next call of the target fail, so that it cannot go unseen.
"""

import itertools
import sys
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

_SEQUENCE = itertools.count(1_000_000)
TOUCHED: list[str] = []


def _touch(method: str) -> NoReturn:
    TOUCHED.append(method)
    sys.stderr.write(f"touched: {method}\n")
    raise RuntimeError(f"{method} was run from outside")


def _fail_if_touched() -> None:
    if TOUCHED:
        raise RuntimeError(f"run from outside: {', '.join(TOUCHED)}")


class RaisesInRepr:
    def __repr__(self) -> str:
        return _touch("__repr__")

    def __str__(self) -> str:
        return _touch("__str__")

    def __format__(self, specification: str) -> str:
        _touch("__format__")


UNPRINTABLE: dict[int, RaisesInRepr] = {}


def hostile_repr() -> None:
    _fail_if_touched()
    UNPRINTABLE[next(_SEQUENCE)] = RaisesInRepr()


class RaisesInComparison:
    def __eq__(self, other: object) -> bool:
        _touch("__eq__")

    def __lt__(self, other: object) -> bool:
        _touch("__lt__")

    def __bool__(self) -> bool:
        return _touch("__bool__")


INCOMPARABLE: dict[int, RaisesInComparison] = {}


def hostile_eq() -> None:
    """Objects without a hash, too: to define `__eq__` alone takes it away."""
    _fail_if_touched()
    INCOMPARABLE[next(_SEQUENCE)] = RaisesInComparison()


class RaisesInHash:
    def __hash__(self) -> int:
        return _touch("__hash__")


UNHASHABLE: dict[int, RaisesInHash] = {}


def hostile_hash() -> None:
    _fail_if_touched()
    UNHASHABLE[next(_SEQUENCE)] = RaisesInHash()


class HidesItsClass:
    @property
    def __class__(self) -> Any:
        _touch("__class__")

    @__class__.setter
    def __class__(self, value: Any) -> None:
        _touch("__class__")


MASKED: dict[int, HidesItsClass] = {}


def hostile_class() -> None:
    """`isinstance` reads `__class__`; `type` does not."""
    _fail_if_touched()
    MASKED[next(_SEQUENCE)] = HidesItsClass()


class LazyProxy:
    def __getattr__(self, name: str) -> object:
        _touch(f"__getattr__({name!r})")


PROXIES: dict[int, LazyProxy] = {}


def hostile_getattr() -> None:
    _fail_if_touched()
    PROXIES[next(_SEQUENCE)] = LazyProxy()


class StrictProxy:
    def __getattribute__(self, name: str) -> object:
        _touch(f"__getattribute__({name!r})")


STRICT_PROXIES: dict[int, StrictProxy] = {}


def hostile_getattribute() -> None:
    _fail_if_touched()
    STRICT_PROXIES[next(_SEQUENCE)] = StrictProxy()


class Owner:
    """Its properties have side effects, as those of lazy ORM objects do."""

    def __init__(self) -> None:
        self.rows: list[bytes] = []

    @property
    def maxsize(self) -> int:
        _touch("Owner.maxsize")

    @property
    def connection(self) -> object:
        _touch("Owner.connection")


OWNER = Owner()


def hostile_properties_of_the_owner() -> None:
    _fail_if_touched()
    OWNER.rows.append(bytes(200))


class Key:
    """Can be hashed and compared by its owner only, and never printed."""

    is_owner_at_work = False

    def __init__(self, number: int) -> None:
        self.number = number

    def __hash__(self) -> int:
        return hash(self.number) if Key.is_owner_at_work else _touch("__hash__")

    def __eq__(self, other: object) -> bool:
        return self is other if Key.is_owner_at_work else _touch("__eq__")

    def __repr__(self) -> str:
        return _touch("__repr__")


BY_KEY: dict[Key, bytes] = {}


def hostile_keys() -> None:
    _fail_if_touched()
    Key.is_owner_at_work = True
    BY_KEY[Key(next(_SEQUENCE))] = bytes(200)
    Key.is_owner_at_work = False


class UncountableDict(dict[int, bytes]):
    def __len__(self) -> int:
        return _touch("__len__")


UNCOUNTABLE = UncountableDict()


def dict_subclass_that_raises_in_len() -> None:
    _fail_if_touched()
    UNCOUNTABLE[next(_SEQUENCE)] = bytes(200)


class LyingList(list[bytes]):
    def __iter__(self) -> Iterator[bytes]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def clear(self) -> None:
        pass


LYING = LyingList()


def list_subclass_that_lies() -> None:
    LYING.append(bytes(200))


class ImmortalDict(dict[int, bytes]):
    def clear(self) -> None:
        _touch("clear")


IMMORTAL = ImmortalDict()


def dict_subclass_that_raises_in_clear() -> None:
    _fail_if_touched()
    IMMORTAL[next(_SEQUENCE)] = bytes(200)


class RaisesInSizeof:
    def __sizeof__(self) -> int:
        raise RuntimeError("nobody knows how big this is")


UNSIZED: list[RaisesInSizeof] = []


def hostile_sizeof() -> None:
    UNSIZED.append(RaisesInSizeof())


class Meta(type):
    def __repr__(cls) -> str:
        return _touch("Meta.__repr__")

    def __getattr__(cls, name: str) -> object:
        _touch(f"Meta.__getattr__({name!r})")

    def __eq__(cls, other: object) -> bool:
        _touch("Meta.__eq__")

    def __hash__(cls) -> int:
        return _touch("Meta.__hash__")

    def __instancecheck__(cls, instance: object) -> bool:
        _touch("Meta.__instancecheck__")


class OfHostileMeta(metaclass=Meta):
    pass


OF_HOSTILE_META: list[OfHostileMeta] = []


def hostile_metaclass() -> None:
    """Counting instances in a dict by their type would hash the type."""
    _fail_if_touched()
    OF_HOSTILE_META.append(OfHostileMeta())


SECRETS: dict[str, bytes] = {}


def markup_in_keys() -> None:
    """Keys that a terminal or a web page would take for markup."""
    SECRETS[f"[bold red]</script><b>{next(_SEQUENCE)}\x1b[31m"] = bytes(200)


class BlocksInRepr:
    """Would wait for ever, as the `repr` of an object does that asks a server."""

    def __repr__(self) -> str:
        with _NEVER_FREE:
            return ""


_NEVER_FREE = threading.Lock()
_NEVER_FREE.acquire()
BY_OBJECT: dict[BlocksInRepr, list[bytes]] = {BlocksInRepr(): []}


def list_under_a_key_that_blocks() -> None:
    for rows in BY_OBJECT.values():
        rows.append(bytes(200))


class Untouchable:
    """Lies about its class, its dict and every attribute, as transparent proxies do."""

    __slots__ = ("rows",)
    is_owner_at_work = True

    def __init__(self) -> None:
        self.rows: list[bytes] = []

    def __getattribute__(self, name: str) -> Any:
        if name == "rows" and type(self).is_owner_at_work:
            return object.__getattribute__(self, name)
        _touch(f"__getattribute__({name!r})")

    def __len__(self) -> int:
        return _touch("__len__")

    def __iter__(self) -> Iterator[bytes]:
        _touch("__iter__")

    def __eq__(self, other: object) -> bool:
        _touch("__eq__")

    def __hash__(self) -> int:
        return _touch("__hash__")


UNTOUCHABLE = Untouchable()


def owner_that_may_not_be_touched() -> None:
    _fail_if_touched()
    Untouchable.is_owner_at_work = True
    UNTOUCHABLE.rows.append(bytes(200))
    Untouchable.is_owner_at_work = False


ACCOUNTS: dict[str, dict[str, list[bytes]]] = {
    "ada.lovelace@example.org": {"Bearer eyJhbGciOiJIUzI1NiJ9.c2VjcmV0": []},
}


def secrets_on_the_way() -> None:
    for account in ACCOUNTS.values():
        for rows in account.values():
            rows.append(bytes(200))
