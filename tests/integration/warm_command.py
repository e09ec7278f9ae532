"""The command in a process that has loaded it already: its answers, without what each start of it takes."""

import io
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from types import FrameType
from unittest import mock

from leakscan.cli import exit_code_of
from leakscan.cli.engine import RealEngine
from tests.integration.command import QUIET_CI, ROOT, SECONDS, Outcome, outcome_of


def leakscan(*arguments: str, folder: Path, stdin: str | None = None) -> Outcome:
    """What `leakscan run` answers. The process of the target is a new one, as it always is.

    Loading the command takes as long as many a target of the catalogue. What concerns its own process (its
    start, its end, signals, its streams) is tested with `tests.integration.command`.
    """
    report = folder / "report.json"
    with _streams_in(folder, stdin), _ended_in_time():
        exit_code = exit_code_of(["run", "--json", str(report), *arguments], RealEngine())
    stdout, stderr = ((folder / name).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
    return outcome_of(exit_code, stdout, stderr, report)


@contextmanager
def _streams_in(folder: Path, stdin: str | None) -> Iterator[None]:
    """Files for the standard streams: those of this process, and so of the target's."""
    (folder / "stdin").write_text(stdin or "", encoding="utf-8")
    with ExitStack() as stack:
        stack.enter_context(mock.patch.dict(os.environ, {**QUIET_CI, "NO_COLOR": "1"}))
        stack.enter_context(chdir(ROOT))
        for number, name in enumerate(("stdin", "stdout", "stderr")):
            kept = os.dup(number)
            stack.callback(os.close, kept)
            stack.callback(os.dup2, kept, number)
            with (folder / name).open("ab+") as file:
                os.dup2(file.fileno(), number)
        for number, redirect in ((1, redirect_stdout), (2, redirect_stderr)):
            stream = io.TextIOWrapper(os.fdopen(os.dup(number), "wb"), encoding="utf-8", line_buffering=True)
            stack.enter_context(redirect(stack.enter_context(stream)))
        yield


@contextmanager
def _ended_in_time() -> Iterator[None]:
    """More than any run takes by default: one that hangs fails its test."""

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise AssertionError("the command did not end in time")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
