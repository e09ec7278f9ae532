"""One leak for each holder that belongs to a function: cells, defaults, caches, generators."""

import contextlib
import functools
import itertools
import sys
import types
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any

_SEQUENCE = itertools.count(1_000_000)


def _make_recorder() -> Callable[[], None]:
    seen: list[bytes] = []

    def record() -> None:
        seen.append(bytes(200))

    return record


_record = _make_recorder()


def closure_cell() -> None:
    _record()


def _make_application() -> Callable[[], None]:
    requests: list[bytes] = []

    def make_middleware() -> Callable[[], None]:
        def handle() -> None:
            requests.append(bytes(200))

        return handle

    def serve(handler: Callable[[], None] = make_middleware()) -> None:
        handler()

    return serve


_serve = _make_application()


def closure_nested_twice() -> None:
    _serve()


def _memoize(function: Callable[[int], bytes]) -> Callable[[int], bytes]:
    memo: dict[int, bytes] = {}

    @functools.wraps(function)
    def wrapper(number: int) -> bytes:
        if number not in memo:
            memo[number] = function(number)
        return memo[number]

    return wrapper


@_memoize
def _square_page(number: int) -> bytes:
    return bytes(200)


def memo_decorator() -> None:
    _square_page(next(_SEQUENCE))


def _remember(item: bytes, remembered: list[bytes] = []) -> int:
    remembered.append(item)
    return len(remembered)


def default_argument() -> None:
    _remember(bytes(200))


def _tag(item: int, *, tags: dict[int, bytes] = {}) -> None:
    tags[item] = bytes(200)


def keyword_default() -> None:
    _tag(next(_SEQUENCE))


def _audited() -> list[bytes]:
    return _audited.calls  # type: ignore[attr-defined, no-any-return]


_audited.calls = []  # type: ignore[attr-defined]


def function_attribute() -> None:
    _audited().append(bytes(200))


@functools.lru_cache(maxsize=None)  # noqa: UP033 - the spelling most programs use
def _quote(number: int) -> bytes:
    return bytes(200)


def unbounded_lru_cache() -> None:
    _quote(next(_SEQUENCE))


@functools.cache
def _translate(text: str) -> list[str]:
    return [text, text.upper()]


def functools_cache() -> None:
    _translate(f"message {next(_SEQUENCE):4096}")


class Parser:
    def __init__(self) -> None:
        self.rules = list(range(30))
        self.grammar = bytes(8192)

    @functools.lru_cache(maxsize=None)  # noqa: UP033 - the spelling most programs use
    def rule(self, number: int) -> int:
        return self.rules[number] * 2


def lru_cache_on_a_method() -> None:
    Parser().rule(3)


class Library:
    @functools.cached_property
    def index(self) -> dict[int, bytes]:
        return {}


LIBRARY = Library()


def cached_property() -> None:
    LIBRARY.index[next(_SEQUENCE)] = bytes(200)


@functools.singledispatch
def _describe(value: object) -> str:
    return "object"


def _describe_row(row: object) -> str:
    return "row"


def singledispatch_registry() -> None:
    _describe.register(type("Row", (), {"cells": bytes(8192)}), _describe_row)


def _accumulate() -> Generator[None, bytes, None]:
    history: list[bytes] = []
    while True:
        history.append((yield))


ACCUMULATOR = _accumulate()
next(ACCUMULATOR)


def generator_local() -> None:
    ACCUMULATOR.send(bytes(200))


def _pages(first: bytes) -> Generator[bytes]:
    yield first
    yield first


OPEN_CURSORS: list[Generator[bytes]] = []


def suspended_generators() -> None:
    cursor = _pages(bytes(8192))
    next(cursor)
    OPEN_CURSORS.append(cursor)


FRAMES: list[types.FrameType] = []


def frames_kept_for_debugging() -> None:
    payload = bytes(8192)
    FRAMES.append(sys._getframe(len(payload) - 8192))


@types.coroutine
def _next_message() -> Generator[None, bytes, bytes]:
    return (yield)


async def _consume() -> None:
    backlog: list[bytes] = []
    while True:
        backlog.append(await _next_message())


CONSUMER: Coroutine[Any, Any, None] = _consume()
CONSUMER.send(None)


def coroutine_local() -> None:
    CONSUMER.send(bytes(200))


async def _batches() -> AsyncGenerator[int, bytes | None]:
    batch: list[bytes | None] = []
    while True:
        batch.append((yield len(batch)))


BATCHES = _batches()


def _send_batch(item: bytes | None) -> None:
    with contextlib.suppress(StopIteration):
        BATCHES.asend(item).send(None)


_send_batch(None)


def async_generator_local() -> None:
    _send_batch(bytes(200))


HOOKS: list[Callable[[], bytes]] = []


def functions_made_per_call() -> None:
    payload = bytes(8192)
    HOOKS.append(lambda: payload)


def _passed_on() -> list[bytes]:
    kept: list[bytes] = []
    return kept


PUSH = _passed_on().append


def builtin_method_of_an_unnamed_list() -> None:
    PUSH(bytes(200))
