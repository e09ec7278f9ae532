"""Python files that a report quotes: read with care, since a stranger's recording may name any file."""

import ast
import os
import stat
import warnings
from pathlib import Path

SUFFIXES = (".py", ".pyw")
MOST_BYTES = 4_000_000
"""A file larger than this was made by a machine."""


def python_text(path: Path) -> str | None:
    """The text of a Python file; None if it is no regular file, no Python by its name, or very large."""
    if path.suffix not in SUFFIXES:
        return None
    try:
        # A pipe must not keep the report waiting.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
                return None
            content = file.read()
    except (OSError, ValueError):
        return None
    return content.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")


def syntax_tree(text: str) -> ast.Module | None:
    """The tree of a program; None if it does not parse."""
    try:
        with warnings.catch_warnings():
            # What the compiler thinks of their code is not for this report.
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
