"""The page of a check, in a browser: what is in sight, what unfolds, and what it never does."""

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("selenium", reason="no browser: selenium is not installed")

from selenium.webdriver.common.keys import Keys

from leakscan.model.check import Check
from leakscan.reports.locations import Checkout
from tests.browser.browser import Browser, missing_program
from tests.browser.pages import a_check_of_a_hundred, a_hostile_check, a_usual_check
from tests.integration.command import ROOT
from tests.samples import checks
from tests.written import content_of

pytestmark = pytest.mark.skipif(
    missing_program() is not None, reason=f"no browser: there is no {missing_program()} here"
)
PageMaker = Callable[[Check], Path]


@pytest.fixture
def page_of(tmp_path: Path) -> PageMaker:
    def make(check: Check) -> Path:
        path = tmp_path / "check.html"
        path.write_bytes(content_of("html", check, Checkout(folder=str(ROOT))))
        return path

    return make


def test_the_answer_stands_first_and_the_targets_that_fail_below_it(
    browser: Browser, page_of: PageMaker
) -> None:
    browser.open(page_of(a_usual_check()))

    [heading] = browser.texts("h1")
    assert heading == (
        "WORSE: 4 leaks are 2 new, 1 worse and 1 expired, in 2 of 4 targets; broken failed "
        "(1 known, 1 better, 1 allowed, 1 gone)"
    )
    assert browser.texts("#targets td:nth-child(4)") == ["jobs", "shop", "broken", "clean"]
    assert browser.value("document.title") == "WORSE: 4 targets - leakscan"


def test_what_fails_is_unfolded_with_its_chart_and_why(browser: Browser, page_of: PageMaker) -> None:
    page = page_of(a_usual_check())

    browser.open(page, height=6_000)
    browser.wait_for("document.querySelectorAll('#failing canvas').length === 4")

    assert browser.texts("#failing h3") == ["Jobs.new", "Jobs.worse", "Jobs.expired", "Jobs.done"]
    new, worse, *_ = browser.texts("#failing .gate")
    assert new == "new in jobs: the baseline knows no such leak"
    assert worse.startswith("worse in jobs: +900 B per call, was 1.0 kB (+90 %); accepted on 2026-01-05: ")
    assert browser.texts("#runs canvas") == []
    assert browser.requests() == [page.as_uri()]
    assert browser.complaints() == []


def test_a_link_unfolds_the_run_and_the_finding_inside_of_it(browser: Browser, page_of: PageMaker) -> None:
    browser.open(page_of(a_usual_check()))

    browser.element("#listed tbody a[href='#target-2-finding-6']").click()
    browser.wait_for("document.querySelector('#target-2[open] #target-2-finding-6[open] canvas')")

    [summary] = browser.texts("#target-2-finding-6 .lead")
    assert summary.startswith("Jobs.allowed (dict, 12,340 entries")
    assert browser.complaints() == []


def test_a_run_that_is_unfolded_draws_its_own_charts(browser: Browser, page_of: PageMaker) -> None:
    browser.open(page_of(a_usual_check()), height=2_000)

    browser.element("#targets a[href='#target-1']").click()
    browser.wait_for("document.querySelectorAll('#target-1 canvas').length === 2")

    assert browser.texts("#target-1 figcaption") == [
        "memory blocks in use, whole process",
        "native heap in use, whole process",
    ]


def test_the_table_of_targets_is_sorted_and_filtered_by_keyboard_alone(
    browser: Browser, page_of: PageMaker
) -> None:
    browser.open(page_of(a_usual_check()))
    names = "#targets td:nth-child(4)"

    browser.value("document.querySelector('#targets th:nth-child(4) button').focus()")
    browser.press(Keys.ENTER)
    by_name = browser.texts(names)
    browser.value("document.querySelector('#targets input').focus()")
    browser.press("leaking")

    assert by_name == ["broken", "clean", "jobs", "shop"]
    assert browser.texts(names) == ["jobs", "shop"]
    assert browser.texts("#targets .count") == ["2 of 4 targets"]


def test_what_fails_nothing_is_listed_with_its_reason(browser: Browser, page_of: PageMaker) -> None:
    browser.open(page_of(a_usual_check()))

    rows = {text.split()[0]: " ".join(text.split()) for text in browser.texts("#listed tbody tr")}

    assert set(rows) == {"KNOWN", "BETTER", "ALLOWED", "TOLERATED", "GONE"}
    assert rows["KNOWN"].endswith(
        "accepted on 2026-01-05, until 2026-11-21: to be bounded with the new queue"
    )
    assert rows["ALLOWED"].endswith("allowed: a pool of connections")
    assert rows["GONE"].endswith("Jobs.gone leaks no more --update-baseline takes it out")


@pytest.mark.parametrize("width", [1_400, 400])
def test_names_that_want_to_be_code_stay_text(browser: Browser, page_of: PageMaker, width: int) -> None:
    page = page_of(a_hostile_check())

    browser.open(page, width=width, height=6_000)
    browser.value("document.querySelectorAll('details').forEach((part) => (part.open = true))")
    browser.wait_for("document.querySelector('canvas')")

    assert browser.value("typeof executed") == "undefined"
    assert browser.value("document.images.length") == 0
    # Three that are ours, and the numbers of the charts.
    assert browser.value("document.scripts.length") == 4
    assert browser.texts("#runs h3")[0].startswith("<script>executed=1</script></script></style>")
    assert "\u202e" not in page.read_text(encoding="utf-8")
    assert browser.value("document.documentElement.scrollWidth <= innerWidth")
    assert browser.requests() == [page.as_uri()]
    assert browser.complaints() == []


@pytest.mark.parametrize(
    ("width", "scheme"), [(1_400, "light"), (1_400, "dark"), (400, "light"), (400, "dark")]
)
def test_axe_has_nothing_against_the_page(
    browser: Browser, page_of: PageMaker, width: int, scheme: str
) -> None:
    browser.open(page_of(a_usual_check()), width=width, height=6_000, scheme=scheme)
    browser.wait_for("document.querySelector('canvas')")
    browser.value("document.querySelectorAll('details').forEach((part) => (part.open = true))")

    assert browser.violations() == []
    assert browser.value("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("name", ["clean", "inconclusive", "orphans", "no targets", "drift"])
def test_a_check_of_any_answer_passes_axe_in_the_dark(
    browser: Browser, page_of: PageMaker, name: str
) -> None:
    browser.open(page_of(checks()[name]), width=400, scheme="dark")

    assert browser.violations() == []
    assert browser.complaints() == []


def test_a_hundred_targets_are_listed_and_drawn_only_when_looked_at(
    browser: Browser, page_of: PageMaker
) -> None:
    browser.open(page_of(a_check_of_a_hundred()))

    browser.value("location.hash = 'target-77-finding-9'")
    browser.wait_for("document.querySelector('#target-77-finding-9[open] canvas')")

    assert len(browser.texts("#targets tbody tr")) == 10
    assert browser.texts("#targets .more") == ["Show all 100 targets"]
    assert browser.value("document.querySelectorAll('canvas').length") < 12
    assert browser.complaints() == []
