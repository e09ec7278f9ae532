"""SARIF that code scanning accepts."""

import json
from typing import Any

import pytest

from leakscan import documentation
from leakscan.model.analysis import Analysis
from leakscan.model.run import Kind
from leakscan.reports.formats.sarif import RULE_HELP
from leakscan.reports.locations import Checkout
from tests.builders import a_finding, a_holder, a_site, an_analysis
from tests.samples import analyses
from tests.unit.reports.consumers import sarif_schema, violations
from tests.written import text_of

ANALYSES = analyses()
CHECKOUT = Checkout(root="/srv/shop", folder="/srv/shop/services/api")


def run_of(analysis: Analysis, checkout: Checkout = CHECKOUT) -> Any:
    return json.loads(text_of("sarif", analysis, checkout))["runs"][0]


@pytest.mark.parametrize("checkout", [CHECKOUT, Checkout()])
@pytest.mark.parametrize("name", ANALYSES)
def test_every_report_is_as_the_schema_says(name: str, checkout: Checkout) -> None:
    assert violations(json.loads(text_of("sarif", ANALYSES[name], checkout)), sarif_schema()) == []


def test_a_finding_is_on_the_line_that_allocates_by_its_path_in_the_repository() -> None:
    [result] = run_of(an_analysis(a_finding()))["results"]

    assert result["level"] == "error"
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "services/api/app/jobs.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 41},
    }
    assert result["partialFingerprints"] == {"leakscan/v1": "app.jobs.Jobs.done"}


def test_the_chain_is_related_and_the_holder_is_where_it_is_defined() -> None:
    finding = a_finding(
        holder=a_holder(defined_at="app/jobs.py:12"), sites=(a_site(), a_site("app/main.py:7", "main"))
    )

    [result] = run_of(an_analysis(finding))["results"]

    assert [
        (related["message"]["text"], related["physicalLocation"]["region"]["startLine"])
        for related in result["relatedLocations"]
    ] == [("chain: app.jobs (Jobs)", 41), ("chain: .done (dict, grows)", 12), ("also allocated in main", 7)]


def test_a_line_that_is_many_sites_is_related_once() -> None:
    finding = a_finding(chain=(), sites=(a_site(), a_site("app/x.py:1", "x"), a_site("app/x.py:1", "x")))

    [result] = run_of(an_analysis(finding))["results"]

    assert [related["message"]["text"] for related in result["relatedLocations"]] == ["also allocated in x"]


def test_a_line_outside_the_repository_keeps_its_whole_path() -> None:
    [result] = run_of(ANALYSES["outside"])["results"]

    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {"uri": "file:///usr/lib/python3/json/decoder.py"}


@pytest.mark.parametrize("name", ANALYSES)
def test_code_scanning_takes_every_result_because_each_has_a_line_of_a_file(name: str) -> None:
    for result in run_of(ANALYSES[name])["results"]:
        [location] = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"]
        assert location["physicalLocation"]["region"]["startLine"] >= 1


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("app.jobs:handle", "services/api/app/jobs.py"),
        ("app/jobs.py:handle", "services/api/app/jobs.py"),
        ("import.py --limit 100", "services/api/import.py"),
        ("-m app.worker --queue mail", "services/api/app/worker.py"),
    ],
)
def test_a_finding_without_any_line_is_shown_at_its_target(target: str, expected: str) -> None:
    [result] = run_of(an_analysis(a_finding(sites=()), target=target))["results"]

    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == expected


def test_a_finding_without_a_line_that_allocates_is_shown_at_its_holder() -> None:
    finding = a_finding(sites=(a_site("<string>:3"),), holder=a_holder(defined_at="app/jobs.py:12"))

    [result] = run_of(an_analysis(finding))["results"]

    [location] = result["locations"]
    assert location["physicalLocation"]["region"]["startLine"] == 12
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "Jobs.put"


def test_a_path_is_a_uri() -> None:
    [result] = run_of(an_analysis(a_finding(sites=(a_site("app/my jobs #1.py:3"),))))["results"]

    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "services/api/app/my%20jobs%20%231.py"


def test_every_kind_of_a_finding_has_a_rule_that_helps() -> None:
    run = run_of(ANALYSES["leaks and fills"])

    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} == set(rules)
    for rule in rules.values():
        assert RULE_HELP[Kind(rule["id"].replace("-", " "))] in rule["help"]["text"]


def test_the_help_of_a_rule_has_the_sections_on_what_it_is_about_and_links_nowhere() -> None:
    analysis = an_analysis(a_finding(pattern="a-lock-per-key"), a_finding(kind=Kind.NATIVE, pattern=None))

    unbounded, native = sorted(
        run_of(analysis)["tool"]["driver"]["rules"], key=lambda rule: rule["id"], reverse=True
    )

    assert (
        "\n\n## A lock per key\n\n*In a report:* a `dict` of `lock` objects" in unbounded["help"]["markdown"]
    )
    assert "\n\nNative growth\n\n*In a report:* kind `native`" in native["help"]["text"]
    assert "## Native growth" not in unbounded["help"]["markdown"]
    assert [rule["id"] for rule in (unbounded, native) if "helpUri" in rule] == []


def test_a_rule_and_a_result_link_to_the_site_once_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documentation, "SITE", "https://docs.example/")
    finding = a_finding(advice="count the users", pattern="a-lock-per-key")

    run = run_of(an_analysis(finding, a_finding(kind=Kind.NATIVE)))

    uris = {rule["id"]: rule["helpUri"] for rule in run["tool"]["driver"]["rules"]}
    assert uris == {
        "native": "https://docs.example/patterns.html#native-growth",
        "unbounded-growth": "https://docs.example/patterns.html",
    }
    texts = "\n".join(result["message"]["text"] for result in run["results"])
    assert "\nexplained at https://docs.example/patterns.html#a-lock-per-key" in texts


def test_what_fails_nothing_is_a_note() -> None:
    results = run_of(ANALYSES["leaks and fills"])["results"]

    assert [(result["ruleId"], result["level"]) for result in results] == [
        ("unbounded-growth", "error"),
        ("native", "error"),
        ("bounded", "note"),
        ("under-the-threshold", "note"),
    ]


def test_a_leak_that_no_finding_tells_is_a_result_all_the_same() -> None:
    [result] = run_of(ANALYSES["native"])["results"]

    assert (result["ruleId"], result["level"]) == ("native", "error")


def test_a_rule_is_called_by_its_kind() -> None:
    [rule] = run_of(an_analysis(a_finding(kind=Kind.LOST_REFERENCE)))["tool"]["driver"]["rules"]

    assert rule["id"] == "reference-lost-in-c"
