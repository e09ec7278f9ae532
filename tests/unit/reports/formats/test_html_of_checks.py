"""The page of a check as a file; `tests/browser` looks at it in a browser."""

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from leakscan.reports.formats.html import check_html_text
from leakscan.reports.locations import Checkout
from leakscan.reports.views.check import check_view
from leakscan.reports.views.max_rows import WHOLE_PAGE
from tests.browser.pages import a_hostile_analysis, a_usual_analysis
from tests.builders import a_finding, a_site, an_analysis
from tests.samples import a_check, a_checked_target, checks
from tests.written import content_of

CHECKS = checks()
NOWHERE = Checkout(folder="/nowhere")
LARGEST_USUAL_PAGE = 600_000


class _Tags(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all_of(self, attribute: str) -> list[str]:
        return [attributes[attribute] or "" for _, attributes in self.tags if attribute in attributes]


def page_of(name: str) -> _Tags:
    return _Tags(content_of("html", CHECKS[name], NOWHERE).decode())


@pytest.mark.parametrize("name", CHECKS)
def test_no_two_parts_share_an_anchor_and_every_link_leads_to_one(name: str) -> None:
    page = page_of(name)

    anchors, links = page.all_of("id"), page.all_of("href")

    assert [anchor for anchor, times in Counter(anchors).items() if times > 1] == []
    within = {link.removeprefix("#") for link in links}
    assert within <= set(anchors)
    assert {each for label in page.all_of("aria-labelledby") for each in label.split()} <= set(anchors)


@pytest.mark.parametrize("name", CHECKS)
def test_every_chart_has_its_numbers(name: str) -> None:
    text = content_of("html", CHECKS[name], NOWHERE).decode()

    places = [int(place) for place in _Tags(text).all_of("data-chart")]

    assert places == list(range(len(places)))
    assert text.count('"xUnit"') == len(places)


def test_nothing_in_the_page_points_outside_it_or_runs_but_by_its_hash() -> None:
    page = page_of("hostile")

    assert all(link.startswith("#") for link in page.all_of("href"))
    assert not any({"src", "srcset", "style", "onclick", "onerror"} & set(a) for _, a in page.tags)
    assert [tag for tag, _ in page.tags if tag in ("img", "iframe", "object")] == []
    [policy] = [a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")


def test_every_name_that_could_be_markup_is_escaped() -> None:
    hostile = a_checked_target("<script>executed=3</script>", a_hostile_analysis())

    text = check_html_text(check_view(a_check(hostile), WHOLE_PAGE))

    assert "<script>executed" not in text
    assert "</script></style>" not in text
    assert "{{7*7}}" in text, "a name is no template"
    assert text.isascii()


@pytest.mark.parametrize(
    "said",
    [
        "WORSE</strong>: 3 leaks are 1 new, 1 worse and 1 expired, in 1 of 2 targets",
        "the baseline knows no such leak",
        "+900 B per call, was 1.0 kB (+90 %); accepted on 2026-01-05: to be bounded with the new queue",
        "it was accepted until 2026-11-20: to be bounded with the new queue",
        "accepted on 2026-01-05, until 2026-11-21: to be bounded with the new queue",
        "allowed: a pool of connections",
        "Jobs.gone leaks no more",
        "2 targets, 6.4 s in all",
    ],
)
def test_a_page_says_what_the_terminal_says(said: str) -> None:
    text = content_of("html", CHECKS["each standing"], NOWHERE).decode()

    assert said in re.sub(r"\s+", " ", text)


def test_a_drift_is_told_above_the_runs_and_in_its_own() -> None:
    text = content_of("html", CHECKS["drift"], NOWHERE).decode()

    assert "Worse than the history allows" in text
    assert text.count("peak memory rose by 40 % in one step") == 2


def test_a_target_that_failed_shows_its_traceback_and_what_it_printed() -> None:
    text = content_of("html", CHECKS["failed"], NOWHERE).decode()

    assert "raise ValueError(&#39;bad input&#39;)" in text
    assert "connecting\nrefused\n" in text


def test_the_code_around_a_site_is_that_of_the_folder_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text("def put(done):\n    done.append(object())\n", encoding="utf-8")
    leak = an_analysis(a_finding(sites=(a_site("jobs.py:2", "put"),)))

    checkout = Checkout(folder=str(tmp_path), own_folder=str(tmp_path))

    text = content_of("html", a_check(a_checked_target("jobs", leak)), checkout)

    assert b"<mark>done.append(object())</mark>" in text


def test_a_page_of_twenty_usual_targets_is_small_enough_to_mail() -> None:
    usual = a_checked_target("jobs", a_usual_analysis())
    check = a_check(*(replace(usual, name=f"jobs-{number}") for number in range(20)))

    assert len(content_of("html", check, NOWHERE)) < LARGEST_USUAL_PAGE
