"""What was run, with what and where: what somebody else needs to see the same."""

import shlex
from collections.abc import Iterator

from leakscan.masking import MASK
from leakscan.model.analysis import Analysis, RunFacts
from leakscan.model.run import RunOptions
from leakscan.reports.text_fit import printable

DEFAULT = RunOptions(target="")


def command_text(run: RunFacts) -> str:
    """The command line that runs it again: `leakscan run --calls 200 app.jobs:handle`."""
    return printable(" ".join(map(_quoted, _words(run))))


def conditions(analysis: Analysis) -> Iterator[tuple[str, str]]:
    """Labels and texts of what a report does not say elsewhere: platform, folder, time."""
    run = analysis.run
    if run is not None:
        yield "platform", run.platform
    if analysis.working_directory:
        yield "folder", analysis.working_directory
    if run is not None:
        yield "started", run.started_at


def _words(run: RunFacts) -> Iterator[str]:
    """The target goes last: with `-m`, what follows it is the target's own."""
    options = run.options
    if options.command:
        yield from options.command
        return
    yield from ("leakscan", "run")
    yield from _flags(run)
    if options.is_module:
        yield "-m"
    yield options.target
    if options.arguments:
        yield "--"
        yield from options.arguments


def _flags(run: RunFacts) -> Iterator[str]:
    options = run.options
    if options.setup is not None:
        yield from ("--setup", options.setup)
    if options.interval_seconds != DEFAULT.interval_seconds:
        yield from ("--interval", _number(options.interval_seconds))
    numbers = (("--calls", options.calls), ("--warmup", options.warmup), ("--rounds", options.rounds))
    for flag, number in numbers:
        if number is not None:
            yield from (flag, str(number))
    if options.max_time_seconds is not None:
        yield from ("--max-time", _number(options.max_time_seconds))
    if options.traces_from_start:
        yield from ("--mode", "trace")
    if options.frames != DEFAULT.frames:
        yield from ("--frames", str(options.frames))
    if not options.proves:
        yield "--no-prove"
    if options.shows_keys:
        yield "--show-keys"
    if options.lists_caches:
        yield "--caches"
    if run.threshold_bytes_per_call:
        yield from ("--threshold", f"{_number(run.threshold_bytes_per_call)}B")


def _quoted(word: str) -> str:
    """The word as a shell takes it; one that is masked can't be run, and is left as it is."""
    shown = word.removesuffix(MASK)
    is_masked = shown != word and (not shown or shlex.quote(shown) == shown)
    return word if is_masked else shlex.quote(word)


def _number(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else str(number)
