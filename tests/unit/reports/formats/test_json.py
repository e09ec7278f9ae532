"""The report for machines."""

import json
import math
from typing import Any

from leakscan.model.run import Kind, Unit, Verdict
from leakscan.reports.formats.json_reading import analysis_of_json
from tests.builders import (
    a_failure,
    a_finding,
    a_finding_without_holder,
    a_holder,
    a_site,
    an_analysis,
)
from tests.written import content_of, text_of


def read(text: str) -> Any:
    return json.loads(text)


def test_every_key_of_the_schema_is_there() -> None:
    report = read(text_of("json", an_analysis(a_finding(also_held_by=(a_holder(),)))))

    assert list(report) == [
        "schema_version",
        "leakscan_version",
        "python",
        "target",
        "unit",
        "verdict",
        "kind",
        "reason",
        "exit_code",
        "calls",
        "rounds",
        "seconds",
        "late_rounds",
        "detection_limit_bytes_per_call",
        "growth",
        "accounted",
        "findings",
        "series",
        "heap_series",
        "warnings",
        "failure",
        "reasons",
    ]
    assert list(report["growth"]) == ["bytes_per_call", "blocks_per_call", "rss_bytes_per_call"]
    finding = report["findings"][0]
    assert list(finding) == [
        "fingerprint",
        "verdict",
        "kind",
        "summary",
        "bytes_per_call",
        "objects_per_call",
        "holder",
        "also_held_by",
        "freed_together",
        "sites",
        "stored_at",
        "removed_at",
        "not_stored_because",
        "chain",
        "forecast",
        "advice",
        "advice_page",
        "advice_command",
        "pattern",
        "series",
        "series_unit",
    ]
    assert list(finding["holder"]) == [
        "name",
        "type",
        "path",
        "entries",
        "in_bytes",
        "entries_per_call",
        "added_per_call",
        "removed_per_call",
        "bound",
        "bound_name",
        "capacity_bytes",
        "bytes_per_entry",
        "freed_share",
        "defined_at",
        "not_emptied_because",
        "counted_because",
        "immortal_share",
        "entry_type",
        "entries_do",
        "library",
        "fingerprint",
        "unreachable_bound",
    ]
    assert list(finding["also_held_by"][0]) == list(finding["holder"])
    site = finding["sites"][0]
    assert list(site) == [
        "file",
        "line",
        "function",
        "qualname",
        "bytes_per_call",
        "objects_per_call",
        "live_bytes",
        "live_objects",
        "types",
        "stack",
    ]
    assert list(site["stack"][0]) == ["file", "line", "function", "qualname"]
    assert list(finding["chain"][0]) == ["link", "type", "name", "is_growing"]


def test_a_leak_reads_as_its_values() -> None:
    report = read(text_of("json", an_analysis(a_finding())))

    assert (report["schema_version"], report["verdict"], report["exit_code"]) == (1, "LEAKING", 1)
    finding = report["findings"][0]
    assert finding["summary"] == (
        "Jobs.done (dict, 12,340 entries, +10.0 per call, none removed) grows by 1.9 kB per call"
    )
    assert finding["holder"]["path"] == ["app.jobs", ".done"]
    assert finding["sites"][0]["function"] == "put"
    assert finding["sites"][0]["qualname"] == "Jobs.put"
    assert finding["series"] == [[0, 2_340], [500, 7_340], [1_000, 12_340]]


def test_growth_that_nothing_holds_has_no_holder() -> None:
    report = read(text_of("json", an_analysis(a_finding_without_holder(Kind.NATIVE))))

    assert report["findings"][0]["holder"] is None
    assert report["findings"][0]["kind"] == "native"


def test_a_failure_is_told_with_its_exit_code() -> None:
    analysis = an_analysis(verdict=Verdict.INCONCLUSIVE, kind=Kind.TARGET_FAILED, failure=a_failure())

    report = read(text_of("json", analysis))

    assert report["exit_code"] == 3
    assert report["failure"]["message"] == "the target raised ValueError: bad input (call 41)"


def test_the_same_analysis_gives_the_same_bytes_whatever_the_order_of_its_types() -> None:
    one = an_analysis(a_finding(sites=(a_site(types={"str": 1.0, "dict": 2.0}),)))
    other = an_analysis(a_finding(sites=(a_site(types={"dict": 2.0, "str": 1.0}),)))

    assert text_of("json", one) == text_of("json", other)


def test_what_json_has_no_number_for_is_null() -> None:
    analysis = an_analysis(seconds=math.inf, detection_limit_bytes_per_call=math.nan)

    report = read(text_of("json", analysis))

    assert report["seconds"] is None
    assert report["detection_limit_bytes_per_call"] is None


def test_names_that_no_encoding_has_still_reach_the_file() -> None:
    text = text_of("json", an_analysis(a_finding(holder=a_holder("bad \udc80 name"))))

    assert text.encode("ascii")
    assert read(text)["findings"][0]["holder"]["name"] == "bad \udc80 name"


def test_by_time_the_looks_at_a_holder_are_told_in_milliseconds() -> None:
    analysis = an_analysis(a_finding(series=((0.5, 10), (9.25, 9_010))), unit=Unit.SECOND)

    report = json.loads(text_of("json", analysis))

    assert report["findings"][0]["series"] == [[500, 10], [9_250, 9_010]]
    assert analysis_of_json(content_of("json", analysis), "report.json").findings[0].series == (
        (0.5, 10),
        (9.25, 9_010),
    )
