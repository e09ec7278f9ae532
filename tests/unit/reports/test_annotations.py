"""Remarks on the lines of a change."""

import json
import re

import pytest

from leakscan.reports.annotations import MOST_COMMANDS, github_commands, gitlab_code_quality
from leakscan.reports.checkout import Checkout
from tests.builders import a_failure, a_filling_finding, a_finding, a_holder, an_analysis
from tests.samples import analyses

ANALYSES = analyses()
CHECKOUT = Checkout(root="/srv/shop", folder="/srv/shop/services/api")
COMMAND = re.compile(r"::(?P<level>error|warning|notice) (?P<properties>[^\n]*?)::(?P<message>[^\n]*)")


def test_a_leak_is_an_error_on_the_line_that_allocates() -> None:
    [command] = github_commands(an_analysis(a_finding()), CHECKOUT)

    assert command == (
        "::error file=services/api/app/jobs.py,line=41,title=leakscan%3A Jobs.done::"
        "Jobs.done (dict, 12,340 entries, +10.0 per call, none removed) grows by 1.9 kB per call%0A"
        "held by app.jobs → .done%0A"
        "filled at app/jobs.py:41 in Jobs.put%0A"
        "emptying it freed 99.2 %25 of the grown memory%0A"
        "at 1,000 calls/s: 1 GiB in 9 minutes"
    )


def test_a_cache_that_fills_is_a_notice_and_what_is_under_the_threshold_is_nothing() -> None:
    levels = [command.split()[0] for command in github_commands(ANALYSES["leaks and fills"], CHECKOUT)]

    assert levels == ["::error", "::error", "::notice"]


def test_a_target_that_failed_and_a_run_without_an_answer_are_told_without_a_line() -> None:
    [failed] = github_commands(an_analysis(failure=a_failure()), CHECKOUT)
    [open_ended] = github_commands(ANALYSES["noise"], CHECKOUT)

    assert failed.startswith("::error title=leakscan::CLEAN (flat)")
    assert open_ended.startswith("::warning title=leakscan::INCONCLUSIVE (noise)")


def test_a_clean_run_has_nothing_to_remark() -> None:
    assert list(github_commands(an_analysis(), CHECKOUT)) == []


def test_a_leak_that_no_finding_tells_is_an_error_all_the_same() -> None:
    [command] = github_commands(ANALYSES["native"], CHECKOUT)

    assert command.startswith("::error title=leakscan::LEAKING (native)")


@pytest.mark.parametrize("name", ["outside", "no file", "no sites"])
def test_a_line_that_is_not_in_the_repository_is_not_pointed_at(name: str) -> None:
    [command] = github_commands(ANALYSES[name], CHECKOUT)

    assert command.startswith("::error title=leakscan%3A Jobs.done::")
    assert json.loads(gitlab_code_quality(ANALYSES[name], CHECKOUT)) == []


def test_no_more_commands_come_than_github_shows() -> None:
    assert len(list(github_commands(ANALYSES["twenty findings"], CHECKOUT))) == MOST_COMMANDS


@pytest.mark.parametrize("name", ANALYSES)
def test_a_name_of_the_target_ends_no_command_and_begins_none(name: str) -> None:
    for command in github_commands(ANALYSES[name], CHECKOUT):
        match = COMMAND.fullmatch(command)
        assert match is not None
        properties = dict(pair.split("=", 1) for pair in match["properties"].split(","))
        assert set(properties) <= {"file", "line", "title"}
        assert "::" not in match["properties"]


def test_gitlab_gets_an_issue_for_each_finding_on_a_line_of_the_repository() -> None:
    issues = json.loads(gitlab_code_quality(an_analysis(a_finding(), a_filling_finding()), CHECKOUT))

    assert [(issue["check_name"], issue["severity"], issue["fingerprint"]) for issue in issues] == [
        ("leakscan: unbounded growth", "major", "app.jobs.Jobs.done"),
        ("leakscan: bounded", "info", "app.price lru_cache"),
    ]
    assert issues[0]["location"] == {"path": "services/api/app/jobs.py", "lines": {"begin": 41}}
    assert issues[0]["description"].startswith("Jobs.done (dict, 12,340 entries")


def test_a_property_is_escaped_further_than_a_message() -> None:
    [command] = github_commands(an_analysis(a_finding(holder=a_holder("D[100%,:]"))), CHECKOUT)

    assert "title=leakscan%3A D[100%25%2C%3A]::D[100%25,:] (dict" in command
