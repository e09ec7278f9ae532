"""One leak for each way in which long-lived services and their frameworks keep what a request made."""

import functools
import itertools
import threading
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

_SEQUENCE = itertools.count(1_000_000)


class Signal:
    def __init__(self) -> None:
        self.receivers: list[tuple[int, Callable[[], None]]] = []

    def connect(self, receiver: Callable[[], None]) -> None:
        self.receivers.append((id(receiver), receiver))


class Audit:
    def __init__(self) -> None:
        self.rows = [bytes(100)]

    def write(self) -> None:
        pass


request_finished = Signal()


def receivers_of_a_signal() -> None:
    request_finished.connect(Audit().write)


class Row:
    def __init__(self, session: "Session", number: int) -> None:
        self._session = session
        self.name = f"customer {number}"


class Session:
    def __init__(self) -> None:
        self.identity_map: dict[tuple[type, int], Row] = {}

    def get(self, kind: type[Row], number: int) -> Row:
        return self.identity_map.setdefault((kind, number), kind(self, number))


class ScopedSession:
    def __init__(self) -> None:
        self.registry = threading.local()

    def __call__(self) -> Session:
        if not hasattr(self.registry, "session"):
            self.registry.session = Session()
        found: Session = self.registry.session
        return found


db_session = ScopedSession()


def identity_map_of_a_scoped_session() -> None:
    db_session().get(Row, next(_SEQUENCE))


class Application(MutableMapping[str, Any]):
    def __init__(self) -> None:
        self._state: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        return self._state[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._state[key] = value

    def __delitem__(self, key: str) -> None:
        del self._state[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._state)

    def __len__(self) -> int:
        return len(self._state)


class WebSocket:
    def __init__(self) -> None:
        self.buffer = bytearray(100)


app = Application()
app["websockets"] = set()


def state_of_an_application() -> None:
    app["websockets"].add(WebSocket())


@dataclass
class Result:
    task: str
    value: bytes
    children: list["Result"] = field(default_factory=list)


class Backend:
    def __init__(self) -> None:
        self._cache: dict[str, Result] = {}

    def store(self, task: str, value: bytes) -> None:
        self._cache[task] = Result(task, value)


class TaskQueue:
    @functools.cached_property
    def backend(self) -> Backend:
        return Backend()


TASK_QUEUE = TaskQueue()


def results_of_tasks() -> None:
    TASK_QUEUE.backend.store(f"task-{next(_SEQUENCE)}", bytes(100))


class Metric:
    def __init__(self, name: str) -> None:
        self.name = name
        self.children: dict[str, Metric] = {}
        self.lock = threading.Lock()
        self.value = 0

    def labels(self, path: str) -> "Metric":
        with self.lock:
            return self.children.setdefault(path, Metric(self.name))


class MetricRegistry:
    """Knows each metric as a key and by its name, as registries of metrics do."""

    def __init__(self) -> None:
        self.names: dict[Metric, list[str]] = {}
        self.by_name: dict[str, Metric] = {}

    def register(self, metric: Metric) -> None:
        self.names[metric] = [metric.name]
        self.by_name[metric.name] = metric


METRICS = MetricRegistry()
for _name in ("errors", "requests", "seconds"):
    METRICS.register(Metric(_name))


def children_of_a_metric() -> None:
    METRICS.by_name["requests"].labels(f"/users/{next(_SEQUENCE)}").value += 1


@contextmanager
def _lease(number: int) -> Iterator[int]:
    yield number


class Lifespan:
    def __init__(self) -> None:
        self.stack = ExitStack()


LIFESPAN = Lifespan()


def exit_stack_of_an_application() -> None:
    LIFESPAN.stack.enter_context(_lease(next(_SEQUENCE)))


class Events:
    subscribers: defaultdict[str, list[Callable[[], int]]] = defaultdict(list)


def subscribers_of_a_class() -> None:
    payload = bytes(100)
    Events.subscribers["order.created"].append(lambda: len(payload))


def _serve() -> None:
    pass


class Router:
    def __init__(self) -> None:
        self.handle: Callable[[], None] = _serve


ROUTER = Router()


def _traced(function: Callable[[], None]) -> Callable[[], None]:
    @functools.wraps(function)
    def wrapper() -> None:
        function()

    return wrapper


def handler_wrapped_again_and_again() -> None:
    ROUTER.handle = _traced(ROUTER.handle)


NOT_FOUND = LookupError("not found")


def _find() -> None:
    raise NOT_FOUND


def one_error_raised_again_and_again() -> None:
    """Each time it is raised its traceback grows."""
    with suppress(LookupError):
        _find()


class Repository:
    def __init__(self) -> None:
        self.__rows: dict[int, bytes] = {}

    def find(self, number: int) -> bytes:
        return self.__rows.setdefault(number, bytes(100))


REPOSITORY = Repository()


def mangled_attribute() -> None:
    REPOSITORY.find(next(_SEQUENCE))


class Connection:
    def __init__(self) -> None:
        self.inbox = bytearray(100)


CONNECTIONS: weakref.WeakValueDictionary[int, Connection] = weakref.WeakValueDictionary()


_keep_alive: list[Callable[[], None]] = []


def weak_values_kept_by_closures() -> None:
    connection = Connection()
    CONNECTIONS[next(_SEQUENCE)] = connection
    _keep_alive.append(lambda: connection.inbox.clear())


class Span:
    def __init__(self, parent: "Span | None") -> None:
        self.parent = parent
        self.children: list[Span] = []
        self.name = f"span {next(_SEQUENCE)}"
        if parent is not None:
            parent.children.append(self)


class Tracer:
    def __init__(self) -> None:
        self.root = self.current = Span(None)


TRACER = Tracer()


def spans_that_are_never_closed() -> None:
    """Each is the child of the one before: a chain that both of its ends hold."""
    TRACER.current = Span(TRACER.current)


class Step:
    __slots__ = ("action", "before")

    def __init__(self, action: bytes, before: "Step | None") -> None:
        self.action = action
        self.before = before


class Undo:
    __slots__ = ("newest",)

    def __init__(self) -> None:
        self.newest: Step | None = None

    def push(self, action: bytes) -> None:
        self.newest = Step(action, self.newest)


UNDO = {"text": Undo(), "image": Undo()}


def linked_list_of_slotted_nodes_in_a_dict() -> None:
    UNDO["text"].push(bytes(100))


VERSIONS: dict[str, Any] = {"newest": None}


def dicts_that_keep_the_one_before() -> None:
    VERSIONS["newest"] = {"before": VERSIONS["newest"], "number": next(_SEQUENCE)}


FEED = ET.Element("feed")


def elements_of_a_tree() -> None:
    ET.SubElement(FEED, "item").text = f"item {next(_SEQUENCE)}"


def what_requests_leave_behind() -> None:
    receivers_of_a_signal()
    identity_map_of_a_scoped_session()
    state_of_an_application()
    results_of_tasks()
    children_of_a_metric()
    exit_stack_of_an_application()
    subscribers_of_a_class()
    mangled_attribute()
    weak_values_kept_by_closures()


def what_goes_on_and_on() -> None:
    handler_wrapped_again_and_again()
    one_error_raised_again_and_again()
    linked_list_of_slotted_nodes_in_a_dict()
    elements_of_a_tree()
