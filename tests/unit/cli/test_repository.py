"""The repository around a run, found on the disk."""

from pathlib import Path

import pytest

from leakscan.cli.repository import checkout_of
from leakscan.reports.locations import Checkout
from tests.builders import an_analysis


def test_the_repository_is_the_nearest_one_around_the_folder_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "shop" / ".git").mkdir(parents=True)
    folder = tmp_path / "shop" / "services" / "api"
    folder.mkdir(parents=True)

    checkout = checkout_of(an_analysis(working_directory=str(folder)))

    assert checkout == Checkout(root=str(tmp_path / "shop"), folder=str(folder))


def test_a_worktree_has_a_file_for_its_git_folder(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: elsewhere")

    assert checkout_of(an_analysis(working_directory=str(tmp_path))).root == str(tmp_path)


def test_a_recording_from_another_machine_belongs_to_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)

    checkout = checkout_of(an_analysis(working_directory="/builds/not/here"))

    assert checkout == Checkout(root=str(tmp_path), folder=str(tmp_path))
