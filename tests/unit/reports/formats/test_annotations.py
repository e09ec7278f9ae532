"""Remarks on the lines of a change."""

import json
from typing import Any

import pytest

from leakscan.model.analysis import Analysis
from leakscan.model.run import Verdict
from leakscan.reports.formats.github import MAX_COMMANDS
from leakscan.reports.locations import Checkout
from tests.builders import a_failure, a_filling_finding, a_finding, a_holder, an_analysis
from tests.samples import analyses
from tests.unit.reports.consumers import gitlab_schema, level_of_command, violations
from tests.written import commands_of, text_of

ANALYSES = analyses()
CHECKOUT = Checkout(root="/srv/shop", folder="/srv/shop/services/api")


def gitlab_issues(analysis: Analysis) -> Any:
    return json.loads(text_of("gitlab", analysis, CHECKOUT))


def test_a_leak_is_an_error_on_the_line_that_allocates() -> None:
    [command] = commands_of(an_analysis(a_finding()), CHECKOUT)

    assert command == (
        "::error file=services/api/app/jobs.py,line=41,title=leakscan%3A Jobs.done::"
        "Jobs.done (dict, 12,340 entries, +10.0 per call, none removed) grows by 1.9 kB per call%0A"
        "held by app.jobs → .done%0A"
        "allocated at app/jobs.py:41 in Jobs.put%0A"
        "emptying it freed 99.2 %25 of the grown memory%0A"
        "at an assumed 1,000 calls/s (see --rate): 1 GiB in 9 minutes"
    )


def test_a_cache_that_fills_is_a_notice_and_what_is_under_the_threshold_is_nothing() -> None:
    levels = [command.split()[0] for command in commands_of(ANALYSES["leaks and fills"], CHECKOUT)]

    assert levels == ["::error", "::error", "::notice"]


def test_a_target_that_failed_and_a_run_without_an_answer_are_told_without_a_line() -> None:
    [failed] = commands_of(an_analysis(failure=a_failure()), CHECKOUT)
    [open_ended] = commands_of(ANALYSES["noise"], CHECKOUT)

    assert failed.startswith("::error title=leakscan::CLEAN (flat)")
    assert open_ended.startswith("::warning title=leakscan::INCONCLUSIVE (noise)")


def test_a_clean_run_has_nothing_to_remark() -> None:
    assert list(commands_of(an_analysis(), CHECKOUT)) == []


def test_a_leak_that_only_the_process_shows_is_an_error_on_the_target() -> None:
    [command] = commands_of(ANALYSES["native"], CHECKOUT)

    assert command.startswith(
        "::error file=services/api/app.py,line=12,title=leakscan%3A native::native memory"
    )


@pytest.mark.parametrize("name", ["outside", "no file"])
def test_a_line_that_is_not_in_the_repository_gives_way_to_the_caller_that_is(name: str) -> None:
    [command] = commands_of(ANALYSES[name], CHECKOUT)
    [issue] = gitlab_issues(ANALYSES[name])

    assert command.startswith("::error file=services/api/app/main.py,line=7,title=leakscan%3A Jobs.done::")
    assert issue["location"] == {"path": "services/api/app/main.py", "lines": {"begin": 7}}


def test_a_finding_without_a_line_in_the_repository_stands_where_its_holder_is_defined() -> None:
    finding = a_finding(sites=(), holder=a_holder(defined_at="app/jobs.py:12"))

    [command] = commands_of(an_analysis(finding), CHECKOUT)

    assert command.startswith("::error file=services/api/app/jobs.py,line=12,")


def test_a_finding_without_any_line_is_pointed_at_nowhere_but_gitlab_gets_its_target() -> None:
    [command] = commands_of(ANALYSES["no sites"], CHECKOUT)
    [issue] = gitlab_issues(ANALYSES["no sites"])

    assert command.startswith("::error title=leakscan%3A Jobs.done::")
    assert issue["location"] == {"path": "services/api/app/jobs.py", "lines": {"begin": 1}}


def test_a_target_outside_of_the_repository_can_be_no_issue_of_gitlab() -> None:
    analysis = an_analysis(a_finding(sites=()), target="/opt/tool.py:main")

    assert gitlab_issues(analysis) == []


def test_no_more_commands_come_than_github_shows() -> None:
    assert len(list(commands_of(ANALYSES["twenty findings"], CHECKOUT))) == MAX_COMMANDS


@pytest.mark.parametrize("name", ANALYSES)
def test_a_name_of_the_target_ends_no_command_and_begins_none(name: str) -> None:
    for command in commands_of(ANALYSES[name], CHECKOUT):
        assert level_of_command(command) in {"error", "warning", "notice"}


@pytest.mark.parametrize("checkout", [CHECKOUT, Checkout()])
@pytest.mark.parametrize("name", ANALYSES)
def test_every_report_for_gitlab_is_as_its_documentation_says(name: str, checkout: Checkout) -> None:
    issues = json.loads(text_of("gitlab", ANALYSES[name], checkout))

    assert violations(issues, gitlab_schema()) == []


def _is_told_of_run(analysis: Analysis) -> bool:
    return analysis.failure is not None or analysis.exit_code == 4


@pytest.mark.parametrize("name", ANALYSES)
def test_gitlab_is_told_of_every_leak_and_of_a_run_without_an_answer(name: str) -> None:
    analysis = ANALYSES[name]
    told = [finding for finding in analysis.findings if finding.verdict in (Verdict.LEAKING, Verdict.FILLING)]

    issues = gitlab_issues(analysis)

    assert len(issues) == len(told) + _is_told_of_run(analysis)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues), "GitLab keeps the first of each"


def test_gitlab_gets_an_issue_for_each_finding_on_a_line_of_the_repository() -> None:
    issues = gitlab_issues(an_analysis(a_finding(), a_filling_finding()))

    assert [(issue["check_name"], issue["severity"], issue["fingerprint"]) for issue in issues] == [
        ("leakscan: unbounded growth", "major", "app.jobs.Jobs.done"),
        ("leakscan: bounded", "info", "app.price lru_cache"),
    ]
    assert issues[0]["location"] == {"path": "services/api/app/jobs.py", "lines": {"begin": 41}}
    assert issues[0]["description"].startswith("Jobs.done (dict, 12,340 entries")


def test_a_property_is_escaped_further_than_a_message() -> None:
    [command] = commands_of(an_analysis(a_finding(holder=a_holder("D[100%,:]"))), CHECKOUT)

    assert "title=leakscan%3A D[100%25%2C%3A]::D[100%25,:] (dict" in command
