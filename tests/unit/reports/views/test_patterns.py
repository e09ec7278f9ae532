"""The patterns that leaks are made of, as the page that ships with leakscan has them."""

import re
from pathlib import Path

import pytest

import leakscan
from leakscan import documentation
from leakscan.reports.formats.sarif import RULE_PATTERNS
from leakscan.reports.views.patterns import (
    explaining_command,
    likely_names,
    pattern_named,
    pattern_url,
    patterns,
)
from tests.builders import a_finding

SITE = "https://docs.example/leakscan/"
PAGE = Path(leakscan.__file__).parent.parent / "docs" / "patterns.md"


def test_every_section_of_the_page_is_a_pattern_with_a_symptom_and_a_text() -> None:
    titles = re.findall(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert [pattern.title for pattern in patterns()] == titles
    assert [pattern.name for pattern in patterns() if not (pattern.symptom and pattern.text)] == []


def test_a_section_ends_where_the_next_begins() -> None:
    pattern = pattern_named("a-default-that-is-shared")

    assert pattern is not None
    assert pattern.symptom == "`default 'seen' of collect`."
    assert pattern.text == (
        "*In a report:* `default 'seen' of collect`.\n\n"
        "A default argument is made once, when the function is defined. "
        "Use `None`, and make a new one inside."
    )


def test_a_link_to_another_page_has_the_address_of_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documentation, "SITE", SITE)

    pattern = pattern_named("a-cache-that-outgrows-its-bound")

    assert pattern is not None
    assert f"[the list of caches]({SITE}run.html#the-list-of-caches)" in pattern.text
    assert "the list of caches (`--caches`), in the same words" in pattern.symptom


def test_a_link_to_another_page_is_its_words_alone_while_there_is_no_site() -> None:
    assert [pattern.name for pattern in patterns() if "](" in pattern.text] == []
    assert "is in the list of caches (`--caches`)," in " ".join(
        pattern.text for pattern in patterns() if pattern.name == "a-cache-that-outgrows-its-bound"
    )


def test_a_section_names_no_file_that_a_reader_of_an_installed_leakscan_lacks() -> None:
    folders = [path.name for path in PAGE.parent.parent.iterdir() if path.is_dir()]

    named = [
        (pattern.name, folder) for pattern in patterns() for folder in folders if f"{folder}/" in pattern.text
    ]

    assert named == []


@pytest.mark.parametrize("name", ["a-threads-own-storage", "A thread's own storage"])
def test_a_pattern_is_known_by_its_name_and_by_its_title(name: str) -> None:
    pattern = pattern_named(name)

    assert pattern is not None
    assert pattern.title == "A thread's own storage"


@pytest.mark.parametrize(
    ("name", "likely"),
    [
        ("lock", ["a-lock-per-key"]),
        ("a-lok-per-kay", ["a-lock-per-key"]),
        ("cache", ["an-unbounded-cache", "a-cache-on-a-method", "a-cache-that-outgrows-its-bound"]),
        ("zzz", []),
        ("", []),
    ],
)
def test_the_names_that_may_be_meant_contain_the_name_or_are_spelled_like_it(
    name: str, likely: list[str]
) -> None:
    assert likely_names(name) == likely


def test_a_finding_says_which_command_explains_it_and_no_page_while_there_is_no_site() -> None:
    finding = a_finding(pattern="a-lock-per-key")

    assert explaining_command(finding) == "leakscan explain a-lock-per-key"
    assert pattern_url(finding) is None


def test_a_finding_says_which_page_explains_it_once_there_is_a_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documentation, "SITE", SITE)

    assert pattern_url(a_finding(pattern="a-lock-per-key")) == f"{SITE}patterns.html#a-lock-per-key"


@pytest.mark.parametrize("pattern", [None, "", "x; rm -rf ~", "a-lock\n", "A", 'x"onclick'])
def test_what_is_no_name_of_a_pattern_is_neither_a_command_nor_a_link(pattern: str | None) -> None:
    finding = a_finding(pattern=pattern)

    assert (explaining_command(finding), pattern_url(finding)) == (None, None)


@pytest.mark.parametrize("name", sorted(RULE_PATTERNS.values()))
def test_the_help_of_a_rule_links_to_a_section_that_there_is(name: str) -> None:
    assert pattern_named(name) is not None
