"""Promises of what leakscan does to a program and its files, each beside the tests that would fail.

python -m tests.promises > docs/safety.md
"""

import importlib
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TypeVar, cast

import pytest

from tests.harms import HARMS

Test = TypeVar("Test", bound=Callable[..., None])
_FOLDER = Path(__file__).resolve().parent
_HEAD = """\
# What leakscan does to your program, and what it never does

Each sentence below is a promise, with the tests that fail when it is broken. This page is made from them.
"""


_TRIED = """\
To prove that a holder holds what has grown, it is emptied in a copy of the process, where finalizers run.
Each row is a program whose finalizers try something, and a test that counts from outside that nothing came of
it (`tests/integration/test_sandbox.py`). Without a sandbox nothing is emptied, but what was registered to
run after a fork runs in the copies that only look, as it does after any fork."""


class About(StrEnum):
    """What a promise is about; the sections of the page."""

    READS = "What it reads"
    RUNS = "What it runs"
    WRITES = "What it writes"
    NEVER = "What it never does"
    ENDS = "How it ends"


def promise(about: About, sentence: str) -> Callable[[Test], Test]:
    """Say what a test promises; several tests may hold one promise, word for word the same."""

    def marked(test: Test) -> Test:
        return cast(Test, pytest.mark.promise(about, sentence)(test))

    return marked


def page() -> str:
    """The whole page."""
    held: dict[tuple[About, str], list[str]] = {}
    for about, sentence, test in _promises():
        held.setdefault((about, sentence), []).append(test)
    lines = [_HEAD.rstrip()]
    for about in About:
        lines.append(f"\n## {about}\n")
        lines += [
            f"- {sentence} ({', '.join(f'`{test}`' for test in tests)})"
            for (each, sentence), tests in held.items()
            if each is about
        ]
    lines += ["\n## What a finalizer may try\n", _TRIED, "\n| it tries to |\n| --- |"]
    lines += [f"| {harm.tries} |" for harm in HARMS]
    return "\n".join(lines) + "\n"


def _promises() -> Iterator[tuple[About, str, str]]:
    for path in sorted(_FOLDER.rglob("test_*.py")):
        if "tests.promises import" not in path.read_text(encoding="utf-8"):
            continue
        name = ".".join(path.relative_to(_FOLDER.parent).with_suffix("").parts)
        for test_name, test in vars(importlib.import_module(name)).items():
            for mark in getattr(test, "pytestmark", []) if callable(test) else []:
                if mark.name == "promise":
                    yield mark.args[0], mark.args[1], f"{path.relative_to(_FOLDER.parent)}::{test_name}"


if __name__ == "__main__":
    # What runs as a program has another name than what the tests import.
    from tests.promises import page as whole_page

    sys.stdout.write(whole_page())
