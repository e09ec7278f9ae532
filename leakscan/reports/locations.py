"""Files and lines of the target, by their place in its repository: what machines call them by."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple

from leakscan.model.analysis import Analysis, Finding, Holder


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A repository on the disk, and the folder in it that the run was started in.

    Without a root the files are called what the report calls them.
    """

    root: str = ""
    """Absolute; empty where the run was not started in a repository."""
    folder: str = ""
    """Absolute: paths of the report that are not absolute start here."""
    own_folder: str = ""
    """Absolute: a folder beside the current one whose code may be quoted; empty: none."""
    shows_source: bool = True
    """Whether a report may quote its files."""

    def path_of(self, file: str) -> str:
        """The file relative to the root; absolute where it lies outside.

        The path is kept as it is where there is no root, or where it names no file (`<string>`).
        """
        if not self.root or not is_a_file(file):
            return file
        absolute = posixpath.normpath(posixpath.join(self.folder or self.root, file))
        path = PurePosixPath(absolute)
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else absolute


def is_a_file(file: str) -> bool:
    """Whether the file name of a frame can be one on the disk: `<string>` and `?` can't."""
    return bool(file) and not file.startswith("<") and file != "?"


class Line(NamedTuple):
    """A line of a file."""

    file: str
    number: int


def line_in_repository(finding: Finding, checkout: Checkout) -> Line | None:
    """The line that puts it there, that allocates, or the innermost of others that is in the repository.

    The others are those that call what allocates, and where the owner of the holder is defined.

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
    for stored in finding.stored_at:
        if is_a_file(stored.frame.file):
            yield Line(stored.frame.file, stored.frame.line)
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
