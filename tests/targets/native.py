"""Memory that grows where no Python object is: allocated by C, and never given back."""

import ctypes
import functools
import itertools
import sqlite3

LIBC = ctypes.CDLL(None)
LIBC.malloc.restype = ctypes.c_void_p
LIBC.malloc.argtypes = [ctypes.c_size_t]
LIBC.mmap.restype = ctypes.c_void_p
LIBC.mmap.argtypes = [
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_long,
]
READ_AND_WRITE, PRIVATE_AND_ANONYMOUS = 3, 0x22
PAGES = 16 * 4096

ROWS = sqlite3.connect(":memory:", isolation_level=None)
ROWS.execute("create table visit (page text)")


def a_block_without_a_free():
    LIBC.malloc(4_000)


def rows_of_a_database_in_memory():
    ROWS.execute("insert into visit values (?)", ("x" * 500,))


def pages_that_malloc_knows_nothing_of():
    address = LIBC.mmap(None, PAGES, READ_AND_WRITE, PRIVATE_AND_ANONYMOUS, -1, 0)
    ctypes.memset(address, 1, PAGES)


@functools.lru_cache(maxsize=100_000)
def _price(number):
    return number * 2


_NUMBERS = itertools.count(10**6)


def a_block_lost_beside_a_cache():
    _price(next(_NUMBERS))
    LIBC.malloc(1_000)


class Buffer:
    """Owns memory of which Python knows nothing."""

    __slots__ = ("_address",)

    def __init__(self):
        self._address = LIBC.malloc(3_000)

    def __del__(self):
        LIBC.free(self._address)


LIBC.free.argtypes = [ctypes.c_void_p]


@functools.lru_cache(maxsize=100_000)
def _buffer(_number):
    return Buffer()


BUFFERS = []


def a_cache_of_objects_that_own_native_memory():
    _buffer(next(_NUMBERS))


def a_list_of_objects_that_own_native_memory():
    BUFFERS.append(Buffer())
