"""Files, lines and functions as a report names them."""

from collections.abc import Sequence

from leakscan import wire
from leakscan.model.analysis import Frame

UNKNOWN = Frame(file="?", line=0, function="?", qualname="?")
_CALLERS = tuple(f"/leakscan/{file}" for file in (*wire.CALLERS, *wire.FORMER_CALLERS))
"""Files whose frames end a stack of the target's."""


class Places:
    """What turns a file and a line of a record into a frame of a report."""

    def __init__(
        self,
        records: Sequence[wire.Record],
        functions: Sequence[tuple[str, int, str, str]],
        *,
        are_all: bool = True,
    ) -> None:
        """`functions` are (file, line, function, qualified name); a line of none of all is the module's."""
        header = next((record for record in records if isinstance(record, wire.Header)), None)
        self._folder = "" if header is None else header.working_directory.rstrip("/") + "/"
        self._libraries = () if header is None else header.library_paths
        self._other = ("<module>", "<module>") if are_all else (UNKNOWN.function, UNKNOWN.qualname)
        self._functions = {(file, line): (function, name) for file, line, function, name in functions}

    def file(self, file: str) -> str:
        """The path from the folder that the run was started in, for what lies under it."""
        return file.removeprefix(self._folder) if len(self._folder) > 1 else file

    def frame(self, file: str, line: int) -> Frame:
        """The line with its function."""
        function, qualname = self._functions.get((file, line), self._other)
        return Frame(file=self.file(file), line=line, function=function, qualname=qualname)

    def stack(self, frames: Sequence[tuple[str, int]]) -> tuple[Frame, ...]:
        """The frames of the target: those above the ones that called it."""
        return tuple(self.frame(file, line) for file, line in _targets_frames(frames))

    def shown(self, frames: Sequence[tuple[str, int]]) -> Frame:
        """The innermost frame in the user's own code, or the innermost of all."""
        kept = _targets_frames(frames)
        # By the whole path: a virtual environment may lie in the folder of the run.
        own = (frame for frame in kept if self.is_users(frame[0]))
        innermost = next(own, kept[0] if kept else None)
        return UNKNOWN if innermost is None else self.frame(*innermost)

    def beneath(self, frames: Sequence[tuple[str, int]]) -> Frame | None:
        """The innermost frame, where it is a library's that `shown` calls; None where it is that itself."""
        innermost = _targets_frames(frames)[:1]
        is_hidden = bool(innermost) and self.frame(*innermost[0]) != self.shown(frames)
        return self.frame(*innermost[0]) if is_hidden else None

    def package(self, file: str) -> str | None:
        """The package of a library that the file belongs to; None for any other file."""
        folders = [folder for folder in self._libraries if file.startswith(f"{folder}/")]
        if not folders:
            return None
        inside = file.removeprefix(f"{max(folders, key=len)}/")
        return inside.partition("/")[0].removesuffix(".py")

    def is_users(self, file: str) -> bool:
        """Whether the file is no library's."""
        return not file.startswith("<") and not any(file.startswith(folder) for folder in self._libraries)


def _targets_frames(frames: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    kept: list[tuple[str, int]] = []
    for file, line in frames:
        if file.replace("\\", "/").endswith(_CALLERS) or file == "<frozen runpy>":
            break
        kept.append((file, line))
    return kept
