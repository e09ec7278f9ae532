"""A recording: everything that the agent saw, in a file from which every report can be made again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, get_args, get_type_hints

from leakscan import wire
from leakscan.errors import RecordingError
from leakscan.model import RunOptions
from leakscan.reading import Unreadable, content_of, json_value

if TYPE_CHECKING:
    from cattrs import Converter

MOST_BYTES = 256 << 20
"""A run of a week with a sample every second comes to 150 MiB."""
MOST_RECORDS = 1_000_000
"""A run of 11 days with a sample every second."""
CUT_SHORT = "the recording is cut short; the report is on what was written until then"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The records of one run, the header first."""

    records: tuple[wire.Record, ...]
    warnings: tuple[str, ...] = ()
    """What of the file could not be read, a sentence each."""

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
        return content_of(path, most_bytes=MOST_BYTES)
    except Unreadable as error:
        raise RecordingError(f"`{path}` {error}") from error


def recording_of(content: bytes, path: Path) -> Recording:
    """The recording that is the content of the file at the path, as `read_recording` reads it."""
    if content.count(b"\n") > MOST_RECORDS:
        raise RecordingError(f"`{path}` has more than {MOST_RECORDS:,} lines")
    lines = content.split(b"\n")
    header = _header(lines[0], path)
    if header.format > wire.FORMAT_VERSION:
        return _newer(header, lines[1:])
    return _known(header, lines[1:])


def _known(header: wire.Header, lines: Sequence[bytes]) -> Recording:
    """The records up to the first line that is none."""
    records: list[wire.Record] = [header]
    for number, line in enumerate(lines, start=2):
        record = _record(line)
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


def _record(line: bytes) -> wire.Record | None:
    """The record in a line; None if it is none, or none that this version can read."""
    from leakscan.structuring import structured

    try:
        fields = json_value(line)
        # What a command looks like is known, but no recording holds one.
        kind = _RECORDS.get(fields.get("t")) if isinstance(fields, dict) else None
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

    return strict_converter()


class RecordingWriter:
    """Appends records to a file, each on the disk before the next is taken."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("wb", buffering=0)
        except OSError as error:
            raise RecordingError(f"`{path}` can't be written: {error.strerror}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def write(self, records: Sequence[wire.Record]) -> None:
        """Append the records."""
        for record in records:
            self._file.write(wire.encode(record))
