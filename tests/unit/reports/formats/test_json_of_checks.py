"""A check as JSON, SARIF and JUnit as their schemas say, and what its JSON holds."""

import io
import json
from dataclasses import replace

import pytest
import xmlschema
from jsonschema import Draft202012Validator

from leakscan.model.check import Standing
from leakscan.reports.formats.json import SCHEMA_VERSION
from leakscan.reports.locations import Checkout
from tests.samples import HOSTILE, a_check, checks
from tests.unit.reports.consumers import (
    SCHEMAS,
    check_schema,
    closed,
    report_schema,
    sarif_schema,
    violations,
)
from tests.written import text_of

CHECKS = checks()
CHECKOUT = Checkout(root="/srv/app", folder="/srv/app")


def test_the_json_schema_is_one() -> None:
    Draft202012Validator.check_schema(check_schema())
    assert check_schema()["properties"]["schema_version"]["const"] == SCHEMA_VERSION
    standings = check_schema()["$defs"]["finding"]["properties"]["standing"]["enum"]
    assert standings == [standing.value for standing in Standing]


@pytest.mark.parametrize("name", CHECKS)
def test_every_file_is_as_its_schema_says(name: str) -> None:
    check = CHECKS[name]
    junit = xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd")

    told = json.loads(text_of("json", check))

    assert violations(told, check_schema()) == []
    assert violations(told, closed(check_schema())) == []
    for target in told["targets"]:
        assert violations(target["report"], closed(report_schema())) == []
    assert violations(json.loads(text_of("sarif", check, CHECKOUT)), sarif_schema()) == []
    assert violations(json.loads(text_of("sarif", check, Checkout())), sarif_schema()) == []
    junit.validate(io.StringIO(text_of("junit", check)))


@pytest.mark.parametrize("key", ["targets", "summary", "exit_code"])
def test_a_check_without_a_key_is_a_violation(key: str) -> None:
    told = json.loads(text_of("json", CHECKS["each standing"]))
    del told[key]

    assert violations(told, check_schema()) == [f"$: '{key}' is a required property"]


def test_the_report_of_a_target_is_the_one_that_its_run_would_have_written() -> None:
    check = CHECKS["each standing"]

    [target, _] = json.loads(text_of("json", check))["targets"]

    assert target["report"] == json.loads(text_of("json", check.targets[0].analysis))


def test_json_says_what_the_baseline_says_and_which_rule_allows() -> None:
    [target, _] = json.loads(text_of("json", CHECKS["each standing"]))["targets"]

    found = {each["standing"]: each for each in target["findings"]}
    assert found["new"]["accepted"] is None
    assert found["known"]["accepted"] == {
        "holder": "Jobs.done",
        "bytes_per_call": 1_900.0,
        "entries_per_call": 10.0,
        "python": "3.11",
        "since": "2026-01-05",
        "reason": "to be bounded with the new queue",
        "expires": "2026-11-21",
        "also_held_by": None,
    }
    assert found["allowed"]["allowed"] == {
        "holder": "Jobs.allowed",
        "module": None,
        "reason": "a pool of connections",
    }
    assert found["gone"]["finding"] is None
    assert found["gone"]["fingerprint"] == "fingerprint-gone"


def test_json_tells_what_a_target_printed_only_if_it_failed() -> None:
    failed, clean = CHECKS["failed"].targets
    check = a_check(failed, replace(clean, printed="the password is swordfish"))

    told = json.loads(text_of("json", check))["targets"]

    assert [target["printed"] for target in told] == [["connecting", "refused"], []]


def test_a_check_without_targets_is_a_file_in_every_format() -> None:
    check = CHECKS["no targets"]

    assert json.loads(text_of("sarif", check))["runs"][0]["results"] == []
    assert json.loads(text_of("json", check))["targets"] == []
    assert text_of("markdown", check).startswith(
        "### leakscan: OK\n\n`no leak is new or worse in 0 targets`\n"
    )
    assert HOSTILE not in text_of("markdown", check)
