"""`leakscan top` and `leakscan list`."""

from pathlib import Path

import pytest

from leakscan.cli import exit_code_of
from tests.builders import a_finding, a_site, an_analysis
from tests.unit.cli.fakes import FakeEngine

Captured = pytest.CaptureFixture[str]
LEAK = an_analysis(a_finding())


@pytest.mark.parametrize("by", ["growth", "bytes", "count", "holder"])
def test_a_leak_can_be_looked_at_and_that_is_no_failure(by: str, capsys: Captured) -> None:
    assert exit_code_of(["top", "run.leakscan", "--by", by], FakeEngine(LEAK)) == 0
    assert "bytes/call  objects/call" in capsys.readouterr().out


def test_as_many_rows_are_shown_as_were_asked_for(capsys: Captured) -> None:
    sites = tuple(a_site(f"app/jobs.py:{line}") for line in range(1, 8))

    exit_code_of(["top", "x", "-n", "2"], FakeEngine(an_analysis(a_finding(sites=sites))))

    assert "\nand 5 more\n" in capsys.readouterr().out


def test_the_source_is_read_from_the_folder_of_the_run(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "jobs.py").write_text("\n" * 39 + "def put(self):\n    return [self]\n")

    exit_code = exit_code_of(
        ["list", "x", "put"], FakeEngine(an_analysis(a_finding(), working_directory=str(tmp_path)))
    )

    assert exit_code == 0
    assert "    41      return [self]\n" in capsys.readouterr().out


def test_a_name_that_nothing_has_is_answered_with_the_names_that_there_are(capsys: Captured) -> None:
    assert exit_code_of(["list", "x", "nope"], FakeEngine(LEAK)) == 2
    assert capsys.readouterr().err == (
        "leakscan: no function or holder of a finding is called `nope`\n"
        "hint: there are `Jobs.done`, `Jobs.put`\n"
    )


def test_where_nothing_grew_there_is_nothing_to_list(capsys: Captured) -> None:
    assert exit_code_of(["list", "x", "put"], FakeEngine(an_analysis())) == 2
    assert capsys.readouterr().err == ("leakscan: nothing is known to grow, so there is no `put` to list\n")


@pytest.mark.parametrize("arguments", [["--by", "size"], ["-n", "0"]])
def test_what_makes_no_sense_is_refused(arguments: list[str]) -> None:
    assert exit_code_of(["top", "x", *arguments], FakeEngine(LEAK)) == 2
