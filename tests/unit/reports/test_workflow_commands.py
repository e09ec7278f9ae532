"""What GitHub's runner would obey, in text that anybody may have written."""

import pytest

from leakscan.reports.workflow_commands import without_commands


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error title=a::b", ": :error title=a::b"),
        ("a\n  ::add-mask::b\n", "a\n  : :add-mask::b\n"),
        ("a\r::error::b", "a\r: :error::b"),
        ("\u00a0\u2003\t::error::b", "\u00a0\u2003\t: :error::b"),
        (":::error::b", ": ::error::b"),
        ("a ##[error]b ###[group]c", "a # #[error]b ## #[group]c"),
    ],
)
def test_nothing_is_a_command_on_github(monkeypatch: pytest.MonkeyPatch, text: str, shown: str) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    assert without_commands(text) == shown
    assert without_commands(shown) == shown


@pytest.mark.parametrize("text", ["a::b", "Foo::bar ::error::", "## a [b]", "a: :b\n: c"])
def test_what_is_no_command_stays(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    assert without_commands(text) == text


def test_elsewhere_nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "")

    assert without_commands("::error::a ##[error]b") == "::error::a ##[error]b"
