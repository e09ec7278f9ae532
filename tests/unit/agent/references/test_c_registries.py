"""The registries that the interpreter keeps in C are told apart, and stay as they are."""

import gc
import subprocess
import sys
import weakref

import pytest

from leakscan.agent.references.c_registries import registries_among
from tests.integration.command import ROOT

PROGRAM = """
import codecs, gc, os, sys
from leakscan.agent.references.c_registries import registries_among

def callback(*arguments):
    return None

{register}
registries = [each for each in gc.get_objects() if type(each) in (list, dict) and each is not globals()]
registries = [each for each in registries if callback in (each.values() if type(each) is dict else each)]
(registry,) = registries
before = len(registry)
roots = registries_among([[callback], registry, {{"strict": callback}}])
print([root and root.link for root in roots], len(registry) - before)
"""


@pytest.mark.parametrize(
    ("register", "text"),
    [
        ("codecs.register(callback)", "search functions of codecs.register"),
        ("codecs.register_error('mine', callback)", "error handlers of codecs.register_error"),
        ("os.register_at_fork(before=callback)", "callbacks of os.register_at_fork (before)"),
        (
            "os.register_at_fork(after_in_child=callback)",
            "callbacks of os.register_at_fork (after_in_child)",
        ),
        (
            "os.register_at_fork(after_in_parent=callback)",
            "callbacks of os.register_at_fork (after_in_parent)",
        ),
    ],
)
def test_a_registry_is_known_by_where_a_marker_turns_up(register: str, text: str) -> None:
    shown = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(register=register)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )

    assert shown.stdout.strip() == f"[None, {text!r}, None] 0"


class _Hostile(type):
    def __eq__(cls, other: object) -> bool:
        raise AssertionError("the class was compared")

    def __hash__(cls) -> int:
        raise AssertionError("the class was hashed")


class _Base(metaclass=_Hostile):
    pass


def test_the_subclasses_of_a_class_are_known_by_their_addresses() -> None:
    kept = [_Hostile("Made", (_Base,), {}) for _ in range(3)]
    by_address = {id(each): weakref.ref for each in kept}
    (registry,) = [
        each
        for each in gc.get_objects()
        if type(each) is dict and each.keys() == by_address.keys() and each is not by_address
    ]

    (root,) = registries_among([registry])

    assert root is not None
    assert root.link == f"subclasses of {__name__}._Base"
    assert root.kind == "registry"


def test_a_dict_of_other_weak_references_is_no_registry() -> None:
    kept = [_Hostile("Made", (_Base,), {}) for _ in range(3)]

    assert registries_among([{number: weakref.ref(each) for number, each in enumerate(kept)}]) == (None,)
    assert registries_among([{}]) == (None,)
