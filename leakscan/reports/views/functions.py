"""The lines of a function, read from the disk when the report is made."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from leakscan.model.analysis import Frame
from leakscan.reports.locations import is_a_file
from leakscan.reports.views.python_files import PythonFile, python_file


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSource:
    """Where a function stands, and its text."""

    first_line: int
    lines: tuple[str, ...]


def function_source(folder: str, frame: Frame, within: Sequence[Path]) -> FunctionSource | str:
    """The function around the line of a frame, or the reason why it can't be shown.

    Relative files start at the folder. Only Python below one of the folders `within` is shown: a
    recording may come from a stranger, and may name any file of whoever makes the report.
    """
    if not is_a_file(frame.file):
        return f"{frame.file} is no file on the disk"
    file = python_file(Path(folder, frame.file), within)
    if isinstance(file, str):
        return f"{frame.file} {file}"
    lines = file.text.split("\n")
    if frame.function == "<module>":
        return FunctionSource(first_line=1, lines=tuple(lines))
    spans = [span for span in _spans(file, frame.function) if span[0] <= frame.line <= span[1]]
    if not spans:
        return f"{frame.file} has changed since the run: line {frame.line} is not in {frame.qualname}"
    first, last = max(spans)  # the innermost of those around the line
    return FunctionSource(first_line=first, lines=tuple(lines[first - 1 : last]))


def _spans(file: PythonFile, function: str) -> Iterator[tuple[int, int]]:
    """First and last line of each function or class of the name, its decorators included."""
    for node in ast.walk(file.tree):
        name = node.name if isinstance(node, _DEFINITIONS) else f"<{type(node).__name__.lower()}>"
        if name == function and isinstance(node, _DEFINITIONS | _EXPRESSIONS):
            decorators = node.decorator_list if isinstance(node, _DEFINITIONS) else []
            first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
            yield first, node.end_lineno or node.lineno


_DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_EXPRESSIONS = ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
"""Code objects without a name of their own: `<lambda>`, `<listcomp>`."""
