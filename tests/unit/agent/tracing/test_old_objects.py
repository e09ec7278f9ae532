"""Old objects are told from new ones, and the target finds frozen what it has frozen itself."""

import gc
from collections.abc import Iterator

import pytest

from leakscan.agent.tracing.old_objects import OldObjects


class Node:
    """An object that the collector tracks."""

    def __init__(self) -> None:
        self.itself = self


OLD = Node()
ENOUGH_FOR_A_TARGET = 3_000
"""Objects, more than Python freezes itself."""


@pytest.fixture
def old_objects() -> Iterator[OldObjects]:
    is_enabled = gc.isenabled()
    gc.disable()
    gc.unfreeze()
    yield OldObjects()
    gc.unfreeze()
    if is_enabled:
        gc.enable()


def _has(objects: list[object], wanted: object) -> bool:
    return any(each is wanted for each in objects)


def test_what_was_there_at_the_beginning_is_frozen_until_the_end(old_objects: OldObjects) -> None:
    old_objects.begin()
    is_listed = _has(gc.get_objects(), OLD)
    old_objects.end()

    assert not is_listed
    assert _has(gc.get_objects(), OLD)
    assert gc.get_freeze_count() == 0


def test_a_split_has_each_object_once_on_its_side_and_thaws_all(old_objects: OldObjects) -> None:
    old_objects.begin()
    new = [Node() for _ in range(100)]

    split = old_objects.split()

    assert split is not None
    assert (_has(split[0], OLD), _has(split[1], OLD)) == (True, False)
    assert {id(each) for each in new} <= set(map(id, split[1]))
    assert not set(map(id, split[0])) & set(map(id, split[1]))
    assert gc.get_freeze_count() == 0


def test_a_split_is_asked_for_once(old_objects: OldObjects) -> None:
    before_the_beginning = old_objects.split()
    old_objects.begin()
    old_objects.split()

    assert before_the_beginning is None
    assert old_objects.split() is None


def test_what_the_target_freezes_is_noticed_and_leaves_nothing_to_tell_apart(old_objects: OldObjects) -> None:
    old_objects.begin()
    was_added_to = old_objects.is_added_to
    kept = Node()
    gc.freeze()

    assert (was_added_to, old_objects.is_added_to) == (False, True)
    assert old_objects.split() is None
    assert kept is not None


def test_a_target_that_unfreezes_all_leaves_nothing_to_tell_apart(old_objects: OldObjects) -> None:
    old_objects.begin()
    gc.unfreeze()

    assert not old_objects.is_added_to
    assert old_objects.split() is None


def test_what_is_thawed_is_in_sight_until_it_is_given_back(old_objects: OldObjects) -> None:
    old_objects.begin()

    old_objects.thaw()
    is_listed = _has(gc.get_objects(), OLD)
    old_objects.end()
    old_objects.give_back()

    assert is_listed
    assert not _has(gc.get_objects(), OLD)
    assert gc.get_freeze_count() > 0


@pytest.mark.parametrize("has_frozen", [True, False])
def test_what_the_target_had_frozen_is_frozen_again_and_nothing_else(
    old_objects: OldObjects, has_frozen: object
) -> None:
    kept = [Node() for _ in range(ENOUGH_FOR_A_TARGET)]
    if has_frozen:
        gc.freeze()
    old_objects.begin()
    old_objects.end()

    old_objects.give_back()

    assert _has(gc.get_objects(), kept[0]) is not has_frozen


def test_it_is_given_back_once(old_objects: OldObjects) -> None:
    gc.freeze()
    old_objects.begin()
    old_objects.end()
    old_objects.give_back()
    gc.unfreeze()

    old_objects.give_back()

    assert gc.get_freeze_count() == 0


def test_an_end_without_a_beginning_thaws_nothing_of_the_target(old_objects: OldObjects) -> None:
    gc.freeze()
    frozen = gc.get_freeze_count()

    old_objects.end()

    assert gc.get_freeze_count() == frozen
