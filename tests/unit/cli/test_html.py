"""`--html`: the report as a page, beside what the terminal shows."""

from pathlib import Path

import pytest

from leakscan.cli import exit_code_of
from tests.builders import a_finding, a_site, an_analysis
from tests.promises import About, promise
from tests.unit.cli.fakes import FakeEngine

Captured = pytest.CaptureFixture[str]


@pytest.mark.parametrize("command", ["run", "report"])
def test_a_page_is_written_beside_the_report(command: str, tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "report.html"

    exit_code = exit_code_of([command, "app.jobs", "--html", str(path)], FakeEngine(an_analysis(a_finding())))

    assert exit_code == 1
    assert path.read_text(encoding="ascii").startswith("<!doctype html>")
    assert capsys.readouterr().out.startswith("LEAKING (unbounded growth)")


def test_a_page_on_stdout_stands_there_alone(capfd: pytest.CaptureFixture[str]) -> None:
    exit_code_of(["report", "run.leakscan", "--html", "-", "-q"], FakeEngine())

    out, err = capfd.readouterr()
    assert (out[:15], out[-8:]) == ("<!doctype html>", "</html>\n")
    assert err == "CLEAN (flat): the heap stays flat\n"


def test_a_page_shows_the_code_of_the_folder_that_the_run_was_started_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jobs.py").write_text("def put(done):\n    done.append(object())\n", encoding="utf-8")
    analysis = an_analysis(a_finding(sites=(a_site("jobs.py:2", "put"),)), working_directory=str(tmp_path))
    path = tmp_path / "report.html"

    exit_code_of(["report", "run.leakscan", "-q", "--html", str(path)], FakeEngine(analysis))

    assert "<mark>done.append(object())</mark>" in path.read_text(encoding="ascii")


@promise(
    About.READS,
    "Of the files that a recording names, a report quotes those alone that are Python and lie in the project "
    "that it is made in, or in an installed package.",
)
def test_a_page_quotes_nothing_of_a_folder_that_only_the_recording_names(tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text("def put(done):\n    done.append('a secret')\n", encoding="utf-8")
    analysis = an_analysis(a_finding(sites=(a_site("jobs.py:2", "put"),)), working_directory=str(tmp_path))
    path = tmp_path / "report.html"

    exit_code_of(["report", "run.leakscan", "-q", "--html", str(path)], FakeEngine(analysis))

    assert "a secret" not in path.read_text(encoding="ascii")
    assert "lies outside the project and its packages" in path.read_text(encoding="ascii")
