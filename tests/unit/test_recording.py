"""A recording is read as far as it goes, and anything else is refused in one sentence."""

import os
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from leakscan import wire
from leakscan.errors import RecordingError
from leakscan.recording import CUT_SHORT, RecordingWriter, read_recording
from tests.samples import recorded

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
    assert (recording.header, recording.warnings) == (HEADER, ())


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
        is_complete = size == len(whole) - 1  # only the line break is missing
        assert recording.records == ((HEADER, LOADED) if is_complete else (HEADER,))
        assert recording.warnings == (CUT_SHORT,)


def test_a_recording_without_the_end_of_its_run_is_cut_short(tmp_path: Path) -> None:
    assert read_recording(_written(tmp_path / "cut", HEADER, LOADED)).warnings == (CUT_SHORT,)
    assert read_recording(_written(tmp_path / "whole", HEADER, LOADED, ENDED)).warnings == ()


def test_empty_lines_and_line_ends_of_windows_change_nothing(tmp_path: Path) -> None:
    path = _written(tmp_path / "run.leakscan", HEADER, LOADED, ENDED)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n\r\n"))

    recording = read_recording(path)

    assert (recording.records, recording.warnings) == ((HEADER, LOADED, ENDED), ())


def test_a_new_run_replaces_the_recording_of_the_old_one(tmp_path: Path) -> None:
    path = _written(tmp_path / "run.leakscan", HEADER, LOADED, ENDED)

    _written(path, HEADER, LOADED)

    assert read_recording(path).records == (HEADER, LOADED)


def test_a_target_that_does_not_load_leaves_the_recording_of_the_old_run(tmp_path: Path) -> None:
    path = _written(tmp_path / "run.leakscan", HEADER, LOADED, ENDED)

    with RecordingWriter(path) as writer:
        writer.write([HEADER, wire.LoadFailed("there is no module `app`"), ENDED])

    assert read_recording(path).records == (HEADER, LOADED, ENDED)
    assert writer.loss == f"`{path}` keeps the recording that was in it: the target was not loaded"


def test_the_mode_of_a_recording_stays(tmp_path: Path) -> None:
    path = _written(tmp_path / "run.leakscan", HEADER, LOADED, ENDED)
    path.chmod(0o640)

    _written(path, HEADER, LOADED)

    assert path.stat().st_mode & 0o777 == 0o640


def test_a_recording_that_is_taken_away_during_the_run_is_a_loss(tmp_path: Path) -> None:
    path = tmp_path / "run.leakscan"

    with RecordingWriter(path) as writer:
        writer.write([HEADER, LOADED])
        path.unlink()
        writer.write([ENDED])

    assert writer.loss == f"the recording `{path}` is lost: the file was taken away during the run"


def test_a_device_without_room_ends_the_recording_and_not_the_run() -> None:
    with RecordingWriter(Path("/dev/full")) as writer:
        writer.write([HEADER, LOADED])
        writer.write([ENDED])

    assert writer.loss == "the recording `/dev/full` can't be written: No space left on device"


@pytest.mark.parametrize("readable_from", [None, wire.FORMAT_VERSION + 1])
def test_a_newer_recording_in_which_the_known_may_mean_something_else_is_refused(
    readable_from: int | None, tmp_path: Path
) -> None:
    newer = HEADER._replace(format=wire.FORMAT_VERSION + 1, readable_from=readable_from)
    path = _written(tmp_path / "run.leakscan", newer)

    with pytest.raises(RecordingError) as raised:
        read_recording(path)

    assert raised.value.message == (
        f"`{path}` has format {wire.FORMAT_VERSION + 1}; this leakscan reads up to {wire.FORMAT_VERSION}"
    )
    assert raised.value.hint == "upgrade leakscan, or record again"


def test_a_newer_recording_that_only_added_records_is_read_without_them(tmp_path: Path) -> None:
    newer = HEADER._replace(format=wire.FORMAT_VERSION + 1, leakscan="9.0", readable_from=1)
    path = _written(tmp_path / "run.leakscan", newer, LOADED)
    with path.open("ab") as file:
        file.write(b'{"t":"Prophecy","says":"rain"}\n{"t":"Loaded","seconds":{"cpu":1}}\n')
        file.write(wire.encode(ENDED))

    recording = read_recording(path)

    assert recording.records == (newer, LOADED, ENDED)
    assert recording.warnings == (
        "the recording is of a newer leakscan, 9.0: 2 of its 4 records are not known here and left out",
    )


@pytest.mark.parametrize(("kind", "read"), [("cell", wire.StepKind.CELL), ("telepathy", "telepathy")])
def test_a_kind_of_step_is_read_as_what_it_is_and_an_unknown_one_as_its_text(
    tmp_path: Path, kind: str, read: wire.StepKind | str
) -> None:
    named = wire.Named((wire.NamedHolder((wire.Step(kind, "→", "dict"),)),))
    path = _written(tmp_path / "run.leakscan", HEADER, named)

    _header, record = read_recording(path).records

    assert isinstance(record, wire.Named)
    assert (record.holders[0].steps[0].kind, type(record.holders[0].steps[0].kind)) == (read, type(read))


def test_what_this_leakscan_writes_can_be_read_by_any_that_reads_its_format() -> None:
    assert wire.READABLE_FROM <= wire.FORMAT_VERSION


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


@pytest.mark.parametrize(
    "line",
    [
        b"garbled",
        b"\0\0\0",
        b'{"t":"Prophecy"}',
        wire.encode(wire.Load("app:handle")).strip(),
        b'{"t":"Loaded","name":"app:handle","seconds":"soon"}',
        b'{"t":"Loaded","name":"app:handle","seconds":true}',
        b'{"t":"Loaded","name":"app:handle","seconds":NaN}',
        b'{"t":"Loaded","name":"app:handle","seconds":1,"definition":["app.py",1]}',
        b'{"t":"Loaded","name":["app"],"seconds":1}',
        b'{"t":"Explained","holders":[],"unheld":[{"t":0,"site":0,"objects":1,"bytes":1,"types":{"str":"x"}}]}',
    ],
)
def test_a_recording_is_read_up_to_a_line_that_is_no_record(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "run.leakscan"
    path.write_bytes(wire.encode(HEADER) + wire.encode(LOADED) + line + b"\n" + wire.encode(ENDED))

    recording = read_recording(path)

    assert recording.records == (HEADER, LOADED)
    assert recording.warnings == (
        "line 3 of the recording is garbled; the report is on what stands before it",
    )


@pytest.mark.parametrize(
    "change", [{"format": "1"}, {"options": {"target": 7}}, {"options": {"rounds": "x"}}]
)
def test_a_header_that_says_nonsense_is_none(tmp_path: Path, change: dict[str, Any]) -> None:
    path = _written(tmp_path / "run.leakscan", HEADER._replace(**change))

    with pytest.raises(RecordingError, match="is no leakscan recording"):
        read_recording(path)


@pytest.mark.parametrize("name", recorded())
def test_every_record_of_a_run_is_read_as_it_was_written(name: str, tmp_path: Path) -> None:
    records = recorded()[name]

    recording = read_recording(_written(tmp_path / "run.leakscan", *records))

    assert recording.records == records


def test_a_recording_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordingError) as raised:
        read_recording(tmp_path / "none.leakscan")

    assert "can't be read: No such file or directory" in raised.value.message
    assert raised.value.exit_code == 2


def test_a_recording_that_cannot_be_written_is_a_loss(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path / "no" / "folder" / "run.leakscan") as writer:
        writer.write([HEADER])

    assert writer.loss is not None
    assert writer.loss.endswith("can't be written: No such file or directory")


def test_a_folder_a_device_and_a_pipe_of_nobody_are_no_recordings(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    for path, reason in (
        (tmp_path, "can't be read: it is a folder"),
        (Path("/dev/zero"), "can't be read: it is a device"),
        (pipe, "is no leakscan recording"),
    ):
        with pytest.raises(RecordingError) as raised:
            read_recording(path)
        assert raised.value.message == f"`{path}` {reason}"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts what a process reads")
def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "run.leakscan"
    with path.open("wb") as file:
        file.truncate(257 << 20)
    before = psutil.Process().io_counters().read_chars

    with pytest.raises(RecordingError, match="is larger than 256 MiB"):
        read_recording(path)

    assert psutil.Process().io_counters().read_chars - before < 1 << 20


def test_a_recording_of_more_than_a_million_lines_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.leakscan"
    # The second line is none, so that reading stops there.
    begun = wire.encode(HEADER) + b"garbled\n"

    path.write_bytes(begun + b"\n" * 999_998)
    recording = read_recording(path)
    path.write_bytes(begun + b"\n" * 999_999)
    with pytest.raises(RecordingError) as raised:
        read_recording(path)

    assert recording.records == (HEADER,)
    assert raised.value.message == f"`{path}` has more than 1,000,000 lines"
