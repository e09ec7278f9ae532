"""`leakscan init`: a first configuration, with nothing guessed."""

import tomllib
from pathlib import Path

import pytest

from leakscan.cli import exit_code_of
from leakscan.cli.init import chosen
from leakscan.errors import UsageError
from leakscan.project.configuration import find_configuration, read_configuration
from leakscan.project.discovery import Candidate
from tests.unit.cli.fakes import FakeEngine

PROJECT = """\
[project]
name = "app" # ours
scripts = { app = "app.cli:main" }
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text("def test_it(): ...\ndef test_other(tmp_path): ...\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def init(*arguments: str) -> int:
    return exit_code_of(["init", *arguments], FakeEngine())


def targets(folder: Path) -> dict[str, str]:
    path = find_configuration(folder)
    assert path is not None
    return {target.name: target.options.target for target in read_configuration(path).targets}


def test_what_is_given_is_taken_and_the_rest_is_left_as_comments(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init("app.jobs:handle") == 0

    assert targets(project) == {"handle": "app.jobs:handle"}
    text = (project / "pyproject.toml").read_text()
    assert text.startswith(PROJECT)
    assert '# target = "tests/test_it.py:test_it"\n' in text
    assert capsys.readouterr().out == (
        "wrote pyproject.toml\n"
        "  handle: app.jobs:handle  (given)\n"
        "  2 more as comments\n"
        "1 test only pytest can call: `pytest --leakscan` loops them\n"
        "next: `leakscan check --update-baseline` accepts what leaks today\n"
    )


def test_nothing_is_taken_without_being_asked_for(project: Path) -> None:
    assert init() == 0

    assert targets(project) == {}


def test_a_comment_without_its_marks_is_a_target(project: Path) -> None:
    init()
    path = project / "pyproject.toml"
    lines = path.read_text().splitlines()

    path.write_text("\n".join(line.removeprefix("# ") for line in lines if "Found here" not in line))

    assert targets(project) == {"app": "app.cli:main", "test_it.test_it": "tests/test_it.py:test_it"}


def test_all_takes_all(project: Path) -> None:
    assert init("--all") == 0

    assert targets(project) == {"app": "app.cli:main", "test_it.test_it": "tests/test_it.py:test_it"}


def test_a_project_without_pyproject_gets_a_file_of_our_own(project: Path) -> None:
    (project / "pyproject.toml").unlink()

    assert init("app.jobs:handle", "jobs.py:other") == 0

    assert targets(project) == {"handle": "app.jobs:handle", "other": "jobs.py:other"}
    assert (project / "leakscan.toml").exists()


def test_a_project_that_is_configured_stays_as_it_is(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    init("app.jobs:handle")
    before = (project / "pyproject.toml").read_text()

    assert init("--all") == 2
    assert (project / "pyproject.toml").read_text() == before
    assert capsys.readouterr().err == (
        "leakscan: `pyproject.toml` configures leakscan already\n"
        "hint: `leakscan init app.jobs:handle` adds a target to it\n"
    )


def test_a_target_that_is_given_is_added_to_a_configuration_that_is_there(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    init()
    before = (project / "pyproject.toml").read_text()
    capsys.readouterr()

    assert init("app.jobs:handle") == 0
    assert init("app.jobs:other") == 0

    assert targets(project) == {"handle": "app.jobs:handle", "other": "app.jobs:other"}
    assert (project / "pyproject.toml").read_text().startswith(before.rstrip())
    assert capsys.readouterr().out.startswith(
        "wrote pyproject.toml\n"
        "  handle: app.jobs:handle  (given)\n"
        "next: `leakscan check --update-baseline` accepts what leaks today\n"
    )


def test_a_target_is_added_to_a_file_of_our_own_in_its_own_words(project: Path) -> None:
    (project / "pyproject.toml").unlink()
    init("app.jobs:handle")

    assert init("app.jobs:other") == 0

    assert '\n[[target]]  # given\nname = "other"\n' in (project / "leakscan.toml").read_text()
    assert targets(project) == {"handle": "app.jobs:handle", "other": "app.jobs:other"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[[target]]\nname = "handle"\ntarget = "app:handle"\n', "has a target called `handle` already"),
        ('target = [{name = "other", target = "app:f"}]\n', "lists its targets in one value"),
    ],
)
def test_a_target_that_cannot_be_added_leaves_the_file_as_it_is(
    project: Path, capsys: pytest.CaptureFixture[str], content: str, message: str
) -> None:
    path = project / "leakscan.toml"
    path.write_text(content)

    assert init("app.jobs:handle") == 2

    assert path.read_text() == content
    assert message in capsys.readouterr().err


def test_a_folder_with_nothing_to_find_still_gets_a_file_that_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert init("--all") == 2
    assert init() == 0
    tomllib.loads((tmp_path / "leakscan.toml").read_text())


def test_an_answer_names_candidates_by_their_numbers() -> None:
    found = [Candidate(name=name, target=f"app:{name}", origin="test function") for name in "abc"]

    assert [candidate.name for candidate in chosen("3, 1 3", found)] == ["c", "a"]
    assert (chosen("all", found), chosen("none", found), chosen("", found)) == (found, [], [])
    with pytest.raises(UsageError, match="names none of the 3"):
        chosen("4", found)
