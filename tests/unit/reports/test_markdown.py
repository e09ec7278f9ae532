"""Markdown for people who read a pull request."""

from itertools import takewhile

import pytest

from leakscan.reports.markdown import MOST_CHARACTERS, code, markdown_text
from tests.builders import a_filling_finding, a_finding, a_holder, an_analysis
from tests.samples import HOSTILE, analyses

ANALYSES = analyses()


def in_sight(text: str) -> list[str]:
    return list(takewhile(lambda line: line != "<details>", text.splitlines()))


def test_a_report_reads_as_a_verdict_a_reason_and_a_line_for_each_finding() -> None:
    text = markdown_text(an_analysis(a_finding(), a_filling_finding()))

    assert in_sight(text) == [
        "### leakscan: LEAKING (unbounded growth)",
        "",
        "`the heap grows with every call`",
        "",
        (
            "1. **LEAKING** `Jobs.done (dict, 12,340 entries, +10.0 per call, none removed) grows by "
            "1.9 kB per call`, filled at `app/jobs.py:41 in Jobs.put`"
        ),
        (
            "2. **FILLING** `lru_cache of app.price (3,210 of at most 5,000 entries, +1.0 per call, none "
            "removed) fills by 240 B per call and plateaus at 5,000 entries, about 1.2 MB`, filled at "
            "`app/jobs.py:41 in Jobs.put`"
        ),
        "",
    ]


def test_twenty_findings_take_at_most_sixty_lines_in_sight() -> None:
    lines = in_sight(markdown_text(ANALYSES["twenty findings"]))

    assert len(lines) <= 60
    assert sum(line[:1].isdigit() for line in lines) == 20


def test_what_is_beyond_twenty_is_counted() -> None:
    findings = [a_finding(holder=a_holder(f"Jobs.queue_{number}")) for number in range(25)]

    assert in_sight(markdown_text(an_analysis(*findings)))[-2] == "and 5 more findings"


def test_the_whole_report_of_the_terminal_is_folded_below() -> None:
    text = markdown_text(an_analysis(a_finding()))

    assert text.endswith("\n</pre>\n</details>\n")
    assert "\n  held by   app.jobs → .done\n" in text


@pytest.mark.parametrize("name", ANALYSES)
def test_a_comment_holds_it_however_much_there_is_to_tell(name: str) -> None:
    assert len(markdown_text(ANALYSES[name])) <= MOST_CHARACTERS + 200


def test_what_is_too_much_is_cut_from_the_folded_part() -> None:
    findings = [
        a_finding(holder=a_holder(f"q{n}", path=tuple("abcdefgh" * 5)), advice="x" * 9_000) for n in range(20)
    ]

    text = markdown_text(an_analysis(*findings))

    assert MOST_CHARACTERS - 10_000 < len(text) <= MOST_CHARACTERS + 200
    assert "more lines\n</pre>\n</details>\n" in text


def test_names_of_the_target_are_text_and_nothing_else() -> None:
    text = markdown_text(ANALYSES["hostile"])
    folded = text[text.index("<pre>") :]

    assert folded.count("</pre>") == folded.count("</details>") == 1
    assert "<script>" not in folded
    assert all(char.isprintable() or char == "\n" for char in text)
    for line in in_sight(text):
        assert outside_code(line).count("@all") == outside_code(line).count("<script>") == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jobs.done", "`Jobs.done`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("a``b`c", "```a``b`c```"),
        (" x ", "`  x  `"),
        ("", ""),
    ],
)
def test_a_code_span_is_fenced_by_more_than_the_text_has(text: str, expected: str) -> None:
    assert code(text) == expected


def outside_code(line: str) -> str:
    """What of a line is not in a code span, as CommonMark reads them: a run of backticks to its equal."""
    kept, rest = "", line
    while "`" in rest:
        before, _, tail = rest.partition("`")
        run = 1 + len(tail) - len(tail.lstrip("`"))
        fence = "`" * run
        body = rest[len(before) + run :]
        end = next(
            place
            for place in range(len(body))
            if body.startswith(fence, place)
            and body[place - 1 : place] != "`"
            and body[place + run : place + run + 1] != "`"
        )
        kept, rest = kept + before, body[end + run :]
    return kept + rest


def test_the_reader_of_this_test_sees_what_stands_outside_code() -> None:
    assert outside_code(f"a ``b`c`` d `{'e'}` f") == "a  d  f"
    assert "@all" in HOSTILE
