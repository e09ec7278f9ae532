"""The lines that put entries into a holder and take them out, as every report shows them."""

import json
from typing import Any

from leakscan.model.analysis import Finding, Frame, StoreLine
from leakscan.reports.formats.json_reading import analysis_of_json
from leakscan.reports.locations import Checkout, line_in_repository
from leakscan.reports.views.findings import finding_text, finding_view
from leakscan.reports.views.max_rows import EVERYTHING, NORMAL
from leakscan.reports.views.store_lines import store_facts, storing_or_allocating_frame
from tests.builders import a_finding, a_frame, an_analysis
from tests.written import text_of

CHECKOUT = Checkout(root="/srv/shop", folder="/srv/shop")


def a_store(
    place: str = "app/cache.py:121",
    qualname: str = "UserCache.add",
    *,
    share: float = 1.0,
    rate: float | None = 10.0,
    library: Frame | None = None,
) -> StoreLine:
    return StoreLine(frame=a_frame(place, qualname), library=library, share=share, entries_per_unit=rate)


REMOVED = a_store("app/cache.py:124", "UserCache.remove", rate=8.0)


def lines_of(finding: Finding) -> list[str]:
    return [f"{fact.label} {fact.whole_text}" for fact in store_facts(finding)]


def test_a_line_that_puts_it_there_is_told_and_that_nothing_is_taken_out() -> None:
    finding = a_finding(stored_at=(a_store(),))

    assert lines_of(finding) == ["put there at app/cache.py:121 in UserCache.add", "taken out never"]


def test_what_is_taken_out_is_told_of_ten() -> None:
    finding = a_finding(stored_at=(a_store(),), removed_at=(REMOVED,))

    assert lines_of(finding)[1:] == ["taken out at app/cache.py:124 in UserCache.remove, 8 of 10"]


def test_next_to_nothing_that_is_taken_out_is_told_of_a_hundred() -> None:
    finding = a_finding(stored_at=(a_store(),), removed_at=(a_store(rate=0.3),))

    assert lines_of(finding)[1].endswith(", 3 of 100")


def test_of_several_lines_each_has_its_share() -> None:
    finding = a_finding(stored_at=(a_store(share=0.75), a_store("app/x.py:3", "refill", share=0.25)))

    assert lines_of(finding)[:2] == [
        "put there at app/cache.py:121 in UserCache.add, 75 %",
        "put there at app/x.py:3 in refill, 25 %",
    ]


def test_the_line_of_a_library_stands_below_the_users() -> None:
    finding = a_finding(stored_at=(a_store(library=a_frame("/lib/queue.py:214", "Queue._put")),))

    assert lines_of(finding)[:2] == [
        "put there at app/cache.py:121 in UserCache.add",
        "by /lib/queue.py:214 in Queue._put",
    ]


def test_the_line_comes_before_the_one_that_allocates() -> None:
    finding = a_finding(stored_at=(a_store(),))

    text = finding_text(finding_view(finding, an_analysis(finding), NORMAL))

    assert text.index("put there at") < text.index("taken out never") < text.index("allocated at")


def test_why_it_is_not_known_is_told_where_everything_is() -> None:
    finding = a_finding(not_stored_because="the target is profiled")

    shown = [finding_text(finding_view(finding, an_analysis(finding), most)) for most in (NORMAL, EVERYTHING)]

    sentence = "put there at not known: the target is profiled"
    assert [sentence in text for text in shown] == [False, True]


def test_a_finding_stands_on_the_line_that_puts_it_there() -> None:
    stored, other = a_finding(stored_at=(a_store(),)), a_finding()

    assert line_in_repository(stored, CHECKOUT) == ("app/cache.py", 121)
    assert line_in_repository(other, CHECKOUT) == ("app/jobs.py", 41)
    assert storing_or_allocating_frame(stored) == a_frame("app/cache.py:121", "UserCache.add")
    assert storing_or_allocating_frame(a_finding(sites=())) is None


def test_a_line_outside_of_the_repository_gives_way_to_the_one_that_allocates() -> None:
    finding = a_finding(stored_at=(a_store("/usr/lib/python3/queue.py:214", "Queue._put"),))

    assert line_in_repository(finding, CHECKOUT) == ("app/jobs.py", 41)


def test_in_sarif_the_line_that_allocates_is_related_to_the_one_that_puts_it_there() -> None:
    finding = a_finding(chain=(), stored_at=(a_store(),), removed_at=(REMOVED,))

    run: Any = json.loads(text_of("sarif", an_analysis(finding), CHECKOUT))["runs"][0]

    [result] = run["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 121}
    assert [
        (related["message"]["text"], related["physicalLocation"]["region"]["startLine"])
        for related in result["relatedLocations"]
    ] == [("taken out in UserCache.remove", 124), ("allocated in Jobs.put", 41)]


def test_what_json_says_of_the_lines_is_read_back() -> None:
    library = a_frame("/lib/queue.py:214", "Queue._put")
    finding = a_finding(stored_at=(a_store(library=library, rate=None),), removed_at=(REMOVED,))
    written = text_of("json", an_analysis(finding), CHECKOUT)

    [line] = json.loads(written)["findings"][0]["stored_at"]
    [read] = analysis_of_json(written.encode(), "report.json").findings

    assert (line["function"], line["share"], line["entries_per_unit"]) == ("add", 1.0, None)
    assert line["library"]["qualname"] == "Queue._put"
    assert (read.stored_at, read.removed_at) == (finding.stored_at, finding.removed_at)
