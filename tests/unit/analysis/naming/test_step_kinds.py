"""Every kind of step has its rules, and every step that is made is of such a kind."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import leakscan
from leakscan import wire
from leakscan.analysis.naming.step_kinds import NAMINGS, naming_of
from leakscan.wire import StepKind

SOURCES = sorted(Path(leakscan.__file__).parent.rglob("*.py"))


def test_every_kind_has_a_name_a_link_and_a_rule_for_the_fingerprint() -> None:
    assert set(NAMINGS) == set(StepKind)


@pytest.mark.parametrize("kind", StepKind)
def test_a_step_of_every_kind_has_words(kind: StepKind) -> None:
    step = wire.Step(kind, ".held", "dict", "Owner", "app")

    rule = naming_of(step)

    assert rule.name(step).strip(" .")
    assert rule.link(step).strip(" .")
    assert rule.identity(step)


def test_a_step_of_a_kind_that_is_not_known_is_named_by_its_link() -> None:
    step = wire.Step("telepathy", ".held", "dict", "Owner", "app")

    rule = naming_of(step)

    assert (rule.name(step), rule.link(step), rule.identity(step), rule.is_named) == (
        *(".held", ".held", ".held"),
        False,
    )


@pytest.mark.parametrize(
    ("step", "identity"),
    [
        (wire.Step(StepKind.INDEX, "[17]", "dict"), "[*]"),
        (wire.Step(StepKind.CACHE, "['eu']", "Price", "price"), "[*]"),
        (wire.Step(StepKind.LOCAL, "local 'rows' in run() at app/jobs.py:12", "list", "run"), "local 'rows'"),
        (wire.Step(StepKind.THREAD, "thread 'Thread-7 (work)'", "thread"), "thread"),
        (wire.Step(StepKind.TASK, "task 'Task-12' running app.work()", "Task", "app.work"), "task"),
        (wire.Step(StepKind.TASK, "the event loop", "EventLoop"), "the event loop"),
        (wire.Step(StepKind.ATTRIBUTE, ".keys", "dict", "Lock"), ".keys"),
    ],
)
def test_no_number_key_or_line_is_part_of_an_identity(step: wire.Step, identity: str) -> None:
    assert naming_of(step).identity(step) == identity


def test_no_step_is_made_of_a_bare_text() -> None:
    """Such a kind would have no rules, and nobody would notice."""
    bare = [
        f"{path.name}:{call.lineno}"
        for path in SOURCES
        for call in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(call, ast.Call) and any(isinstance(kind, ast.Constant) for kind in _kinds_in(call))
    ]

    assert bare == []


@pytest.mark.parametrize("kind", StepKind)
def test_a_step_of_every_kind_is_made_in_the_agent(kind: StepKind) -> None:
    assert kind.name in MADE_IN_THE_AGENT


def _made(tree: ast.AST) -> Iterator[str]:
    """The names of the kinds that a module gives to steps: those that it has and does not compare with."""
    compares = [node for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    compared = {id(part) for node in compares for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and id(node) not in compared:
            is_kind = ast.unparse(node.value).rpartition(".")[2] == StepKind.__name__
            yield from [node.attr] * is_kind


def _kinds_in(call: ast.Call) -> list[ast.expr]:
    """What the call gives as the kind of a step, if it makes or changes one."""
    name = ast.unparse(call.func).rpartition(".")[2]
    named = [keyword.value for keyword in call.keywords if keyword.arg == "kind"]
    return call.args[:1] + named if name == "Step" else named if name == "_replace" else []


MADE_IN_THE_AGENT = {
    name
    for path in SOURCES
    if "agent" in path.relative_to(Path(leakscan.__file__).parent).parts
    for name in _made(ast.parse(path.read_bytes()))
}
