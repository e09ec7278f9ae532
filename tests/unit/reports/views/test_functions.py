"""The source of a function, where it is to be had."""

import ast
import os
from pathlib import Path

import pytest

from leakscan.model.analysis import Frame
from leakscan.reports.views.functions import FunctionSource, function_source
from leakscan.reports.views.python_files import quotable_folders

SOURCE = """\
import functools


def put(key):
    return [key]


class Jobs:
    @functools.cache
    def put(self, key):
        def inner():
            return [x for x in key]

        return inner

    keep = staticmethod(lambda key: [key])
"""


def frame(line: int, function: str, file: str = "jobs.py") -> Frame:
    return Frame(file=file, line=line, function=function, qualname=f"Jobs.{function}")


@pytest.fixture
def folder(tmp_path: Path) -> str:
    (tmp_path / "jobs.py").write_text(SOURCE)
    return str(tmp_path)


@pytest.mark.parametrize(
    ("line", "function", "first", "last"),
    [
        (5, "put", 4, 5),
        (13, "put", 9, 14),
        (9, "put", 9, 14),
        (12, "inner", 11, 12),
        (12, "<listcomp>", 12, 12),
        (16, "<lambda>", 16, 16),
        (8, "Jobs", 8, 16),
        (1, "<module>", 1, 17),
    ],
)
def test_a_function_is_found_by_its_name_and_a_line_in_it(
    folder: str, line: int, function: str, first: int, last: int
) -> None:
    found = function_source(folder, frame(line, function), [Path(folder)])

    assert isinstance(found, FunctionSource)
    assert (found.first_line, found.first_line + len(found.lines) - 1) == (first, last)
    assert found.lines[0] == SOURCE.split("\n")[first - 1]


def test_a_file_that_changed_since_the_run_is_not_guessed_at(folder: str) -> None:
    found = function_source(folder, frame(2, "put"), [Path(folder)])

    assert found == "jobs.py has changed since the run: line 2 is not in Jobs.put"


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("<string>", "<string> is no file on the disk"),
        ("gone.py", "gone.py is not on the disk where this report was made"),
        ("secrets.txt", "secrets.txt is not on the disk where this report was made"),
        ("folder.py", "folder.py is not on the disk where this report was made"),
        ("pipe.py", "pipe.py is not on the disk where this report was made"),
        ("null\0.py", "null\0.py is not on the disk where this report was made"),
    ],
)
def test_what_is_no_python_file_is_not_read(folder: str, file: str, reason: str) -> None:
    Path(folder, "secrets.txt").write_text("def put(): ...")
    Path(folder, "folder.py").mkdir()
    os.mkfifo(Path(folder, "pipe.py"))

    assert function_source(folder, frame(1, "put", file), [Path(folder)]) == reason


def test_a_file_that_is_no_python_inside_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text("def put(:\n")

    assert function_source(str(tmp_path), frame(1, "put"), [tmp_path]) == ("jobs.py is no Python")


def test_only_what_lies_in_the_folders_is_shown_whatever_leads_there(tmp_path: Path) -> None:
    project, secret = tmp_path / "project", tmp_path / "secret.py"
    project.mkdir()
    secret.write_text("def put():\n    return 'a password'\n")
    (project / "jobs.py").symlink_to(secret)

    for file in ("jobs.py", str(secret), "../secret.py"):
        found = function_source(str(project), frame(1, "put", file), [project])
        assert found == f"{file} lies outside the project and its packages"


def test_packages_and_the_standard_library_are_shown() -> None:
    found = function_source("/", frame(1, "<module>", ast.__file__), quotable_folders())

    assert isinstance(found, FunctionSource)
