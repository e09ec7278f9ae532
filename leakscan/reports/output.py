"""A report written to a file whole or not at all, or to standard output."""

import os
from pathlib import Path
from typing import BinaryIO

from leakscan.errors import UsageError

STDOUT = "-"


def write_bytes(content: bytes, destination: str, *, stdout: BinaryIO) -> None:
    """Write the content to the path, or to `stdout` if the destination is `-`.

    A file that is there already is replaced only by a whole new one. What is no
    regular file (a pipe, `/dev/null`) is written to as it is.
    """
    if destination == STDOUT:
        stdout.write(content)
        stdout.flush()
        return
    _write_file(content, destination)


def check_destination(destination: str) -> None:
    """Raise UsageError if a file could not be written there, before the work is done."""
    if destination == STDOUT:
        return
    path = Path(destination)
    if path.is_dir():
        raise UsageError(f"can't write `{destination}`: it is a folder")
    if not path.parent.is_dir():
        raise UsageError(
            f"can't write `{destination}`: there is no folder `{path.parent}`",
            hint="create the folder first",
        )
    writable = path if path.exists() and not path.is_file() else path.parent
    if not os.access(writable, os.W_OK):
        raise UsageError(f"can't write `{destination}`: `{writable}` is not writable")


def _write_file(content: bytes, destination: str) -> None:
    # Through a link, it is the file behind it that is replaced.
    path = Path(os.path.realpath(destination))
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            _replace(path, content)
    except OSError as error:
        raise _cannot_write(destination, error) from error


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
    try:
        with draft.open("xb") as file:
            file.write(content)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _cannot_write(destination: str, error: OSError) -> UsageError:
    return UsageError(f"can't write `{destination}`: {error.strerror or error}")
