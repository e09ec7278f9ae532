"""Where a click on a place in a report leads."""

import os
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from leakscan.reports.text.consoles import StreamConsole, linker_for
from leakscan.reports.text.hyperlinks import are_hyperlinks_shown, file_hyperlinks, no_hyperlinks

NOWHERE_SPECIAL = {"TERM": "xterm-256color"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "my jobs #1.py").write_text("")
    return tmp_path


@pytest.fixture
def terminal() -> Iterator[IO[str]]:
    """The end of a pseudo-terminal that programs write to."""
    outer, inner = os.openpty()
    tty.setraw(inner)
    with os.fdopen(inner, "w", encoding="utf-8") as stream:
        yield stream
    os.close(outer)


def test_a_file_is_named_with_its_host_and_as_a_url(folder: Path) -> None:
    link = file_hyperlinks(str(folder), host="web-1", environment=NOWHERE_SPECIAL)

    assert link("app/my jobs #1.py", 41) == f"file://web-1{folder}/app/my%20jobs%20%231.py"


@pytest.mark.parametrize(
    ("environment", "host"),
    [
        ({"TERM": "xterm-kitty"}, "web-1"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "web-1"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "vscode"}, ""),
    ],
)
def test_a_terminal_that_opens_files_at_a_line_is_told_the_line(
    environment: dict[str, str], host: str, folder: Path
) -> None:
    link = file_hyperlinks(str(folder), host="web-1", environment=environment)

    assert link("app/my jobs #1.py", 41) == f"file://{host}{folder}/app/my%20jobs%20%231.py#41"


@pytest.mark.parametrize(
    "file", ["app/gone.py", "app", "<string>", "?", "", "x" * 5_000, "a\0b.py", "\udc80.py"]
)
def test_what_is_no_file_here_is_no_link(file: str, folder: Path) -> None:
    link = file_hyperlinks(str(folder), host="web-1", environment=NOWHERE_SPECIAL)

    assert link(file, 1) is None


def test_a_hostile_name_is_quoted(tmp_path: Path) -> None:
    name = "\x1b]8;;evil\x1b\\\udc80.py"
    (tmp_path / name).write_text("")

    url = file_hyperlinks(str(tmp_path), host="web-1", environment=NOWHERE_SPECIAL)(name, 1)

    assert url == f"file://web-1{tmp_path}/%1B%5D8%3B%3Bevil%1B%5C%80.py"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "FORCE_HYPERLINK": "1"}, True),
        ({"TERM": "xterm", "FORCE_HYPERLINK": "0"}, False),
        ({"TERM": "linux"}, False),
    ],
)
def test_who_wants_no_links_gets_none(environment: dict[str, str], *, expected: bool) -> None:
    assert are_hyperlinks_shown(environment) is expected


def test_a_terminal_gets_links_and_a_pipe_none_even_if_it_gets_colour(
    terminal: IO[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("FORCE_HYPERLINK", raising=False)

    on_terminal = linker_for(StreamConsole(file=terminal), str(folder))
    with (folder / "out").open("w") as file:
        in_file = linker_for(StreamConsole(file=file, force_terminal=True), str(folder))

    assert on_terminal("app/my jobs #1.py", 1) is not None
    assert in_file is no_hyperlinks


def test_a_dumb_terminal_gets_no_links(
    terminal: IO[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")

    assert linker_for(StreamConsole(file=terminal), str(folder)) is no_hyperlinks
