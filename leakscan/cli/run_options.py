"""The options of `leakscan run` that say what is run, and how."""

from pathlib import Path

import click

from leakscan.cli.options import (
    number_from,
    number_or_auto,
    option_group,
    seconds,
    show_keys_option,
    some_seconds,
)
from leakscan.errors import UsageError
from leakscan.model.run import RunOptions

MAX_FRAMES = 65_535
"""What `tracemalloc` can count."""


def _run_options_of(
    *,
    target_and_arguments: tuple[str, ...],
    module: str | None,
    setup: str | None,
    interval: float,
    calls: int | None,
    warmup: int | None,
    rounds: int | None,
    max_time: float | None,
    mode: str,
    frames: int,
    no_prove: bool,
    show_keys: bool,
) -> RunOptions:
    target, arguments = _target(target_and_arguments, module)
    if setup is not None and ":" not in setup:
        raise UsageError(f"--setup `{setup}` names no function", hint="write it as module:func")
    return RunOptions(
        target=target,
        is_module=module is not None,
        arguments=arguments,
        setup=setup,
        interval_seconds=interval,
        calls=calls,
        warmup=warmup,
        rounds=rounds,
        max_time_seconds=max_time,
        traces_from_start=mode == "trace",
        frames=frames,
        proves=not no_prove,
        shows_keys=show_keys,
    )


def _target(words: tuple[str, ...], module: str | None) -> tuple[str, tuple[str, ...]]:
    """The target and its own arguments."""
    if module is None:
        if not words:
            raise UsageError(
                "there is no target",
                hint="name one, as in `leakscan run app.jobs:handle`; see `leakscan run --help`",
            )
        return words[0], words[1:]
    if ":" in module:
        raise UsageError(
            f"-m runs a whole module, and `{module}` names a function",
            hint=f"write `leakscan run {module}`",
        )
    return module, words


target_options = option_group(
    "run_options",
    _run_options_of,
    (
        click.argument("target_and_arguments", metavar="[TARGET] [-- ARGS]...", nargs=-1),
        click.option(
            "-m",
            "module",
            metavar="MODULE",
            help="Run a module as a program, as `python -m` does, instead of TARGET.",
        ),
        click.option(
            "--setup",
            metavar="MODULE:FUNC",
            help="A context manager or generator function, entered once; its value is handed to "
            "the target if the target takes one argument. It has 15 seconds to end, 3 where time is over "
            "or the run is interrupted.",
        ),
        click.option(
            "--interval",
            type=seconds,
            default="0",
            metavar="SECONDS",
            help="Start a round every so many seconds. A target that does not return is sampled at "
            "this interval. [default: 0, back to back]",
        ),
        click.option(
            "--calls",
            type=number_or_auto(1),
            default="auto",
            metavar="N|auto",
            help="Calls per round. [default: auto]",
        ),
        click.option(
            "--warmup",
            type=number_or_auto(0),
            default="auto",
            metavar="N|auto",
            help="Calls before the first round. [default: auto]",
        ),
        click.option(
            "--rounds",
            type=number_or_auto(1),
            default="auto",
            metavar="N|auto",
            help="Rounds to measure. [default: auto]",
        ),
        click.option(
            "--max-time",
            type=some_seconds,
            metavar="SECONDS",
            help="End the run after so many seconds, whatever it has seen by then.",
        ),
        click.option(
            "--mode",
            type=click.Choice(["auto", "trace"]),
            default="auto",
            metavar="auto|trace",
            help="`trace` traces allocations from the start; `auto` only once growth is seen. "
            "[default: auto]",
        ),
        click.option(
            "--frames",
            type=number_from(1, MAX_FRAMES),
            default="16",
            metavar="N",
            help="Frames kept of each allocation's stack. [default: 16]",
        ),
        click.option(
            "--no-prove",
            is_flag=True,
            help="Do not empty the holder at the end to see whether the growth goes with it.",
        ),
        click.option(
            "-o",
            "--output",
            "recording_path",
            type=click.Path(path_type=Path),
            metavar="RECORDING",
            help="Keep everything that was seen in a file, for `leakscan report`.",
        ),
        show_keys_option,
    ),
)
"""Everything that `run_options` are made of, and `recording_path`."""
