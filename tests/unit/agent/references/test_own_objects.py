"""What is leakscan's own is told from what is the target's."""

import sys
import types

import pytest

from leakscan.agent.heap.address_set import AddressSet
from leakscan.agent.references import own_objects
from leakscan.agent.references.own_objects import (
    addresses_of_own_modules,
    is_own,
    is_own_frame,
    is_own_module,
)


@pytest.mark.parametrize(
    ("obj", "is_ours"),
    [
        (own_objects, True),
        (AddressSet, True),
        (AddressSet(set()), True),
        (is_own, True),
        (types.ModuleType("leakscan_of_the_user"), False),
        (dict, False),
        ({}, False),
        (pytest.fixture, False),
    ],
)
def test_an_object_is_told_by_its_module(obj: object, *, is_ours: bool) -> None:
    assert is_own(obj) is is_ours


@pytest.mark.parametrize(
    ("name", "is_ours"),
    [("leakscan", True), ("leakscan.agent", True), ("objgraph", True), ("leakscanner", False)],
)
def test_a_module_is_told_by_its_whole_name(name: str, *, is_ours: bool) -> None:
    assert is_own_module(name) is is_ours


def test_a_frame_of_the_target_is_not_ours() -> None:
    assert not is_own_frame(sys._getframe())


def test_our_modules_are_passed_by_with_their_namespaces() -> None:
    addresses = set(addresses_of_own_modules())

    assert {id(own_objects), id(vars(own_objects))} <= addresses
    assert id(pytest) not in addresses
