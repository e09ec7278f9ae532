"""Where the target's files lie in its repository: what machines call a file by."""

import posixpath
from dataclasses import dataclass
from pathlib import PurePosixPath


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
