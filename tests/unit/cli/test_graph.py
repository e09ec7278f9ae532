"""`--graph`: a picture beside the report, and what happens where none can be drawn."""

import os
from pathlib import Path

import pytest

from leakscan.cli import exit_code_of
from tests.builders import a_finding, an_analysis
from tests.graphs import arrows_of, graph_of
from tests.unit.cli.fakes import FakeEngine

Captured = pytest.CaptureFixture[str]
LEAKING = an_analysis(a_finding())


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are looked for; empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.mark.parametrize("command", ["run", "report"])
def test_a_graph_is_written_beside_the_report(command: str, tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "out.dot"

    exit_code = exit_code_of([command, "app:f", "--graph", str(path)], FakeEngine(LEAKING))

    assert exit_code == 1
    assert [words for _start, words, _end in arrows_of(graph_of(path.read_text(encoding="utf-8")))] == [
        ".done\\n grows"
    ]
    assert capsys.readouterr().out.startswith("LEAKING (unbounded growth)")


def test_a_run_draws_only_if_it_is_asked_to(tmp_path: Path) -> None:
    plain, drawing = FakeEngine(), FakeEngine()

    exit_code_of(["run", "app:f", "-q"], plain)
    exit_code_of(["run", "app:f", "-q", "--graph", str(tmp_path / "out.dot")], drawing)

    assert plain.options is not None
    assert drawing.options is not None
    assert (plain.options.draws, drawing.options.draws) == (False, True)


def test_the_text_on_stdout_stands_there_alone(capfd: pytest.CaptureFixture[str]) -> None:
    exit_code_of(["report", "run.leakscan", "--graph", "-", "-q"], FakeEngine(LEAKING))

    out, err = capfd.readouterr()
    assert out.startswith("strict digraph leakscan {\n")
    assert out.endswith("}\n")
    assert err == "LEAKING (unbounded growth): the heap grows with every call\n"


@pytest.mark.parametrize("name", ["out.jpg", "out", "svg", "out.svg.gz"])
def test_a_file_that_no_picture_is_named_like_is_refused_before_the_run(name: str, capsys: Captured) -> None:
    engine = FakeEngine()

    exit_code = exit_code_of(["run", "app:f", "--graph", name], engine)

    assert (exit_code, engine.options) == (2, None)
    assert f"`{name}` is no picture that can be drawn; its name ends in .svg, .png or .dot" in (
        capsys.readouterr().err
    )


def test_a_graph_and_another_file_cannot_be_one(tmp_path: Path, capsys: Captured) -> None:
    path = str(tmp_path / "out.dot")

    assert exit_code_of(["report", "x", "--graph", path, "--json", path], FakeEngine()) == 2
    assert "are the same file" in capsys.readouterr().err


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize("form", ["svg", "png"])
def test_without_graphviz_only_the_picture_is_missing(form: str, tmp_path: Path, capsys: Captured) -> None:
    picture, page = tmp_path / f"out.{form}", tmp_path / "report.md"
    arguments = ["run", "app:f", "--graph", str(picture), "--markdown", str(page)]

    exit_code = exit_code_of(arguments, FakeEngine(LEAKING))

    out, err = capsys.readouterr()
    assert exit_code == 1
    assert out.startswith("LEAKING (unbounded growth)")
    assert err == (
        f"leakscan: `{picture}` is not written: to draw it takes Graphviz, which is not installed\n"
        "hint: `apt install graphviz`, or ask for the graph as text with `--graph out.dot`\n"
    )
    assert sorted(os.listdir(tmp_path)) == ["bin", "report.md"]  # noqa: PTH208


def test_a_graphviz_that_fails_leaves_the_picture_of_before(programs: Path, tmp_path: Path) -> None:
    (programs / "dot").write_text("#!/bin/sh\necho half a picture\nexit 1\n")
    (programs / "dot").chmod(0o755)
    picture = tmp_path / "out.svg"
    picture.write_text("of before")

    assert exit_code_of(["report", "x", "-q", "--graph", str(picture)], FakeEngine(LEAKING)) == 1
    assert picture.read_text() == "of before"
    assert sorted(os.listdir(tmp_path)) == ["bin", "out.svg"]  # noqa: PTH208
