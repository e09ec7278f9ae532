"""The file that runs are kept in."""

import multiprocessing
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leakscan.errors import HistoryError
from leakscan.model.history import Quantity
from leakscan.model.run import Unit, Verdict
from leakscan.project.history_db import SCHEMA_VERSION, accept, check_history, keep_run, past_runs
from tests.builders import a_past_run

AT = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


def test_a_run_comes_back_as_it_was_kept(path: Path) -> None:
    run = a_past_run(
        verdict=Verdict.LEAKING,
        is_failed=True,
        unit=Unit.SECOND,
        growth_bytes_per_call=1_900.5,
        threshold_bytes_per_call=64.0,
    )

    kept = keep_run(path, run)

    assert kept == replace(run, id=1)
    assert past_runs(path) == (kept,)


def test_what_is_not_known_of_a_run_stays_unknown(path: Path) -> None:
    kept = keep_run(path, a_past_run(commit=None, peak_bytes=None, seconds_per_call=None))

    assert past_runs(path) == (kept,)


def test_runs_come_back_oldest_first_and_those_of_one_target_alone(path: Path) -> None:
    for target in ("b", "a", "b"):
        keep_run(path, a_past_run(target=target))

    assert [run.id for run in past_runs(path)] == [1, 2, 3]
    assert [run.id for run in past_runs(path, "b")] == [1, 3]
    assert [run.id for run in past_runs(path, "b", before=3)] == [1]
    assert past_runs(path, "c") == ()


def test_an_accepted_level_comes_back_with_its_run_and_its_reason(path: Path) -> None:
    first, second = keep_run(path, a_past_run()), keep_run(path, a_past_run())

    accept(path, [(second, Quantity.PEAK)], reason="an index", at=AT)
    accept(path, [(second, Quantity.PEAK)], reason="a larger index", at=AT)

    assert past_runs(path) == (first, replace(second, accepted={Quantity.PEAK: "a larger index"}))


def test_reading_makes_no_history(path: Path) -> None:
    with pytest.raises(HistoryError, match="there is no history"):
        past_runs(path)

    assert not path.exists()


def test_a_history_is_one_file_when_nobody_uses_it(path: Path) -> None:
    keep_run(path, a_past_run())
    past_runs(path)

    assert [file.name for file in path.parent.iterdir()] == ["history.db"]


def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.write_text("[tool.leakscan]\n" * 100)

    for use in (check_history, past_runs):
        with pytest.raises(HistoryError, match=r"is no history of leakscan's"):
            use(path)

    assert path.read_text() == "[tool.leakscan]\n" * 100


def test_a_database_of_somebody_else_is_refused_and_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE run (id INTEGER)")
    before = path.read_bytes()

    for use in (check_history, past_runs):
        with pytest.raises(HistoryError, match=r"is no history of leakscan's"):
            use(path)

    assert path.read_bytes() == before


def test_a_newer_history_is_refused(path: Path) -> None:
    check_history(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")

    for use in (check_history, past_runs):
        with pytest.raises(HistoryError, match="has schema version 2; this leakscan reads up to 1"):
            use(path)


def test_an_empty_file_becomes_a_history(path: Path) -> None:
    path.touch()

    keep_run(path, a_past_run())

    assert len(past_runs(path)) == 1


def test_a_history_of_too_many_runs_is_refused_before_they_are_looked_at(path: Path) -> None:
    check_history(path)
    with closing(sqlite3.connect(path)) as connection:
        # They have nothing but a number, which is quick to make; looked at, they are no runs of ours.
        connection.executescript(
            """DROP TABLE run; CREATE TABLE run (id INTEGER PRIMARY KEY, target);
            WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 200001)
            INSERT INTO run SELECT n, NULL FROM number"""
        )

    with pytest.raises(HistoryError) as too_many:
        past_runs(path)
    with pytest.raises(HistoryError) as no_runs:
        past_runs(path, before=200_001)

    assert too_many.value.message == f"`{path}` has more than 200,000 runs"
    assert no_runs.value.message.startswith(f"`{path}` is no history of leakscan's: it ")


def test_a_text_of_a_megabyte_is_refused_and_a_shorter_one_read(path: Path) -> None:
    kept = keep_run(path, a_past_run(target="x" * 900_000))
    read = past_runs(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE run SET target = ?", ("x" * 1_100_000,))

    with pytest.raises(HistoryError, match=r"is no history of leakscan's"):
        past_runs(path)

    assert read == (kept,)


@pytest.mark.parametrize("where", [".", "no/such/history.db"])
def test_a_history_that_can_not_be_made_is_an_error_before_the_run(tmp_path: Path, where: str) -> None:
    with pytest.raises(HistoryError, match=r"is a folder|there is no folder"):
        check_history(tmp_path / where)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_history_is_read_where_nothing_can_be_written(path: Path) -> None:
    kept = keep_run(path, a_past_run())
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        assert past_runs(path) == (kept,)
    finally:
        path.parent.chmod(0o700)


def test_a_write_that_fails_leaves_no_half(path: Path) -> None:
    kept = keep_run(path, a_past_run())

    with pytest.raises(HistoryError):
        accept(path, [(kept, Quantity.PEAK), (replace(kept, id=None), Quantity.PEAK)], reason="no", at=AT)

    assert past_runs(path) == (kept,)


def test_processes_that_write_at_once_to_a_new_file_lose_no_run(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(WRITERS)
    writers = [context.Process(target=write, args=(path, start, number)) for number in range(WRITERS)]

    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    runs = past_runs(path)
    assert sorted(run.target for run in runs) == sorted(f"t{n}" for n in range(WRITERS) for _ in range(RUNS))
    assert len({run.id for run in runs}) == WRITERS * RUNS


WRITERS, RUNS = 3, 40


def write(path: Path, start: "multiprocessing.synchronize.Barrier", number: int) -> None:
    start.wait()
    for _ in range(RUNS):
        kept = keep_run(path, a_past_run(target=f"t{number}"))
        assert kept.id in [run.id for run in past_runs(path, kept.target)]
