"""A report written to a file whole or not at all, or to standard output."""

import contextlib
import os
import stat
from pathlib import Path
from typing import BinaryIO

from leakscan.errors import OutputError, UsageError

STDOUT = "-"


def write_bytes(content: bytes, destination: str, *, stdout: BinaryIO | None) -> None:
    """Write the content to the path, or to `stdout` (None if it is closed) if the destination is `-`.

    A file that is there already is replaced only by a whole new one, of its mode and owner. What is no
    regular file (a pipe, `/dev/null`) is written to as it is. Raises OutputError where that fails, and
    BrokenPipeError where whoever reads `stdout` has left.
    """
    if destination == STDOUT:
        _write_stdout(content, stdout)
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
    writable = path if path.exists() else path.parent
    if not is_writable(writable):
        raise UsageError(f"can't write `{destination}`: `{writable}` is not writable")


def is_writable(path: Path) -> bool:
    """Whether this process may write the file, or make files in the folder."""
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _write_stdout(content: bytes, stdout: BinaryIO | None) -> None:
    if stdout is None:
        raise OutputError("can't write standard output: it is closed")
    try:
        stdout.write(content)
        stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"can't write standard output: {error.strerror or error}") from error


def _write_file(content: bytes, destination: str) -> None:
    try:
        # Through a link, it is the file behind it that is replaced.
        path = Path(os.path.realpath(destination))
        if not path.exists():
            _replace(path, content, None)
        elif not path.is_file() or not _can_be_replaced(path):
            path.write_bytes(content)
        else:
            _replace(path, content, path.stat())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise OutputError(f"can't write `{destination}`: {reason or error}") from error


def _can_be_replaced(path: Path) -> bool:
    """Whether another file can take the place of this one, and nobody sees a difference but the content.

    A file of somebody else's, or one of several names, is written over instead; one that is read-only is not
    written at all, which its folder would allow.
    """
    there = path.stat()
    is_ours = there.st_uid == os.geteuid() or os.geteuid() == 0
    return is_ours and there.st_nlink == 1 and is_writable(path) and is_writable(path.parent)


def _replace(path: Path, content: bytes, like: os.stat_result | None) -> None:
    draft = path.with_name(f".{path.name[:100]}.{os.urandom(4).hex()}.tmp")
    try:
        with draft.open("xb") as file:
            if like is not None:
                _take_after(file.fileno(), like)
            file.write(content)
        draft.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def _take_after(descriptor: int, like: os.stat_result) -> None:
    """Give a new file the owner and the mode of the one that it replaces."""
    now = os.fstat(descriptor)
    if (now.st_uid, now.st_gid) != (like.st_uid, like.st_gid):
        os.fchown(descriptor, like.st_uid, like.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(like.st_mode))
