"""A recording is read as far as it goes, and anything else is refused in one sentence."""

from pathlib import Path

import pytest

from leakscan import wire
from leakscan.errors import RecordingError
from leakscan.recording import RecordingWriter, read_recording

HEADER = wire.Header(
    format=wire.FORMAT_VERSION,
    leakscan="0.1.0",
    python="3.11.7",
    platform="Linux",
    started_at="2026-01-01T00:00:00+00:00",
    options={"target": "app:handle"},
)
LOADED = wire.Loaded("app:handle", 0.25)
ENDED = wire.Ended("finished", 0, 1.5)


def _written(path: Path, *records: wire.Record) -> Path:
    with RecordingWriter(path) as writer:
        writer.write(records)
    return path


def test_a_recording_holds_what_was_written(tmp_path: Path) -> None:
    path = _written(tmp_path / "run.leakscan", HEADER, LOADED, ENDED)

    recording = read_recording(path)

    assert recording.records == (HEADER, LOADED, ENDED)
    assert (recording.header, recording.is_cut) == (HEADER, False)


def test_a_record_is_on_the_disk_before_the_writer_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "run.leakscan"

    with RecordingWriter(path) as writer:
        writer.write([HEADER])
        writer.write([LOADED])
        recording = read_recording(path)

    assert recording.records == (HEADER, LOADED)


def test_a_recording_may_end_anywhere_in_its_last_record(tmp_path: Path) -> None:
    path = _written(tmp_path / "run.leakscan", HEADER, LOADED)
    whole = path.read_bytes()
    header_size = len(wire.encode(HEADER))

    for size in range(header_size + 1, len(whole)):
        path.write_bytes(whole[:size])
        recording = read_recording(path)
        assert (recording.records, recording.is_cut) == ((HEADER,), True)


def test_a_recording_without_the_end_of_its_run_is_cut_short(tmp_path: Path) -> None:
    assert read_recording(_written(tmp_path / "cut", HEADER, LOADED)).is_cut_short
    assert not read_recording(_written(tmp_path / "whole", HEADER, LOADED, ENDED)).is_cut_short


def test_a_new_run_replaces_the_recording_of_the_old_one(tmp_path: Path) -> None:
    path = _written(tmp_path / "run.leakscan", HEADER, LOADED, ENDED)

    _written(path, HEADER)

    assert read_recording(path).records == (HEADER,)


def test_a_newer_recording_says_to_upgrade(tmp_path: Path) -> None:
    newer = HEADER._replace(format=wire.FORMAT_VERSION + 1)
    path = _written(tmp_path / "run.leakscan", newer)

    with pytest.raises(RecordingError) as raised:
        read_recording(path)

    assert raised.value.message == (
        f"`{path}` has format {wire.FORMAT_VERSION + 1}; this leakscan reads up to {wire.FORMAT_VERSION}"
    )
    assert raised.value.hint == "upgrade leakscan, or record again"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x7fELF\x02\x01",
        b"hello\nworld\n",
        b'{"version": 3}\n',
        wire.encode(LOADED),
        wire.encode(HEADER)[:40],
    ],
)
def test_a_file_of_another_kind_is_no_recording(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "run.leakscan"
    path.write_bytes(content)

    with pytest.raises(RecordingError) as raised:
        read_recording(path)

    assert raised.value.message.startswith(f"`{path}` is no leakscan recording")


def test_a_broken_record_in_the_middle_is_told_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "run.leakscan"
    path.write_bytes(wire.encode(HEADER) + b"garbled\n" + wire.encode(ENDED))

    with pytest.raises(RecordingError) as raised:
        read_recording(path)

    assert raised.value.message == f"line 2 of `{path}` is no record"


def test_a_recording_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordingError) as raised:
        read_recording(tmp_path / "none.leakscan")

    assert "can't be read: No such file or directory" in raised.value.message
    assert raised.value.exit_code == 2


def test_a_recording_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordingError) as raised:
        RecordingWriter(tmp_path / "no" / "folder" / "run.leakscan")

    assert "can't be written" in raised.value.message
