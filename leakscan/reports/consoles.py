"""The consoles that reports and progress are drawn on."""

import os
import socket
import sys
from collections.abc import Mapping
from typing import IO

from rich.console import Console

from leakscan.reports.links import Linker, are_links_shown, file_links, no_links

FEWEST_COLUMNS = 20
"""A terminal is wider; one that says it is not is not believed."""


class StreamConsole(Console):
    """A console on which a reader that left (`| head`) ends the output and nothing else."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        discard(self.file)


def stdout_console() -> Console:
    """Where the report goes: the data of the command."""
    return _console_on(sys.stdout)


def stderr_console() -> Console:
    """Where the talk goes: progress, and the report where stdout holds JSON."""
    return _console_on(sys.stderr)


def plain_console(file: IO[str], *, width: int) -> Console:
    """Text alone, the same on every machine: no colour, no terminal to ask for its size."""
    return Console(
        file=file,
        width=width,
        color_system=None,
        force_terminal=False,
        highlight=False,
        markup=False,
        emoji=False,
    )


def linker_for(console: Console, folder: str) -> Linker:
    """Links to the files below the folder, if the console is a terminal; what is piped has none."""
    is_terminal = console.is_terminal and not console.is_dumb_terminal and console.file.isatty()
    if not is_terminal or not are_links_shown(os.environ):
        return no_links
    return file_links(folder, host=socket.gethostname(), environment=os.environ)


def discard(stream: IO[str]) -> None:
    """Send what is still to be written nowhere, so that closing the stream can't fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _console_on(stream: IO[str]) -> Console:
    # A name of the target that the terminal's encoding lacks is shown escaped.
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
    return StreamConsole(
        file=stream, highlight=False, markup=False, emoji=False, _environ=_with_true_sizes(os.environ)
    )


def _with_true_sizes(environment: Mapping[str, str]) -> Mapping[str, str]:
    """The environment, without a size of the terminal that no terminal has: nothing would be shown in it."""
    sizes = {"COLUMNS": FEWEST_COLUMNS, "LINES": 1}
    return {
        name: text
        for name, text in environment.items()
        if name not in sizes or (text.isdecimal() and int(text) >= sizes[name])
    }
