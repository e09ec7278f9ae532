"""Containers that keep a large table for few entries."""

import time

import pytest

from leakscan import wire
from leakscan.agent.caches.spare_capacity import MIN_TABLE_BYTES, look_for_spare
from leakscan.agent.holders.holder_chains import SearchContext

KEPT: dict[str, object] = {}
ENTRIES = 20_000


def _nothing() -> None:
    pass


def _tables() -> list[wire.SpareTable]:
    context = SearchContext(_nothing, None, None, set(), time.perf_counter)
    return [table for table in look_for_spare(context).tables if table.steps[0].link == __name__]


@pytest.fixture(autouse=True)
def _nothing_is_kept() -> None:
    KEPT.clear()


def test_a_dict_emptied_key_by_key_keeps_its_table() -> None:
    table = dict.fromkeys(range(ENTRIES))
    for key in range(ENTRIES):
        del table[key]
    KEPT["burst"] = table

    (spare,) = _tables()

    assert (spare.type, spare.entries) == ("dict", 0)
    assert spare.table_bytes > MIN_TABLE_BYTES
    assert spare.steps[-1].link == "['burst']"


def test_a_set_that_lost_its_members_one_by_one_keeps_its_table() -> None:
    members = set(range(ENTRIES))
    while len(members) > 5:
        members.pop()
    KEPT["seen"] = members

    (spare,) = _tables()

    assert (spare.type, spare.entries) == ("set", 5)


def test_a_table_in_use_is_not_spare() -> None:
    KEPT["full"] = dict.fromkeys(range(ENTRIES))
    KEPT["members"] = set(range(ENTRIES))

    assert _tables() == []


def test_a_dict_that_was_cleared_keeps_no_table() -> None:
    cleared = dict.fromkeys(range(ENTRIES))
    cleared.clear()
    KEPT["cleared"] = cleared

    assert _tables() == []
