"""Lines of the repository that stand for a finding, where a machine takes no other."""

import posixpath
from collections.abc import Iterator
from typing import NamedTuple

from leakscan.model.analysis import Analysis, Finding, Holder
from leakscan.reports.checkout import Checkout, is_a_file


class Line(NamedTuple):
    """A line of a file."""

    file: str
    number: int


def line_in_repository(finding: Finding, checkout: Checkout) -> Line | None:
    """The line that allocates, or else the innermost one of its callers or of the holder in the repository.

    None where all of that lies elsewhere, or in no file.
    """
    lines = (_in_repository(line, checkout) for line in _lines_of(finding))
    return next((line for line in lines if line is not None), None)


def target_in_repository(analysis: Analysis, checkout: Checkout) -> Line | None:
    """The first line of the target's file, if that is in the repository."""
    return _in_repository(target_line(analysis), checkout)


def target_line(analysis: Analysis) -> Line:
    """The first line of the target's file, as far as the target's name tells which that is."""
    name = analysis.target.removeprefix("-m ").split(maxsplit=1)[0] if analysis.target.strip() else "?"
    module = name.partition(":")[0]
    return Line(module if module.endswith(".py") else f"{module.replace('.', '/')}.py", 1)


def defined_line(holder: Holder | None) -> Line | None:
    """Where the owner of the holder is defined; None where that is not known."""
    file, _, number = (holder.defined_at or "" if holder is not None else "").rpartition(":")
    return Line(file, int(number)) if is_a_file(file) and number.isdecimal() else None


def _lines_of(finding: Finding) -> Iterator[Line]:
    for site in finding.sites[:1]:
        for frame in (site.frame, *site.stack):
            if is_a_file(frame.file):
                yield Line(frame.file, frame.line)
    defined = defined_line(finding.holder)
    if defined is not None:
        yield defined


def _in_repository(line: Line, checkout: Checkout) -> Line | None:
    path = posixpath.normpath(checkout.path_of(line.file))
    return None if path.startswith(("/", "../")) else Line(path, line.number)
