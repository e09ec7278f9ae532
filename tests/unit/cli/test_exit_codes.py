"""Errors become exit codes, and none of them looks like a verdict."""

import pytest

from leakscan import __version__
from leakscan.cli import exit_code_of
from leakscan.errors import UsageError
from tests.unit.cli.fakes import FakeEngine

Captured = pytest.CaptureFixture[str]


def test_an_error_is_a_sentence_and_a_hint_on_stderr(capsys: Captured) -> None:
    error = UsageError("there is no target", hint="name one")

    exit_code = exit_code_of(["run", "ap.jobs:handle"], FakeEngine(error))

    assert exit_code == 2
    assert capsys.readouterr().err == "leakscan: there is no target\nhint: name one\n"


def test_an_error_that_quotes_a_workflow_command_is_none_on_github(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    error = UsageError("`a\n::error::b` is no file", hint="c\n ::add-mask::d")

    exit_code_of(["run", "app:f"], FakeEngine(error))

    assert capsys.readouterr().err == "leakscan: `a\n: :error::b` is no file\nhint: c\n : :add-mask::d\n"


def test_a_ctrl_c_outside_the_run_ends_as_a_shell_expects() -> None:
    assert exit_code_of(["run", "app:f"], FakeEngine(KeyboardInterrupt())) == 130


def test_a_bug_of_leakscan_never_says_that_the_target_leaks(capsys: Captured) -> None:
    exit_code = exit_code_of(["run", "app:f"], FakeEngine(ZeroDivisionError("oops")))

    assert exit_code == 70
    assert "this is a bug in leakscan, not a verdict on the target" in capsys.readouterr().err


def test_the_version_is_data(capsys: Captured) -> None:
    assert exit_code_of(["--version"], FakeEngine()) == 0
    assert capsys.readouterr().out == f"leakscan {__version__}\n"


@pytest.mark.parametrize("command", [["--help"], ["run", "--help"], ["report", "-h"]])
def test_help_goes_to_stdout_and_shows_how_to_begin(command: list[str], capsys: Captured) -> None:
    assert exit_code_of(command, FakeEngine()) == 0
    assert "leakscan re" in capsys.readouterr().out


def test_no_command_at_all_is_answered_with_the_help_and_no_verdict(capsys: Captured) -> None:
    assert exit_code_of([], FakeEngine()) == 2

    shown = capsys.readouterr()
    assert (shown.out, shown.err[:6]) == ("", "Usage:")
    assert "leakscan: usage" not in shown.err


def test_an_unknown_command_is_a_usage_error(capsys: Captured) -> None:
    assert exit_code_of(["scan"], FakeEngine()) == 2
    assert "no such command 'scan'" in capsys.readouterr().err.lower()
