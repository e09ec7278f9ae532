"""Programs of other people that leakscan starts: found where they are installed, and nowhere else."""

import os
import shutil
from pathlib import Path


def program(name: str) -> str | None:
    """The path of a program; None if it is not installed.

    The working folder is what is looked at, and may be a stranger's: no entry of PATH counts that is
    relative, empty, or the working folder itself.
    """
    entries = os.environ.get("PATH", os.defpath).split(os.pathsep)
    folders = [entry for entry in entries if Path(entry).is_absolute() and not _is_working_folder(entry)]
    path = shutil.which(name, path=os.pathsep.join(folders)) if folders else None
    # On Windows the working folder is looked at first, whatever the path is.
    return None if path is None or _is_working_folder(Path(path).parent) else path


def _is_working_folder(folder: str | Path) -> bool:
    try:
        return Path(folder).samefile(os.curdir)
    except OSError:
        return False
