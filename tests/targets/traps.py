"""Programs that look like leaks for a while and are none: caches, buffers and tables."""

import functools
import io
import itertools
import logging
import random
import weakref
from collections import OrderedDict, deque

_SEQUENCE = itertools.count(1_000_000)

PROFILES: dict[int, bytes] = {}
_profile_calls = itertools.count()


def plateau_without_a_known_bound() -> None:
    """One new entry every third call, until there are 300."""
    PROFILES.setdefault(next(_profile_calls) // 3 % 300, bytes(500))


class PageCache:
    def __init__(self, maxsize: int) -> None:
        self.maxsize = maxsize
        self.pages: OrderedDict[int, bytes] = OrderedDict()

    def store(self, number: int, page: bytes) -> None:
        self.pages[number] = page
        if len(self.pages) > self.maxsize:
            self.pages.popitem(last=False)


PAGE_CACHE = PageCache(maxsize=1024)


def big_pages_up_to_maxsize() -> None:
    PAGE_CACHE.store(next(_SEQUENCE), bytes(16_000))


SLOW_CACHE = PageCache(maxsize=1_000_000)


def far_away_bound() -> None:
    SLOW_CACHE.store(next(_SEQUENCE), bytes(16))


@functools.lru_cache(maxsize=256)
def _look_up(number: int) -> list[str]:
    return [f"v{number}"] * 3


def lru_cache_turnover() -> None:
    _look_up(next(_SEQUENCE))


SESSIONS: OrderedDict[int, tuple[int, list[int]]] = OrderedDict()


def sessions_with_a_time_to_live() -> None:
    """A session lives for 400 calls; expired ones are swept every 50 calls."""
    now = next(_SEQUENCE)
    SESSIONS[now] = (now + 400, list(range(now % 20)))
    if now % 50 == 0:
        for number in [number for number, (due, _) in SESSIONS.items() if due <= now]:
            del SESSIONS[number]


LAST_LINES: deque[str] = deque(maxlen=1000)


def ring_buffer() -> None:
    LAST_LINES.append(f"line {next(_SEQUENCE)} of the log")


_random = random.Random(5)
WORKING_SET: list[str] = []


def random_working_set() -> None:
    """Replaced in each call, by one of random size."""
    global WORKING_SET
    WORKING_SET = [f"{number:032d}" for number in range(_random.randrange(10, 600))]


SLOTS: list[str] = [""] * 64


def strings_of_random_size() -> None:
    SLOTS[_random.randrange(64)] = "x" * _random.randrange(10, 3000)


CHURN: dict[int, bytes] = {}


def dict_churning_at_constant_size() -> None:
    """First in, first out, at 1,000 keys: its table flips between two capacities."""
    n = next(_SEQUENCE)
    CHURN[n] = bytes(64)
    CHURN.pop(n - 1000, None)


SPIKE: dict[int, bytes] = {}
_spike_calls = itertools.count()


def spike_that_leaves_capacity() -> None:
    if next(_spike_calls) == 3:
        SPIKE.update((number, bytes(8)) for number in range(20_000))
        for number in range(20_000):
            del SPIKE[number]


EVICTING: dict[int, bytes] = {}


def cache_with_random_evictions() -> None:
    EVICTING[next(_SEQUENCE)] = bytes(100)
    if len(EVICTING) > 200:
        for number in _random.sample(list(EVICTING), 40):
            del EVICTING[number]


MIRROR: dict[int, bytes] = {}


def resync_every_20_calls() -> None:
    """Takes in changes one by one, and now and then makes a fresh copy of the source."""
    n = next(_SEQUENCE)
    MIRROR[n] = bytes(100)
    if n % 20 == 0:
        MIRROR.clear()
        MIRROR.update((number, bytes(100)) for number in range(50))


BUFFER: list[int] = []


def list_refilled_again_and_again() -> None:
    BUFFER.extend(range(1_000_000, 1_000_100))
    if len(BUFFER) >= 10_000:
        BUFFER.clear()


class Icon:
    def __init__(self) -> None:
        self.pixels = bytes(200)


ICONS: weakref.WeakValueDictionary[int, Icon] = weakref.WeakValueDictionary()


def weak_value_cache() -> None:
    ICONS[next(_SEQUENCE)] = Icon()


_stream = io.StringIO()
_logger = logging.getLogger("truncated")
_logger.addHandler(logging.StreamHandler(_stream))
_logger.propagate = False
_logger.setLevel(logging.INFO)


def log_truncated_every_100_calls() -> None:
    n = next(_SEQUENCE)
    _logger.info("request %d served", n)
    if n % 100 == 0:
        _stream.seek(0)
        _stream.truncate()


SHORT_LIST = ["a", "b"]
LONG_LIST = ["x"] * 5000
CURRENT = SHORT_LIST


def toggled_between_two_lists() -> None:
    global CURRENT
    CURRENT = LONG_LIST if CURRENT is SHORT_LIST else SHORT_LIST


FRESH = ["a"]


def fresh_list_of_one_of_two_sizes() -> None:
    global FRESH
    FRESH = ["x"] * (5000 if len(FRESH) == 1 else 1)


def large_temporary() -> None:
    """50 MB that the system lends and takes back, untouched."""
    bytes(50 << 20)


def large_temporary_that_is_written_to() -> None:
    scratch = bytearray(b"x") * (8 << 20)
    scratch[-1] = 1


GENERATIONS: dict[str, dict[int, bytes]] = {"current": {}, "previous": {}}


def two_generation_cache() -> None:
    """Fills the current generation to 500 and then drops the previous one."""
    GENERATIONS["current"][next(_SEQUENCE)] = bytes(100)
    if len(GENERATIONS["current"]) >= 500:
        GENERATIONS["previous"] = GENERATIONS["current"]
        GENERATIONS["current"] = {}


UNDO: list[bytes] = []


def undo_list_cut_by_a_slice() -> None:
    UNDO.append(bytes(100))
    if len(UNDO) > 200:
        del UNDO[:100]
