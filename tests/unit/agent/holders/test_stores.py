"""Which lines put entries into a holder and take them out, of functions that the test itself calls."""

import asyncio
import functools
import gc
import queue
import sys
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leakscan import wire
from leakscan.agent import counters
from leakscan.agent.holders.candidates import HolderCandidate
from leakscan.agent.holders.holder_chains import HolderChain
from leakscan.agent.holders.lengths import watched
from leakscan.agent.holders.stores import lengths_of, stores
from leakscan.agent.tracing.store_lines import StoreLines
from tests.unit.analysis.records import attribute_step, global_step, module_step

pytestmark = pytest.mark.untraced
LINES = Path(__file__).read_text(encoding="utf-8").splitlines()
HERE = sys.modules[__name__]
KEPT: list[object] = []
TABLE: dict[int, object] = {}
RECENT: deque[int] = deque(maxlen=None)
ORDERED: OrderedDict[int, int] = OrderedDict()
NAMES: set[int] = set()
JOBS: "queue.Queue[int]" = queue.Queue()
COPIED: dict[int, int] = {}
TEXT = ""


class Index:
    def __init__(self) -> None:
        self.by_name: dict[int, object] = {}
        self.by_id: dict[int, object] = {}

    def add(self, key: int) -> None:
        self.by_name[key] = self.by_id[key] = object()

    def remove(self, key: int) -> None:
        del self.by_id[key]


INDEX = Index()


def watched_stores(
    call: Callable[[], object], objects: list[Any], *names: str, calls: int = 10, is_slot: bool = False
) -> wire.StoresWatched:
    """What is seen of the last of the objects, to which the others lead from this module."""
    path = objects[:-1] if is_slot else objects
    candidate = HolderCandidate(path[-1], objects[-1:] if is_slot else [], is_slot=is_slot)
    steps = (module_step(), *(global_step(name) for name in names))
    holder = watched(candidate, HolderChain(steps[0], path, objects), steps)
    assert holder is not None
    groups = [(0, [holder])]
    lines = StoreLines(lengths_of(groups), counters.clock() + 60)

    def run() -> bool:
        call()
        return True

    return stores(wire.WatchStores(((0,),), calls, 60.0), groups, [], run, lines)


def moved(answer: wire.StoresWatched) -> dict[str, tuple[int, int]]:
    """The entries that came and went at each line of this file, by its text."""
    assert answer.message is None
    (holder,) = answer.stores
    assert (holder.unplaced_put, holder.unplaced_taken) == (0, 0)
    lines: dict[str, tuple[int, int]] = {}
    for line in holder.lines:
        number = next(number for file, number in line.frames if file == __file__)
        text = LINES[number - 1].strip()
        put, taken = lines.get(text, (0, 0))
        lines[text] = (put + line.put, taken + line.taken)
    return lines


def of_global(name: str) -> list[Any]:
    return [HERE, vars(HERE), getattr(HERE, name)]


def test_a_line_is_told_by_what_it_puts_in_and_one_by_what_it_takes_out() -> None:
    def call() -> None:
        for number in range(10):
            TABLE[len(TABLE) + 100 * number] = object()
        for key in list(TABLE)[:8]:
            del TABLE[key]

    assert moved(watched_stores(call, of_global("TABLE"), "TABLE")) == {
        "TABLE[len(TABLE) + 100 * number] = object()": (100, 0),
        "del TABLE[key]": (0, 80),
    }


def put_into(items: list[object], item: object) -> None:
    items.append(item)


def test_the_innermost_line_is_told_where_the_holder_is_handed_on() -> None:
    def call() -> None:
        put_into(KEPT, object())

    assert moved(watched_stores(call, of_global("KEPT"), "KEPT")) == {"items.append(item)": (10, 0)}


def test_all_code_is_watched_where_none_that_mentions_the_holder_fills_it() -> None:
    items = KEPT

    def call() -> None:
        items.append(object())

    answer = watched_stores(call, of_global("KEPT"), "NOBODY_SAYS_SO")

    assert moved(answer) == {"items.append(object())": (10, 0)}


@functools.cache
def price(number: int) -> int:
    return 2 * number


def fill_cache() -> None:
    price(price.cache_info().currsize)


def fill_deque() -> None:
    RECENT.extend(range(3))


def fill_ordered() -> None:
    ORDERED[len(ORDERED)] = 1


def fill_set() -> None:
    NAMES.add(len(NAMES))


def fill_queue() -> None:
    JOBS.put(1)


@pytest.mark.parametrize(
    ("call", "name", "line", "entries"),
    [
        (fill_cache, "price", "price(price.cache_info().currsize)", 10),
        (fill_deque, "RECENT", "RECENT.extend(range(3))", 30),
        (fill_ordered, "ORDERED", "ORDERED[len(ORDERED)] = 1", 10),
        (fill_set, "NAMES", "NAMES.add(len(NAMES))", 10),
    ],
)
def test_what_goes_on_in_c_is_of_the_line_that_calls_it(
    call: Callable[[], None], name: str, line: str, entries: int
) -> None:
    assert moved(watched_stores(call, of_global(name), name)) == {line: (entries, 0)}


def test_the_line_of_a_library_comes_before_the_one_that_calls_it() -> None:
    objects = [*of_global("JOBS"), vars(JOBS), JOBS.queue]

    answer = watched_stores(fill_queue, objects, "JOBS", "queue")

    (line,) = answer.stores[0].lines
    assert line.frames[0][0] == queue.__file__
    assert moved(answer) == {"JOBS.put(1)": (10, 0)}


def test_what_comes_to_a_peer_and_goes_is_told_apart() -> None:
    def call() -> None:
        INDEX.add(len(INDEX.by_name))
        INDEX.remove(len(INDEX.by_name) - 1)

    objects = [*of_global("INDEX"), vars(INDEX), INDEX.by_name]

    answer = watched_stores(call, objects, "INDEX", "by_name")

    stored = "self.by_name[key] = self.by_id[key] = object()"
    assert moved(answer) == {stored: (10, 0)}
    (peer,) = answer.peers
    assert (peer.holder, peer.name) == (0, "by_id")
    assert [(LINES[line.frames[0][1] - 1].strip(), line.put, line.taken) for line in peer.lines] == [
        (stored, 10, 0),
        ("del self.by_id[key]", 0, 10),
    ]


def test_a_container_that_is_copied_and_replaced_is_followed() -> None:
    def call() -> None:
        global COPIED  # noqa: PLW0603
        COPIED = {**COPIED, len(COPIED): 1}

    assert moved(watched_stores(call, of_global("COPIED"), "COPIED")) == {
        "COPIED = {**COPIED, len(COPIED): 1}": (10, 0)
    }


def test_a_text_that_is_replaced_by_a_longer_one_is_followed() -> None:
    def call() -> None:
        global TEXT  # noqa: PLW0603
        TEXT = TEXT + "abc"

    answer = watched_stores(call, of_global("TEXT"), "TEXT", is_slot=True)

    assert moved(answer) == {'TEXT = TEXT + "abc"': (30, 0)}


def test_a_coroutine_is_charged_for_the_rest_of_a_line_that_it_waits_in() -> None:
    async def fetched() -> int:
        await asyncio.sleep(0)
        return 1

    async def handle() -> None:
        KEPT.append(await fetched())

    loop = asyncio.new_event_loop()
    try:
        answer = watched_stores(lambda: loop.run_until_complete(handle()), of_global("KEPT"), "KEPT")
    finally:
        loop.close()

    assert moved(answer) == {"KEPT.append(await fetched())": (10, 0)}


def test_threads_are_charged_each_for_its_own_line() -> None:
    taken, begun = threading.Semaphore(0), threading.Semaphore(0)

    def consume() -> None:
        while begun.acquire() and KEPT:
            KEPT.pop()
            taken.release()

    def call() -> None:
        KEPT.extend((1, 2))
        begun.release()
        taken.acquire()

    KEPT.append(0)
    consumer = threading.Thread(target=consume)
    consumer.start()
    try:
        answer = watched_stores(call, of_global("KEPT"), "KEPT")
    finally:
        KEPT.clear()
        begun.release()
        consumer.join()

    assert moved(answer) == {"KEPT.extend((1, 2))": (20, 0), "KEPT.pop()": (0, 10)}


def test_a_line_that_an_exception_leaves_is_charged_with_what_it_did() -> None:
    def refused() -> None:
        KEPT[len(KEPT) :], KEPT[int("no number")] = [0], 0

    def call() -> None:
        with pytest.raises(ValueError, match="no number"):
            refused()

    assert moved(watched_stores(call, of_global("KEPT"), "KEPT")) == {
        'KEPT[len(KEPT) :], KEPT[int("no number")] = [0], 0': (10, 0)
    }


def test_nothing_is_left_behind() -> None:
    def numbers() -> Iterator[int]:
        while True:
            KEPT.append(1)
            yield 1

    going_on: Any = numbers()

    watched_stores(lambda: next(going_on), of_global("KEPT"), "KEPT")

    assert sys.gettrace() is None
    assert threading.gettrace() is None
    assert going_on.gi_frame.f_trace is None
    monitoring: Any = getattr(sys, "monitoring", None)
    assert monitoring is None or [monitoring.get_tool(tool) for tool in range(6)] == [None] * 6
    gc.collect()
    assert [each for each in gc.get_objects() if type(each) is StoreLines] == []


def test_whoever_traces_already_is_left_alone() -> None:
    def their_own(*_: object) -> None:
        return None

    sys.settrace(their_own)
    try:
        answer = watched_stores(lambda: KEPT.append(1), of_global("KEPT"), "KEPT")
        theirs = sys.gettrace()
    finally:
        sys.settrace(None)

    assert (answer.calls, answer.stores, theirs) == (0, (), their_own)
    assert answer.message == "the target traces its lines itself, or is debugged"


def test_a_profiler_is_left_alone() -> None:
    def their_own(*_: object) -> None:
        return None

    sys.setprofile(their_own)
    try:
        answer = watched_stores(lambda: KEPT.append(1), of_global("KEPT"), "KEPT")
    finally:
        sys.setprofile(None)

    assert answer.message == "the target is profiled"


def test_a_call_that_never_ends_goes_on_at_its_own_speed_once_the_time_is_over() -> None:
    lines = StoreLines([KEPT.__len__], counters.clock() - 1)
    lines.begin()
    lines.watch([put_into.__code__])
    lines.begin_round()

    put_into(KEPT, 1)

    assert lines.has_ended
    assert sys.gettrace() is None


def test_what_goes_wrong_in_a_reading_never_reaches_the_target() -> None:
    readings = iter([0, 0])
    lines = StoreLines([lambda: next(readings)], counters.clock() + 60)
    lines.begin()
    lines.watch([put_into.__code__])
    lines.begin_round()

    put_into(KEPT, 1)

    assert isinstance(lines.failure, StopIteration)
    assert lines.has_ended


def test_a_name_is_taken_back_to_the_first_that_a_program_writes() -> None:
    steps = (module_step(), global_step("GROUPS"), wire.Step(wire.StepKind.VALUE, "[7]", "list"))
    candidate = HolderCandidate(KEPT, [])

    holder = watched(candidate, HolderChain(steps[0], [KEPT], [KEPT]), steps)
    other = watched(
        candidate, HolderChain(steps[0], [KEPT], [KEPT]), (steps[0], steps[1], attribute_step("A", "items"))
    )

    assert holder is not None
    assert other is not None
    assert (set(holder.names), set(other.names)) == ({"GROUPS"}, {"items"})


def test_a_place_that_nobody_can_read_has_no_length_of_what_is_replaced_there() -> None:
    step = module_step()
    place, value = frozenset({1}), (1, 2)

    assert (
        watched(HolderCandidate(place, [value], is_slot=True), HolderChain(step, [place], []), (step,))
        is None
    )
    assert (
        watched(HolderCandidate(place, [KEPT], is_slot=True), HolderChain(step, [place], []), (step,))
        is not None
    )
