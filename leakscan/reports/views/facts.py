"""A labelled fact of a report, and the line of code that it may name."""

from dataclasses import dataclass

from leakscan.model.analysis import Frame
from leakscan.reports.text_fit import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of code; its file may be shortened to fit."""

    file: str
    line: int
    function: str = ""
    """Empty where the line is not said to be in one."""

    def __str__(self) -> str:
        """`app/jobs.py:41 in Jobs.put`."""
        return f"{self.file}:{self.line}" + (f" in {self.function}" if self.function else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A label and what it stands for."""

    label: str
    text: str | Place
    remark: str = ""
    """What is said of the place, after it: `8 of 10`."""

    @property
    def whole_text(self) -> str:
        """In one line."""
        return f"{self.text}, {self.remark}" if self.remark else f"{self.text}"


def place_of(frame: Frame) -> Place:
    """Where a frame is, fit to print."""
    # The function is not known of what was traced in a run that ended before anything was named.
    function = "" if frame.qualname == "?" else printable(frame.qualname)
    return Place(file=printable(frame.file), line=frame.line, function=function)
