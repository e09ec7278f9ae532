"""Names and paths of the target, made fit to print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.reports.text_fit import printable, shortened, shortened_path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("ключ → 鍵", "ключ → 鍵"),
        ("two\nlines", "two\\nlines"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("right\u202eto left", "right\\u202eto left"),
        ("\udc80", "\\udc80"),
    ],
)
def test_what_does_not_print_is_escaped(text: str, expected: str) -> None:
    assert printable(text) == expected


@given(st.text(st.characters()))
def test_any_text_becomes_one_printable_line_that_can_be_encoded(text: str) -> None:
    line = printable(text)

    assert line.isprintable()
    assert line.encode("utf-8").decode("utf-8") == line


@given(st.text(), st.integers(min_value=3, max_value=80))
def test_a_shortened_text_keeps_to_the_width_and_to_its_ends(text: str, width: int) -> None:
    short = shortened(text, width)

    assert len(short) <= width
    assert short == text or (short[0] == text[0] and short[-1] == text[-1])


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (60, "/home/ana/venv/lib/python3.11/site-packages/babel/dates.py"),
        (50, "/…/lib/python3.11/site-packages/babel/dates.py"),
        (30, "/…/babel/dates.py"),
        (12, "…/dates.py"),
        (7, "dat….py"),
    ],
)
def test_a_long_path_loses_its_middle_folders_first(width: int, expected: str) -> None:
    path = "/home/ana/venv/lib/python3.11/site-packages/babel/dates.py"

    assert shortened_path(path, width) == expected


@pytest.mark.parametrize("path", ["scenarios/fiber_idempotency.py", "/fiber_idempotency.py"])
def test_a_path_of_one_folder_loses_that_before_its_name(path: str) -> None:
    assert shortened_path(path, 22) in {path, "…/fiber_idempotency.py"}


@given(st.text("ab/.", max_size=60), st.integers(min_value=3, max_value=60))
def test_a_shortened_path_keeps_to_the_width(path: str, width: int) -> None:
    assert len(shortened_path(path, width)) <= width
