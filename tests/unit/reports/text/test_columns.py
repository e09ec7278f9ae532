"""Cells stand under each other, whatever characters they are of."""

from rich.cells import cell_len

from leakscan.reports.text.columns import GAP, margin_of, row_of, widths_of

HEADINGS = ("target", "calls")


def test_text_begins_and_numbers_end_at_one_column() -> None:
    rows = [HEADINGS, ("api", "12"), ("jobs.import", "1,234")]

    widths = widths_of(rows)

    assert [row_of(row, widths, left=1) for row in rows] == [
        "target       calls",
        "api             12",
        "jobs.import  1,234",
    ]


def test_a_wide_character_takes_two_columns() -> None:
    rows = [HEADINGS, ("支払い処理", "12")]

    lines = [row_of(row, widths_of(rows), left=1) for row in rows]

    assert {cell_len(line) for line in lines} == {len("支払い処理") * 2 + len(GAP) + len("calls")}


def test_what_stands_behind_the_columns_begins_at_their_margin() -> None:
    widths = widths_of([HEADINGS])

    assert margin_of(widths) == len(row_of(HEADINGS, widths) + GAP)
