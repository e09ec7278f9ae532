"""What comes into dicts and goes out of them between two looks."""

import sys
from collections import OrderedDict
from typing import Any

import pytest

from leakscan import wire
from leakscan.agent.heap import census
from leakscan.agent.heap.churn import ChurnTaker

KEPT: dict[Any, Any] = {}


@pytest.fixture(autouse=True)
def _nothing_is_kept() -> None:
    KEPT.clear()


def _looked_at(container: object) -> ChurnTaker:
    """A taker that has noted the keys of the container."""
    taker = ChurnTaker()
    assert taker.take((id(container),), 0) == wire.Churn(0, ())
    return taker


def _change(taker: ChurnTaker, container: object) -> wire.EntryChange | None:
    changes = taker.take((id(container),), 1).changes
    assert [change.address for change in changes] in ([], [id(container)])
    return changes[0] if changes else None


@pytest.mark.parametrize("make", [dict, OrderedDict])
def test_what_was_put_in_and_taken_out_is_counted(make: type[dict[Any, Any]]) -> None:
    container = make({number: number for number in range(1_000, 1_100)})
    KEPT["dict"] = container
    taker = _looked_at(container)

    for number in range(1_100, 1_110):
        container[number] = number
    for number in range(1_080, 1_088):
        del container[number]

    assert _change(taker, container) == wire.EntryChange(id(container), 10, 8)


def test_each_look_counts_from_the_one_before() -> None:
    KEPT.update(dict.fromkeys(range(1_000, 1_100)))
    taker = _looked_at(KEPT)
    KEPT[2_000] = None
    _change(taker, KEPT)
    KEPT[2_001] = KEPT[2_002] = None

    assert _change(taker, KEPT) == wire.EntryChange(id(KEPT), 2, 0)


def test_a_new_value_of_a_key_that_is_there_is_no_new_entry() -> None:
    KEPT.update(dict.fromkeys(range(1_000, 1_100)))
    taker = _looked_at(KEPT)

    KEPT.update(dict.fromkeys(range(1_000, 1_100), "new"))

    assert _change(taker, KEPT) == wire.EntryChange(id(KEPT), 0, 0)


def test_what_came_and_went_between_two_looks_is_not_seen() -> None:
    KEPT.update(dict.fromkeys(range(1_000, 1_100)))
    taker = _looked_at(KEPT)

    KEPT[2_000] = None
    del KEPT[2_000]

    assert _change(taker, KEPT) == wire.EntryChange(id(KEPT), 0, 0)


@pytest.mark.parametrize("keys", [range(0), range(1_000, 1_010)])
def test_nothing_is_said_where_no_noted_key_is_left(keys: range) -> None:
    KEPT.update(dict.fromkeys(keys))
    taker = _looked_at(KEPT)

    KEPT.clear()
    KEPT.update(dict.fromkeys(range(2_000, 2_020)))

    assert _change(taker, KEPT) is None


def test_only_plain_keys_are_kept_alive_between_two_looks() -> None:
    class Lease:
        pass

    lease, plain = Lease(), ("a", 1_000_000)
    KEPT.update({lease: 1, plain: 2, (lease, 1): 3})
    before = sys.getrefcount(lease), sys.getrefcount(plain)

    taker = _looked_at(KEPT)

    assert (sys.getrefcount(lease), sys.getrefcount(plain)) == (before[0], before[1] + 1)
    taker.forget()
    assert (sys.getrefcount(lease), sys.getrefcount(plain)) == before


def test_a_list_is_not_looked_at() -> None:
    items = KEPT["list"] = [1, 2, 3]
    taker = _looked_at(items)
    items.append(4)

    assert _change(taker, items) is None


def test_the_heap_is_walked_once_for_what_is_no_dict(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [1, 2, 3]
    sought: list[frozenset[int]] = []
    KEPT["list"] = items

    def containers_at(addresses: frozenset[int]) -> list[object]:
        sought.append(addresses)
        return [items]

    monkeypatch.setattr(census, "containers_at", containers_at)
    taker = _looked_at(items)

    taker.take((id(items),), 1)

    assert sought == [{id(items)}]


class Lying(dict[int, int]):
    def __len__(self) -> int:
        raise AssertionError("its length was asked")

    def __reversed__(self) -> Any:
        raise AssertionError("its keys were asked")


def test_a_class_of_the_targets_is_asked_nothing() -> None:
    container = KEPT["lying"] = Lying(dict.fromkeys(range(1000, 1010), 0))
    taker = _looked_at(container)
    container[2_000] = 0

    assert _change(taker, container) == wire.EntryChange(id(container), 1, 0)
