"""A check as remarks on the lines of a change."""

import json
from typing import Any

import pytest

from leakscan.model.check import Check
from leakscan.reports.formats.github import MAX_COMMANDS
from leakscan.reports.locations import Checkout
from tests.samples import checks
from tests.unit.reports.consumers import gitlab_schema, level_of_command, violations
from tests.written import commands_of, text_of

CHECKS = checks()
CHECKOUT = Checkout(root="/srv/shop", folder="/srv/shop/services/api")


def issues_of(check: Check) -> Any:
    return json.loads(text_of("gitlab", check, CHECKOUT))


def test_what_fails_is_an_error_on_the_line_that_allocates_with_why() -> None:
    new, worse, expired = commands_of(CHECKS["each standing"], CHECKOUT)

    assert new.startswith(
        "::error file=services/api/app/jobs.py,line=41,title=leakscan%3A Jobs.new (new%2C jobs)::Jobs.new "
    )
    assert new.endswith("%0Anew in jobs: the baseline knows no such leak")
    assert "title=leakscan%3A Jobs.worse (worse%2C jobs)" in worse
    assert expired.endswith(
        "%0Aexpired in jobs: it was accepted until 2026-11-20: to be bounded with the new queue"
    )


def test_what_is_known_has_no_command() -> None:
    [command] = commands_of(CHECKS["one leak in two targets"], CHECKOUT)

    assert "(new%2C api)" in command


def test_a_target_that_failed_is_an_error_and_one_without_an_answer_a_warning() -> None:
    assert commands_of(CHECKS["failed"], CHECKOUT) == [
        "::error title=leakscan%3A failed::INCONCLUSIVE (target failed): the heap stays flat"
    ]
    assert commands_of(CHECKS["inconclusive"], CHECKOUT) == [
        "::warning title=leakscan%3A jobs::INCONCLUSIVE (noise): the heap does not settle"
    ]
    assert commands_of(CHECKS["inconclusive passes"], CHECKOUT) == []


def test_a_target_that_leaked_before_it_failed_is_told_as_both() -> None:
    leak, failure, undecided = commands_of(CHECKS["failed, and leaks"], CHECKOUT)

    assert "(new%2C api)" in leak
    assert failure.startswith("::error title=leakscan%3A api::")
    assert undecided.startswith("::warning title=leakscan%3A noise::")


def test_a_drift_is_an_error_and_an_issue_at_its_target() -> None:
    leak, *drifts = commands_of(CHECKS["drift"], CHECKOUT)
    issues = issues_of(CHECKS["drift"])

    assert "(new%2C native)" in leak
    assert drifts[0].startswith(
        "::error title=leakscan%3A drift in clean::peak memory rose by 40 %25 in one step"
    )
    assert len(drifts) == 2
    assert [issue["severity"] for issue in issues] == ["major", "major", "major"]
    assert [issue["check_name"] for issue in issues][:2] == ["leakscan: drift", "leakscan: drift"]


def test_no_more_errors_come_than_github_shows_and_leaks_come_first() -> None:
    commands = commands_of(CHECKS["many of all"], CHECKOUT)

    assert len(commands) == MAX_COMMANDS
    assert all("Jobs.queue_" in command for command in commands)


@pytest.mark.parametrize("name", CHECKS)
def test_a_name_ends_no_command_and_begins_none(name: str) -> None:
    for command in commands_of(CHECKS[name], CHECKOUT):
        assert level_of_command(command) in {"error", "warning"}


@pytest.mark.parametrize("checkout", [CHECKOUT, Checkout()])
@pytest.mark.parametrize("name", CHECKS)
def test_every_report_for_gitlab_is_as_its_documentation_says(name: str, checkout: Checkout) -> None:
    issues = json.loads(text_of("gitlab", CHECKS[name], checkout))

    assert violations(issues, gitlab_schema()) == []


@pytest.mark.parametrize("name", CHECKS)
def test_gitlab_keeps_every_issue_because_no_two_share_a_fingerprint(name: str) -> None:
    fingerprints = [issue["fingerprint"] for issue in issues_of(CHECKS[name])]

    assert len(set(fingerprints)) == len(fingerprints)


def test_gitlab_is_told_of_all_that_leaks_and_what_fails_nothing_is_for_information() -> None:
    issues = issues_of(CHECKS["each standing"])

    assert [(issue["description"].split()[0], issue["severity"]) for issue in issues] == [
        ("Jobs.new", "major"),
        ("Jobs.worse", "major"),
        ("Jobs.expired", "major"),
        ("Jobs.known", "info"),
        ("Jobs.better", "info"),
        ("Jobs.allowed", "info"),
        ("lru_cache", "info"),
    ]
    assert {issue["location"]["path"] for issue in issues} == {"services/api/app/jobs.py"}


def test_a_run_without_an_answer_is_an_issue_at_its_target() -> None:
    [issue] = issues_of(CHECKS["failed"])

    assert issue["description"] == "failed: INCONCLUSIVE (target failed): the heap stays flat"
    assert issue["severity"] == "major"
    assert issue["location"] == {"path": "services/api/app/jobs.py", "lines": {"begin": 1}}
