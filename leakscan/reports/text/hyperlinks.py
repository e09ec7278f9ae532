"""Hyperlinks from a place in a report to the file on the disk, for terminals that can open them."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import quote

Linker = Callable[[str, int], str | None]
"""From a file, as a report names it, and a line to a URL; None where there is nothing to open."""

_READ_LINE_NUMBERS = frozenset({"iTerm.app", "vscode"})
"""`TERM_PROGRAM` of terminals that open `file://…#41` at line 41; others may not find a file of that name."""


def no_hyperlinks(file: str, line: int) -> None:
    """The linker of what is no terminal."""
    del file, line


def file_hyperlinks(folder: str, *, host: str, environment: Mapping[str, str]) -> Linker:
    """A linker to the files that there are; relative paths start at the folder.

    The URL names the host, as terminals want it: over SSH a path of this machine is none of theirs.
    """
    program = environment.get("TERM_PROGRAM")
    reads_lines = program in _READ_LINE_NUMBERS or environment.get("TERM") == "xterm-kitty"
    # The terminal of an editor is on the machine that it edits, and takes a host for a network share.
    shown_host = "" if program == "vscode" else quote(host)

    @cache
    def url_of(file: str) -> str | None:
        path = Path(folder, file)
        try:
            is_there = path.is_absolute() and path.is_file()
        except OSError:  # a name longer than any file's
            return None
        return path.as_uri().replace("file://", f"file://{shown_host}", 1) if is_there else None

    def link(file: str, line: int) -> str | None:
        url = url_of(file)
        return f"{url}#{line}" if url is not None and reads_lines and line > 0 else url

    return link


def are_hyperlinks_shown(environment: Mapping[str, str]) -> bool:
    """Whether a terminal may be given links: not the Linux console, nor where the user wants none."""
    return environment.get("TERM") != "linux" and environment.get("FORCE_HYPERLINK") != "0"
