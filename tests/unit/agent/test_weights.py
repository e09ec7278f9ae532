"""What an entry takes, weighed in a forked copy."""

from collections import OrderedDict, deque
from collections.abc import Sequence
from typing import NoReturn

import pytest

from leakscan import wire
from leakscan.agent.grips import Grip
from leakscan.agent.weights import newest_entries, weigh

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


def _weight_of(container: object) -> wire.EntryWeight:
    (weight,) = weigh(wire.Weigh((0,)), [Grip(container, [])]).weights
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


def test_weighing_leaves_the_entries_without_a_dict_that_they_had_not() -> None:
    entries = [Entry() for _ in range(100)]
    before = [entry.__sizeof__() for entry in entries]

    _weight_of(entries)

    assert [entry.__sizeof__() for entry in entries] == before


def test_entries_that_refuse_to_tell_their_size_are_not_weighed_and_do_no_harm() -> None:
    weighed = weigh(wire.Weigh((0,)), [Grip([Hostile() for _ in range(10)], [])])

    assert weighed.weights == () or weighed.weights[0].entry_bytes < 1_000


@pytest.mark.parametrize(
    ("container", "newest"),
    [
        ({1: "a", 2: "b", 3: "c"}, [(3, "c"), (2, "b")]),
        ([1, 2, 3], [(3,), (2,)]),
        (deque([1, 2, 3]), [(3,), (2,)]),
        (bytearray(10), []),
        (1, []),
    ],
)
def test_the_entries_that_came_last_are_the_ones_looked_at(
    container: object, newest: Sequence[tuple[object, ...]]
) -> None:
    assert newest_entries(container, 2) == newest
