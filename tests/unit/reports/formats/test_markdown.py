"""Markdown for people who read a pull request."""

from itertools import takewhile

import pytest
from markdown_it import MarkdownIt

from leakscan.reports.formats.markdown import MAX_COMMENT_CHARACTERS, code
from leakscan.reports.views.max_rows import EVERYTHING
from leakscan.reports.views.report import report_view
from tests.builders import a_filling_finding, a_finding, a_holder, an_analysis
from tests.samples import analyses
from tests.written import text_of

ANALYSES = analyses()


def in_sight(text: str) -> list[str]:
    return list(takewhile(lambda line: line != "<details>", text.splitlines()))


def test_a_report_reads_as_a_verdict_a_reason_and_a_line_for_each_finding() -> None:
    text = text_of("markdown", an_analysis(a_finding(), a_filling_finding()))

    assert in_sight(text) == [
        "### leakscan: LEAKING (unbounded growth)",
        "",
        "`the heap grows with every call`",
        "",
        (
            "1. **LEAKING** `Jobs.done (dict, 12,340 entries, +10.0 per call, none removed) grows by "
            "1.9 kB per call`, allocated at `app/jobs.py:41 in Jobs.put`"
        ),
        (
            "2. **FILLING** `lru_cache of app.price (3,210 of at most 5,000 entries, +1.0 per call, none "
            "removed) fills by 240 B per call and plateaus at 5,000 entries, about 1.2 MB`, allocated at "
            "`app/jobs.py:41 in Jobs.put`"
        ),
        "",
    ]


def test_twenty_findings_take_at_most_sixty_lines_in_sight() -> None:
    lines = in_sight(text_of("markdown", ANALYSES["twenty findings"]))

    assert len(lines) <= 60
    assert sum(line[:1].isdigit() for line in lines) == 20


def test_what_is_beyond_twenty_is_counted() -> None:
    findings = [a_finding(holder=a_holder(f"Jobs.queue_{number}")) for number in range(25)]

    assert in_sight(text_of("markdown", an_analysis(*findings)))[-2] == "and 5 more findings"


def test_the_whole_report_of_the_terminal_is_folded_below() -> None:
    text = text_of("markdown", an_analysis(a_finding()))

    assert text.endswith("\n</pre>\n</details>\n")
    assert "\n  held by      app.jobs → .done\n" in text


@pytest.mark.parametrize("name", ANALYSES)
def test_a_comment_holds_it_however_much_there_is_to_tell(name: str) -> None:
    assert len(text_of("markdown", ANALYSES[name])) <= MAX_COMMENT_CHARACTERS + 200


def test_what_is_too_much_is_cut_from_the_folded_part() -> None:
    findings = [
        a_finding(holder=a_holder(f"q{n}", path=tuple("abcdefgh" * 5)), advice="x" * 9_000) for n in range(20)
    ]

    text = text_of("markdown", an_analysis(*findings))

    assert MAX_COMMENT_CHARACTERS - 10_000 < len(text) <= MAX_COMMENT_CHARACTERS + 200
    assert "more lines\n</pre>\n</details>\n" in text


@pytest.mark.parametrize("name", ANALYSES)
def test_names_of_the_target_are_text_and_nothing_else(name: str) -> None:
    text = text_of("markdown", ANALYSES[name])

    parts, markup = parsed(text)

    assert parts <= {
        "text",
        "text_special",
        "code_inline",
        "strong_open",
        "strong_close",
        "softbreak",
        "html_inline",
    }
    assert set(markup) <= {"<br>", "<code>", "</code>"}
    assert all(char.isprintable() or char == "\n" for char in text)


@pytest.mark.parametrize("name", ANALYSES)
def test_what_is_folded_is_text_that_no_name_can_end(name: str) -> None:
    text = text_of("markdown", ANALYSES[name])
    folded = text[text.index("<details>") :]
    blocks = [token.content for token in MarkdownIt("commonmark").parse(folded)]

    assert [block.split()[0] for block in blocks] == ["<details>", "<pre>", "</details>"]
    assert folded.count("<") == len(["<details>", "<summary>", "</summary>", "<pre>", "</pre>", "</details>"])
    assert blocks[1].endswith("\n</pre>\n")


@pytest.mark.parametrize("name", ANALYSES)
def test_each_sentence_is_a_code_span_of_its_own(name: str) -> None:
    analysis = ANALYSES[name]
    spans = [
        child.content
        for token in MarkdownIt("commonmark").parse("\n".join(in_sight(text_of("markdown", analysis))))
        for child in token.children or ()
        if child.type == "code_inline"
    ]

    for finding in report_view(analysis, EVERYTHING).findings[:20]:
        assert finding.summary in spans


def parsed(text: str) -> tuple[set[str], list[str]]:
    """The kinds of inline parts that stand in sight, and the raw HTML among them."""
    tokens = MarkdownIt("commonmark").parse("\n".join(in_sight(text)))
    inline = [child for token in tokens for child in token.children or ()]
    blocks = [token.content for token in tokens if token.type == "html_block"]
    return {child.type for child in inline}, blocks + [c.content for c in inline if c.type == "html_inline"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jobs.done", "`Jobs.done`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("a``b`c", "```a``b`c```"),
        (" x ", "`  x  `"),
        ("  ", "`  `"),
        ("", ""),
    ],
)
def test_a_code_span_is_fenced_by_more_than_the_text_has(text: str, expected: str) -> None:
    assert code(text) == expected
