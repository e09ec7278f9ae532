"""Which commit a run is of."""

import os
import subprocess
from pathlib import Path

import pytest

from leakscan.model.history import Commit
from leakscan.project.commit import commit_of

WITHOUT_SETTINGS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    done = subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments],  # noqa: S607 - whichever git the user has
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **WITHOUT_SETTINGS},
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "app.py").write_text("pass\n")
    git(tmp_path, "add", "app.py")
    git(tmp_path, "commit", "-q", "-m", "First")
    return tmp_path


def test_git_says_what_is_checked_out_whatever_the_ci_says(repository: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")

    assert commit_of(repository, {"GITHUB_SHA": "0" * 40}) == Commit(id=head, is_dirty=False)


def test_a_changed_file_is_marked_and_a_report_beside_it_is_not(repository: Path) -> None:
    (repository / "report.json").write_text("{}")
    before = commit_of(repository, {})
    (repository / "app.py").write_text("changed\n")
    after = commit_of(repository, {})

    assert before is not None
    assert after is not None
    assert (before.is_dirty, after.is_dirty) == (False, True)


@pytest.mark.parametrize("variable", ["GITHUB_SHA", "CI_COMMIT_SHA"])
def test_without_a_repository_the_ci_is_asked(tmp_path: Path, variable: str) -> None:
    assert commit_of(tmp_path, {variable: "1f3a5c"}) == Commit(id="1f3a5c", is_dirty=False)


def test_where_nobody_knows_there_is_no_commit(tmp_path: Path) -> None:
    assert commit_of(tmp_path, {}) is None
    git(tmp_path, "init", "-q")  # no commit in it yet
    assert commit_of(tmp_path, {}) is None
