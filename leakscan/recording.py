"""A recording: everything that the agent saw, in a file from which every report can be made again."""

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self, get_args, get_type_hints

from leakscan import wire
from leakscan.errors import RecordingError
from leakscan.former_recordings import upgraded
from leakscan.model.run import RunOptions
from leakscan.reading import Unreadable, content_of, json_value

if TYPE_CHECKING:
    from cattrs import Converter

MAX_RECORDING_BYTES = 256 << 20
"""A run of a week with a sample every second comes to 150 MiB."""
MAX_RECORDS = 1_000_000
"""A run of 11 days with a sample every second."""
CUT_SHORT = "the recording is cut short; the report is on what was written until then"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The records of one run, the header first."""

    records: tuple[wire.Record, ...]
    warnings: tuple[str, ...] = ()
    """What of the file could not be read, a sentence each."""
    loss: str | None = None
    """Of a run that was recorded: why its file does not hold all of this; None if it does."""

    @property
    def header(self) -> wire.Header:
        """What was run, by which leakscan."""
        first = self.records[0]
        assert isinstance(first, wire.Header)
        return first


def read_recording(path: Path) -> Recording:
    """The recording in the file, as far as it can be read.

    What is cut off, or stands behind a line that is no record, is left out, and so are records that a newer
    leakscan has and this one does not know; `warnings` says so. Raises RecordingError if there is no such
    file, if it is too large, if it is no recording, or if it is too new.
    """
    return recording_of(content_of_run(path), path)


def content_of_run(path: Path) -> bytes:
    """What a file that a run wrote holds; raises RecordingError if it can't be read, or is too large."""
    try:
        return content_of(path, max_bytes=MAX_RECORDING_BYTES)
    except Unreadable as error:
        raise RecordingError(f"`{path}` {error}") from error


def recording_of(content: bytes, path: Path) -> Recording:
    """The recording that is the content of the file at the path.

    Raises RecordingError, as `read_recording` does, if it is none or too new.
    """
    if content.count(b"\n") > MAX_RECORDS:
        raise RecordingError(f"`{path}` has more than {MAX_RECORDS:,} lines")
    lines = content.split(b"\n")
    header = _header(lines[0], path)
    if header.format > wire.FORMAT_VERSION:
        return _newer(header, lines[1:])
    return _known(header, lines[1:])


def _known(header: wire.Header, lines: Sequence[bytes]) -> Recording:
    """The records up to the first line that is none."""
    records: list[wire.Record] = [header]
    for number, line in enumerate(lines, start=2):
        record = _record(line, header.format)
        if record is not None:
            records.append(record)
        elif line.strip() and number <= len(lines):
            return Recording(records=tuple(records), warnings=(_garbled(number),))
    is_whole = isinstance(records[-1], wire.Ended)
    return Recording(records=tuple(records), warnings=() if is_whole else (CUT_SHORT,))


def _newer(header: wire.Header, lines: Sequence[bytes]) -> Recording:
    """The records that this version knows, wherever they stand."""
    written = [line for line in lines if line.strip()]
    known = [record for record in map(_record, written) if record is not None]
    left_out = len(written) - len(known)
    newer = (
        f"the recording is of a newer leakscan, {header.leakscan}: {left_out:,} of its {len(written):,} "
        "records are not known here and left out"
    )
    is_whole = bool(known) and isinstance(known[-1], wire.Ended)
    return Recording(records=(header, *known), warnings=(newer, *(() if is_whole else (CUT_SHORT,))))


def _garbled(number: int) -> str:
    return f"line {number:,} of the recording is garbled; the report is on what stands before it"


def _header(line: bytes, path: Path) -> wire.Header:
    header = _record(line)
    if not isinstance(header, wire.Header):
        raise RecordingError(
            f"`{path}` is no leakscan recording", hint="give a file that `leakscan run` wrote with -o"
        )
    oldest_reader = header.format if header.readable_from is None else header.readable_from
    if oldest_reader > wire.FORMAT_VERSION:
        raise RecordingError(
            f"`{path}` has format {header.format}; this leakscan reads up to {wire.FORMAT_VERSION}",
            hint="upgrade leakscan, or record again",
        )
    return header


def _record(line: bytes, line_format: int = wire.FORMAT_VERSION) -> wire.Record | None:
    """The record in a line of this format; None if it is none, or none that this version can read."""
    from leakscan.structuring import structured

    if not line.strip():
        return None
    try:
        fields = json_value(line)
        if not isinstance(fields, dict):
            return None
        if line_format < wire.FORMAT_VERSION:
            fields = upgraded(fields)
        # What a command looks like is known, but no recording holds one.
        kind = _RECORDS.get(fields.get("t"))
        if kind is None:
            return None
        record: wire.Record = structured(fields, kind, _converter())
        if isinstance(record, wire.Header):
            return record._replace(options=_options(record.options))
    except (Unreadable, TypeError):
        return None
    return record


def _options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a run, those that are known of their declared types."""
    from leakscan.structuring import structured

    known = get_type_hints(RunOptions)
    return {
        name: structured(value, known[name], _converter()) if name in known else value
        for name, value in options.items()
    }


_RECORDS: Mapping[Any, Any] = {kind.__name__: kind for kind in get_args(wire.Record)}


@cache
def _converter() -> "Converter":
    from leakscan.structuring import strict_converter

    converter = strict_converter()
    of_text = converter.get_structure_hook(str)
    # A kind or a stage of a newer format stays the text that it is.
    converter.register_structure_hook(wire.Stage | str, lambda value, _: wire.stage(of_text(value, str)))
    converter.register_structure_hook(
        wire.StepKind | str, lambda value, _: wire.step_kind(of_text(value, str))
    )
    return converter


class RecordingWriter:
    """Appends records to a file, each on the disk before the next is taken.

    An older recording stays as it is until the target has loaded. A file that can't be written ends the
    recording and nothing else: `loss` says it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._waiting: list[bytes] | None = None
        """Records that will take the place of an older recording; None once they may be written."""
        self._is_begun = False
        self.loss: str | None = None
        """Why the file does not hold the whole run; None if it does."""
        try:
            self._file = self._opened()
        except (OSError, ValueError) as error:
            self._lose(error)

    def _opened(self) -> BinaryIO:
        if self._path.is_file() and self._path.stat().st_size:
            self._waiting = []
            return self._path.open("r+b", buffering=0)
        return self._path.open("wb", buffering=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def write(self, records: Sequence[wire.Record]) -> None:
        """Append the records."""
        for record in records:
            line = wire.encode(record)
            if self._waiting is None:
                self._append(line)
                continue
            self._waiting.append(line)
            if isinstance(record, wire.Loaded):
                self._replace_the_old()

    def close(self) -> None:
        """Close the file, and see that it is still where it was."""
        if self._file is None:
            return
        if self._waiting is not None:
            self.loss = f"`{self._path}` keeps the recording that was in it: the target was not loaded"
        elif not self._is_in_place():
            self.loss = f"the recording `{self._path}` is lost: the file was taken away during the run"
        try:
            self._file.close()
        except OSError as error:
            self._lose(error)

    def _replace_the_old(self) -> None:
        assert self._file is not None
        lines, self._waiting = self._waiting or [], None
        try:
            self._file.truncate(0)
        except OSError as error:
            self._lose(error)
        for line in lines:
            self._append(line)

    def _append(self, line: bytes) -> None:
        if self._file is None:
            return
        try:
            # What has no room is written in part.
            while line:
                line = line[self._file.write(line) :]
                self._is_begun = True
        except OSError as error:
            self._lose(error)

    def _is_in_place(self) -> bool:
        assert self._file is not None
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        except OSError:
            return False

    def _lose(self, error: OSError | ValueError) -> None:
        reason = getattr(error, "strerror", None) or error
        what = "is cut short" if self._is_begun else "can't be written"
        self.loss = f"the recording `{self._path}` {what}: {reason}"
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()
