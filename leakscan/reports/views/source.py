"""The lines of code around a site, read from the disk when the report is made."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from leakscan.masking import without_credentials
from leakscan.model.analysis import Analysis, Frame
from leakscan.reports.text_fit import printable
from leakscan.reports.views.python_files import python_file

LINES_AROUND = 4
WIDEST_LINE = 400
_QUOTED = re.compile(r"(?m)^([ |+]*)(File \".*\n)(?:\1  .*\n)+")
"""In a traceback, what is quoted of a file stands below its line, and farther to the right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """One line of a file."""

    number: int
    text: str
    is_site: bool
    """Whether it is the line that allocates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """The code around a site, or the reason why it is not shown."""

    lines: tuple[SourceLine, ...]
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A Python file, and the functions and classes in it: name, first and last line."""

    lines: tuple[str, ...]
    functions: tuple[tuple[str, int, int], ...]


SourceReader = Callable[[Frame], SourceView | None]


def no_source(frame: Frame) -> None:
    """The reader of a report that shows no code."""
    del frame


def without_source(analysis: Analysis) -> Analysis:
    """The analysis without the lines of source in the traceback of a target that failed."""
    failure = analysis.failure
    if failure is None or failure.traceback is None:
        return analysis
    shown = _QUOTED.sub(r"\1\2", failure.traceback)
    return replace(analysis, failure=replace(failure, traceback=shown))


def reader_of(folder: str, started_at: str | None, within: Sequence[Path]) -> SourceReader:
    """A reader of files whose relative paths start at the folder; each file is read once.

    What is no Python file, or lies in none of the folders `within`, is never shown: a recording may come from
    a stranger, and may name any file of whoever makes the report.
    """
    files: dict[str, _File | str] = {}

    def read(frame: Frame) -> SourceView | None:
        if frame.file.startswith("<") or frame.file == "?":
            return _absent(f"{frame.file} is no file on the disk")
        path = Path(folder, frame.file)
        if frame.file not in files:
            files[frame.file] = _python_file(path, within)
        file = files[frame.file]
        if isinstance(file, str):
            return _absent(f"{frame.file} {file}")
        if not _holds_function(file, frame):
            return _absent(
                f"{frame.file} has changed since the run: line {frame.line} is no longer in {frame.qualname}"
            )
        note = None
        if _is_newer(path, started_at):
            note = f"{frame.file} was changed after the run began: the line may have moved"
        return SourceView(
            lines=tuple(_excerpt(file.lines, frame)), note=None if note is None else printable(note)
        )

    return read


def _absent(note: str) -> SourceView:
    return SourceView(lines=(), note=printable(f"no source: {note}"))


def _python_file(path: Path, within: Sequence[Path]) -> _File | str:
    """The file, or why it is not shown."""
    file = python_file(path, within)
    if isinstance(file, str):
        return file
    functions = tuple(
        (node.name, _first_line(node), node.end_lineno or node.lineno)
        for node in ast.walk(file.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    )
    return _File(lines=tuple(file.text.removesuffix("\n").split("\n")), functions=functions)


def _holds_function(file: _File, frame: Frame) -> bool:
    """Whether the line is still inside a function of that name."""
    if not 1 <= frame.line <= len(file.lines):
        return False
    if frame.function.startswith("<"):
        # `<module>`, `<lambda>`, `<genexpr>`: code that has no name to look for.
        return True
    return any(name == frame.function and first <= frame.line <= last for name, first, last in file.functions)


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    """Decorators are lines of a function, too."""
    return min((decorator.lineno for decorator in node.decorator_list), default=node.lineno)


def _is_newer(path: Path, started_at: str | None) -> bool:
    if not started_at:
        return False
    try:
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        # The start is recorded in whole seconds.
        return changed >= datetime.fromisoformat(started_at) + timedelta(seconds=1)
    except (OSError, ValueError, OverflowError, TypeError):
        return False


def _excerpt(lines: Sequence[str], frame: Frame) -> Iterator[SourceLine]:
    first = max(1, frame.line - LINES_AROUND)
    last = min(len(lines), frame.line + LINES_AROUND)
    shown = [lines[number - 1].expandtabs(4)[:WIDEST_LINE] for number in range(first, last + 1)]
    indent = min((len(line) - len(line.lstrip()) for line in shown if line.strip()), default=0)
    for number, line in zip(range(first, last + 1), shown, strict=True):
        yield SourceLine(
            number=number,
            text=printable(without_credentials(line[indent:].rstrip())),
            is_site=number == frame.line,
        )
