"""Targets for what happens around a call: crashes, exits, hangs, streams and set-ups."""

import asyncio
import builtins
import ctypes
import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NoReturn

_SEQUENCE = itertools.count(1_000_000)
_calls = itertools.count(1)


def _is_fifth_call() -> bool:
    return next(_calls) == 5


def empty() -> None:
    pass


class OrderError(Exception):
    pass


def raises_at_5() -> None:
    if _is_fifth_call():
        raise OrderError("order 5 has no customer")


def exits_at_5() -> None:
    if _is_fifth_call():
        sys.exit(3)


def os_exits_at_5() -> None:
    if _is_fifth_call():
        os._exit(7)


def kills_itself_at_5() -> None:
    if _is_fifth_call():
        os.kill(os.getpid(), signal.SIGKILL)


def segfaults_at_5() -> None:
    if _is_fifth_call():
        ctypes.string_at(0)


def hangs_at_5() -> None:
    if _is_fifth_call():
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()


def interrupts_itself_at_5() -> None:
    if _is_fifth_call():
        signal.raise_signal(signal.SIGINT)


def prints() -> None:
    print("a line on stdout")
    print("a line on stderr", file=sys.stderr)


READ_LINES: list[str] = []


def reads_stdin() -> None:
    """Reads one line a call; at the end of the input it reads nothing, and keeps nothing."""
    sys.stdin.readline()


KEPT: list[bytes] = []
_leaky_calls = itertools.count(1)


def leaks_then_raises() -> None:
    KEPT.append(bytes(2000))
    if next(_leaky_calls) == 2000:
        raise OrderError("no more room at call 2000")


BACKLOG: list[bytes] = []
_pace = threading.Event()


def never_returns_leaky() -> NoReturn:
    while True:
        BACKLOG.append(bytes(1000))
        _pace.wait(0.001)


LATEST: dict[str, bytes] = {}


def never_returns_clean() -> NoReturn:
    while True:
        LATEST["payload"] = bytes(1000)
        _pace.wait(0.001)


async def never_returns_async_leaky() -> NoReturn:
    while True:
        BACKLOG.append(bytes(1000))
        await asyncio.sleep(0.001)


def slow_clean() -> None:
    """Waits, as most slow targets do."""
    time.sleep(0.03)


SLOWLY_KEPT: list[bytes] = []


def slow_leaky() -> None:
    slow_clean()
    SLOWLY_KEPT.append(bytes(1000))


def _refuse(*arguments: Any, **options: Any) -> NoReturn:
    raise RuntimeError("this program has replaced the function that was called")


def _patch_time_and_open() -> None:
    """Replaces what a frozen-time library or a fake file system would replace."""
    for name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "sleep"):
        setattr(time, name, _refuse)
    builtins.open = _refuse
    os.open = _refuse
    os.write = _refuse
    os.getpid = _refuse


def patches_time_and_open() -> None:
    _patch_time_and_open()


KEPT_WITHOUT_TIME: list[bytes] = []


def patches_time_and_open_and_leaks() -> None:
    _patch_time_and_open()
    KEPT_WITHOUT_TIME.append(bytes(500))


def changes_its_surroundings() -> None:
    """Leaves the working directory, the path and the recursion limit other than they were."""
    os.chdir("/")
    sys.path[:] = [entry for entry in sys.path if entry.startswith("/")]
    sys.setrecursionlimit(200)


class Connection:
    def __init__(self) -> None:
        self.is_open = True
        self.statements: list[bytes] = []

    def execute(self) -> None:
        if not self.is_open:
            raise RuntimeError("the connection is closed")
        self.statements.append(bytes(200))

    def close(self) -> None:
        self.is_open = False


@contextmanager
def connection() -> Iterator[Connection]:
    made = Connection()
    try:
        yield made
    finally:
        made.close()


def connection_fixture() -> Iterator[Connection]:
    """As `connection`, but a bare generator function, as a pytest fixture is."""
    made = Connection()
    yield made
    made.close()


@asynccontextmanager
async def async_connection() -> AsyncIterator[Connection]:
    made = Connection()
    await asyncio.sleep(0)
    try:
        yield made
    finally:
        made.close()


async def async_connection_fixture() -> AsyncIterator[Connection]:
    made = Connection()
    await asyncio.sleep(0)
    yield made
    made.close()


def plain_setup() -> Connection:
    return Connection()


def needs_setup(value: Connection) -> None:
    value.execute()


async def needs_async_setup(value: Connection) -> None:
    await asyncio.sleep(0)
    value.execute()


async def async_clean() -> None:
    await asyncio.sleep(0)


STREAMED: list[bytes] = []


def generator_target() -> Iterator[int]:
    """Does its work only while somebody takes what it yields."""
    for number in range(3):
        STREAMED.append(bytes(200))
        yield number


HANDLED: list[bytes] = []


class Handler:
    def __call__(self) -> None:
        HANDLED.append(bytes(200))


handler = Handler()


class Jobs:
    done: list[bytes] = []

    @staticmethod
    def static_job() -> None:
        Jobs.done.append(bytes(200))

    @classmethod
    def class_job(cls) -> None:
        cls.done.append(bytes(200))

    def bound_job(self) -> None:
        self.done.append(bytes(200))


bound_job = Jobs().bound_job
