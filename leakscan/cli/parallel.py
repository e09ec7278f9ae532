"""Several configured targets, run some at a time, each in a child of its own."""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import IO

from leakscan.cli.emit import at_pace
from leakscan.cli.engine import Engine
from leakscan.masking import masked
from leakscan.model.analysis import Analysis
from leakscan.model.run import Progress, Surroundings
from leakscan.project.configuration import ConfiguredTarget

MAX_PRINTED_BYTES = 64 * 1024
"""Bytes that are kept of what a target prints: the last ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A target whose run is over."""

    target: ConfiguredTarget
    analysis: Analysis
    printed: str
    """The end of what it wrote to its streams, without what may be a secret."""


def processors() -> int:
    """How many targets can run at a time without waiting for each other."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def finished_runs(
    engine: Engine,
    targets: Sequence[ConfiguredTarget],
    folder: Path,
    recordings: Path | None,
    *,
    jobs: int | None,
    on_progress: Callable[[str, Progress], None],
) -> Iterator[Finished]:
    """Run the targets in the folder, and give each when its run is over, the first to end first.

    Each keeps its recording in the folder `recordings`, if there is one, under its own name. `jobs` run at a
    time; None: one a processor. An error or a Ctrl-C ends the runs that have begun, and starts no other.
    """
    is_over = Event()

    def run(target: ConfiguredTarget) -> Finished:
        def listen(progress: Progress) -> None:
            if is_over.is_set():
                # As a Ctrl-C ends a run: only the main thread is told of the real one.
                raise KeyboardInterrupt
            on_progress(target.name, progress)

        path = None if recordings is None else recordings / f"{file_name(target.name)}.leakscan"
        return _finished(engine, target, folder, path, listen)

    with ThreadPoolExecutor(max_workers=jobs or processors(), thread_name_prefix="leakscan") as pool:
        futures = [pool.submit(run, target) for target in targets]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            # First what has not begun: a run that ends makes room for the next.
            pool.shutdown(wait=False, cancel_futures=True)
            is_over.set()


def file_name(name: str) -> str:
    """The name of a target as that of a file."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)


def _finished(
    engine: Engine,
    target: ConfiguredTarget,
    folder: Path,
    recording_path: Path | None,
    on_progress: Callable[[Progress], None],
) -> Finished:
    with tempfile.TemporaryFile() as printed:
        analysis = engine.analysis_of_run(
            target.options,
            threshold_bytes_per_call=target.threshold_bytes_per_call,
            on_progress=on_progress,
            recording_path=recording_path,
            surroundings=Surroundings(
                folder=str(folder),
                environment=dict(target.environment),
                stdout=printed.fileno(),
                stderr=printed.fileno(),
                reads_stdin=False,
            ),
        )
        analysis = at_pace(analysis, target.calls_per_second)
        return Finished(target=target, analysis=analysis, printed=_end_of(printed))


def _end_of(printed: IO[bytes]) -> str:
    size = printed.seek(0, os.SEEK_END)
    printed.seek(max(0, size - MAX_PRINTED_BYTES))
    return masked(printed.read().decode("utf-8", errors="replace"))
