"""The runs of targets, kept from day to day in a SQLite file.

The file is made on demand. Several processes may write to it at once: each write is one transaction, which
waits for the others.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from leakscan.errors import HistoryError
from leakscan.model.history import PastRun, Quantity
from leakscan.reading import Unreadable

if TYPE_CHECKING:
    from cattrs import Converter

SCHEMA_VERSION = 1
APPLICATION_ID = 0x6C65616B
"""`leak` in ASCII, in the header of the file: it tells our files from other databases."""
BUSY_SECONDS = 60.0
"""How long a write waits for the others; each of them takes milliseconds."""
MAX_RUNS = 200_000
"""A hundred targets a day for five years."""
MAX_TEXT_BYTES = 1_000_000
"""Of one value; the longest that is kept is the name of a target."""
STEPS_AT_A_TIME = 1_000_000
MAX_STEPS = 30 * STEPS_AT_A_TIME
"""Instructions of SQLite for all that is asked of one connection, some seconds: to read MAX_RUNS takes a
third of them, and a database of a stranger may have columns that are computed without an end."""
_MAX_SENTENCE_CHARACTERS = 300
"""Characters of a sentence: what SQLite says may hold names of a stranger's."""
_Row = dict[str, Any]

_SCHEMA = (
    """CREATE TABLE run (
        id INTEGER PRIMARY KEY,
        target TEXT NOT NULL,
        started_at TEXT NOT NULL, -- ISO 8601, UTC
        "commit" TEXT, -- full hash; null where it was not known
        is_dirty INTEGER NOT NULL,
        verdict TEXT NOT NULL,
        is_failed INTEGER NOT NULL,
        unit TEXT NOT NULL, -- what growth is counted by: call or second
        growth_bytes_per_call REAL NOT NULL,
        peak_bytes INTEGER,
        seconds_per_call REAL,
        calls INTEGER NOT NULL,
        threshold_bytes_per_call REAL NOT NULL,
        python TEXT NOT NULL,
        leakscan TEXT NOT NULL,
        system TEXT NOT NULL,
        processor TEXT NOT NULL,
        conditions TEXT NOT NULL -- digest of the options
    )""",
    "CREATE INDEX run_of_target ON run (target, id)",
    """CREATE TABLE accepted (
        run INTEGER NOT NULL REFERENCES run (id), -- the first at the new level
        quantity TEXT NOT NULL,
        reason TEXT NOT NULL,
        accepted_at TEXT NOT NULL, -- ISO 8601, UTC
        PRIMARY KEY (run, quantity)
    )""",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)


def keep_run(path: Path, run: PastRun) -> PastRun:
    """Add a run to the history, which is made if it is not there; the run with its id comes back."""
    values = _row(run)
    columns, places = ", ".join(f'"{name}"' for name in values), ", ".join(f":{name}" for name in values)
    with _writing(path) as connection:
        added = connection.execute(f"INSERT INTO run ({columns}) VALUES ({places})", values)  # noqa: S608 - our own names
    return replace(run, id=added.lastrowid)


def past_runs(path: Path, target: str | None = None, *, before: int | None = None) -> tuple[PastRun, ...]:
    """The runs of a history, oldest first; of one target, and before the run of an id, where these are given.

    Raises HistoryError where there is no such file, or where it is no history that this leakscan can read.
    """
    with _reading(path) as connection:
        accepted = connection.execute(
            "SELECT run, quantity, reason FROM accepted LIMIT ?", (MAX_RUNS * len(Quantity) + 1,)
        ).fetchall()
        runs = connection.execute(
            "SELECT * FROM run WHERE (:target IS NULL OR target = :target) "
            "AND (:before IS NULL OR id < :before) ORDER BY id LIMIT :maximum",
            {"target": target, "before": before, "maximum": MAX_RUNS + 1},
        ).fetchall()
    if len(runs) > MAX_RUNS or len(accepted) > MAX_RUNS * len(Quantity):
        raise HistoryError(f"`{path}` has more than {MAX_RUNS:,} runs")
    try:
        return _past_runs([dict(row) for row in runs], [dict(row) for row in accepted])
    except Unreadable as error:
        raise HistoryError(f"`{path}` is no history of leakscan's: it {error}") from error


def accept(path: Path, levels: Sequence[tuple[PastRun, Quantity]], *, reason: str, at: datetime) -> None:
    """Accept the level of the quantities in these runs: later runs are compared with it alone."""
    rows = [(run.id, quantity, reason, _text_of(at)) for run, quantity in levels]
    _check_is_file(path)
    with _writing(path) as connection:
        connection.executemany("INSERT OR REPLACE INTO accepted VALUES (?, ?, ?, ?)", rows)


def check_history(path: Path) -> None:
    """Raise HistoryError if no run could be kept there, before the work is done; the file is made."""
    with _writing(path):
        pass


@contextmanager
def _writing(path: Path) -> Iterator[sqlite3.Connection]:
    """A transaction on the file; made, if it is new, within the same transaction."""
    _check_folder(path)
    with _history_errors(path), closing(_connected(f"{_uri(path)}?mode=rwc")) as connection:
        # Before anything is written: a database of somebody else's stays as it is.
        if not _is_empty(connection):
            _check_is_ours(connection, path)
        _use_write_ahead_log(connection)
        connection.execute("BEGIN IMMEDIATE")
        # Left by an exception, the connection is closed, which rolls back.
        if _is_empty(connection):
            for statement in _SCHEMA:
                connection.execute(statement)
        _check_is_ours(connection, path)
        _check_tables(connection, path)
        yield connection
        connection.execute("COMMIT")


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    _check_is_file(path)
    with _history_errors(path), closing(_connected_to_read(path)) as connection:
        connection.row_factory = sqlite3.Row
        # One transaction: what is accepted and the runs are of the same moment.
        connection.execute("BEGIN")
        _check_is_ours(connection, path)
        _check_tables(connection, path)
        yield connection


def _connected_to_read(path: Path) -> sqlite3.Connection:
    """A connection that can read even where nothing can be written, as in the artifacts of a CI job."""
    connection = _connected(f"{_uri(path)}?mode=rw")
    try:
        connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.DatabaseError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
        return _connected(f"{_uri(path)}?immutable=1")
    return connection


def _connected(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_TEXT_BYTES)
    # What a stranger's tables compute has none of the functions that reach beyond the file.
    connection.execute("PRAGMA trusted_schema = OFF")
    used = count(STEPS_AT_A_TIME, STEPS_AT_A_TIME)
    connection.set_progress_handler(lambda: next(used) > MAX_STEPS, STEPS_AT_A_TIME)
    return connection


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Let readers read while somebody writes.

    It can't be switched on while somebody else works with the file; then they, or the next, do it. Until then
    each waits for the other, as without the log.
    """
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise


def _is_empty(connection: sqlite3.Connection) -> bool:
    [tables] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return bool(tables == 0 and _pragma(connection, "application_id") == 0)


def _check_is_ours(connection: sqlite3.Connection, path: Path) -> None:
    if _pragma(connection, "application_id") != APPLICATION_ID:
        raise _no_history(path)
    version = _pragma(connection, "user_version")
    if version > SCHEMA_VERSION:
        raise HistoryError(
            f"`{path}` has schema version {version}; this leakscan reads up to {SCHEMA_VERSION}",
            hint="upgrade leakscan, or keep another history",
        )


def _check_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a view or a virtual table under the name of one of ours, and triggers.

    To read the one, or to write into a table with the other, computes who knows what.
    """
    tables = connection.execute(
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('run', 'accepted') "
        "AND sql NOT LIKE 'CREATE VIRTUAL%'"
    ).fetchone()[0]
    if tables != 2:
        raise _no_history(path)
    [triggers] = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'").fetchone()
    if triggers:
        raise HistoryError(
            f"`{path}` has triggers, which no history of leakscan's has",
            hint="give a file that --history made, or a new one",
        )


def _check_is_file(path: Path) -> None:
    if not path.is_file():
        raise HistoryError(
            f"there is no history `{path}`",
            hint=f"keep one: `leakscan run TARGET --history {path}`",
        )


def _check_folder(path: Path) -> None:
    if path.is_dir():
        raise HistoryError(f"`{path}` is a folder, not a history")
    if path.exists() and not path.is_file():
        raise HistoryError(f"`{path}` is no regular file, so no history can be kept there")
    if not path.parent.is_dir():
        raise HistoryError(
            f"can't keep the history `{path}`: there is no folder `{path.parent}`",
            hint="create the folder first",
        )


@contextmanager
def _history_errors(path: Path) -> Iterator[None]:
    """Raises HistoryError, with a sentence for the user, for what the system or SQLite raises inside."""
    try:
        yield
    except OSError as error:
        raise HistoryError(f"can't use the history `{path}`: {error.strerror or error}") from error
    except sqlite3.OperationalError as error:
        raise HistoryError(f"can't use the history `{path}`: {error}"[:_MAX_SENTENCE_CHARACTERS]) from error
    except (sqlite3.Error, sqlite3.Warning, MemoryError, OverflowError, UnicodeDecodeError) as error:
        raise _no_history(path) from error


def _no_history(path: Path) -> HistoryError:
    return HistoryError(
        f"`{path}` is no history of leakscan's", hint="give a file that --history made, or a new one"
    )


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    [value] = connection.execute(f"PRAGMA {name}").fetchone()
    assert isinstance(value, int)
    return value


def _uri(path: Path) -> str:
    return path.absolute().as_uri()


def _row(run: PastRun) -> dict[str, Any]:
    """The columns of a run: what stands in a commit or a machine there stands beside the rest."""
    values = asdict(run)
    machine = values.pop("machine")
    del values["id"], values["accepted"], values["commit"]
    return {
        **values,
        **machine,
        "started_at": _text_of(run.started_at),
        "commit": None if run.commit is None else run.commit.id,
        "is_dirty": run.commit is not None and run.commit.is_dirty,
    }


def _past_runs(rows: list[_Row], accepted: list[_Row]) -> tuple[PastRun, ...]:
    """The runs in rows of the tables; raises Unreadable for a value that no run has."""
    from leakscan.structuring import structured

    reasons: dict[Any, dict[Quantity, str]] = {}
    for row in accepted:
        level = structured(row, _Accepted, _converter())
        reasons.setdefault(level.run, {})[level.quantity] = level.reason
    return tuple(structured(_nested(row, reasons), PastRun, _converter()) for row in rows)


class _Accepted(NamedTuple):
    """A row of the table of that name."""

    run: int
    quantity: Quantity
    reason: str


def _nested(row: _Row, reasons: dict[Any, dict[Quantity, str]]) -> _Row:
    """A row, in the shape of a run."""
    commit = {"id": row.get("commit"), "is_dirty": _truth(row.get("is_dirty"))}
    return row | {
        "commit": None if row.get("commit") is None else commit,
        "is_failed": _truth(row.get("is_failed")),
        "machine": {name: row[name] for name in ("system", "processor") if name in row},
        "accepted": reasons.get(row.get("id"), {}),
    }


def _truth(value: Any) -> Any:
    """SQLite has numbers for what is true or false."""
    return bool(value) if value in (0, 1) else value


@cache
def _converter() -> "Converter":
    from leakscan.structuring import strict_converter

    converter = strict_converter()
    converter.register_structure_hook(datetime, _time)
    # Made here, of what was read before.
    converter.register_structure_hook_func(
        lambda kind: kind == Mapping[Quantity, str], lambda value, _: value
    )
    return converter


def _time(text: Any, kind: Any) -> datetime:
    del kind
    try:
        time = datetime.fromisoformat(text)
        # A time without a zone can't be compared with another, nor one at the ends of time be moved.
        is_time = time.tzinfo is not None and 1970 <= time.year < 9999
        return time.astimezone(UTC) if is_time else _no_time(text)
    except (TypeError, ValueError):
        return _no_time(text)


def _no_time(text: Any) -> NoReturn:
    from leakscan.structuring import shown

    raise Unreadable(f"{shown(text)} instead of a time")


def _text_of(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
