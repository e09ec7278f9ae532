"""What is written besides the report, and what becomes of the exit code when it can't be."""

import io
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from leakscan.cli.emit import at_pace, exit_code_with_loss, write_all
from leakscan.errors import GraphvizError, OutputError
from tests.builders import an_analysis

Captured = pytest.CaptureFixture[str]


def fails_with(error: Exception) -> Callable[[], bytes]:
    def content() -> bytes:
        raise error

    return content


def test_a_verdict_that_fails_a_job_says_more_than_a_loss() -> None:
    verdicts = (0, 1, 4)

    assert [exit_code_with_loss(verdict, is_lost=False) for verdict in verdicts] == [0, 1, 4]
    assert [exit_code_with_loss(verdict, is_lost=True) for verdict in verdicts] == [2, 1, 4]


def test_each_file_is_written_whole(tmp_path: Path) -> None:
    files = [(lambda: b"first", str(tmp_path / "a")), (lambda: b"second", str(tmp_path / "b"))]

    is_lost = write_all(files)

    assert not is_lost
    assert [(tmp_path / name).read_bytes() for name in "ab"] == [b"first", b"second"]


def test_a_file_that_is_lost_costs_no_other(tmp_path: Path, capsys: Captured) -> None:
    files = [
        (lambda: b"", str(tmp_path / "none" / "a")),
        (fails_with(OutputError("it can't be made")), str(tmp_path / "b")),
        (lambda: b"whole", str(tmp_path / "c")),
    ]

    is_lost = write_all(files)

    assert is_lost
    assert [path.name for path in tmp_path.iterdir()] == ["c"]
    first, second = capsys.readouterr().err.splitlines()
    assert first == f"leakscan: can't write `{tmp_path}/none/a`: No such file or directory"
    assert second == "leakscan: it can't be made"


def test_what_this_machine_cannot_draw_changes_no_exit_code(tmp_path: Path, capsys: Captured) -> None:
    is_lost = write_all([(fails_with(GraphvizError("there is no Graphviz")), str(tmp_path / "a"))])

    assert not is_lost
    assert capsys.readouterr().err == "leakscan: there is no Graphviz\n"


def _stdout_on(descriptor: int, monkeypatch: pytest.MonkeyPatch) -> io.TextIOWrapper:
    stream = io.TextIOWrapper(os.fdopen(descriptor, "wb"))
    monkeypatch.setattr("sys.stdout", stream)
    return stream


def test_a_reader_of_stdout_that_has_enough_is_no_loss(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    stream = _stdout_on(writer, monkeypatch)

    is_lost = write_all([(lambda: b"a report", "-")])

    stream.close()
    assert not is_lost
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_stdout_is_a_loss_and_fails_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    stream = _stdout_on(os.open("/dev/full", os.O_WRONLY), monkeypatch)

    is_lost = write_all([(lambda: b"a report", "-")])

    stream.close()
    assert is_lost
    assert capsys.readouterr().err == "leakscan: can't write standard output: No space left on device\n"


def test_a_closed_stdout_is_a_loss(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr("sys.stdout", None)

    is_lost = write_all([(lambda: b"a report", "-")])

    assert is_lost
    assert capsys.readouterr().err == "leakscan: can't write standard output: it is closed\n"


def test_a_pace_that_the_user_gives_takes_the_place_of_the_one_that_was_measured() -> None:
    analysis = an_analysis()
    measured = replace(analysis, pace=replace(analysis.pace, calls_per_second=3.0, is_given=False))

    given = at_pace(measured, 200.0)

    assert at_pace(measured, None) == measured
    assert (given.pace.calls_per_second, given.pace.is_given) == (200.0, True)
