"""Consoles on real streams."""

import io
import os
from pathlib import Path

import pytest
from rich.text import Text

from leakscan.reports.text.consoles import StreamConsole, stdout_console


def test_a_reader_that_left_ends_the_output_and_not_the_run() -> None:
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        console = StreamConsole(file=stream)
        console.print(Text("nobody reads this"))
        console.print(Text("nor this"))

    assert console.quiet


def test_a_name_that_the_encoding_lacks_is_shown_escaped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out"
    with path.open("w", encoding="latin-1") as stream:
        monkeypatch.setattr("sys.stdout", stream)

        stdout_console().print(Text("ключ"))

    assert path.read_text() == "\\u043a\\u043b\\u044e\\u0447\n"


def test_what_a_full_disk_does_not_take_is_said_again_from_the_beginning_on_stderr(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spare = io.StringIO()
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123
        monkeypatch.setattr("sys.stdout", full)
        monkeypatch.setattr("sys.stderr", spare)

        console = stdout_console()
        console.print(Text("the verdict"))
        console.print(Text("the rest"))

    assert spare.getvalue() == (
        "leakscan: standard output can't be written: No space left on device; what it should hold is here\n"
        "the verdict\nthe rest\n"
    )
    assert not console.is_lost


def test_without_any_stream_nothing_is_raised_and_the_loss_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    monkeypatch.setattr("sys.stderr", None)

    console = stdout_console()
    console.print(Text("nobody reads this"))

    assert console.is_lost
