"""How much of a file that anybody may have written is read, and which numbers and values."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from leakscan.reading import Unreadable, content_of, json_value

MEBIBYTE = 1 << 20


def _sparse(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        file.truncate(size)
    return path


@contextmanager
def _piped(content: bytes) -> Iterator[Path]:
    """The name of a pipe that holds so much and no more, as a shell gives it for `<(command)`."""
    reader, writer = os.pipe()
    os.write(writer, content)
    os.close(writer)
    try:
        yield Path(f"/dev/fd/{reader}")
    finally:
        os.close(reader)


@pytest.mark.parametrize("size", [0, 1, 3 * MEBIBYTE - 1, 3 * MEBIBYTE])
def test_a_file_up_to_the_limit_is_read_whole(size: int, tmp_path: Path) -> None:
    assert len(content_of(_sparse(tmp_path / "file", size), max_bytes=3 * MEBIBYTE)) == size


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts what a process reads")
def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = _sparse(tmp_path / "file", 3 * MEBIBYTE + 1)
    before = psutil.Process().io_counters().read_chars

    with pytest.raises(Unreadable, match="is larger than 3 MiB"):
        content_of(path, max_bytes=3 * MEBIBYTE)

    assert psutil.Process().io_counters().read_chars - before < MEBIBYTE


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="there are no names for descriptors")
def test_a_pipe_which_does_not_say_its_size_is_read_up_to_the_limit_and_no_further() -> None:
    with _piped(b"x" * 1_000) as path:
        assert len(content_of(path, max_bytes=1_000)) == 1_000
    with _piped(b"x" * 1_001) as path, pytest.raises(Unreadable, match="is larger than"):
        content_of(path, max_bytes=1_000)


@pytest.mark.parametrize("number", [2**64, -(2**64), 1.8e19, -1.8e19])
def test_a_number_as_large_as_an_address_can_be_is_read(number: float) -> None:
    assert json_value(f"[{number}]".encode()) == [number]


@pytest.mark.parametrize("digits", [str(2**64 + 1), str(-(2**64) - 1), "1.9e19", "-1.9e19", "1e300"])
def test_a_larger_number_is_refused(digits: str) -> None:
    with pytest.raises(Unreadable, match="has a number that nothing measures"):
        json_value(f"[{digits}]".encode())


def test_a_number_of_thousands_of_digits_is_refused_and_its_beginning_shown() -> None:
    with pytest.raises(Unreadable) as raised:
        json_value(b"[" + b"7" * 9_000 + b"]")

    assert str(raised.value) == "has a number that nothing measures, 77777777777777777777…"


@pytest.mark.parametrize("part", [b"0,", b"[],", b"{},"])
def test_a_text_of_more_values_than_memory_is_for_is_refused(part: bytes) -> None:
    with pytest.raises(Unreadable, match="has more than 5,000,000 values"):
        json_value(b"[" + part * 5_000_000 + b"0]")


def test_a_text_of_many_values_is_read() -> None:
    assert len(json_value(b"[" + b"null," * 500_000 + b"null]")) == 500_001
