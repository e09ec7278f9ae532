"""A recording: everything that the agent saw, in a file from which every report can be made again."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType, UnionType
from typing import Any, Self, get_args, get_origin, get_type_hints

from leakscan import wire
from leakscan.errors import RecordingError
from leakscan.model import RunOptions

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
    file, if it is no recording, or if it is too new.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise RecordingError(f"`{path}` can't be read: {error.strerror}") from error
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
    try:
        record = wire.decode(line)
    except wire.WireError:
        return None
    # What a command looks like is known, but no recording holds one.
    if not isinstance(record, wire.Record) or not _fits(record, type(record)):
        return None
    return record if not isinstance(record, wire.Header) or _are_options(record.options) else None


def _are_options(options: Mapping[str, Any]) -> bool:
    known = get_type_hints(RunOptions)
    return all(_fits(value, known[name]) for name, value in options.items() if name in known)


def _fits(value: Any, wanted: Any) -> bool:
    """Whether the value is of the type that a field is declared with."""
    if wanted is Any:
        return True
    kind, parts = get_origin(wanted), get_args(wanted)
    if kind is UnionType:
        return any(_fits(value, part) for part in parts)
    if kind is tuple and isinstance(value, tuple):
        if parts[-1] is Ellipsis:
            return all(_fits(item, parts[0]) for item in value)
        return len(value) == len(parts) and all(map(_fits, value, parts))
    if kind is dict and isinstance(value, dict):
        return all(_fits(key, parts[0]) and _fits(item, parts[1]) for key, item in value.items())
    if wanted is float:
        return type(value) in (int, float) and math.isfinite(value)
    if type(value) is not wanted:
        return False
    fields = _field_types()[wanted.__name__] if isinstance(value, tuple) else {}
    return all(_fits(getattr(value, name), field) for name, field in fields.items())


@cache
def _field_types() -> Mapping[str, Mapping[str, Any]]:
    """The types of the fields of everything that has a name of its own in `wire`."""
    kinds = [kind for kind in vars(wire).values() if isinstance(kind, type) and hasattr(kind, "_fields")]
    return {kind.__name__: get_type_hints(kind) for kind in kinds}


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
