"""The possible targets of a project, read from its files: none of its code is run or imported."""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from leakscan.project.toml_tables import Table

MAX_FILES = 2_000
"""Test files that are read; a project with more of them names its targets itself."""
_TEST_FOLDERS = ("tests", "test")
_HARMLESS_MARKS = ("asyncio", "anyio", "slow", "unit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A function that could be run again and again."""

    name: str
    target: str
    origin: str
    """`test function`, or `console script app`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """The candidates of a project, and how many tests are none."""

    candidates: tuple[Candidate, ...]
    tests_with_needs: int
    """Tests that need fixtures, parameters or an instance: only pytest can call them."""


def discover(folder: Path, project: Table) -> Discovery:
    """The console scripts and the test functions without parameters of the project in a folder.

    `project` is the content of its pyproject.toml, empty if it has none.
    """
    scripts = tuple(_scripts(project))
    tests: list[Candidate] = []
    others = 0
    for path in _test_files(folder, project):
        callable_names, needy = _tests_of(path)
        others += needy
        file = path.relative_to(folder).as_posix()
        tests += [
            Candidate(name=f"{path.stem}.{name}", target=f"{file}:{name}", origin="test function")
            for name in callable_names
        ]
    return Discovery(candidates=tuple(_with_own_names([*scripts, *tests])), tests_with_needs=others)


def _scripts(project: Table) -> Iterator[Candidate]:
    table = project.get("project", {})
    scripts = table.get("scripts", {}) if isinstance(table, dict) else {}
    for name, entry in sorted(scripts.items()) if isinstance(scripts, dict) else ():
        if isinstance(entry, str) and ":" in entry:
            target = entry.partition("[")[0].strip()
            yield Candidate(name=name, target=target, origin=f"console script {name}")


def _test_files(folder: Path, project: Table) -> list[Path]:
    """The files that pytest would collect from, in order."""
    modules: set[Path] = set(_test_modules(folder.glob("*.py")))
    for name in _test_paths(project):
        place = folder / name
        modules.update(_test_modules([place] if place.is_file() else place.rglob("*.py")))
    return sorted(path for path in modules if path.is_relative_to(folder))[:MAX_FILES]


def _test_paths(project: Table) -> tuple[str, ...]:
    options = project
    for name in ("tool", "pytest", "ini_options"):
        options = options.get(name, {})
        if not isinstance(options, dict):
            return _TEST_FOLDERS
    paths = options.get("testpaths", _TEST_FOLDERS)
    words = paths.split() if isinstance(paths, str) else paths
    if not isinstance(words, list | tuple):
        return _TEST_FOLDERS
    # What lies outside is not the project's, and may be the whole disk.
    return tuple(
        word
        for word in words
        if isinstance(word, str)
        and "\0" not in word
        and ".." not in Path(word).parts
        and not Path(word).is_absolute()
    )


def _test_modules(paths: Iterable[Path]) -> Iterator[Path]:
    return (path for path in paths if path.name.startswith("test_") or path.name.endswith("_test.py"))


def _tests_of(path: Path) -> tuple[list[str], int]:
    """Names of the tests of a file that can be called as they are, and the number of its others."""
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except (OSError, SyntaxError, ValueError):
        return [], 0
    names, others = [], 0
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            others += sum(_is_test(inner) for inner in node.body)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_test(node):
            if _needs_nothing(node):
                names.append(node.name)
            else:
                others += 1
    return names, others


def _is_test(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")


def _needs_nothing(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    arguments = function.args
    positional = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    keywords = sum(default is None for default in arguments.kw_defaults)
    return positional + keywords == 0 and all(_is_harmless(mark) for mark in function.decorator_list)


def _is_harmless(decorator: ast.expr) -> bool:
    """Whether a mark changes nothing of how the test is called: most do."""
    mark = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(mark, ast.Attribute) and mark.attr in _HARMLESS_MARKS


def _with_own_names(candidates: list[Candidate]) -> Iterator[Candidate]:
    """The candidates, those that share a name called by their whole target."""
    times = Counter(candidate.name for candidate in candidates)
    for candidate in candidates:
        yield candidate if times[candidate.name] == 1 else replace(candidate, name=candidate.target)
