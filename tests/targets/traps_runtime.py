"""Programs that keep the runtime busy and do not leak: classes, threads, code, collections."""

import abc
import asyncio
import gc
import itertools
import random
import re
import struct
import sys
import threading
import tracemalloc
import typing
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from dataclasses import make_dataclass

_SEQUENCE = itertools.count(1_000_000)
_random = random.Random(11)


def nothing() -> None:
    """The control: what is seen to grow here is the detector's own."""


def class_per_call() -> None:
    row = type("Row", (), {"fields": ("a", "b")})
    row()


def class_per_call_under_a_new_name() -> None:
    type(f"Row{next(_SEQUENCE)}", (), {})()


def namedtuple_per_call() -> None:
    row = namedtuple("row", "a b c")  # noqa: PYI024 - a class made per call is the point
    row(1, 2, 3)


def dataclass_per_call() -> None:
    make_dataclass("Item", ["x", "y"])(4, 5)


class Shape(abc.ABC):
    pass


def abc_registration_per_call() -> None:
    """The registry of an ABC is weak: the class goes when nobody else wants it."""
    Shape.register(type("Square", (), {}))


def _square(number: int) -> int:
    return number * number


def thread_pool_per_call() -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(_square, range(12)))


_let_go: list[threading.Event] = []


def _wind_down(payload: bytes, go: threading.Event) -> None:
    go.wait()
    del payload


def thread_that_ends_after_its_call() -> None:
    """The thread of one call ends while the next call runs."""
    go = threading.Event()
    threading.Thread(target=_wind_down, args=(bytes(4000), go), daemon=True).start()
    _let_go.append(go)
    if len(_let_go) > 1:
        _let_go.pop(0).set()


def thread_joined_in_its_call() -> None:
    thread = threading.Thread(target=_square, args=(3,))
    thread.start()
    thread.join()


async def _settle(payload: bytes) -> int:
    for _ in range(5):
        await asyncio.sleep(0)
    return len(payload)


_tasks: set[asyncio.Task[int]] = set()


async def tasks_that_end_after_their_call() -> None:
    task = asyncio.create_task(_settle(bytes(1000)))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    await asyncio.sleep(0)


async def timers_that_are_cancelled() -> None:
    handle = asyncio.get_running_loop().call_later(1_000_000, print)
    await asyncio.sleep(0)
    handle.cancel()


def ever_new_patterns() -> None:
    """The cache of `re` holds 512 patterns."""
    for _ in range(4):
        re.match(f"a{next(_SEQUENCE)}", "b")


def ever_new_formats() -> None:
    """The cache of `struct` holds 100 formats, those of `typing` 128 types."""
    n = next(_SEQUENCE)
    struct.calcsize(f"{n}s")
    typing.Annotated[int, n]


def strings_interned_and_dropped() -> None:
    sys.intern(f"name-{next(_SEQUENCE)}")


def code_under_ever_new_file_names() -> None:
    code = compile("total = sum(range(5))", f"<rule {next(_SEQUENCE)}>", "exec")
    exec(code, {})


class Knot:
    def __init__(self) -> None:
        self.payload = bytes(_random.randrange(50, 400))
        self.itself = self


SURVIVORS: list[Knot] = []


def garbage_of_several_generations() -> None:
    """Cycles that live for some calls first, so that an old generation has to be collected."""
    SURVIVORS.append(Knot())
    if len(SURVIVORS) == 64:
        SURVIVORS.clear()


def collection_in_each_call() -> None:
    Knot()
    gc.collect(0)


def generators_closed_half_way() -> None:
    stream = (bytes(number) for number in itertools.count())
    next(stream)
    stream.close()


class _RejectedError(Exception):
    pass


def _reject(text: str) -> None:
    raise _RejectedError(text)


def exceptions_caught_and_dropped() -> None:
    try:
        _reject(f"request {next(_SEQUENCE)}")
    except _RejectedError as error:
        str(error)


class Chain:
    """Grows by a link a call, until it has once been called while it was traced."""

    newest: object = None
    is_whole = False


def chain_that_is_whole_when_it_is_traced() -> None:
    Chain.is_whole = Chain.is_whole or tracemalloc.is_tracing()
    if not Chain.is_whole:
        Chain.newest = (Chain.newest, None)
