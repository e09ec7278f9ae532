"""The repository that a run was started in, found on the disk."""

from pathlib import Path

from leakscan.model.analysis import Analysis
from leakscan.reports.locations import Checkout


def checkout_of(analysis: Analysis) -> Checkout:
    """The repository around the folder that the run was started in.

    A recording from another machine names a folder that is not here: then it is the repository
    around the current folder.
    """
    folder = Path(analysis.working_directory) if analysis.working_directory else None
    if folder is None or not folder.is_dir():
        folder = current_folder()
    return Checkout() if folder is None else checkout_around(folder)


def current_folder() -> Path | None:
    """The folder that this was started in; None if it is gone."""
    try:
        return Path.cwd()
    except OSError:
        return None


def checkout_around(folder: Path) -> Checkout:
    """The repository around a folder that is here, in which runs are started."""
    root = next((path for path in (folder, *folder.parents) if (path / ".git").exists()), None)
    return Checkout(root="" if root is None else root.as_posix(), folder=folder.as_posix())
