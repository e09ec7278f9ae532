"""What an entry takes, measured in a forked copy."""

import functools
from collections import OrderedDict, deque
from typing import NoReturn

import pytest

from leakscan import wire
from leakscan.agent.experiments.entry_sizes import measure_entries
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


def _size_of(container: object) -> wire.EntrySize:
    (size,) = measure_entries(wire.MeasureEntries((0,)), [HolderCandidate(container, [])]).sizes
    return size


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
def test_an_entry_takes_what_hangs_on_it_alone(container: object) -> None:
    size = _size_of(container)

    assert PAYLOAD_BYTES < size.entry_bytes < PAYLOAD_BYTES + 1_000


@pytest.mark.parametrize("maxsize", [None, 1_000])
def test_an_entry_of_an_lru_cache_takes_what_it_keeps(maxsize: int | None) -> None:
    cached = functools.lru_cache(maxsize=maxsize)(lambda number: bytes(PAYLOAD_BYTES + number % 2))
    for number in range(1_000, 1_100):
        cached(number)

    size = _size_of(cached)

    assert PAYLOAD_BYTES + 100 < size.entry_bytes < PAYLOAD_BYTES + 400


def test_the_mean_of_large_and_small_entries_lies_between_them() -> None:
    sizes = [PAYLOAD_BYTES if number % 2 else 10 for number in range(100)]

    size = _size_of([bytes(size) for size in sizes])

    assert 0.4 * PAYLOAD_BYTES < size.entry_bytes < 0.6 * PAYLOAD_BYTES


def test_entries_that_lead_to_the_whole_program_are_not_measured() -> None:
    program = [[number] for number in range(200_000)]
    entries = [[program, bytes(100)] for _ in range(10)]

    assert measure_entries(wire.MeasureEntries((0,)), [HolderCandidate(entries, [])]).sizes == ()


def test_measuring_leaves_the_entries_without_a_dict_that_they_had_not() -> None:
    entries = [Entry() for _ in range(100)]
    before = [entry.__sizeof__() for entry in entries]

    _size_of(entries)

    assert [entry.__sizeof__() for entry in entries] == before


def test_entries_that_refuse_to_tell_their_size_are_not_measured_and_do_no_harm() -> None:
    entries = [Hostile() for _ in range(10)]

    measured = measure_entries(wire.MeasureEntries((0,)), [HolderCandidate(entries, [])])

    assert measured.sizes == () or measured.sizes[0].entry_bytes < 1_000


class Uncountable(dict[int, int]):
    def __len__(self) -> NoReturn:
        raise AssertionError("len was asked")


def test_entries_that_refuse_to_be_measured_leave_those_of_other_holders_measured() -> None:
    holders = [
        HolderCandidate([Uncountable({1: 1}) for _ in range(10)], []),
        HolderCandidate([Entry() for _ in range(10)], []),
    ]

    measured = measure_entries(wire.MeasureEntries((0, 1)), holders)

    assert [size.holder for size in measured.sizes] == [1]
