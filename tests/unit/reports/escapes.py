"""What a terminal makes of the escape sequences in a report."""

import io
import re
from collections.abc import Callable

from rich.console import Console

from leakscan.reports.text.hyperlinks import Linker


def without_styles(report: str) -> str:
    """The report without colours; links stay."""
    return re.sub(r"\x1b\[[0-9;]*m", "", report)


def without_hyperlinks(report: str) -> str:
    return re.sub(r"\x1b]8;.*?\x1b\\", "", report)


def on_a_terminal(draw: Callable[[Console, Linker], None], *, width: int = 80) -> str:
    """What is drawn on a terminal on which every file can be opened."""
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system="standard")
    with console.capture() as capture:
        draw(console, lambda file, line: f"file://host/{file}#{line}")
    return capture.get()


def hyperlinks_in(report: str) -> dict[str, str]:
    """Each text that is a link, and where it leads."""
    found = re.findall(r"\x1b]8;id=[-\d]+;(.+?)\x1b\\(.+?)\x1b]8", without_styles(report))
    return {text: url for url, text in found}
