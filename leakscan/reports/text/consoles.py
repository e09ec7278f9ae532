"""The consoles that reports and progress are shown on."""

import io
import os
import socket
import sys
from collections.abc import Callable, Mapping
from typing import IO, Any, BinaryIO, cast

from rich.console import Console

from leakscan.reports.text.hyperlinks import Linker, are_hyperlinks_shown, file_hyperlinks, no_hyperlinks
from leakscan.reports.workflow_commands import without_commands

PLAIN_WIDTH = 100
"""Columns of a report in a file."""
MIN_COLUMNS = 20
"""A terminal is wider; one that says it is not is not believed."""


class Outlet:
    """A stream; where it can't be written, all that was said on it goes to another one.

    A report that a full disk or a closed descriptor does not take is worth more on stderr than nowhere.
    """

    def __init__(self, stream: IO[str] | None, spare: IO[str] | None) -> None:
        self._stream = stream
        self._spare = spare
        self._written: list[str] = []
        self.is_lost = False
        """Whether neither stream could be written."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream or self._spare or _NOWHERE, name)

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._stream is not None and self._stream.isatty()

    def write(self, text: str) -> int:
        """Write, to the other stream if this one fails; nothing in it is a command to GitHub."""
        self.write_as_it_is(without_commands(text))
        return len(text)

    def write_as_it_is(self, text: str) -> None:
        """Write what may be a command, too."""
        self._written.append(text)
        if self._stream is None:
            self._switch("it is closed")
        else:
            self._try(text)

    def flush(self) -> None:
        """Flush, and write to the other stream what did not get through."""
        if self._stream is not None:
            self._try("")

    def _try(self, text: str) -> None:
        assert self._stream is not None
        try:
            self._stream.write(text)
            self._stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            discard(self._stream)
            self._switch(error.strerror or str(error))

    def _switch(self, reason: str) -> None:
        """Go on with the other stream, from the beginning."""
        if self._spare is None:
            self._stream, self.is_lost = _NOWHERE, True
            return
        self._stream, self._spare = self._spare, None
        self._try(f"leakscan: standard output can't be written: {reason}; what it should hold is here\n")
        self._try("".join(self._written))


class StreamConsole(Console):
    """A console on which a reader that left (`| head`) ends the output and nothing else."""

    @property
    def is_lost(self) -> bool:
        """Whether nobody can have seen what was printed, since its streams could not be written."""
        return isinstance(self.file, Outlet) and self.file.is_lost

    def commands(self, lines: str) -> None:
        """Print lines that GitHub is to obey."""
        if not lines or self.quiet or not isinstance(self.file, Outlet):
            return
        try:
            self.file.write_as_it_is(lines)
        except BrokenPipeError:
            self.on_broken_pipe()

    def on_broken_pipe(self) -> None:
        self.quiet = True
        discard(self.file)


def stdout_console() -> StreamConsole:
    """Where the report goes: the data of the command."""
    return _console_on(sys.stdout, sys.stderr)


def stderr_console() -> StreamConsole:
    """Where the talk goes: progress, and the report where stdout holds JSON."""
    return _console_on(sys.stderr, None)


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


def plain_text(show: Callable[[Console], None], *, width: int = PLAIN_WIDTH) -> str:
    """What is shown on a plain console, for a file: no line ends with a space."""
    file = io.StringIO()
    show(plain_console(file, width=width))
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


def linker_for(console: Console, folder: str) -> Linker:
    """Links to the files below the folder, if the console is a terminal; what is piped has none."""
    is_terminal = console.is_terminal and not console.is_dumb_terminal and console.file.isatty()
    if not is_terminal or not are_hyperlinks_shown(os.environ):
        return no_hyperlinks
    return file_hyperlinks(folder, host=socket.gethostname(), environment=os.environ)


def stdout_bytes() -> BinaryIO | None:
    """Standard output for files; None if it is closed."""
    return None if sys.stdout is None else sys.stdout.buffer


def discard(stream: IO[str]) -> None:
    """Send what is still to be written nowhere, so that closing the stream can't fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _console_on(stream: IO[str] | None, spare: IO[str] | None) -> StreamConsole:
    # A name of the target that the terminal's encoding lacks is shown escaped.
    for each in (stream, spare):
        reconfigure = getattr(each, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    outlet = cast(IO[str], Outlet(stream, spare))
    return StreamConsole(
        file=outlet, highlight=False, markup=False, emoji=False, _environ=_with_true_sizes(os.environ)
    )


def _with_true_sizes(environment: Mapping[str, str]) -> Mapping[str, str]:
    """The environment, without a size of the terminal that no terminal has: nothing would be shown in it."""
    sizes = {"COLUMNS": MIN_COLUMNS, "LINES": 1}
    return {
        name: text
        for name, text in environment.items()
        if name not in sizes or (text.isdecimal() and int(text) >= sizes[name])
    }


_NOWHERE = io.StringIO()
"""Where what nobody can be shown goes."""
