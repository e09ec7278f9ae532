"""The HTML report, in a browser: what is drawn, what can be done with it, and what it never does."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("selenium", reason="no browser: selenium is not installed")

from selenium.webdriver.common.keys import Keys

from leakscan.comparison.runs import compare
from leakscan.model.analysis import Analysis
from leakscan.model.run import Verdict
from leakscan.reports.locations import Checkout
from tests.browser.browser import Browser, missing_program
from tests.browser.pages import a_hostile_analysis, a_thousand_findings, a_usual_analysis
from tests.builders import a_failure, a_finding, an_analysis
from tests.integration.command import ROOT
from tests.written import content_of

pytestmark = pytest.mark.skipif(
    missing_program() is not None, reason=f"no browser: there is no {missing_program()} here"
)
NOWHERE = Checkout(folder="/nowhere")
PageMaker = Callable[[Analysis], Path]


@pytest.fixture
def page_of(tmp_path: Path) -> PageMaker:
    def make(analysis: Analysis) -> Path:
        path = tmp_path / "report.html"
        path.write_bytes(content_of("html", analysis, Checkout(folder=str(ROOT))))
        return path

    return make


def test_a_page_draws_its_charts_and_asks_nobody_for_anything(browser: Browser, page_of: PageMaker) -> None:
    page = page_of(a_usual_analysis())

    browser.open(page, height=6_000)
    browser.wait_for("document.querySelectorAll('canvas').length === 4")

    painted = browser.value(
        "[...document.querySelectorAll('canvas')].every((c) =>"
        " c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((byte) => byte))"
    )
    assert painted
    assert browser.requests() == [page.as_uri()]
    assert browser.complaints() == []


def test_a_trend_is_seen_even_where_every_sample_lies_on_it(browser: Browser, page_of: PageMaker) -> None:
    browser.open(page_of(a_usual_analysis()))
    browser.wait_for("document.querySelector('#finding-1 canvas')")

    trend = browser.value("getComputedStyle(document.documentElement).getPropertyValue('--trend').trim()")
    red, green, blue = (int(trend[place : place + 2], 16) for place in (1, 3, 5))
    pixels = browser.value(
        "(() => { const c = document.querySelector('#finding-1 canvas');"
        " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let seen = 0;"
        f" for (let i = 0; i < d.length; i += 4) if (d[i] === {red} && d[i + 1] === {green}"
        f" && d[i + 2] === {blue}) seen++; return seen; }})()"
    )

    assert pixels > 500


def test_the_verdict_stands_first_and_in_one_sentence(browser: Browser, page_of: PageMaker) -> None:
    browser.open(page_of(a_usual_analysis()))

    assert browser.texts("h1") == ["LEAKING (unbounded growth): the heap grows with every call"]
    assert browser.texts("li.growing code")[0] == ".done"
    assert browser.value("document.title") == "LEAKING: app.jobs:handle - leakscan"


def test_a_pointer_and_the_keys_read_the_points_of_a_chart_out(browser: Browser, page_of: PageMaker) -> None:
    browser.open(page_of(a_usual_analysis()))
    browser.wait_for("document.querySelector('#finding-1 .u-over')")
    readout = "document.querySelector('#finding-1 .readout').textContent"
    summary = browser.value(readout)

    browser.point_at(browser.element("#finding-1 .u-over"))
    browser.wait_for(f"{readout}.startsWith('after ')")
    pointed_at = browser.value(readout)
    browser.value("document.querySelector('#finding-1 .plot').focus()")
    browser.press(Keys.HOME, Keys.ARROW_RIGHT)

    assert summary == "2,340 entries to 12,340 entries over 1,000 calls"
    assert pointed_at == "after 500 calls: 7,340 entries"
    assert browser.value(readout) == "after 500 calls: 7,340 entries"
    plot = browser.element("#finding-1 .plot")
    assert plot.get_attribute("aria-valuetext") == "after 500 calls: 7,340 entries"


def test_the_table_of_sites_is_sorted_and_filtered_by_keyboard_alone(
    browser: Browser, page_of: PageMaker
) -> None:
    browser.open(page_of(a_usual_analysis()))
    sizes = "#sites tbody td:first-child"
    assert browser.texts(sizes) == ["1.6 kB", "240 B", "60 B", "240 B"]

    browser.value("document.querySelector('#sites th button').focus()")
    browser.press(Keys.ENTER)
    falling = browser.texts(sizes)
    browser.press(Keys.SPACE)
    rising = browser.texts(sizes)
    browser.value("document.querySelector('#sites input').focus()")
    browser.press("price")

    assert falling == ["1.6 kB", "240 B", "240 B", "60 B"]
    assert rising == ["60 B", "240 B", "240 B", "1.6 kB"]
    assert browser.element("#sites th").get_attribute("aria-sort") == "ascending"
    assert browser.texts("#sites tbody td:first-child") == ["240 B"]
    assert browser.texts("#sites .count") == ["1 of 4 sites"]


@pytest.mark.parametrize("page_of_what", ["report", "comparison"])
def test_names_that_want_to_be_code_stay_text(browser: Browser, page_of_what: str, tmp_path: Path) -> None:
    hostile, page = a_hostile_analysis(), tmp_path / "report.html"
    if page_of_what == "report":
        page.write_bytes(content_of("html", hostile, NOWHERE))
    else:
        page.write_bytes(content_of("html", compare(an_analysis(), hostile, band=0.2), NOWHERE))

    browser.open(page, width=400, height=6_000)
    browser.wait_for("document.querySelector('canvas')")

    assert browser.value("typeof executed") == "undefined"
    assert browser.value("document.images.length") == 0
    # Two of the page, and the numbers of the charts.
    assert browser.value("document.scripts.length") == 4
    assert browser.texts("#finding-1 h2")[0].startswith("<script>executed=1</script></script></style>")
    assert "\u202e" not in page.read_text(encoding="utf-8")
    assert browser.value("document.documentElement.scrollWidth <= innerWidth")
    assert browser.requests() == [page.as_uri()]
    assert browser.complaints() == []


@pytest.mark.parametrize(("width", "scheme"), [(1_400, "light"), (1_400, "dark"), (400, "light")])
def test_axe_has_nothing_against_the_page(
    browser: Browser, page_of: PageMaker, width: int, scheme: str
) -> None:
    browser.open(page_of(a_usual_analysis()), width=width, height=6_000, scheme=scheme)
    browser.wait_for("document.querySelector('canvas')")
    browser.value("document.querySelectorAll('details').forEach((part) => (part.open = true))")

    assert browser.violations() == []
    assert browser.value("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("width", "scheme"), [(1_400, "light"), (400, "dark")])
def test_axe_has_nothing_against_the_page_of_a_comparison(
    browser: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    usual, page = a_usual_analysis(), tmp_path / "diff.html"
    first, *others = usual.findings
    worse = replace(usual, findings=(replace(first, bytes_per_call=9_000.0), a_finding(fingerprint="new")))
    page.write_bytes(content_of("html", compare(usual, worse, band=0.2), Checkout(folder=str(ROOT))))

    browser.open(page, width=width, height=6_000, scheme=scheme)
    browser.value("document.querySelectorAll('details').forEach((part) => (part.open = true))")
    browser.wait_for("document.querySelectorAll('canvas').length === 3")

    assert browser.texts("#findings tbody .chip") == ["NEW", "WORSE", "GONE"]
    assert len(others) == 1
    assert browser.violations() == []
    assert browser.complaints() == []
    assert browser.requests() == [page.as_uri()]
    assert browser.value("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_page_of_any_verdict_passes_axe_in_the_dark(
    browser: Browser, page_of: PageMaker, verdict: Verdict
) -> None:
    analysis = an_analysis(verdict=verdict, failure=a_failure(hint="look"), warnings=("a warning",))

    browser.open(page_of(analysis), width=400, scheme="dark")

    assert browser.violations() == []


@pytest.mark.parametrize("width", [1_400, 400])
def test_a_thousand_findings_are_listed_and_drawn_only_when_looked_at(
    browser: Browser, page_of: PageMaker, width: int
) -> None:
    browser.open(page_of(a_thousand_findings()), width=width)
    browser.value("document.querySelector('#finding-1 .plot').scrollIntoView()")
    browser.wait_for("document.querySelector('canvas')")
    listed = browser.texts("#findings tbody tr")
    drawn_at_first = browser.value("document.querySelectorAll('canvas').length")

    browser.value("location.hash = 'finding-777'")
    browser.wait_for("document.querySelector('#finding-777[open] canvas')")

    browser.value("dispatchEvent(new Event('beforeprint'))")

    assert len(listed) == 10
    assert browser.value("document.querySelectorAll('canvas').length") < 10
    assert browser.texts("#findings .more") == ["Show all 1,000 findings"]
    assert drawn_at_first < 10
    assert browser.complaints() == []


def test_on_paper_the_page_is_light_and_all_that_is_unfolded_is_drawn(
    browser: Browser, page_of: PageMaker
) -> None:
    browser.open(page_of(a_usual_analysis()), scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = browser.value(background)

    browser.value("dispatchEvent(new Event('beforeprint'))")
    drawn, light = browser.value("document.querySelectorAll('canvas').length"), browser.value(background)
    browser.value("dispatchEvent(new Event('afterprint'))")

    assert drawn == 4
    assert light != dark
    assert browser.value(background) == dark
