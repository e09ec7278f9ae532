"""What a run is doing, shown on a terminal while it lasts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from leakscan import units
from leakscan.model import Progress, Stage
from leakscan.reports.sparkline import sparkline

SPARKLINE_WIDTH = 16

_STAGES = {
    Stage.LOAD: "loading the target",
    Stage.WARM_UP: "warming up",
    Stage.SCREEN: "screening",
    Stage.TRACE: "tracing",
    Stage.EXPLAIN: "looking for the holder",
    Stage.PROVE: "emptying the holder",
    Stage.JUDGE: "judging",
}


@contextmanager
def progress_display(console: Console) -> Iterator[Callable[[Progress], None]]:
    """A function to call with each new state of the run; it leaves nothing on the screen.

    Where the console is no terminal, the function does nothing.
    """
    if not console.is_terminal or console.is_dumb_terminal:
        yield _ignore
        return
    spinner = Spinner("line", text=_STAGES[Stage.LOAD])
    # The streams stay as they are: the child may be given them.
    live = Live(spinner, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)
    with live:

        def show(progress: Progress) -> None:
            line = Text(progress_line(progress), no_wrap=True, overflow="ellipsis")
            # Drawn by the display's own clock: rounds may come by the hundred each second.
            spinner.update(text=line)

        yield show


def progress_line(progress: Progress) -> str:
    """`screening  round 3  1,240 calls  24.1 MB  ▁▂▃▅█  3 s, at most 12 s left`."""
    parts = [_STAGES[progress.stage]]
    if progress.calls:
        parts += [f"round {progress.round}", units.counted(progress.calls, "call")]
    if progress.heap_bytes:
        parts.append(units.bytes_text(progress.heap_bytes))
    if len(progress.blocks) > 1:
        parts.append(sparkline(progress.blocks[-SPARKLINE_WIDTH:], width=SPARKLINE_WIDTH))
    parts.append(_time(progress))
    return "  ".join(parts)


def _time(progress: Progress) -> str:
    spent = f"{progress.seconds:.0f} s"
    if progress.seconds_left is None:
        return spent
    return f"{spent}, at most {progress.seconds_left:.0f} s left"


def _ignore(progress: Progress) -> None:
    del progress
