"""No test patches a private name of another module: where it wants another behaviour, the code has a seam.

A seam is a parameter, an object that is handed over, or a process of its own in which a public name differs.
"""

import ast
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
PATCHES = {"setattr", "delattr", "setitem", "delitem", "patch", "object"}
"""Functions of `monkeypatch` and `unittest.mock`, and the built-in ones."""
OWN = {"self", "cls"}


def _is_private(name: str) -> bool:
    last = name.rpartition(".")[2]
    return last.startswith("_") and not last.startswith("__")


def _private_attributes(target: ast.expr) -> Iterator[str]:
    """Each private attribute that an expression passes by, but the test's own."""
    for node in ast.walk(target):
        if isinstance(node, ast.Attribute) and _is_private(node.attr):
            of_its_own = isinstance(node.value, ast.Name) and node.value.id in OWN
            if not of_its_own:
                yield ast.unparse(node)


def _patched(node: ast.AST) -> Iterator[str]:
    """The private names that a statement or a call replaces or removes."""
    match node:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            for target in targets:
                yield from _private_attributes(target)
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            yield from _private_attributes(target)
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=arguments) if name in PATCHES:
            for argument in arguments[:2]:
                yield from _private_attributes(argument)
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield from [argument.value] * _is_private(argument.value)
        case ast.ImportFrom(module=str(module), names=names) if module.startswith("leakscan"):
            yield from (f"{module}.{each.name}" for each in names if _is_private(each.name))


def _programs(tree: ast.AST) -> Iterator[ast.AST]:
    """A module, and what it hands to another interpreter as text."""
    yield tree
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "leakscan" in node.value:
            try:
                yield ast.parse(textwrap.dedent(node.value))
            except (SyntaxError, ValueError):
                continue


def private_names_patched(source: str) -> list[str]:
    """Every private name that the test module patches or imports, in the order in which they stand there."""
    return [
        name
        for program in _programs(ast.parse(source))
        for node in ast.walk(program)
        for name in _patched(node)
    ]


def _test_modules() -> list[Path]:
    """All but the programs that tests run, and this one, which shows what patches look like."""
    others = (TESTS / "targets", Path(__file__).resolve())
    return [path for path in sorted(TESTS.rglob("*.py")) if not any(map(path.is_relative_to, others))]


@pytest.mark.parametrize("path", _test_modules(), ids=lambda path: str(path.relative_to(TESTS)))
def test_no_private_name_of_another_module_is_patched(path: Path) -> None:
    assert private_names_patched(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "patch",
    [
        'monkeypatch.setattr(copy, "_tried", None)',
        'monkeypatch.setattr("leakscan.agent.copy._tried", None)',
        'monkeypatch.setattr(copy._tried, "answer", None)',
        'monkeypatch.setitem(vars(copy), "_tried", None)',
        'mock.patch.object(copy, "_tried")',
        "copy._tried = None",
        "copy._tried.answer = None",
        "del copy._tried",
        "copy._tries += 1",
        "from leakscan.agent.fork.copy import _tried",
        'SCRIPT = """from leakscan import copy\\ncopy._tried = None"""',
    ],
)
def test_a_patch_of_what_is_private_is_noticed(patch: str) -> None:
    assert private_names_patched(patch) != []


@pytest.mark.parametrize(
    "statement",
    [
        'monkeypatch.setattr(os, "fork", fails)',
        "self._answer = 1",
        "copy.__name__ = 'x'",
        "print(copy._tried)",
    ],
)
def test_what_patches_nothing_private_is_left_alone(statement: str) -> None:
    assert private_names_patched(statement) == []
