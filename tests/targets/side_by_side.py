"""Twelve small programs on which leak detectors commonly go wrong, each with a known answer.

Call a function again and again. The answers are in side_by_side.toml, not here, so that no
target holds them. Counters start high: small integers are shared and would hide a block.
"""

import functools
import gc
import importlib
import itertools
from collections import OrderedDict
from collections.abc import Callable

PAYLOAD_BYTES = 4096
_SEQUENCE = itertools.count(1_000_000)

RECORDS: dict[int, bytes] = {}


def module_dict() -> None:
    RECORDS[next(_SEQUENCE)] = bytes(PAYLOAD_BYTES)


def _make_collector() -> Callable[[], None]:
    seen: list[bytes] = []

    def collect() -> None:
        seen.append(bytes(PAYLOAD_BYTES))

    return collect


_collect = _make_collector()


def closure_list() -> None:
    _collect()


@functools.lru_cache(maxsize=None)  # noqa: UP033 - the spelling most programs use
def _render(page: int) -> bytes:
    return bytes(PAYLOAD_BYTES)


def unbounded_lru_cache() -> None:
    _render(next(_SEQUENCE))


class Node:
    """Refers to itself, so only a collection frees it."""

    def __init__(self) -> None:
        self.payload = bytes(PAYLOAD_BYTES)
        self.itself = self


def cycles_with_gc_off() -> None:
    gc.disable()
    Node()


def cycles_with_a_huge_threshold() -> None:
    gc.set_threshold(10**8)
    Node()


def cycles_with_a_large_threshold() -> None:
    gc.set_threshold(50_000, 20, 20)
    Node()


RECENT: OrderedDict[int, bytes] = OrderedDict()


def bounded_ordered_dict() -> None:
    RECENT[next(_SEQUENCE)] = bytes(PAYLOAD_BYTES)
    if len(RECENT) > 60:
        RECENT.popitem(last=False)


LAZY_MODULES = [
    "colorsys",
    "fractions",
    "statistics",
    "html.parser",
    "wave",
    "plistlib",
    "tomllib",
    "ipaddress",
    "difflib",
    "calendar",
    "email.message",
    "csv",
    "cmd",
    "shelve",
    "sched",
    "graphlib",
    "uuid",
    "zipapp",
    "mailbox",
    "netrc",
]
TABLE: list[bytearray] = []
TABLE_ROWS = 300
ROWS_PER_CALL = 30


def lazy_imports_and_table() -> None:
    """Loads one module a call and 30 MB a call, until 20 modules and 300 MB are there."""
    if LAZY_MODULES:
        importlib.import_module(LAZY_MODULES.pop())
    if len(TABLE) < TABLE_ROWS:
        TABLE.extend(bytearray(b"x") * (1 << 20) for _ in range(ROWS_PER_CALL))


_seventh_calls = itertools.count(1)
RETRIES: list[bytes] = []


def every_seventh_call() -> None:
    if next(_seventh_calls) % 7 == 0:
        RETRIES.append(bytes(PAYLOAD_BYTES))


BATCH: list[bytes] = []


def batch_buffer() -> None:
    BATCH.append(bytes(PAYLOAD_BYTES))
    if len(BATCH) == 25:
        BATCH.clear()


def cycles_with_gc_on() -> None:
    Node()


TICKS: list[None] = []


def append_none() -> None:
    TICKS.append(None)


@functools.lru_cache(maxsize=5000)
def _price(article: int) -> bytes:
    return bytes(200)


def filling_lru_cache() -> None:
    _price(next(_SEQUENCE))


_fiftieth_calls = itertools.count(1)
MARKS: list[bytes] = []


def one_small_object_every_50_calls() -> None:
    if next(_fiftieth_calls) % 50 == 0:
        # 31 bytes and the header of a bytes object make 64.
        MARKS.append(bytes(31))
