"""Files as a stranger, a broken disk or another program may have written them, made from good ones.

What reads a file answers with a value or with an error of ours, whatever is in it: `fault_of` says so of one
input. `mutant` makes the next one, the same for the same random numbers. The fuzzer of the benchmarks and the
test suite share both.
"""

import json
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
from typing import Any

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
from leakscan.reports.views.cutoffs import EVERYTHING
from leakscan.reports.views.report import report_view
from tests.builders import a_past_run, an_accepted_leak
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
HOSTILE_JSON: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63,
    2**64 + 1,
    -(2**63),
    10**30,
    0.5,
    -0.0,
    5e-324,
    1e-30,
    1e18,
    1e308,
    float("inf"),
    float("-inf"),
    float("nan"),
    "",
    "\0",
    "\ud800",
    "\u202e",
    "\x1b[2J",
    "x" * 5_000,
    "../../etc/passwd",
    "/etc/passwd",
    "<script>",
    "NaN",
    "1e400",
    "1" * 5_000,
    [],
    {},
    [[]],
    [{}],
    {"": None},
    [[[[[[[[[[[[]]]]]]]]]]]],
)
"""Values in the place of others."""
TOKENS = (
    b"\0",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\r\n",
    b"\n",
    b'"',
    b"'",
    b'"""',
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[" * 70,
    b"[" * 2_000,
    b'{"a":' * 2_000,
    b"[[",
    b"]]",
    b"=",
    b"a." * 1_200,
    b"9" * 5_000,
    b"0x" + b"f" * 6_000,
    b"1e999",
    b"-inf",
    b"nan",
    b"NaN",
    b"Infinity",
    b"0000-00-00",
    b"1979-05-27T07:32:00Z",
    b"07:32:00",
    b"true",
    b"null",
    b"#",
)
"""Bytes that mean something to one of the readers."""


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
        change = reader.mutate if random.random() < 0.8 else _with_bytes_changed
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
            mutate=_with_a_record_changed,
        ),
        "json": Reader(
            file_name="report.json",
            read=lambda path: analysis_of_json(path.read_bytes(), str(path)),
            seeds=_reports(),
            mutate=_with_json_changed,
        ),
        "whole report": Reader(
            file_name="run.leakscan",
            read=_read_run,
            seeds=(*_recordings(ENOUGH_SAMPLES), *_reports()),
            mutate=_with_a_record_changed,
        ),
        "configuration": Reader(
            file_name="leakscan.toml",
            read=read_configuration,
            seeds=_CONFIGURATIONS,
            mutate=_with_toml_changed,
        ),
        "baseline": Reader(
            file_name="leakscan-baseline.toml",
            read=_read_baseline,
            seeds=(_baseline(),),
            mutate=_with_toml_changed,
        ),
        "history": Reader(
            file_name="history.db", read=_read_history, seeds=(_history(),), mutate=_with_a_cell_changed
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
    from leakscan.comparison.settings import DriftSettings

    return histories(past_runs(path), DriftSettings())


def _with_bytes_changed(content: bytes, random: Random) -> bytes:
    at, end = sorted((random.randint(0, len(content)), random.randint(0, len(content))))
    match random.randrange(6):
        case 0:
            return content[:at]
        case 1:
            return content[:at] + content[end:]
        case 2:
            return content[:at] + random.choice(TOKENS) + content[at:]
        case 3:
            return content[:at] + random.randbytes(random.choice((1, 1, 2, 8))) + content[at + 1 :]
        case 4:
            return content[:end] + content[at:end] + content[end:]
        case _:
            flipped = bytearray(content)
            for _ in range(random.randint(1, 4) if flipped else 0):
                flipped[random.randrange(len(flipped))] ^= 1 << random.randrange(8)
            return bytes(flipped)


def _with_a_record_changed(content: bytes, random: Random) -> bytes:
    lines = content.split(b"\n")
    at = random.randrange(len(lines))
    match random.randrange(8):
        case 0:
            del lines[at]
        case 1:
            lines.insert(random.randrange(len(lines) + 1), lines[at])
        case 2:
            other = random.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case _:
            lines[at] = _with_json_changed(lines[at], random)
    return b"\n".join(lines)


def _with_json_changed(content: bytes, random: Random) -> bytes:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return _with_bytes_changed(content, random)
    places: list[tuple[Any, Any]] = []
    _collect_places(value, places)
    if not places:
        return json.dumps(random.choice(HOSTILE_JSON)).encode()
    inside, key = random.choice(places)
    match random.randrange(8):
        case 0:
            del inside[key]
        case 1 if isinstance(inside, list):
            inside[key:key] = [inside[key]] * random.choice((1, 3, 100))
        case 2:
            other, name = random.choice(places)
            inside[key] = json.loads(json.dumps(other[name]))
        case 3 if isinstance(inside[key], int | float):
            inside[key] *= random.choice((-1, 0, 2, 1e-9, 1e9, 1e17))
        case _:
            inside[key] = random.choice(HOSTILE_JSON)
    return json.dumps(value).encode()


def _collect_places(value: Any, places: list[tuple[Any, Any]]) -> None:
    """Every place inside a value that holds another one."""
    if len(places) > 3_000:
        return
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        places.append((value, key))
        _collect_places(value[key], places)


_TOML_VALUES = (
    b"[]",
    b"{}",
    b"[[]]",
    b"{ a = 1 }",
    b'[{ name = "a", target = "b" }]',
    b"true",
    b"-1",
    b"0",
    b"0.0",
    b"1e308",
    b"inf",
    b"nan",
    b"9223372036854775808",
    b"1" * 400,
    b"0x" + b"f" * 6_000,
    b"1" * 5_000,
    b'""',
    b'"\\u0000"',
    b"'" + b"x" * 5_000 + b"'",
    b"1979-05-27",
    b"1979-05-27T07:32:00Z",
    b"07:32:00",
    b"[" * 200 + b"]" * 200,
    b'"9e999/s"',
    b'"' + b"9" * 400 + b'B"',
)


def _with_toml_changed(content: bytes, random: Random) -> bytes:
    lines = content.split(b"\n")
    at = random.randrange(len(lines))
    key, equals, _ = lines[at].partition(b"=")
    match random.randrange(6):
        case 0:
            del lines[at]
        case 1:
            lines.insert(random.randrange(len(lines) + 1), lines[at])
        case 2:
            other = random.choice(lines)
            lines[at] = key + equals + other.partition(b"=")[2]
        case 3:
            lines[at] = _with_bytes_changed(lines[at], random)
        case _:
            lines[at] = key + b"= " + random.choice(_TOML_VALUES)
    return b"\n".join(lines)


_CELLS: tuple[Any, ...] = (
    None,
    0,
    -1,
    1,
    2**63 - 1,
    1.5,
    float("inf"),
    1e308,
    5e-324,
    "",
    "x",
    "x" * 5_000,
    "1979-05-27",
    "9999-12-31T23:59:59-12:00",
    "0001-01-01T00:00:00+12:00",
    b"",
    b"\xff\xfe",
    "call",
    "leaking",
    "growth",
)


def _with_a_cell_changed(content: bytes, random: Random) -> bytes:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    with closing(connection):
        try:
            connection.deserialize(content)
            for statement in _statements(connection, random):
                connection.execute(*statement)
            return connection.serialize()
        except (sqlite3.Error, ValueError, TypeError, MemoryError, OverflowError):
            return _with_bytes_changed(content, random)


def _statements(connection: sqlite3.Connection, random: Random) -> list[tuple[Any, ...]]:
    table = random.choice(("run", "run", "run", "accepted"))
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    if not columns:
        raise ValueError("it has no such table")
    column = random.choice(columns)
    copied = f"CREATE TABLE other AS SELECT * FROM {table}"  # noqa: S608 - a file of a test's
    away = [(copied,), (f"DROP TABLE {table}",)]
    match random.randrange(8):
        case 0:
            return [*away, (f"ALTER TABLE other RENAME TO {table}",), *_cell(table, column, random)]
        case 1:
            return [*away, (f"CREATE VIEW {table} AS SELECT * FROM other",)]  # noqa: S608
        case 2:
            return [(f'ALTER TABLE {table} DROP COLUMN "{column}"',)]
        case 3:
            return [
                *away,
                (f"ALTER TABLE other RENAME TO {table}",),
                (f'ALTER TABLE {table} DROP COLUMN "{column}"',),
            ]
        case 4:
            return [(f"PRAGMA user_version = {random.choice((0, 1, 2, -1))}",)]
        case _:
            return _cell(table, column, random)


def _cell(table: str, column: str, random: Random) -> list[tuple[Any, ...]]:
    value = random.choice(_CELLS)
    if random.random() < 0.1:
        return [(f"UPDATE {table} SET \"{column}\" = CAST(x'fffe80' AS TEXT)",)]  # noqa: S608
    return [(f'UPDATE OR IGNORE {table} SET "{column}" = ?', (value,))]  # noqa: S608
