"""`--annotations`: who is told, and where."""

import json
from pathlib import Path

import pytest

from leakscan.cli import exit_code_of
from leakscan.cli.options import CODE_QUALITY, Annotations, annotations_of
from tests.builders import a_finding, an_analysis
from tests.unit.cli.fakes import FakeEngine

Captured = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("choice", "environment", "expected"),
    [
        ("auto", {}, Annotations.NONE),
        ("auto", {"GITHUB_ACTIONS": "true"}, Annotations.GITHUB),
        ("auto", {"GITLAB_CI": "true"}, Annotations.GITLAB),
        ("auto", {"GITHUB_ACTIONS": ""}, Annotations.NONE),
        ("none", {"GITHUB_ACTIONS": "true"}, Annotations.NONE),
        ("github", {"GITLAB_CI": "true"}, Annotations.GITHUB),
    ],
)
def test_auto_is_whoever_runs_it(choice: str, environment: dict[str, str], expected: Annotations) -> None:
    assert annotations_of(choice, environment) is expected


@pytest.mark.parametrize("words", [["run", "app:f"], ["report", "x"], ["diff", "old", "new"]])
def test_on_github_the_commands_follow_the_report(
    words: list[str], capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    found = an_analysis(a_finding())
    files = {"old": an_analysis(), "new": found} if words[0] == "diff" else {}

    exit_code_of([*words, "-q"], FakeEngine(found, files=files))

    first, *commands = capsys.readouterr().out.splitlines()
    assert first.startswith(("LEAKING", "WORSE"))
    assert [line.split()[0] for line in commands] == ["::error"]


def test_stdout_that_holds_a_file_holds_no_commands(capsys: Captured) -> None:
    arguments = ["report", "run.leakscan", "--annotations", "github", "--json", "-"]

    exit_code_of(arguments, FakeEngine(an_analysis(a_finding())))

    out, err = capsys.readouterr()
    assert json.loads(out)["verdict"] == "LEAKING"
    assert "\n::error " in err


@pytest.mark.parametrize("words", [["report", "x"], ["diff", "x", "y"]])
def test_for_gitlab_the_report_is_a_file_in_the_current_folder(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)

    exit_code_of([*words, "--annotations", "gitlab", "-q"], FakeEngine(an_analysis(a_finding())))

    [issue] = json.loads((tmp_path / CODE_QUALITY).read_text())
    assert issue["location"]["path"] == "app/jobs.py"
    assert "::" not in capsys.readouterr().out


def test_a_folder_that_cannot_hold_the_report_for_gitlab_is_refused_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / CODE_QUALITY).mkdir()
    engine = FakeEngine()

    assert exit_code_of(["run", "app:f", "--annotations", "gitlab"], engine) == 2
    assert engine.options is None
    assert "it is a folder" in capsys.readouterr().err
