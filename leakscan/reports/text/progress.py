"""What a run is doing, shown on a terminal while it lasts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from leakscan import units
from leakscan.model.run import Progress, RunStage
from leakscan.reports.views.sparkline import sparkline

if TYPE_CHECKING:
    from rich.live import Live

LIVE_SPARKLINE_WIDTH = 16

_STAGES = {
    RunStage.LOAD: "loading the target",
    RunStage.WARM_UP: "warming up",
    RunStage.SCREEN: "screening",
    RunStage.TRACE: "tracing",
    RunStage.EXPLAIN: "looking for the holder",
    RunStage.PROVE: "emptying the holder",
    RunStage.JUDGE: "judging",
}


@contextmanager
def progress_display(console: Console) -> Iterator[Callable[[Progress], None]]:
    """A function to call with each new state of the run; it leaves nothing on the screen.

    Where the console is no terminal, the function does nothing.
    """
    if not console.is_terminal or console.is_dumb_terminal:
        yield _ignore
        return
    # What moves is dear to import, and most runs have no terminal to show it on.
    from rich.live import Live
    from rich.spinner import Spinner

    spinner = Spinner("line", text=_STAGES[RunStage.LOAD])
    # The streams stay as they are: the child may be given them.
    live = Live(spinner, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)
    with live:

        def show(progress: Progress) -> None:
            line = Text(progress_line(progress), no_wrap=True, overflow="ellipsis")
            # Drawn by the display's own clock: rounds may come by the hundred each second.
            spinner.update(text=line)

        yield show


class Board:
    """What several runs are doing: a line each while they last, and one that stays when they are over."""

    def __init__(self, console: Console | None, live: "Live | None" = None) -> None:
        self._console = console
        self._live = live
        self._lines: dict[str, str] = {}

    def show(self, name: str, progress: Progress) -> None:
        """Say what the run of this name is doing now."""
        self._lines[name] = progress_line(progress)
        self._draw()

    def finish(self, name: str, line: str) -> None:
        """Take the line of this run away, and print the one that stays."""
        self._lines.pop(name, None)
        self._draw()
        if self._console is not None:
            self._console.print(Text(line), soft_wrap=True)

    def _draw(self) -> None:
        if self._live is None:
            return
        lines = dict(self._lines)
        width = max((len(name) for name in lines), default=0)
        text = "\n".join(f"{name:{width}}  {line}" for name, line in sorted(lines.items()))
        self._live.update(Text(text, no_wrap=True, overflow="ellipsis"))


@contextmanager
def no_board() -> Iterator[Board]:
    """A board that nobody sees."""
    yield Board(None)


@contextmanager
def progress_board(console: Console) -> Iterator[Board]:
    """A board of several runs; where the console is no terminal, it only says which are over."""
    if not console.is_terminal or console.is_dumb_terminal:
        yield Board(console)
        return
    from rich.live import Live

    with Live(console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as live:
        yield Board(console, live)


def progress_line(progress: Progress) -> str:
    """`screening  round 3  1,240 calls  24.1 MB  ▁▂▃▅█  3 s, at most 12 s left`."""
    parts = [_STAGES[progress.stage]]
    if progress.calls:
        parts += [f"round {progress.round}", units.counted(progress.calls, "call")]
    if progress.heap_bytes:
        parts.append(units.bytes_text(progress.heap_bytes))
    if len(progress.blocks) > 1:
        parts.append(sparkline(progress.blocks[-LIVE_SPARKLINE_WIDTH:], width=LIVE_SPARKLINE_WIDTH))
    parts.append(_time(progress))
    return "  ".join(parts)


def _time(progress: Progress) -> str:
    spent = f"{progress.seconds:.0f} s"
    if progress.seconds_left is None:
        return spent
    return f"{spent}, at most {progress.seconds_left:.0f} s left"


def _ignore(progress: Progress) -> None:
    del progress
