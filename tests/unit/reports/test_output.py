"""Reports written whole or not at all."""

import io
import os
from pathlib import Path

import pytest

from leakscan.errors import UsageError
from leakscan.reports.output import check_destination, write_bytes


def test_bytes_reach_standard_output_and_a_file_as_they_are(tmp_path: Path) -> None:
    stdout, path = io.BytesIO(), tmp_path / "heap.pb.gz"

    write_bytes(b"\x1f\x8b\n", "-", stdout=stdout)
    write_bytes(b"\x1f\x8b\r\n", str(path), stdout=io.BytesIO())

    assert stdout.getvalue() == b"\x1f\x8b\n"
    assert path.read_bytes() == b"\x1f\x8b\r\n"


def test_a_file_is_replaced_by_the_whole_new_one(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("the old report, which was longer")

    write_bytes(b"{}\n", str(path), stdout=io.BytesIO())

    assert path.read_text() == "{}\n"
    assert os.listdir(tmp_path) == ["report.json"]  # noqa: PTH208 - hidden drafts count, too


def test_a_file_that_cannot_be_put_in_place_leaves_the_old_one_and_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")

    def refuse(_draft: Path, _path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(UsageError, match="Permission denied"):
        write_bytes(b"new", str(path), stdout=io.BytesIO())

    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.json"]


def test_through_a_link_the_file_behind_it_is_replaced(tmp_path: Path) -> None:
    link, path = tmp_path / "latest.json", tmp_path / "report.json"
    path.write_text("old")
    link.symlink_to(path)

    write_bytes(b"new", str(link), stdout=io.BytesIO())

    assert link.is_symlink()
    assert path.read_text() == "new"


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_bytes(b"{}\n", os.devnull, stdout=io.BytesIO())

    assert not Path(os.devnull).is_file()


def test_a_folder_that_is_not_there_is_refused_before_the_run(tmp_path: Path) -> None:
    missing = tmp_path / "missing"

    with pytest.raises(UsageError) as refusal:
        check_destination(str(missing / "report.json"))

    assert refusal.value.message == (f"can't write `{missing}/report.json`: there is no folder `{missing}`")


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="it is a folder"):
        check_destination(str(tmp_path))


def test_a_folder_that_went_away_during_the_run_is_one_clear_sentence(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "report.json"

    with pytest.raises(UsageError) as refusal:
        write_bytes(b"{}", str(path), stdout=io.BytesIO())

    assert refusal.value.message == f"can't write `{path}`: No such file or directory"


@pytest.mark.parametrize("destination", ["-", "report.json", os.devnull])
def test_what_can_be_written_passes(
    destination: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    check_destination(destination)
