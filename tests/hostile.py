"""Files as a stranger, a broken disk or another program may have written them, made from good ones.

What reads a file answers with a value or with an error of ours, whatever is in it: `fault_of` says so of one
input. `mutant` makes the next one, the same for the same random numbers. The fuzzer of the benchmarks and the
test suite share both.
"""

import sqlite3
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from random import Random

from leakscan import wire
from leakscan.cli.engine import RealEngine
from leakscan.errors import LeakscanError
from leakscan.model.history import Quantity
from leakscan.project.baseline import baseline_text, read_baseline
from leakscan.project.configuration import read_configuration
from leakscan.project.history_db import accept, keep_run, past_runs
from leakscan.recording import read_recording
from leakscan.reports.formats.json_reading import analysis_of_json
from leakscan.reports.formats.table import FORMATS
from leakscan.reports.views.max_rows import EVERYTHING
from leakscan.reports.views.report import report_view
from tests.builders import a_past_run, an_accepted_leak
from tests.mutations import (
    with_a_cell_changed,
    with_a_record_changed,
    with_bytes_changed,
    with_json_changed,
    with_toml_changed,
)
from tests.samples import analyses, recorded
from tests.written import content_of

LONGEST_SECONDS = 5.0
"""Processor time of one input, of which the largest has some ten thousand bytes."""
LONGEST_SENTENCE = 1_000
FEW_SAMPLES = 2
"""Of a stage, in the recordings that mutants are made of to see how they are read."""
ENOUGH_SAMPLES = 14
"""The same to see how they are judged."""
MOST_BYTES_OF_A_REPORT = 8_000
"""Of those that mutants are made of: what a long one says many times is read many times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What reads one kind of file, and good files of that kind."""

    file_name: str
    read: Callable[[Path], object]
    seeds: tuple[bytes, ...]
    mutate: Callable[[bytes, Random], bytes]


def fault_of(reader: Reader, content: bytes, folder: Path) -> str | None:
    """What is wrong with how the content of a file was taken; None if nothing is."""
    path = folder / reader.file_name
    path.write_bytes(content)
    started = time.process_time()
    try:
        reader.read(path)
    except LeakscanError as error:
        if len(error.message) > LONGEST_SENTENCE:
            return f"a sentence of {len(error.message):,} characters: {error.message[:80]}"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        place = traceback.extract_tb(sys.exc_info()[2])[-1]
        return f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {str(error)[:80]}"
    seconds = time.process_time() - started
    return f"{seconds:.1f} s of processor time" if seconds > LONGEST_SECONDS else None


def mutant(reader: Reader, content: bytes, random: Random) -> bytes:
    """Another file, made from the content by one to three changes."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        change = reader.mutate if random.random() < 0.8 else with_bytes_changed
        content = change(content, random)
    return content


@cache
def readers() -> Mapping[str, Reader]:
    """Each reader by its name."""
    return {
        "recording": Reader(
            file_name="run.leakscan",
            read=read_recording,
            seeds=tuple(_recordings(FEW_SAMPLES)),
            mutate=with_a_record_changed,
        ),
        "json": Reader(
            file_name="report.json",
            read=lambda path: analysis_of_json(path.read_bytes(), str(path)),
            seeds=_reports(),
            mutate=with_json_changed,
        ),
        "whole report": Reader(
            file_name="run.leakscan",
            read=_read_run,
            seeds=(*_recordings(ENOUGH_SAMPLES), *_reports()),
            mutate=with_a_record_changed,
        ),
        "configuration": Reader(
            file_name="leakscan.toml",
            read=read_configuration,
            seeds=_CONFIGURATIONS,
            mutate=with_toml_changed,
        ),
        "baseline": Reader(
            file_name="leakscan-baseline.toml",
            read=_read_baseline,
            seeds=(_baseline(),),
            mutate=with_toml_changed,
        ),
        "history": Reader(
            file_name="history.db", read=_read_history, seeds=(_history(),), mutate=with_a_cell_changed
        ),
    }


def _read_run(path: Path) -> object:
    """What `leakscan report` and its like make of a file, up to what is shown."""
    analysis = RealEngine().analysis_of_file(path, threshold_bytes_per_call=0.0)
    # All of them would take ten times as long as the reading; which one is the content's own affair.
    forms = tuple(FORMATS)
    form = forms[len(analysis.target + analysis.reason) % len(forms)]
    return report_view(analysis, EVERYTHING), content_of(form, analysis)


def _recordings(samples_kept: int) -> list[bytes]:
    runs = []
    for records in recorded().values():
        kept: list[wire.Record] = []
        for record in records:
            of_stage = [r for r in kept if isinstance(r, wire.Sample) and isinstance(record, wire.Sample)]
            if sum(r.stage == getattr(record, "stage", "") for r in of_stage) < samples_kept:
                kept.append(record)
        runs.append(b"".join(map(wire.encode, kept)))
    return runs


def _reports() -> tuple[bytes, ...]:
    texts = (content_of("json", each) for each in analyses().values())
    return tuple(text for text in texts if len(text) <= MOST_BYTES_OF_A_REPORT)


_CONFIGURATIONS = (
    b"""threshold = "64B"
band = "20%"
inconclusive = "pass"
baseline = "known.toml"

[[target]]
name = "jobs"
target = "app.jobs:handle"
arguments = ["--limit", "100"]
setup = "app.testing:database"
tags = ["nightly", "slow"]
calls = 100
warmup = 10
rounds = 8
interval = 0.5
timeout = 60
kinds = ["unbounded growth"]
rate = "1000/s"
environment = { LEVEL = "debug", "EMPTY" = "" }

[[allow]]
holder = "requests.sessions.*"
module = 'urllib3'
reason = "a pool of connections, one a host"
""",
    b'[[target]]\nname = "worker"\ntarget = "-m app.worker"\nrate = 5\nthreshold = 1024\n',
)


def _baseline() -> bytes:
    return baseline_text(
        "", [an_accepted_leak(), an_accepted_leak(target="b", expires=date(2027, 2, 1))]
    ).encode()


def _read_baseline(path: Path) -> object:
    """Read it, and write it again with what it holds: what is accepted later is added to it."""
    known = read_baseline(path)
    return baseline_text(path.read_text(encoding="utf-8"), [*known, an_accepted_leak(target="new")])


def _history() -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "history.db")
        runs = [keep_run(path, a_past_run(target=name)) for name in ("a", "b", "a")]
        accept(path, [(runs[0], Quantity.PEAK)], reason="an index", at=runs[0].started_at)
        with closing(sqlite3.connect(path)) as connection:
            # One file, and small: much of it means something.
            for statement in ("PRAGMA journal_mode = DELETE", "PRAGMA page_size = 512", "VACUUM"):
                connection.execute(statement)
        return path.read_bytes()


def _read_history(path: Path) -> object:
    from leakscan.comparison.drift import histories
    from leakscan.comparison.drift_settings import DriftSettings

    return histories(past_runs(path), DriftSettings())
