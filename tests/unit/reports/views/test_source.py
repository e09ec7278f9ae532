"""The code around a site, as far as the disk still has it."""

import os
from pathlib import Path

import pytest

from leakscan.model.analysis import Frame
from leakscan.reports.views.source import SourceView, reader_of
from tests.builders import a_frame

CODE = """\
class Jobs:
    def __init__(self):
        self.done = {}

    def put(self, key):
        self.done[key] = object()
        return key
"""


def _read(folder: Path, frame: Frame, started_at: str | None = None) -> SourceView:
    source = reader_of(str(folder), started_at, [folder])(frame)
    assert source is not None
    return source


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "jobs.py").write_text(CODE, encoding="utf-8")
    return tmp_path


def test_the_allocating_line_is_marked_among_its_neighbours(app: Path) -> None:
    source = _read(app, a_frame("app/jobs.py:6", "Jobs.put"))

    assert [line.number for line in source.lines] == [2, 3, 4, 5, 6, 7]
    assert [line.text for line in source.lines if line.is_site] == ["    self.done[key] = object()"]
    assert source.note is None


def test_a_file_that_is_not_there_is_said_to_be_absent(tmp_path: Path) -> None:
    source = _read(tmp_path, a_frame("app/gone.py:6"))

    assert source.lines == ()
    assert source.note == "no source: app/gone.py is not on the disk where this report was made"


@pytest.mark.parametrize("place", ["app/jobs.py:2", "app/jobs.py:600", "app/jobs.py:0"])
def test_a_line_that_has_left_its_function_is_not_shown(app: Path, place: str) -> None:
    source = _read(app, a_frame(place, "Jobs.put"))

    assert source.lines == ()
    assert source.note is not None
    assert "has changed since the run" in source.note


def test_a_file_changed_since_the_run_is_shown_with_a_warning(app: Path) -> None:
    os.utime(app / "app" / "jobs.py", (2_000_000_000, 2_000_000_000))

    source = _read(app, a_frame("app/jobs.py:6", "Jobs.put"), "2026-01-01T00:00:00+00:00")

    assert source.lines
    assert source.note == "app/jobs.py was changed after the run began: the line may have moved"


def test_what_would_turn_the_text_around_is_escaped(app: Path) -> None:
    (app / "app" / "jobs.py").write_text("def put():\n    return 'a\u202eb'\n", encoding="utf-8")

    source = _read(app, a_frame("app/jobs.py:2", "put"))

    assert source.lines[1].text == "    return 'a\\u202eb'"


@pytest.mark.parametrize("name", ["secrets.txt", "id_rsa", "notes.py", "folder.py", "pipe.py"])
def test_a_recording_can_name_no_file_that_is_not_python(tmp_path: Path, name: str) -> None:
    if name == "folder.py":
        (tmp_path / name).mkdir()
    elif name == "pipe.py":
        os.mkfifo(tmp_path / name)
    else:
        (tmp_path / name).write_text("password: hunter2!\n", encoding="utf-8")

    source = _read(tmp_path, a_frame(f"{name}:1", "<module>"))

    assert source.lines == ()


def test_code_without_a_file_has_no_source(tmp_path: Path) -> None:
    assert _read(tmp_path, a_frame("<string>:1")).note == "no source: <string> is no file on the disk"
