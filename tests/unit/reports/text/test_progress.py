"""What a run shows while it lasts."""

import io
from dataclasses import replace

from rich.console import Console

from leakscan.model.run import Progress, RunStage
from leakscan.reports.text.progress import progress_display, progress_line

SCREENING = Progress(
    stage=RunStage.SCREEN,
    round=3,
    calls=1_240,
    heap_bytes=24_100_000,
    blocks=(100, 120, 140, 180),
    seconds=3.2,
    seconds_left=12.4,
)


def test_the_line_says_stage_round_calls_heap_trend_and_time() -> None:
    assert progress_line(SCREENING) == (
        "screening  round 3  1,240 calls  24.1 MB  ▁▃▅█  3 s, at most 12 s left"
    )


def test_what_is_not_known_yet_is_left_out() -> None:
    loading = replace(
        SCREENING, stage=RunStage.LOAD, calls=0, heap_bytes=0, blocks=(), seconds=0, seconds_left=None
    )

    assert progress_line(loading) == "loading the target  0 s"


def test_every_stage_has_its_words() -> None:
    lines = {progress_line(replace(SCREENING, stage=stage)) for stage in RunStage}

    assert len(lines) == len(RunStage)


def test_a_pipe_gets_no_progress() -> None:
    stream = io.StringIO()

    with progress_display(Console(file=stream)) as show:
        show(SCREENING)

    assert stream.getvalue() == ""


def test_a_terminal_shows_the_line_and_keeps_nothing_of_it() -> None:
    stream = io.StringIO()
    terminal = Console(
        file=stream, force_terminal=True, width=80, _environ={"TERM": "xterm", "COLUMNS": "80"}
    )

    with progress_display(terminal) as show:
        show(SCREENING)

    assert "screening  round 3  1,240 calls" in stream.getvalue()
    assert stream.getvalue().endswith("\x1b[2K")
