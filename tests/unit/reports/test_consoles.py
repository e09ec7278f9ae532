"""Consoles on real streams."""

import os
from pathlib import Path

import pytest
from rich.text import Text

from leakscan.reports.consoles import StreamConsole, stdout_console


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
