"""`leakscan explain`."""

import io

import pytest
from rich.console import Console

from leakscan.cli import exit_code_of
from leakscan.reports.text.patterns import draw_pattern
from leakscan.reports.views.patterns import pattern_named, patterns
from tests.unit.cli.fakes import FakeEngine

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "72")


def test_a_pattern_is_explained_in_the_width_of_the_terminal(capsys: Captured) -> None:
    assert exit_code_of(["explain", "a-cache-that-outgrows-its-bound"], FakeEngine()) == 0
    assert capsys.readouterr().out == (
        "A cache that outgrows its bound\n"
        "\n"
        'In a report: kind bound exceeded: "holds 1,240 entries, maxsize says\n'
        '1,000, and grows by …". One that does not grow any more is in the list\n'
        "of caches (--caches), in the same words.\n"
        "\n"
        "The owner has a limit and does not keep it: eviction counts something\n"
        "else, skips entries in use, or runs only on a path that is no longer\n"
        "taken.\n"
    )


def test_code_keeps_its_lines_and_its_indentation(capsys: Captured) -> None:
    exit_code_of(["explain", "a-lock-per-key"], FakeEngine())

    assert (
        "\n def lock(self, key: str) -> None:\n     with self._mu:\n         entry = self.keys.setdefault("
        in capsys.readouterr().out
    )


def test_code_in_a_line_has_no_background_of_its_own() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=100)
    pattern = pattern_named("a-default-that-is-shared")
    assert pattern is not None

    draw_pattern(pattern, console)

    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b[1;36m" in shown
    assert "40m" not in shown


def test_without_a_name_each_pattern_is_listed_with_how_it_looks(capsys: Captured) -> None:
    assert exit_code_of(["explain"], FakeEngine()) == 0

    shown = capsys.readouterr().out
    assert [line for line in shown.splitlines() if not line.startswith(" ")] == [
        pattern.name for pattern in patterns()
    ]
    assert "\na-default-that-is-shared\n  `default 'seen' of collect`.\n" in shown


def test_an_unknown_pattern_is_refused_with_the_nearest_names(capsys: Captured) -> None:
    assert exit_code_of(["explain", "a-lok-per-key"], FakeEngine()) == 2
    assert capsys.readouterr().err == (
        "leakscan: no pattern is called `a-lok-per-key`\nhint: did you mean `a-lock-per-key`?\n"
    )


def test_a_name_like_none_is_answered_with_how_to_see_all(capsys: Captured) -> None:
    assert exit_code_of(["explain", "zzz"], FakeEngine()) == 2
    assert "hint: `leakscan explain` lists all that there are\n" in capsys.readouterr().err


def test_a_name_of_any_length_is_said_again_in_part(capsys: Captured) -> None:
    assert exit_code_of(["explain", "x" * 100_000], FakeEngine()) == 2

    assert len(capsys.readouterr().err) < 500
