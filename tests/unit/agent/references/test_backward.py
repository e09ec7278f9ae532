"""A search backwards is short: it finds what the collector tracks, near a module, within its time."""

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from leakscan import wire
from leakscan.agent.references.backward import MAX_SEARCH_SECONDS, paths_backward
from leakscan.agent.references.roots import Root

STEP = wire.Step(wire.StepKind.MODULE, "an_office", "module", "an_office", "an_office")


@pytest.fixture
def office() -> Iterator[ModuleType]:
    """A module with a list that the collector tracks, and a text that it does not."""
    module = sys.modules["an_office"] = ModuleType("an_office")
    module.__dict__["DESKS"] = [[object()]]
    module.__dict__["NOTE"] = b"a note that nobody else has"
    yield module
    del sys.modules["an_office"]


def _path_to(wanted: object, office: ModuleType, *times: float) -> list[object] | None:
    roots, objects = [Root(STEP, office)], [wanted]
    clock = iter([*times, *[times[-1]] * 10_000])
    paths = paths_backward(objects, roots, {id(roots), id(objects), id(roots[0])}, lambda: next(clock))
    return paths[id(wanted)].objects if id(wanted) in paths else None


def test_a_path_leads_from_the_module_to_the_object(office: ModuleType) -> None:
    path = _path_to(office.DESKS[0], office, 0.0)

    assert path == [office, vars(office), office.DESKS, office.DESKS[0]]


def test_what_the_collector_does_not_track_is_left_to_the_walk_forward(office: ModuleType) -> None:
    assert _path_to(office.NOTE, office, 0.0) is None


def test_nothing_is_found_once_the_time_is_over(office: ModuleType) -> None:
    assert _path_to(office.DESKS[0], office, 0.0, MAX_SEARCH_SECONDS + 0.1) is None


def test_what_hangs_on_a_class_is_left_to_the_walk_forward(office: ModuleType) -> None:
    """All of its instances refer to a class: objgraph would remember each of them."""

    class Desk:
        drawers: list[object] = [object()]  # noqa: RUF012 - shared on purpose

    office.__dict__["Desk"] = Desk

    assert _path_to(Desk.drawers, office, 0.0) is None
