"""Programs that each lead to one decision which hardly any other program here needs."""

import ctypes
import functools
import itertools
import math
import os
import resource
import tracemalloc
from collections import OrderedDict
from pathlib import Path

_SEQUENCE = itertools.count(1)

POOL: list[bytes] = []


def pool_that_doubles() -> None:
    """Takes one of the pool, and never gives it back; an empty pool is filled with as many as were taken."""
    if next(_SEQUENCE) > len(POOL):
        POOL.extend(bytes(40) for _ in range(len(POOL) + 1))


VOCABULARY: list[bytes] = []


def vocabulary_that_fills_ever_slower() -> None:
    wanted = 400 * math.log2(next(_SEQUENCE))
    while len(VOCABULARY) < wanted:
        VOCABULARY.append(bytes(40))


class Lesson:
    newest: object = None


REMARKS: list[bytes] = []


def lessons_until_they_are_traced() -> None:
    """Ten links with each call that is not traced; beside them a list gains one entry in five calls."""
    if not tracemalloc.is_tracing():
        for _ in range(10):
            Lesson.newest = (Lesson.newest, None)
    if next(_SEQUENCE) % 5 == 0:
        REMARKS.append(bytes(40))


VISITS: list[bytes] = []
PLANS: OrderedDict[int, bytes] = OrderedDict()


def cache_beside_a_log() -> None:
    """The cache may have a few more entries when there are more visits, and replaces one with each call."""
    number = next(_SEQUENCE)
    VISITS.append(bytes(100))
    PLANS[number] = bytes(100)
    while len(PLANS) > 300 + number * number // 40_000:
        PLANS.popitem(last=False)


STOCK: dict[tuple[int, int], bytes] = {}
OFFERS: dict[int, bytes] = {}


def copies_of_which_one_is_small() -> None:
    global STOCK, OFFERS
    number = next(_SEQUENCE)
    STOCK = {**STOCK, **{(number, part): bytes(40) for part in range(30)}}
    OFFERS = {**OFFERS, number: bytes(40)}


class Job:
    next: "Job | None" = None


class Queue:
    first = last = Job()


def queue_at_its_length() -> None:
    """Linked jobs: one comes, and one goes once there are 500."""
    Queue.last.next = Job()
    Queue.last = Queue.last.next
    if next(_SEQUENCE) > 500 and Queue.first.next is not None:
        Queue.first = Queue.first.next


PAGES: dict[int, bytes] = {}
_page_numbers = itertools.count(1_000_000)


def pages_in_turn() -> None:
    number = next(_page_numbers)
    PAGES[number] = bytes(64)
    PAGES.pop(number - 1000, None)


ORDERS: list[bytes] = []


def orders_under_the_threshold() -> None:
    ORDERS.append(bytes(4_000))


BATCH: list[None] = []


def batch_of_a_few_calls() -> None:
    BATCH.append(None)


LIBC = ctypes.CDLL(None)
LIBC.malloc.restype = ctypes.c_void_p
LIBC.malloc.argtypes = [ctypes.c_size_t]
LIBC.free.argtypes = [ctypes.c_void_p]
ON_TOP: list[int] = []
BLOCK_BYTES = 120_000


def free_blocks_below_one_in_use() -> None:
    """Needs one block more with each call and frees them, but for the topmost: it goes with the next call."""
    blocks = list(map(LIBC.malloc, [BLOCK_BYTES] * (next(_SEQUENCE) + 1)))
    for block in blocks[-2:]:
        ctypes.memset(block, 1, BLOCK_BYTES)
    list(map(LIBC.free, [*blocks[:-1], *ON_TOP]))
    ON_TOP[:] = blocks[-1:]


def children_that_nobody_waits_for() -> None:
    os.posix_spawn("/bin/true", ["true"], {})


OBJECTS: list[list[None]] = []
SPARE_BYTES = 1 << 20


def heap_without_room_for_a_list_of_it() -> None:
    """The process may have less memory than a list of all its objects takes."""
    if not OBJECTS:
        OBJECTS.extend([] for _ in range(400_000))
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + SPARE_BYTES,) * 2)


MENU: dict[int, bytes] = {}


class History:
    """The newest edit, which holds the one before it."""

    newest: object = None


def edits_until_the_disk_is_full() -> None:
    """Keeps each edit; the menu beside them was filled early, and gains nothing more."""
    number = next(_SEQUENCE)
    History.newest = (History.newest, bytes(40))
    if number <= 150:
        MENU[number] = bytes(40)
    if number > 440:
        raise OSError("no space left on device")


_lose = ctypes.pythonapi.Py_IncRef
_lose.argtypes = [ctypes.py_object]


@functools.lru_cache(maxsize=100_000)
def _price(number: int) -> int:
    return number * 2


def strings_lost_beside_a_cache() -> None:
    """C code takes a reference to a string and never gives it back; the cache beside it fills."""
    number = next(_SEQUENCE)
    _price(number + 10**6)
    _lose("x" * 1_000 + str(number))
