"""What an entry takes, weighed in a forked copy."""

import functools
from collections import OrderedDict, deque
from collections.abc import Sequence
from typing import NoReturn

import pytest

from leakscan import wire
from leakscan.agent.experiments.entry_sizes import newest_entries, weigh
from leakscan.agent.holders.candidates import HolderCandidate

PAYLOAD_BYTES = 10_000


class Entry:
    """Has its own payload, and shares another with all entries."""

    shared = bytes(1_000_000)

    def __init__(self) -> None:
        self.own = bytes(PAYLOAD_BYTES)
        self.common = Entry.shared


class Hostile:
    def __sizeof__(self) -> NoReturn:
        raise AssertionError("its size was asked")


@functools.lru_cache(maxsize=8)
def _looked_up(number: int) -> str:
    return str(number)


for _number in (1, 2, 3):
    _looked_up(_number)


def _weight_of(container: object) -> wire.EntrySize:
    (weight,) = weigh(wire.MeasureEntries((0,)), [HolderCandidate(container, [])]).sizes
    return weight


@pytest.mark.parametrize(
    "container",
    [
        {n: Entry() for n in range(100)},
        OrderedDict((str(n), Entry()) for n in range(100)),
        [Entry() for _ in range(100)],
        deque(Entry() for _ in range(100)),
        {Entry() for _ in range(100)},
    ],
    ids=lambda container: type(container).__name__,
)
def test_an_entry_weighs_what_hangs_on_it_alone(container: object) -> None:
    weight = _weight_of(container)

    assert PAYLOAD_BYTES < weight.entry_bytes < PAYLOAD_BYTES + 1_000


@pytest.mark.parametrize("maxsize", [None, 1_000])
def test_an_entry_of_an_lru_cache_weighs_what_it_keeps(maxsize: int | None) -> None:
    cached = functools.lru_cache(maxsize=maxsize)(lambda number: bytes(PAYLOAD_BYTES + number % 2))
    for number in range(1_000, 1_100):
        cached(number)

    weight = _weight_of(cached)

    assert PAYLOAD_BYTES + 100 < weight.entry_bytes < PAYLOAD_BYTES + 400


def test_the_mean_of_large_and_small_entries_lies_between_them() -> None:
    sizes = [PAYLOAD_BYTES if number % 2 else 10 for number in range(100)]

    weight = _weight_of([bytes(size) for size in sizes])

    assert 0.4 * PAYLOAD_BYTES < weight.entry_bytes < 0.6 * PAYLOAD_BYTES


def test_entries_that_lead_to_the_whole_program_are_not_weighed() -> None:
    program = [[number] for number in range(200_000)]
    entries = [[program, bytes(100)] for _ in range(10)]

    assert weigh(wire.MeasureEntries((0,)), [HolderCandidate(entries, [])]).sizes == ()


def test_weighing_leaves_the_entries_without_a_dict_that_they_had_not() -> None:
    entries = [Entry() for _ in range(100)]
    before = [entry.__sizeof__() for entry in entries]

    _weight_of(entries)

    assert [entry.__sizeof__() for entry in entries] == before


def test_entries_that_refuse_to_tell_their_size_are_not_weighed_and_do_no_harm() -> None:
    weighed = weigh(wire.MeasureEntries((0,)), [HolderCandidate([Hostile() for _ in range(10)], [])])

    assert weighed.sizes == () or weighed.sizes[0].entry_bytes < 1_000


class Uncountable(dict[int, int]):
    def __len__(self) -> NoReturn:
        raise AssertionError("len was asked")


def test_entries_that_refuse_to_be_weighed_leave_those_of_other_holders_weighed() -> None:
    holders = [
        HolderCandidate([Uncountable({1: 1}) for _ in range(10)], []),
        HolderCandidate([Entry() for _ in range(10)], []),
    ]

    weighed = weigh(wire.MeasureEntries((0, 1)), holders)

    assert [weight.holder for weight in weighed.sizes] == [1]


@pytest.mark.parametrize(
    ("container", "newest"),
    [
        ({1: "a", 2: "b", 3: "c"}, [(3, "c"), (2, "b")]),
        ([1, 2, 3], [(3,), (2,)]),
        (deque([1, 2, 3]), [(3,), (2,)]),
        (_looked_up, [(3, "3"), (2, "2")]),
        (bytearray(10), []),
        (1, []),
    ],
)
def test_the_entries_that_came_last_are_the_ones_looked_at(
    container: object, newest: Sequence[tuple[object, ...]]
) -> None:
    assert newest_entries(container, 2) == newest
