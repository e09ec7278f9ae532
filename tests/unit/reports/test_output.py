"""Reports written whole or not at all."""

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from leakscan.errors import OutputError, UsageError
from leakscan.reports.output import check_destination, write_bytes
from tests.promises import About, promise


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
    with pytest.raises(OutputError, match="Permission denied"):
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

    with pytest.raises(OutputError) as refusal:
        write_bytes(b"{}", str(path), stdout=io.BytesIO())

    assert refusal.value.message == f"can't write `{path}`: No such file or directory"


@pytest.mark.parametrize("destination", ["-", "report.json", os.devnull])
def test_what_can_be_written_passes(
    destination: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    check_destination(destination)


@promise(About.WRITES, "A report, recording or baseline that is written again keeps its mode and its owner.")
def test_a_file_that_is_written_again_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")
    path.chmod(0o604)

    write_bytes(b"new", str(path), stdout=None)

    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o604)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_that_is_written_again_keeps_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")
    os.chown(path, 12_345, 54_321)

    write_bytes(b"new", str(path), stdout=None)

    assert (path.read_text(), path.stat().st_uid, path.stat().st_gid) == ("new", 12_345, 54_321)


def test_a_file_of_two_names_is_written_under_both(tmp_path: Path) -> None:
    path, other = tmp_path / "report.json", tmp_path / "other.json"
    path.write_text("old")
    other.hardlink_to(path)

    write_bytes(b"new", str(path), stdout=None)

    assert other.read_text() == "new"


def test_a_file_that_is_not_writable_is_not_replaced() -> None:
    # Not below the folder of the tests, which is root's alone.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "report.json")
        path.write_text("old")
        path.chmod(0o444)
        path.parent.chmod(0o777)

        with as_nobody(), pytest.raises(OutputError, match="Permission denied"):
            write_bytes(b"new", str(path), stdout=None)
        with as_nobody(), pytest.raises(UsageError, match="is not writable"):
            check_destination(str(path))

        assert path.read_text() == "old"


@contextmanager
def as_nobody() -> Iterator[None]:
    """With the rights of nobody where the tests are run by root, who may write everything."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(was)


def test_standard_output_that_is_full_or_closed_is_an_error_in_one_sentence() -> None:
    with open("/dev/full", "wb", buffering=0) as full, pytest.raises(OutputError, match="No space left"):  # noqa: PTH123
        write_bytes(b"{}", "-", stdout=cast(BinaryIO, full))
    with pytest.raises(OutputError, match="it is closed"):
        write_bytes(b"{}", "-", stdout=None)
