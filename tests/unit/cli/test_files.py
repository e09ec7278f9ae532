"""The files of a report: each whole, each where it was asked for."""

import os
from pathlib import Path

import pytest

from leakscan.cli import exit_code_of
from leakscan.cli.repository import checkout_of
from leakscan.model.run import STDERR, Surroundings
from leakscan.reports.formats.table import FORMATS, flags_of
from tests.builders import a_finding, an_analysis
from tests.unit.cli.fakes import FakeEngine

Captured = pytest.CaptureFixture[str]
NAMES = [form.name for form in flags_of("report")]


def every_file(folder: Path) -> list[str]:
    return [
        word for form in flags_of("report") for word in (f"--{form.name}", str(folder / f"r{form.suffix}"))
    ]


@pytest.mark.parametrize("command", ["run", "report"])
def test_all_files_can_be_written_at_once(command: str, tmp_path: Path, capsys: Captured) -> None:
    exit_code = exit_code_of([command, "app:f", *every_file(tmp_path)], FakeEngine(an_analysis(a_finding())))

    assert exit_code == 1
    assert sorted(os.listdir(tmp_path)) == sorted(f"r{form.suffix}" for form in flags_of("report"))  # noqa: PTH208
    assert all(path.stat().st_size for path in tmp_path.iterdir())
    assert capsys.readouterr().out.startswith("LEAKING")


@pytest.mark.parametrize("name", NAMES)
def test_stdout_holds_a_file_alone(name: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    analysis = an_analysis(a_finding())
    engine = FakeEngine(analysis)

    exit_code_of(["run", "app:f", "-q", f"--{name}", "-"], engine)

    out, err = capfdbinary.readouterr()
    content = FORMATS[name].write(analysis, checkout_of(analysis))
    assert err.startswith(b"LEAKING (unbounded growth)")
    assert engine.surroundings == Surroundings(stdout=STDERR)
    assert out == content


def test_two_files_cannot_share_stdout(capsys: Captured) -> None:
    engine = FakeEngine()

    assert exit_code_of(["run", "app:f", "--json", "-", "--junit", "-"], engine) == 2
    assert engine.options is None
    assert capsys.readouterr().err == (
        "leakscan: --json and --junit can't share stdout\nhint: give all but one of them a file\n"
    )


def test_two_files_cannot_be_one(tmp_path: Path, capsys: Captured) -> None:
    path = str(tmp_path / "report")

    assert exit_code_of(["report", "x", "--sarif", path, "--markdown", path], FakeEngine()) == 2
    assert "--sarif and --markdown are the same file" in capsys.readouterr().err.replace(
        "--markdown and --sarif", "--sarif and --markdown"
    )


@pytest.mark.parametrize("words", [["report"], ["diff", "old.leakscan"]])
def test_what_is_read_is_never_replaced(words: list[str], tmp_path: Path, capsys: Captured) -> None:
    recording = tmp_path / "run.leakscan"
    recording.write_text("what was seen")
    (tmp_path / "link").symlink_to(recording)

    exit_code = exit_code_of([*words, str(recording), "--json", str(tmp_path / "link")], FakeEngine())

    assert exit_code == 2
    assert recording.read_text() == "what was seen"
    assert "is read" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_costs_neither_the_report_nor_the_other_files(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, fine = tmp_path / "report.json", tmp_path / "report.md"
    replace = Path.replace

    def replace_unless_full(draft: Path, path: Path) -> Path:
        if path == full:
            raise OSError(28, "No space left on device")
        return replace(draft, path)

    monkeypatch.setattr(Path, "replace", replace_unless_full)
    arguments = ["report", "x", "--json", str(full), "--markdown", str(fine)]

    exit_code = exit_code_of(arguments, FakeEngine(an_analysis(a_finding())))

    out, err = capsys.readouterr()
    assert exit_code == 1
    assert out.startswith("LEAKING")
    assert err == f"leakscan: can't write `{full}`: No space left on device\n"
    assert [path.name for path in tmp_path.iterdir()] == ["report.md"]
