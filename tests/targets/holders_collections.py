"""One leak for each holder out of collections, queue, heapq, itertools and functools."""

import contextlib
import functools
import heapq
import itertools
import operator
import queue
from collections import ChainMap, Counter, OrderedDict, UserDict, defaultdict, deque
from collections.abc import Iterator

_SEQUENCE = itertools.count(1_000_000)

UNDO: deque[bytes] = deque()


def unbounded_deque() -> None:
    UNDO.append(bytes(200))


SESSIONS: OrderedDict[int, bytes] = OrderedDict()


def ordered_dict() -> None:
    SESSIONS[next(_SEQUENCE)] = bytes(200)


EVENTS_BY_KIND: defaultdict[str, list[bytes]] = defaultdict(list)
for _kind in ("login", "logout", "click"):
    EVENTS_BY_KIND[_kind].append(b"")


def defaultdict_with_a_hot_key() -> None:
    EVENTS_BY_KIND["click"].append(bytes(200))


PATH_HITS: Counter[str] = Counter()


def counter() -> None:
    PATH_HITS[f"/orders/{next(_SEQUENCE)}"] += 1


SETTINGS: ChainMap[int, bytes] = ChainMap({}, {1: b"default"})


def chain_map() -> None:
    SETTINGS[next(_SEQUENCE)] = bytes(200)


class Headers(UserDict[int, bytes]):
    pass


HEADERS = Headers()


def user_dict() -> None:
    HEADERS[next(_SEQUENCE)] = bytes(200)


SCHEDULE: list[tuple[int, bytes]] = []


def heap_queue() -> None:
    heapq.heappush(SCHEDULE, (next(_SEQUENCE), bytes(200)))


JOBS: queue.Queue[bytes] = queue.Queue()


def queue_without_a_reader() -> None:
    JOBS.put(bytes(200))


MAIL: queue.SimpleQueue[bytes] = queue.SimpleQueue()


def simple_queue() -> None:
    MAIL.put(bytes(200))


BY_PRIORITY: queue.PriorityQueue[tuple[int, bytes]] = queue.PriorityQueue()


def priority_queue() -> None:
    BY_PRIORITY.put((next(_SEQUENCE), bytes(200)))


def _readings() -> Iterator[bytes]:
    while True:
        yield bytes(200)


LIVE, REPLAY = itertools.tee(_readings())


def tee_with_one_reader() -> None:
    next(LIVE)


TURNS = itertools.cycle(_readings())


def cycle_that_remembers_all() -> None:
    next(TURNS)


class Cart:
    def add_to(self, orders: list[bytes]) -> None:
        orders.append(bytes(200))


ADD_ORDER = operator.methodcaller("add_to", [])


def operator_argument() -> None:
    ADD_ORDER(Cart())


def _gather(gathered: list[bytes], item: bytes) -> None:
    gathered.append(item)


GATHER = functools.partial(_gather, [])


def partial_argument() -> None:
    GATHER(bytes(200))


CLEANUP = contextlib.ExitStack()


def _release(lease: bytes) -> None:
    pass


def exit_stack() -> None:
    CLEANUP.callback(_release, bytes(8192))


class Archive:
    """A wrapper with private storage: its users know the attribute that holds the wrapper."""

    def __init__(self) -> None:
        self._rows: dict[int, bytes] = {}

    def store(self, number: int, row: bytes) -> None:
        self._rows[number] = row


class Reporting:
    def __init__(self) -> None:
        self.archive = Archive()


REPORTING = Reporting()


def wrapped_storage() -> None:
    REPORTING.archive.store(next(_SEQUENCE), bytes(200))


GROUPS: dict[int, list[bytes]] = {n: [] for n in range(16)}


def growth_spread_over_many_lists() -> None:
    GROUPS[next(_SEQUENCE) % 16].append(bytes(200))


BUCKETS: dict[int, set[int]] = {}


def one_small_set_per_key() -> None:
    n = next(_SEQUENCE)
    BUCKETS.setdefault(n, set()).add(n)
