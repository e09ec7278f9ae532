"""The program that draws: there, missing, or failing."""

import shutil
from pathlib import Path

import pytest

from leakscan.errors import GraphvizError
from leakscan.reports.formats.graphviz import rendered
from tests.promises import About, promise

GRAPH = 'digraph {\n  a [label="… 12,338 more"];\n}\n'.encode()


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are looked for; empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def _install_dot(folder: Path, *lines: str) -> None:
    program = folder / "dot"
    program.write_text("\n".join(["#!/bin/sh", *lines]))
    program.chmod(0o755)


@pytest.mark.parametrize("destination", ["out.dot", "OUT.DOT", "-"])
def test_text_takes_no_program(destination: str, programs: Path) -> None:
    assert list(programs.iterdir()) == []
    assert rendered(GRAPH, destination) == GRAPH


@pytest.mark.parametrize(("destination", "form"), [("out.svg", "svg"), ("a/OUT.PNG", "png")])
def test_a_picture_is_what_the_program_makes_of_the_graph(
    destination: str, form: str, programs: Path
) -> None:
    _install_dot(programs, 'echo "drawn with $*"', 'while read -r line; do echo "$line"; done')

    content = rendered(GRAPH, destination).decode()

    assert content.splitlines()[0] == f"drawn with -T{form}"
    assert "… 12,338 more" in content


@pytest.mark.usefixtures("programs")
def test_without_the_program_it_is_said_what_to_install_and_what_works_without() -> None:
    with pytest.raises(GraphvizError) as caught:
        rendered(GRAPH, "out.svg")

    assert caught.value.message == (
        "`out.svg` is not written: to draw it takes Graphviz, which is not installed"
    )
    assert caught.value.hint == (
        "`apt install graphviz`, or ask for the graph as text with `--graph out.dot`"
    )


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (
            ["echo 'Error: <stdin>: syntax error' >&2", "echo more >&2", "exit 1"],
            "Error: <stdin>: syntax error",
        ),
        (["exit 3"], "ended with 3"),
        (["exit 0"], "ended with 0"),
    ],
)
def test_a_program_that_fails_is_quoted(lines: list[str], reason: str, programs: Path) -> None:
    _install_dot(programs, "while read -r line; do :; done", *lines)

    with pytest.raises(GraphvizError, match=reason) as caught:
        rendered(GRAPH, "out.png")

    assert caught.value.message.startswith("`out.png` is not written: Graphviz failed: ")


def test_a_program_that_does_not_read_is_quoted_too(programs: Path) -> None:
    _install_dot(programs, "echo 'no libraries' >&2", "exit 127")

    with pytest.raises(GraphvizError, match="no libraries"):
        rendered(GRAPH * 100_000, "out.png")


@promise(About.NEVER, "No program that lies in the working folder is started, wherever PATH leads.")
@pytest.mark.parametrize("path", ["", ".", "bin", ":", "{folder}/bin"])
def test_a_program_in_the_working_folder_is_not_started(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    _install_dot(tmp_path, "echo mine")
    _install_dot(tmp_path / "bin", "echo mine")
    monkeypatch.chdir(tmp_path / "bin" if path.startswith("{") else tmp_path)
    monkeypatch.setenv("PATH", path.format(folder=tmp_path))

    with pytest.raises(GraphvizError, match="is not installed"):
        rendered(GRAPH, "out.svg")


def test_the_program_does_not_run_in_the_working_folder(programs: Path) -> None:
    _install_dot(programs, "while read -r line; do :; done", "pwd")

    assert rendered(GRAPH, "out.svg") == b"/\n"


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize(("destination", "magic"), [("out.svg", b"<?xml"), ("out.png", b"\x89PNG")])
def test_graphviz_itself_draws_it(destination: str, magic: bytes) -> None:
    assert rendered(GRAPH, destination).startswith(magic)
