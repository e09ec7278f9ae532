"""Python files that a report quotes: read with care, since a stranger's recording may name any file."""

import ast
import os
import site
import stat
import sysconfig
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = (".py", ".pyw")
MAX_SOURCE_BYTES = 4_000_000
"""A file larger than this was made by a machine."""

ABSENT = "is not on the disk where this report was made"


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonFile:
    """A program, and how it parses."""

    text: str
    tree: ast.Module


def quotable_folders(own: str = "") -> tuple[Path, ...]:
    """Folders whose Python files a report may quote.

    They are the current one with its repository, those of installed packages, and `own`, which the user has
    named. Where a recording says that it was made counts for nothing.
    """
    return tuple(dict.fromkeys(folder.resolve() for folder in _folders(own)))


def _folders(own: str) -> Iterator[Path]:
    try:
        here = Path.cwd()
        yield here
        yield from [folder for folder in here.parents if (folder / ".git").exists()][:1]
    except OSError:
        # The current folder is gone: there is nothing in it to quote.
        pass
    if own:
        yield Path(own)
    yield from map(
        Path, {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    )
    yield Path(site.getusersitepackages())


def python_file(path: Path, within: Sequence[Path]) -> PythonFile | str:
    """A Python file in one of the folders; why it is not quoted if it is none, or none of a usual size."""
    try:
        # What counts is where a link leads to.
        place = path.resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        return ABSENT
    if not any(place.is_relative_to(folder) for folder in within):
        return "lies outside the project and its packages"
    text = _text(place) if place.suffix in SUFFIXES else None
    if text is None:
        return ABSENT
    tree = _syntax_tree(text)
    return "is no Python" if tree is None else PythonFile(text=text, tree=tree)


def _text(path: Path) -> str | None:
    try:
        # A pipe must not keep the report waiting.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_SOURCE_BYTES:
                return None
            content = file.read(MAX_SOURCE_BYTES)
    except (OSError, ValueError):
        return None
    return content.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")


def _syntax_tree(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            # What the compiler thinks of their code is not for this report.
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
