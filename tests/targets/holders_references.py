"""One leak for each holder that is a reference of a special kind.

Exceptions, weak references, contexts, chains of nodes, cycles and finalizers.
"""

import contextvars
import ctypes
import functools
import gc
import itertools
import random
import weakref
from collections.abc import Callable, Iterator
from typing import Any

_SEQUENCE = itertools.count(1_000_000)

ERRORS: list[ValueError] = []


def _parse(text: str) -> None:
    context = bytes(8192)
    raise ValueError(f"bad input {text} among {len(context)}")


def exception_with_traceback() -> None:
    try:
        _parse(str(next(_SEQUENCE)))
    except ValueError as error:
        ERRORS.append(error)


class JobError(Exception):
    pass


LAST_ERROR = JobError()


def exception_context_chain() -> None:
    global LAST_ERROR
    error = JobError(f"attempt {next(_SEQUENCE)}")
    error.__context__ = LAST_ERROR
    LAST_ERROR = error


class RetryError(Exception):
    pass


FAILURES: list[RetryError] = []


def exception_that_caused_another() -> None:
    try:
        try:
            _parse(str(next(_SEQUENCE)))
        except ValueError as error:
            raise RetryError("again") from error
    except RetryError as error:
        FAILURES.append(error.with_traceback(None))


class Bus:
    def __init__(self) -> None:
        self.listeners: list[Callable[[], int]] = []


class View:
    def __init__(self) -> None:
        self.payload = bytes(200)

    def refresh(self) -> int:
        return len(self.payload)


BUS = Bus()


def views_that_stay_subscribed() -> None:
    BUS.listeners.append(View().refresh)


WATCHERS: list[weakref.ref[Bus]] = []


def weakref_callbacks() -> None:
    payload = bytes(8192)
    WATCHERS.append(weakref.ref(BUS, lambda _: len(payload)))


class Connection:
    pass


class Statistics:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.latencies = bytes(8192)


STATISTICS: weakref.WeakKeyDictionary[Connection, Statistics] = weakref.WeakKeyDictionary()


def weak_key_whose_value_refers_to_it() -> None:
    connection = Connection()
    STATISTICS[connection] = Statistics(connection)


class Member:
    def __init__(self) -> None:
        self.portrait = bytes(8192)


MEMBERS: weakref.WeakSet[Member] = weakref.WeakSet()
_invited: list[Member] = []


def weak_set_beside_a_list() -> None:
    member = Member()
    MEMBERS.add(member)
    _invited.append(member)


WORKERS: dict[int, bytes] = {}


def leak_beside_a_frozen_heap() -> None:
    """As servers do that freeze their heap once, before they fork."""
    if not gc.get_freeze_count():
        gc.freeze()
    WORKERS[next(_SEQUENCE)] = bytes(8192)


def _close(payload: bytes) -> None:
    pass


def clean_up_for_a_long_lived_object() -> None:
    weakref.finalize(BUS, _close, bytes(8192)).atexit = False


REQUEST_LOG: contextvars.ContextVar[list[bytes]] = contextvars.ContextVar("request_log")


def _make_context() -> contextvars.Context:
    context = contextvars.Context()
    context.run(REQUEST_LOG.set, [])
    return context


CONTEXT = _make_context()


def _log_request() -> None:
    REQUEST_LOG.get().append(bytes(200))


def context_variable() -> None:
    CONTEXT.run(_log_request)


CURRENT_USER: contextvars.ContextVar[list[Any]] = contextvars.ContextVar("current_user")
_token = CURRENT_USER.set([])


def previous_users_never_reset() -> None:
    global _token
    _token = CURRENT_USER.set([bytes(8192), _token])


class State:
    def __init__(self, previous: "State | None") -> None:
        self.number = next(_SEQUENCE)
        self.tape = bytes(8192)
        self.previous = previous


class Machine:
    current = State(None)


def linked_list_newest_first() -> None:
    Machine.current = State(Machine.current)


class Link:
    def __init__(self) -> None:
        self.payload = bytes(8192)
        self.following: Link | None = None


class Journal:
    def __init__(self) -> None:
        self.head = self.tail = Link()


JOURNAL = Journal()


def linked_list_appended_at_the_tail() -> None:
    link = Link()
    JOURNAL.tail.following = link
    JOURNAL.tail = link


class Branch:
    def __init__(self, key: float) -> None:
        self.key = key
        self.payload = bytes(8192)
        self.left: Branch | None = None
        self.right: Branch | None = None


class Tree:
    def __init__(self) -> None:
        self.root = Branch(0.5)

    def insert(self, key: float) -> None:
        branch = self.root
        while True:
            child = branch.left if key < branch.key else branch.right
            if child is None:
                break
            branch = child
        if key < branch.key:
            branch.left = Branch(key)
        else:
            branch.right = Branch(key)


TREE = Tree()
_random = random.Random(7)


def search_tree() -> None:
    TREE.insert(_random.random())


class Knot:
    def __init__(self) -> None:
        self.payload = bytes(8192)
        self.itself = self


def knots_taken_from_the_collector() -> None:
    Knot()
    gc.freeze()


REVIVED: "list[Phoenix]" = []


class Phoenix:
    def __init__(self) -> None:
        self.payload = bytes(8192)

    def __del__(self) -> None:
        REVIVED.append(self)


def resurrected_objects() -> None:
    Phoenix()


VIEWS: list[memoryview] = []


def memoryview_pins_its_buffer() -> None:
    VIEWS.append(memoryview(bytearray(4096))[:16])


PIPELINE: Iterator[Any] = iter([])


def chain_of_lazy_iterators() -> None:
    global PIPELINE
    PIPELINE = map(str, zip(PIPELINE, itertools.repeat(bytes(8192))))


def _run(following: object, payload: bytes) -> None:
    pass


PLAN = functools.partial(_run, None, b"")


def chain_of_partials() -> None:
    global PLAN
    PLAN = functools.partial(_run, PLAN, bytes(200))


def leaked_reference() -> None:
    """What a C extension does that forgets a decref: nothing in Python refers to the object."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(bytes(200)))


class Sentinel(type):
    """Its instances are classes, each of which is its own type: `NEED_DATA is type(NEED_DATA)`."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, object]) -> "Sentinel":
        made = super().__new__(cls, name, bases, namespace)
        made.__class__ = made  # type: ignore[assignment]
        return made


def class_that_is_its_own_type() -> None:
    Sentinel("NEED_DATA", (Sentinel,), {"__doc__": "-" * 8192})
