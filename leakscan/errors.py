"""Every error that leakscan raises on purpose.

    LeakscanError
    ├── UsageError         exit 2: the command line asks for something that makes no sense
    ├── RecordingError     exit 2: a file that is no recording, or too new
    ├── ConfigurationError exit 2: what a project says of its targets, or its baseline, makes no sense
    ├── HistoryError       exit 2: a file that is no history, or too new, or that can't be written
    ├── OutputError        exit 2 where it would be 0: a file that was asked for, or stdout, can't be written
    └── GraphvizError      a graph that can't be drawn here: it costs neither the verdict nor its exit code

Finding a leak, or a target that fails, is a result and not an error.
"""


class LeakscanError(Exception):
    """An error with one sentence for the user, a hint what to do, and an exit code."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(LeakscanError):
    """The command line asks for something that makes no sense."""


class RecordingError(LeakscanError):
    """A file that is no recording, or one that this leakscan is too old to read."""


class ConfigurationError(LeakscanError):
    """A project's configuration, or its baseline, says something that makes no sense."""


class HistoryError(LeakscanError):
    """A file that is no history of runs, that this leakscan is too old to read, or that can't be written."""


class OutputError(LeakscanError):
    """A file that can't be written: it costs neither the report nor the other files."""


class GraphvizError(LeakscanError):
    """A graph that can't be drawn on this machine."""
