"""A check in Markdown: what is in sight, and that no name is markup."""

from itertools import takewhile

import pytest
from markdown_it import MarkdownIt

from leakscan.model.check import Check
from leakscan.reports.formats.markdown import MAX_COMMENT_CHARACTERS, MAX_ROWS, cell
from leakscan.reports.locations import Checkout
from tests.builders import a_finding, an_analysis
from tests.samples import a_check, a_checked_target, checks
from tests.written import text_of

CHECKS = checks()
CHECKOUT = Checkout(root="/srv/app", folder="/srv/app")


def in_sight(check: Check) -> list[str]:
    return list(takewhile(lambda line: line != "<details>", text_of("markdown", check).splitlines()))


@pytest.mark.parametrize("name", CHECKS)
def test_at_most_sixty_lines_are_in_sight(name: str) -> None:
    assert len(in_sight(CHECKS[name])) <= 60


def test_all_of_twenty_failing_findings_are_in_sight() -> None:
    assert sum(line[:1].isdigit() for line in in_sight(CHECKS["twenty leaks"])) == 20


def test_what_is_too_much_is_counted() -> None:
    lines = in_sight(CHECKS["many of all"])

    assert {
        "<br>and 7 more warnings",
        "and 20 more failing leaks",
        "- and 16 more drifts",
        "- and 6 more targets without an answer",
        "and 48 more targets",
    } <= set(lines)


def test_too_many_targets_show_those_that_fail() -> None:
    clean = [a_checked_target(f"clean-{number}", an_analysis()) for number in range(20)]
    check = a_check(*clean, a_checked_target("api", an_analysis(a_finding())))

    rows = [line for line in in_sight(check) if line.startswith("| `")]

    assert [row.split("`")[1] for row in rows] == ["api"]
    assert "and 20 more targets, none of which fails" in in_sight(check)


@pytest.mark.parametrize("name", CHECKS)
def test_a_comment_holds_the_markdown_however_much_there_is_to_tell(name: str) -> None:
    assert len(text_of("markdown", CHECKS[name])) <= MAX_COMMENT_CHARACTERS + 200


@pytest.mark.parametrize("name", CHECKS)
def test_names_are_text_and_every_target_is_a_row_of_six_cells(name: str) -> None:
    check = CHECKS[name]

    tokens = MarkdownIt("commonmark").enable("table").parse("\n".join(in_sight(check)))

    inline = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inline} <= {
        "text",
        "text_special",
        "code_inline",
        "strong_open",
        "strong_close",
        "softbreak",
        "html_inline",
    }
    assert {child.content for child in inline if child.type == "html_inline"} <= {"<br>", "<code>", "</code>"}
    assert not [token for token in tokens if token.type == "html_block"]
    cells = sum(token.type == "td_open" for token in tokens)
    rows = sum(token.type == "tr_open" for token in tokens) - bool(cells)
    assert cells == 6 * rows
    failing = sum(target.exit_code != 0 for target in check.targets)
    assert rows == (len(check.targets) if len(check.targets) <= MAX_ROWS else min(failing, MAX_ROWS))


@pytest.mark.parametrize(
    "name", ["jobs", "a|b", "a\\|b", "|", "`|`", "<b>|</b>", "*|*", "_|_", "&amp;|", "\\|\\"]
)
def test_any_name_is_one_cell_that_says_it(name: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| {cell(name)} | 2 |\n"

    tokens = MarkdownIt("commonmark").enable("table").parse(table)

    contents = [tokens[place + 1] for place, token in enumerate(tokens) if token.type == "td_open"]
    assert len(contents) == 2
    said = [part.content for part in contents[0].children or () if part.type != "html_inline"]
    assert "".join(said) == name
    assert contents[1].content == "2"
