"""The rows of the fault matrix: what goes wrong, what the user then sees, and the exit code.

Each row is a test, which takes what it expects from its row: `docs/faults.md` is made from the same rows, and
so can't say anything that no test holds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar, cast

import pytest

Test = TypeVar("Test", bound=Callable[..., None])


class Part(StrEnum):
    """Where something goes wrong; the sections of the page."""

    TARGET = "The target"
    PARENT = "leakscan itself"
    ENVIRONMENT = "The environment"
    FILES = "Files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One row."""

    part: Part
    what: str
    """What goes wrong, as a sentence without a full stop."""
    sees: str
    """Words that the user reads on the terminal, as they stand there; spaces and line ends count alike."""
    exits: int
    """Exit code of the command."""


def fault(part: Part, what: str, *, sees: str, exits: int) -> Callable[[Test], Test]:
    """Make a test a row of the matrix; its fixture `faulty` checks what the row says."""
    row = Fault(part=part, what=what, sees=sees, exits=exits)

    def marked(test: Test) -> Test:
        return cast(Test, pytest.mark.fault(row)(test))

    return marked


def row_of(test: Callable[..., None]) -> Fault | None:
    """The row that a test is, if it is one."""
    marks = getattr(test, "pytestmark", [])
    return next((mark.args[0] for mark in marks if mark.name == "fault"), None)
