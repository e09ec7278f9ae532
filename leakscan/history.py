"""The runs of targets, kept from day to day in a SQLite file.

The file is made on demand. Several processes may write to it at once: each write is one transaction, which
waits for the others.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from leakscan.errors import HistoryError
from leakscan.model import Commit, Machine, PastRun, Quantity, Unit, Verdict

SCHEMA_VERSION = 1
APPLICATION_ID = 0x6C65616B
"""`leak` in ASCII, in the header of the file: it tells our files from other databases."""
BUSY_SECONDS = 60.0
"""How long a write waits for the others; each of them takes milliseconds."""

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
        accepted: dict[int, dict[Quantity, str]] = {}
        for run, quantity, reason in connection.execute("SELECT run, quantity, reason FROM accepted"):
            accepted.setdefault(run, {})[Quantity(quantity)] = reason
        found = connection.execute(
            "SELECT * FROM run WHERE (:target IS NULL OR target = :target) "
            "AND (:before IS NULL OR id < :before) ORDER BY id",
            {"target": target, "before": before},
        ).fetchall()
    return tuple(_past_run(row, accepted.get(row["id"], {})) for row in found)


def accept(path: Path, levels: Sequence[tuple[PastRun, Quantity]], *, reason: str, at: datetime) -> None:
    """From these runs on, the quantities are held against their new level only."""
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
    with _told(path), closing(_connected(f"{_uri(path)}?mode=rwc")) as connection:
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
        yield connection
        connection.execute("COMMIT")


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    _check_is_file(path)
    with _told(path), closing(_connected_to_read(path)) as connection:
        connection.row_factory = sqlite3.Row
        # One transaction: what is accepted and the runs are of the same moment.
        connection.execute("BEGIN")
        _check_is_ours(connection, path)
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
    return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)


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


def _check_is_file(path: Path) -> None:
    if not path.is_file():
        raise HistoryError(
            f"there is no history `{path}`",
            hint=f"keep one: `leakscan run TARGET --history {path}`",
        )


def _check_folder(path: Path) -> None:
    if path.is_dir():
        raise HistoryError(f"`{path}` is a folder, not a history")
    if not path.parent.is_dir():
        raise HistoryError(
            f"can't keep the history `{path}`: there is no folder `{path.parent}`",
            hint="create the folder first",
        )


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What SQLite says, as a sentence for the user."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise HistoryError(f"can't use the history `{path}`: {error}") from error
    except sqlite3.DatabaseError as error:
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


def _row(run: PastRun) -> dict[str, str | int | float | None]:
    return {
        "target": run.target,
        "started_at": _text_of(run.started_at),
        "commit": None if run.commit is None else run.commit.id,
        "is_dirty": run.commit is not None and run.commit.is_dirty,
        "verdict": run.verdict,
        "is_failed": run.is_failed,
        "unit": run.unit,
        "growth_bytes_per_call": run.growth_bytes_per_call,
        "peak_bytes": run.peak_bytes,
        "seconds_per_call": run.seconds_per_call,
        "calls": run.calls,
        "threshold_bytes_per_call": run.threshold_bytes_per_call,
        "python": run.python,
        "leakscan": run.leakscan,
        "system": run.machine.system,
        "processor": run.machine.processor,
        "conditions": run.conditions,
    }


def _past_run(row: sqlite3.Row, accepted: dict[Quantity, str]) -> PastRun:
    commit = None if row["commit"] is None else Commit(id=row["commit"], is_dirty=bool(row["is_dirty"]))
    return PastRun(
        id=row["id"],
        target=row["target"],
        started_at=datetime.fromisoformat(row["started_at"]),
        commit=commit,
        verdict=Verdict(row["verdict"]),
        is_failed=bool(row["is_failed"]),
        unit=Unit(row["unit"]),
        growth_bytes_per_call=row["growth_bytes_per_call"],
        peak_bytes=row["peak_bytes"],
        seconds_per_call=row["seconds_per_call"],
        calls=row["calls"],
        threshold_bytes_per_call=row["threshold_bytes_per_call"],
        python=row["python"],
        leakscan=row["leakscan"],
        machine=Machine(system=row["system"], processor=row["processor"]),
        conditions=row["conditions"],
        accepted=accepted,
    )


def _text_of(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
