"""The list of caches in a report: order, cut-offs, wording, and what each format makes of it."""

import json
from dataclasses import replace
from textwrap import dedent

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from leakscan.model.analysis import Cache, CacheList
from leakscan.reports.formats.html import html_text
from leakscan.reports.formats.json_reading import analysis_of_json
from leakscan.reports.text.report import plain_report
from leakscan.reports.text_fit import printable
from leakscan.reports.views.caches import CachesView
from leakscan.reports.views.max_rows import EVERYTHING, NORMAL, WHOLE_PAGE, MaxRows
from leakscan.reports.views.report import report_view
from tests.builders import a_cache, an_analysis, another_cache
from tests.written import content_of, text_of

CACHES = (
    a_cache(),
    another_cache(entries=1_240, bytes_per_entry=91.5),
    another_cache("app.CONNECTIONS[…]._cache", instances=30, bound=None, bound_name=None),
    a_cache(
        "lru_cache of app.tax",
        path=("app.tax",),
        function="app.tax",
        entries=0,
        bound=128,
        is_unbounded=False,
        hits=0,
        misses=0,
        table_bytes=0,
        bytes_per_entry=None,
        defined_at="app/prices.py:9",
    ),
)


def _view(*caches: Cache, unlisted: int = 0, max_rows: MaxRows = NORMAL) -> CachesView:
    analysis = an_analysis(caches=CacheList(caches=caches, unlisted=unlisted))
    view = report_view(analysis, max_rows).caches
    assert view is not None
    return view


def _drawn(*caches: Cache, unlisted: int = 0, max_rows: MaxRows = NORMAL) -> str:
    """The section as the terminal has it."""
    analysis = an_analysis(caches=CacheList(caches=caches, unlisted=unlisted))
    text = plain_report(report_view(analysis, max_rows), width=80)
    return text[text.index("Caches:") : text.index("\ngrowth")]


def _text(expected: str) -> str:
    return dedent(expected).removeprefix("\n")


def test_a_report_without_a_list_has_no_such_section() -> None:
    assert report_view(an_analysis()).caches is None
    assert "Caches" not in plain_report(report_view(an_analysis()))
    assert "caches" not in json.loads(text_of("json", an_analysis()))
    assert "Caches" not in text_of("markdown", an_analysis())
    assert "Caches" not in html_text(report_view(an_analysis(), WHOLE_PAGE))


def test_the_list_is_a_table_with_what_needs_a_word_below_its_row() -> None:
    assert _drawn(*CACHES) == _text(
        """
        Caches: 3 caches hold 3.2 MB, 1 without a bound, 1 past its bound; 1 more is
          empty
            size  entries      bound  hit rate  cache
          3.0 MB   12,340  unbounded      75 %  lru_cache of app.price
          113 kB    1,240      1,000         -  PageCache.pages
                                                holds 1,240 entries, maxsize says
                                                  1,000
          100 kB      100          -         -  app.CONNECTIONS[…]._cache ×30
          and 1 more cache (--verbose shows all)
        """
    )


def test_in_full_detail_each_cache_says_where_it_is_and_how_it_does() -> None:
    assert _drawn(a_cache(), CACHES[-1], max_rows=EVERYTHING) == _text(
        """
        Caches: 1 cache holds 3.0 MB, 1 without a bound; 1 more is empty
            size  entries      bound  hit rate  cache
          3.0 MB   12,340  unbounded      75 %  lru_cache of app.price
                                                wraps app.price at app/prices.py:7
                                                37,020 hits, 12,340 misses
                                                240 B each
             0 B        0        128         -  lru_cache of app.tax
                                                wraps app.tax at app/prices.py:9
                                                0 hits, 0 misses
        """
    )


def test_what_nothing_ends_stands_out() -> None:
    rows = _view(
        a_cache(),
        another_cache(entries=1_001),
        another_cache(entries=1_000),
        another_cache(bound=None, bound_name=None),
    ).rows

    assert [row.stands_out for row in rows] == [True, True, False, False]
    assert [row.bound for row in rows] == ["unbounded", "1,000", "1,000", "-"]


def test_a_size_that_could_not_be_weighed_is_at_least_that_of_the_table() -> None:
    view = _view(another_cache(bytes_per_entry=None), a_cache(bytes_per_entry=100.0))

    assert view.rows[0].size == "≥ 4.7 kB"
    assert view.summary == "2 caches hold at least 1.2 MB, 1 without a bound"


def test_only_the_first_that_hold_something_are_shown_and_the_rest_counted() -> None:
    caches = [another_cache(f"app.CACHE_{number}") for number in range(15)]

    view = _view(*caches, *[a_cache(entries=0)] * 5)

    assert [row.name for row in view.rows] == [f"app.CACHE_{number}" for number in range(10)]
    assert view.hidden == "and 10 more caches"


def test_in_full_detail_and_on_a_page_all_are_shown() -> None:
    caches = [*(another_cache(f"app.CACHE_{number}") for number in range(40)), a_cache(entries=0)]

    for max_rows in (EVERYTHING, WHOLE_PAGE):
        view = _view(*caches, max_rows=max_rows)
        assert len(view.rows) == 41
        assert view.hidden is None


def test_what_was_not_looked_at_is_counted_in_every_detail() -> None:
    expected = "17 more caches of at most 100 entries each were not looked at"

    assert _view(a_cache(), another_cache(), unlisted=17).unlisted == expected
    assert _view(a_cache(), another_cache(), unlisted=17, max_rows=EVERYTHING).unlisted == expected
    assert expected in " ".join(_drawn(a_cache(), another_cache(), unlisted=17).split())


@pytest.mark.parametrize(
    ("caches", "summary"),
    [
        ((), "none holds anything"),
        ((a_cache(entries=0),), "none holds anything"),
        ((another_cache(),), "1 cache holds 100 kB"),
    ],
)
def test_few_caches_are_told_in_few_words(caches: tuple[Cache, ...], summary: str) -> None:
    assert _view(*caches).summary == summary


def test_markdown_has_the_same_rows_in_a_table() -> None:
    analysis = an_analysis(caches=CacheList(caches=CACHES, unlisted=0))

    lines = text_of("markdown", analysis).splitlines()

    start = lines.index("| size | entries | bound | hit rate | cache |")
    assert lines[start - 2] == (
        "**Caches**: 3 caches hold 3.2 MB, 1 without a bound, 1 past its bound; 1 more is empty"
    )
    assert lines[start + 2 : start + 5] == [
        "| 3.0 MB | 12,340 | **unbounded** | 75 % | `lru_cache of app.price` |",
        "| 113 kB | 1,240 | **1,000** | - | `PageCache.pages`<br>`holds 1,240 entries, maxsize says 1,000` |",
        "| 100 kB | 100 | - | - | `app.CONNECTIONS[…]._cache ×30` |",
    ]


@given(st.text(min_size=1) | st.text("`|<>&\\ \n*_", min_size=1))
@example("a|b")
@example("`|`")
@example("\\|")
def test_no_name_breaks_out_of_its_cell(name: str) -> None:
    analysis = an_analysis(caches=CacheList(caches=(another_cache(name), another_cache("next")), unlisted=0))

    tokens = (
        MarkdownIt("commonmark")
        .enable("table")
        .parse(text_of("markdown", analysis).partition("<details>")[0])
    )

    cells = [tokens[place + 1] for place, token in enumerate(tokens) if token.type == "td_open"]
    assert len(cells) == 10
    shown = "".join(child.content for child in cells[4].children or () if child.type != "html_inline")
    # A cell has no room for spaces at its ends.
    assert shown.strip() == printable(name).strip()


def test_the_page_has_the_same_rows_to_sort_by() -> None:
    analysis = an_analysis(caches=CacheList(caches=CACHES, unlisted=0))

    page = html_text(report_view(analysis, WHOLE_PAGE))

    section = page[page.index('<section id="caches"') : page.index('<section id="run"')]
    assert '<a href="#caches">caches</a>' in page
    assert section.count("<tr") == 1 + len(CACHES)
    assert '<td role="cell" class="number" data-value="12340">12,340</td>' in section
    assert "<strong>unbounded</strong>" in section
    assert "<small>holds 1,240 entries, maxsize says 1,000</small>" in section


def test_json_has_every_number_of_a_cache() -> None:
    analysis = an_analysis(caches=CacheList(caches=(a_cache(),), unlisted=17))

    report = json.loads(text_of("json", analysis))

    assert report["unlisted_caches"] == 17
    assert report["caches"] == [
        {
            "name": "lru_cache of app.price",
            "type": "lru_cache",
            "path": ["app.price"],
            "function": "app.price",
            "entries": 12_340,
            "bound": None,
            "bound_name": "maxsize",
            "is_unbounded": True,
            "hits": 37_020,
            "misses": 12_340,
            "hit_rate": 0.75,
            "bytes": 2_961_600,
            "table_bytes": 589_928,
            "bytes_per_entry": 240.0,
            "instances": 1,
            "defined_at": "app/prices.py:7",
        }
    ]


def test_the_list_is_read_back_from_json() -> None:
    found = CacheList(caches=CACHES, unlisted=3)

    read = analysis_of_json(content_of("json", an_analysis(caches=found)), "report.json")

    assert read.caches == found
    assert analysis_of_json(content_of("json", an_analysis()), "report.json").caches is None


def test_a_row_says_nothing_of_a_bound_that_many_instances_have_together() -> None:
    (row,) = _view(replace(another_cache(), instances=30, entries=5_000)).rows

    assert (row.bound, row.stands_out, row.remarks) == ("1,000 each", False, ())
