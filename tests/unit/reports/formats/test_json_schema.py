"""The published schema and the reports hold each other to their word."""

import json

import pytest
from jsonschema import Draft202012Validator

from leakscan.errors import RecordingError
from leakscan.reports.formats.json import SCHEMA_VERSION
from leakscan.reports.formats.json_reading import analysis_of_json
from leakscan.reports.views.report import ranked_findings
from tests.builders import a_finding, an_analysis
from tests.samples import analyses
from tests.unit.reports.consumers import closed, report_schema, violations
from tests.written import content_of, text_of

ANALYSES = analyses()


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(report_schema())
    assert report_schema()["properties"]["schema_version"]["const"] == SCHEMA_VERSION


@pytest.mark.parametrize("name", ANALYSES)
def test_every_report_is_as_the_schema_says(name: str) -> None:
    report = json.loads(text_of("json", ANALYSES[name]))

    assert violations(report, report_schema()) == []


@pytest.mark.parametrize("name", ANALYSES)
def test_no_report_has_a_key_that_the_schema_does_not_name(name: str) -> None:
    report = json.loads(text_of("json", ANALYSES[name]))

    assert violations(report, closed(report_schema())) == []


def test_a_key_of_a_later_version_is_no_violation() -> None:
    report = json.loads(text_of("json", an_analysis(a_finding())))
    report["added_later"] = report["findings"][0]["added_later"] = 1

    assert violations(report, report_schema()) == []


@pytest.mark.parametrize("key", ["verdict", "findings", "growth", "failure"])
def test_a_report_without_a_key_is_a_violation(key: str) -> None:
    report = json.loads(text_of("json", an_analysis(a_finding())))
    del report[key]

    assert violations(report, report_schema()) == [f"$: '{key}' is a required property"]


@pytest.mark.parametrize("name", ANALYSES)
def test_a_report_is_read_back_as_the_analysis_that_it_was_made_of(name: str) -> None:
    analysis = ANALYSES[name]

    read = analysis_of_json(content_of("json", analysis), "report.json")

    assert read.findings == tuple(ranked_findings(analysis))
    assert text_of("json", read) == text_of("json", analysis)


def test_the_page_that_an_earlier_report_names_is_read_as_its_pattern() -> None:
    report = json.loads(text_of("json", an_analysis(a_finding(advice="count the users"))))
    (finding,) = report["findings"]
    del finding["pattern"]
    finding["advice_page"] = "docs/patterns.md#a-lock-per-key"

    analysis = analysis_of_json(json.dumps(report).encode(), "report.json")

    assert [each.pattern for each in analysis.findings] == ["a-lock-per-key"]


def test_a_report_of_a_later_version_says_to_upgrade() -> None:
    report = json.loads(text_of("json", an_analysis()))
    report["schema_version"] = SCHEMA_VERSION + 1

    with pytest.raises(RecordingError) as raised:
        analysis_of_json(json.dumps(report).encode(), "report.json")

    assert raised.value.message == (
        f"`report.json` has schema version {SCHEMA_VERSION + 1}; this leakscan reads up to {SCHEMA_VERSION}"
    )


def test_a_kind_of_a_later_version_says_to_upgrade() -> None:
    report = json.loads(text_of("json", an_analysis()))
    report["kind"] = "moonlight"

    with pytest.raises(RecordingError) as raised:
        analysis_of_json(json.dumps(report).encode(), "report.json")

    assert raised.value.message.endswith("does not know, `moonlight`")
    assert raised.value.hint == "upgrade leakscan"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is no JSON at line 1"),
        (b"\xff\xfe", "is no JSON"),
        (b"[]", "has no `schema_version`"),
        (b"3", "has no `schema_version`"),
        (b"{}", "has no `schema_version`"),
        (b'{"schema_version": 1}', "has no `leakscan_version`"),
        (b'{"schema_version": "1"}', "has no `schema_version`"),
        (b"[" * 100_000, "is nested more than 64 levels deep"),
        (
            b'{"schema_version": ' + b"1" * 5_000 + b"}",
            "has a number that nothing measures, 11111111111111111111…",
        ),
        (b'{"schema_version": 1e999}', "has a number that nothing measures, 1e999"),
        (b'{"schema_version": NaN}', "has `NaN` where a number is expected"),
    ],
    ids=range(11),
)
def test_json_of_another_kind_is_no_report(content: bytes, reason: str) -> None:
    with pytest.raises(RecordingError) as raised:
        analysis_of_json(content, "package.json")

    assert raised.value.message == f"`package.json` is no leakscan report: it {reason}"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"calls": "7"}, "`7` instead of a whole number at `calls`"),
        ({"series": [[1, 2], [3, None]]}, "null instead of a whole number at `series[1][1]`"),
        ({"growth": []}, "a list instead of an object at `growth`"),
        ({"warnings": "ab"}, "`ab` instead of a list at `warnings`"),
        ({"findings": [{}]}, "no `fingerprint` at `findings[0]`"),
        ({"kind": {"a": "long" * 1_000}}, "an object instead of a text at `kind`"),
    ],
)
def test_a_value_of_another_type_is_named_by_its_place(change: dict[str, object], reason: str) -> None:
    report = json.loads(text_of("json", an_analysis())) | change

    with pytest.raises(RecordingError) as raised:
        analysis_of_json(json.dumps(report).encode(), "report.json")

    assert raised.value.message == f"`report.json` is no leakscan report: it has {reason}"


def test_the_looks_at_a_holder_are_placed_by_whole_numbers() -> None:
    report = json.loads(text_of("json", an_analysis(a_finding())))
    report["findings"][0]["series"] = [[0, 1], [1.5, 2]]

    with pytest.raises(RecordingError, match=r"`1.5` instead of a whole number at `findings\[0\]"):
        analysis_of_json(json.dumps(report).encode(), "report.json")
