"""A walk from the roots finds what it is given, by what leads there alone where that is little."""

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from leakscan import wire
from leakscan.agent.references.forward import MAX_LEADING, Walk, leading_to, paths_forward
from leakscan.agent.references.roots import NO_HOST, HostProcess, Root

STEP = wire.Step(wire.StepKind.MODULE, "a_shop", "module", "a_shop", "a_shop")


class Room:
    def __init__(self, number: int) -> None:
        self.keys: list[int] = [number]


@pytest.fixture
def shop() -> Iterator[ModuleType]:
    """A module of a thousand rooms, and one dict that no room leads to."""
    module = sys.modules["a_shop"] = ModuleType("a_shop")
    module.__dict__["ROOMS"] = [Room(number) for number in range(1_000)]
    module.__dict__["PRICES"] = {number: bytes(number) for number in range(10)}
    yield module
    del sys.modules["a_shop"]


def test_what_leads_to_a_dict_is_the_modules_and_little_else(shop: ModuleType) -> None:
    leading = leading_to([shop.PRICES], [Root(STEP, shop)], set())

    assert leading is not None
    assert id(shop) in leading
    assert not leading.intersection(map(id, [shop.ROOMS, *shop.ROOMS]))
    assert len(leading) < MAX_LEADING


def test_more_than_may_lead_there_is_none_at_all(shop: ModuleType) -> None:
    key = Room(0)
    shop.__dict__["BY_NUMBER"] = [{number: key} for number in range(MAX_LEADING + 1)]

    assert leading_to([key], [Root(STEP, shop)], set()) is None


def test_a_path_is_the_same_by_what_leads_there_and_over_everything(shop: ModuleType) -> None:
    keys = shop.ROOMS[777].keys
    roots = [Root(STEP, shop)]

    near, over_all = (
        paths_forward([keys], roots, {id(roots)}, NO_HOST, max_leading=limit)[id(keys)]
        for limit in (MAX_LEADING, 0)
    )

    assert near.root == over_all.root == STEP
    assert near.objects[0] is shop
    assert [each for each in near.objects if type(each) is Room] == [shop.ROOMS[777]]
    assert list(map(id, near.objects)) == list(map(id, over_all.objects))


def test_a_walk_leads_through_the_given_addresses_alone() -> None:
    by_one, by_other = [{"kept": 1}], [{"kept": 2}]
    start = [by_one, by_other]
    walk = Walk([by_one[0], by_other[0]], set(), by={id(by_one), id(by_one[0])})

    walk.start_from([Root(STEP, start)])

    assert {address: path.objects for address, path in walk.paths.items()} == {
        id(by_one[0]): [start, by_one, by_one[0]]
    }


def test_a_walk_passes_by_what_is_its_own() -> None:
    own = [{"kept": 1}]
    walk = Walk([own[0]], {id(own)})

    walk.start_from([Root(STEP, [own])])

    assert walk.paths == {}


def test_a_caller_of_the_target_is_on_a_path_only_if_there_is_no_other(shop: ModuleType) -> None:
    rows, lonely = {"row": 1}, {"row": 2}
    caller = shop.__dict__["CALLER"] = [rows, lonely]
    kept = shop.__dict__["KEPT"] = [[rows]]
    setup = wire.Step(wire.StepKind.SETUP, "the value of the setup", "list")
    roots = [Root(STEP, shop), Root(setup, caller)]

    paths = paths_forward([rows, lonely], roots, {id(roots)}, HostProcess((), (caller,)))

    assert paths[id(rows)].objects == [shop, vars(shop), kept, kept[0], rows]
    assert (paths[id(lonely)].root, paths[id(lonely)].objects) == (setup, [caller, lonely])
