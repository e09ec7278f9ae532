"""The agent's objects are out of the collector's sight, and what the target has frozen is told from them.

Each freezes all there is, in an interpreter of its own.
"""

import subprocess
import sys

import pytest

from tests.integration.command import ROOT

BEGINNING = """
import gc
import types
from leakscan.agent.heap import freezing

class Node:
    def __init__(self):
        self.itself = self

def is_listed(wanted):
    return any(each is wanted for each in gc.get_objects())

agents, targets = Node(), Node()
shared = types.ModuleType("shared")
shared.registry = []
shared.Kind = type("Kind", (), {})
before = gc.get_freeze_count()
freezing.freeze_own([targets], [shared])
"""


def _said(script: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{BEGINNING}{script}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_the_agents_own_is_frozen_and_what_is_the_targets_is_not() -> None:
    assert _said("print(is_listed(agents), is_listed(targets))") == ["False True"]


def test_what_a_target_may_change_in_a_shared_module_is_not_frozen() -> None:
    script = """
parts = shared, vars(shared), shared.registry, shared.Kind, gc.get_referents(vars(shared.Kind))[0]
print([is_listed(each) for each in parts])
"""
    assert _said(script) == ["[True, True, True, True, True]"]


def test_garbage_from_before_is_collected_and_not_frozen() -> None:
    script = """
import weakref
freezing.unfreeze()
node = Node()
left = weakref.ref(node)
del node
freezing.freeze_own([], [])
print(left())
"""
    assert _said(script) == ["None"]


def test_the_target_is_told_that_only_python_has_frozen_anything() -> None:
    assert _said("print(freezing.count_of_target() == before, freezing.is_frozen())") == ["True False"]


@pytest.mark.parametrize(("count", "is_frozen"), [(10, False), (5_000, True)])
def test_the_target_is_told_what_it_has_frozen_itself(count: int, *, is_frozen: bool) -> None:
    script = f"""
kept = []
gc.collect()
gc.freeze()
already = freezing.count_of_target()
kept += [Node() for _ in range({count})]
gc.freeze()
print({count} <= freezing.count_of_target() - already <= {count} + 10)
print(freezing.is_frozen())
"""
    assert _said(script) == ["True", str(is_frozen)]


def test_a_target_that_has_unfrozen_all_is_told_that_nothing_is_frozen() -> None:
    assert _said("gc.unfreeze(); print(freezing.count_of_target(), freezing.is_frozen())") == ["0 False"]


def test_unfrozen_all_is_in_sight_and_what_is_frozen_next_is_the_targets() -> None:
    script = """
freezing.unfreeze()
print(is_listed(agents), gc.get_freeze_count())
kept = [Node() for _ in range(5_000)]
gc.freeze()
print(freezing.count_of_target() == gc.get_freeze_count(), freezing.is_frozen())
"""
    assert _said(script) == ["True 0", "True True"]
