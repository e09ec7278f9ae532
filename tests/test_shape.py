"""The sizes that keep a file readable without a map, and the errors that a function's docstring names."""

import ast
import builtins
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent / "leakscan"
TREES = {
    file.relative_to(ROOT).as_posix(): ast.parse(file.read_text(encoding="utf-8"))
    for file in sorted(ROOT.rglob("*.py"))
}

MAX_FILE_LINES = 400
LONGER_FILES: dict[str, str] = {}
"""Files that are longer, with the reason; one that is no longer so is taken out."""
MAX_FUNCTION_LINES = 60
MAX_MEDIAN_LINES = 7
MAX_LINES_OF_NINE_IN_TEN = 20

Function = ast.FunctionDef | ast.AsyncFunctionDef


@pytest.mark.parametrize("folder", [ROOT, TESTS], ids=["leakscan", "tests"])
def test_only_the_files_with_a_reason_are_longer_than_somebody_reads_at_once(folder: Path) -> None:
    lengths = {
        file.relative_to(ROOT.parent).as_posix(): len(file.read_text(encoding="utf-8").splitlines())
        for file in folder.rglob("*.py")
    }

    longer = {name for name, length in lengths.items() if length > MAX_FILE_LINES}

    assert longer == {name for name in LONGER_FILES if name.startswith(f"{folder.name}/")}


def test_no_function_is_longer_than_a_screen() -> None:
    longer = {
        f"{file}: {function.name}"
        for file, tree in TREES.items()
        for function in _functions(tree)
        if _lines(function) > MAX_FUNCTION_LINES
    }

    assert longer == set()


def test_most_functions_are_a_few_lines() -> None:
    lengths = [_lines(function) for tree in TREES.values() for function in _functions(tree)]

    assert median(lengths) <= MAX_MEDIAN_LINES
    assert quantiles(lengths, n=10)[-1] <= MAX_LINES_OF_NINE_IN_TEN


@pytest.mark.parametrize("file", TREES)
def test_a_public_function_says_what_it_raises(file: str) -> None:
    returned = _returned_types(TREES[file])

    unsaid = [
        f"{function.name} raises {error}"
        for function in _public_functions(TREES[file])
        for raised in _raised(function)
        if (error := returned.get(raised, raised)) in ERRORS
        and error not in (ast.get_docstring(function) or "")
    ]

    assert unsaid == []


def test_the_name_of_a_number_stands_for_one_value_wherever_it_is_defined() -> None:
    values: dict[str, dict[float | str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for file, tree in TREES.items():
        for name, value in _numbers(tree):
            values[name.lstrip("_")][value].append(file)

    assert {name: dict(files) for name, files in values.items() if len(files) > 1} == {}


def test_no_test_counts_the_folders_between_itself_and_the_checkout() -> None:
    counting = [
        path.relative_to(TESTS).as_posix()
        for path in sorted(TESTS.rglob("test_*.py"))
        # What stands beside it moves with it; of what is above, a file that moves is wrong without a word.
        if re.search(r"\.parents\[(?!1\])", path.read_text(encoding="utf-8"))
    ]

    assert counting == []


def _numbers(tree: ast.Module) -> Iterator[tuple[str, float | str]]:
    """The numbers that a module defines for itself, by their names in capitals; a product as text."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            for name, value in _pairs(target, node.value):
                if name.isupper() and isinstance(value, ast.Constant) and type(value.value) in (int, float):
                    yield name, float(str(value.value))
                elif name.isupper() and isinstance(value, ast.BinOp) and _is_of_numbers(value):
                    yield name, ast.unparse(value)


def _is_of_numbers(value: ast.BinOp) -> bool:
    constants = [node.value for node in ast.walk(value) if isinstance(node, ast.Constant)]
    calls = [node for node in ast.walk(value) if isinstance(node, ast.Call | ast.Subscript)]
    return bool(constants) and not calls and all(isinstance(each, int | float) for each in constants)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for each, one in zip(target.elts, value.elts, strict=True):
            yield from _pairs(each, one)
    elif isinstance(target, ast.Name):
        yield target.id, value


def _functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _lines(function: Function) -> int:
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


def _public_functions(tree: ast.Module | ast.ClassDef) -> Iterator[Function]:
    """Those of the module and of its public classes, but no command: its docstring is its help text."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _public_functions(node)
        elif isinstance(node, Function) and not node.name.startswith("_") and not _is_command(node):
            yield node


def _is_command(function: Function) -> bool:
    return any(ast.unparse(each).startswith("click.command") for each in function.decorator_list)


def _raised(function: Function) -> Iterator[str]:
    """Names of what its own `raise` statements call: a class, or a function that returns the error."""
    for node in _own_nodes(function):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield ast.unparse(node.exc.func).rpartition(".")[2]
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name):
            yield node.exc.id


def _returned_types(tree: ast.Module) -> dict[str, str]:
    return {function.name: ast.unparse(function.returns) for function in _functions(tree) if function.returns}


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """All below a node, without the functions that are defined in it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Function | ast.Lambda | ast.ClassDef):
            yield child
            yield from _own_nodes(child)


def _exceptions() -> set[str]:
    """Names of our own exceptions, of those of others that our callers catch, and of the builtin ones."""
    bases = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    names = {name for name in dir(builtins) if _is_exception(getattr(builtins, name))} | {"BadParameter"}
    while more := {name for name, parents in bases.items() if parents & names} - names:
        names |= more
    return names - {"AssertionError", "SystemExit", "KeyboardInterrupt"}


def _is_exception(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, BaseException)


ERRORS = _exceptions()
"""Without what says a bug, and what ends the process."""
