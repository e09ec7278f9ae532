"""Which lines and holders weigh most."""

import io
from dataclasses import replace
from typing import Any

import pytest

from leakscan.model.analysis import SiteGrowth
from leakscan.model.run import Kind
from leakscan.reports.text.consoles import plain_console
from leakscan.reports.text.top import draw_top
from leakscan.reports.views.top import By, top_view
from tests.builders import (
    a_filling_finding,
    a_finding,
    a_finding_without_holder,
    a_holder,
    a_site,
    an_analysis,
)
from tests.samples import analyses
from tests.unit.reports.escapes import hyperlinks_in, on_a_terminal

ANALYSES = analyses()


def shown(name: str, by: By) -> str:
    file = io.StringIO()
    draw_top(top_view(ANALYSES[name], by, max_rows=20), plain_console(file, width=100))
    return file.getvalue()


def _site(name: str, **changes: Any) -> SiteGrowth:
    return replace(a_site(f"app/{name}.py:1"), **changes)


def test_a_table_of_lines_reads_as_what_they_gain_and_who_holds_it() -> None:
    analysis = an_analysis(a_finding(), a_filling_finding(sites=(a_site("app/price.py:9", "price"),)))
    file = io.StringIO()

    draw_top(top_view(analysis, By.GROWTH, max_rows=20), plain_console(file, width=80))

    assert (
        file.getvalue()
        == """\
LEAKING (unbounded growth): the heap grows with every call

bytes/call  objects/call  in use  objects  line
    1.6 kB          20.0     0 B        0  app/jobs.py:41 in Jobs.put
                                           held by Jobs.done
    1.6 kB          20.0     0 B        0  app/price.py:9 in price
                                           held by lru_cache of app.price

in use: what was allocated while it was traced and is still there
"""
    )


def test_each_line_of_the_table_is_a_link_with_its_path_shortened() -> None:
    long = a_site("/home/ana/work/venv/lib/python3.11/site-packages/babel/dates.py:1241", "format_datetime")
    view = top_view(an_analysis(a_finding(sites=(long,))), By.GROWTH, max_rows=20)

    report = on_a_terminal(lambda console, link: draw_top(view, console, link), width=100)

    assert hyperlinks_in(report) == {
        "/…/site-packages/babel/dates.py:1241": f"file://host/{long.frame.file}#1241",
    }


def test_a_line_that_two_findings_share_is_one_row_with_both_holders() -> None:
    analysis = an_analysis(a_finding(), a_finding(holder=a_holder("Jobs.index")))

    [row] = top_view(analysis, By.GROWTH, max_rows=20).rows

    assert row.numbers == ("3.2 kB", "40.0", "0 B", "0")
    assert row.remark == "held by Jobs.done, Jobs.index"


def test_a_line_that_no_object_holds_is_told_by_its_kind() -> None:
    native = a_finding_without_holder(Kind.NATIVE)

    [alone] = top_view(an_analysis(native), By.GROWTH, max_rows=20).rows
    [shared] = top_view(an_analysis(native, a_finding()), By.GROWTH, max_rows=20).rows

    assert (alone.remark, shared.remark) == ("native", "held by Jobs.done, native")


@pytest.mark.parametrize(
    ("by", "expected"),
    [(By.GROWTH, "b c a"), (By.BYTES, "c a b"), (By.COUNT, "a b c")],
)
def test_rows_are_ordered_by_what_was_asked(by: By, expected: str) -> None:
    finding = a_finding(
        sites=(
            _site("a", bytes_per_call=10.0, live_bytes=200, live_objects=9),
            _site("b", bytes_per_call=30.0, live_bytes=100, live_objects=8),
            _site("c", bytes_per_call=20.0, live_bytes=300, live_objects=7),
        )
    )

    rows = top_view(an_analysis(finding), by, max_rows=20).rows

    assert [str(row.name).removeprefix("app/")[0] for row in rows] == expected.split()


def test_a_holder_weighs_what_its_finding_grows_by() -> None:
    analysis = an_analysis(a_finding(holder=a_holder(capacity_bytes=589_912)), a_filling_finding())

    rows = top_view(analysis, By.HOLDER, max_rows=20).rows

    assert [(row.numbers[0], row.remark) for row in rows] == [
        ("1.9 kB", "LEAKING (unbounded growth), table 590 kB"),
        ("240 B", "FILLING (bounded)"),
    ]
    assert rows[0].name == "Jobs.done (dict, 12,340 entries, +10.0 per call, none removed)"


def test_more_rows_than_wanted_are_counted() -> None:
    view = top_view(ANALYSES["twenty findings"], By.GROWTH, max_rows=3)

    assert len(view.rows) == 3
    assert view.hidden == "and 137 more"


@pytest.mark.parametrize("by", By)
@pytest.mark.parametrize("name", ANALYSES)
def test_every_answer_can_be_shown_on_lines_that_print(name: str, by: By) -> None:
    text = shown(name, by)

    assert all(char.isprintable() or char == "\n" for char in text)


def test_a_run_in_which_nothing_grew_says_so() -> None:
    assert shown("clean", By.GROWTH).endswith("\n\nno line and no holder is known to grow\n")
