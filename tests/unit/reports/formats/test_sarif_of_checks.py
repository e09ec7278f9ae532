"""A check as SARIF: the state of each result, and an invocation for each target."""

import json
from typing import Any

import pytest

from leakscan.model.check import Check
from leakscan.reports.locations import Checkout
from tests.samples import checks
from tests.written import text_of

CHECKS = checks()
CHECKOUT = Checkout(root="/srv/app", folder="/srv/app")


def run_of(check: Check) -> Any:
    return json.loads(text_of("sarif", check, CHECKOUT))["runs"][0]


def test_sarif_knows_the_state_of_each_result_and_who_puts_up_with_it() -> None:
    results = run_of(CHECKS["each standing"])["results"]

    accepted = {"kind": "external", "status": "accepted"}
    assert [
        (r["properties"]["standing"], r["baselineState"], r["level"], r["suppressions"]) for r in results
    ] == [
        ("new", "new", "error", []),
        ("worse", "updated", "error", []),
        ("expired", "unchanged", "error", []),
        (
            "known",
            "unchanged",
            "note",
            [{**accepted, "justification": "to be bounded with the new queue"}],
        ),
        ("better", "updated", "note", [accepted]),
        ("allowed", "unchanged", "note", [{**accepted, "justification": "a pool of connections"}]),
        ("tolerated", "unchanged", "note", []),
    ]


@pytest.mark.parametrize("name", CHECKS)
def test_all_results_have_a_state_and_suppressions_or_none_has(name: str) -> None:
    for result in run_of(CHECKS[name])["results"]:
        assert result["baselineState"]
        assert isinstance(result["suppressions"], list)
        [location] = result["locations"]
        assert location["physicalLocation"]["region"]["startLine"] >= 1


def test_a_leak_that_is_gone_opens_no_alert_and_is_noted() -> None:
    run = run_of(CHECKS["each standing"])

    assert "absent" not in {result["baselineState"] for result in run["results"]}
    notes = [each["message"]["text"] for each in run["invocations"][0]["toolExecutionNotifications"]]
    assert notes[1:] == ["gone: Jobs.gone leaks no more; --update-baseline takes it out"]


def test_every_target_is_an_invocation_that_exits_as_the_gate_says() -> None:
    invocations = run_of(CHECKS["one leak in two targets"])["invocations"]

    assert [(each["properties"]["name"], each["exitCode"]) for each in invocations] == [
        ("api", 1),
        ("jobs", 0),
    ]


def test_a_drift_is_an_error_of_its_targets_invocation() -> None:
    [drifting, _] = run_of(CHECKS["drift"])["invocations"]

    told = [(each["level"], each["message"]["text"]) for each in drifting["toolExecutionNotifications"]]
    assert drifting["exitCode"] == 1
    assert [level for level, _ in told] == ["error", "error", "error"]
    assert told[1][1].startswith("drift: peak memory rose by 40 % in one step: ")


def test_one_leak_of_two_targets_is_two_results_that_can_be_told_apart() -> None:
    results = run_of(CHECKS["one leak in two targets"])["results"]

    assert [result["partialFingerprints"] for result in results] == [
        {"leakscan/v1": "app.jobs.Jobs.done", "leakscanTarget/v1": "api"},
        {"leakscan/v1": "app.jobs.Jobs.done", "leakscanTarget/v1": "jobs"},
    ]
