"""A fingerprint is the same after edits, and another one for another leak."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest

from leakscan import wire
from leakscan.analysis.naming.fingerprint import (
    fingerprint,
    fingerprint_names,
    leak_fingerprint,
    without_comprehensions,
)
from leakscan.analysis.naming.holder_names import as_its_user_knows_it
from leakscan.wire import StepKind
from tests.unit.analysis.naming.chains import (
    ATTRIBUTE,
    CELL,
    CONTEXT,
    DEFAULT,
    GLOBAL,
    IN_A_DICT,
    LOCAL,
    LRU,
    LRU_PART,
    NAMESPACE,
    NODES,
    OF_EVERY_KIND,
    SIGNAL,
    Steps,
    value_step,
)
from tests.unit.analysis.records import attribute_step, global_step, module_step

FROZEN = tomllib.loads((Path(__file__).parent / "fingerprints.toml").read_text(encoding="utf-8"))


def _fingerprint(steps: Steps) -> str:
    return fingerprint("unbounded growth", fingerprint_names(steps))


def test_a_fingerprint_survives_other_keys_lines_and_threads() -> None:
    other_key = (*IN_A_DICT[:3], value_step("'8'", "Request"), IN_A_DICT[4])
    other_line = (
        LOCAL[0]._replace(link="thread 'filer-2'"),
        LOCAL[1]._replace(link="local 'archive' in file() at app/jobs.py:99"),
    )

    assert _fingerprint(other_key) == _fingerprint(IN_A_DICT)
    assert _fingerprint(other_line) == _fingerprint(LOCAL)


def test_a_fingerprint_survives_another_entry_of_a_cache() -> None:
    other_entry = (*LRU, LRU_PART[-1]._replace(link="['us']"))

    assert _fingerprint(other_entry) == _fingerprint(LRU_PART)


def test_a_fingerprint_survives_a_tree_that_is_looked_at_elsewhere() -> None:
    tree = (module_step(), global_step("TREE", "Tree"), attribute_step("Tree", "root", "Node"))
    left, right = (attribute_step("Node", side, "Node") for side in ("left", "right"))

    one, other = as_its_user_knows_it((*tree, left, right)), as_its_user_knows_it((*tree, right, right, left))

    assert _fingerprint(one) == _fingerprint(other)


def test_a_fingerprint_survives_a_longer_list() -> None:
    longer = (*NODES[:3], NODES[3]._replace(repeats=2_000))

    assert _fingerprint(longer) == _fingerprint(NODES)
    assert _fingerprint(NODES[:3]) == _fingerprint(NODES)


def test_a_fingerprint_survives_a_python_that_makes_no_function_of_a_comprehension() -> None:
    on_312 = tuple(step._replace(owner="handle.<locals>.<lambda>") for step in CELL)
    on_311 = tuple(step._replace(owner="handle.<locals>.<listcomp>.<lambda>") for step in CELL)

    assert _fingerprint(on_311) == _fingerprint(on_312)


def test_functions_are_known_by_one_name_on_every_python() -> None:
    source = """
class Shop:
    totals = [total for total in ()]
    def orders(self):
        return {key: lambda: [{part for part in row} for row in key] for key in ()}
names = {name: [lambda: part for part in name] for name in ()}
"""

    assert {without_comprehensions(name) for name in _qualnames(compile(source, "shop.py", "exec"))} == {
        "<module>",
        "Shop",
        "Shop.orders",
        "Shop.orders.<locals>.<lambda>",
        "<lambda>",
    }


def _qualnames(code: CodeType) -> Iterator[str]:
    yield code.co_qualname
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _qualnames(const)


def test_every_holder_has_a_fingerprint_of_its_own() -> None:
    every = (GLOBAL, ATTRIBUTE, IN_A_DICT, CELL, LRU, DEFAULT, LOCAL, NODES, NAMESPACE, SIGNAL, CONTEXT)

    assert len({_fingerprint(steps) for steps in every}) == len(every)


def test_a_fingerprint_tells_two_kinds_apart() -> None:
    names = fingerprint_names(GLOBAL)

    assert fingerprint("bounded", names) != fingerprint("unbounded growth", names)


def test_a_fingerprint_is_the_same_for_ever() -> None:
    assert fingerprint("bounded", ["global:app:.CACHE"]) == "37d77354811a78f4"


@pytest.mark.parametrize("kind", StepKind)
def test_the_fingerprint_of_a_path_with_a_step_of_each_kind_is_the_same_for_ever(kind: StepKind) -> None:
    """Baselines that people have committed contain them."""
    steps = OF_EVERY_KIND[kind]

    assert kind in [step.kind for step in steps]
    assert {"names": fingerprint_names(steps), "fingerprint": leak_fingerprint(steps)} == FROZEN[kind.value]


def test_the_frozen_fingerprints_are_those_of_the_kinds_and_each_is_another() -> None:
    assert list(FROZEN) == [kind.value for kind in StepKind]
    assert len({each["fingerprint"] for each in FROZEN.values()}) == len(FROZEN)


def test_a_task_is_told_in_the_fingerprint_by_what_it_runs_not_by_its_number() -> None:
    twelfth, thirteenth, other = (
        (wire.Step("task", f"task {name} running {owner}()", "Task", owner),)
        for name, owner in (("'Task-12'", "app.work"), ("'Task-13'", "app.work"), ("'Task-12'", "app.rest"))
    )

    assert fingerprint_names(twelfth) == fingerprint_names(thirteenth)
    assert fingerprint_names(twelfth) != fingerprint_names(other)
