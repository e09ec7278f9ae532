"""What each file of a check holds, and that its readers take it."""

import io
import json
from dataclasses import replace
from itertools import takewhile
from typing import Any

import pytest
import xmlschema
from jsonschema import Draft202012Validator
from junitparser import Error, Failure, JUnitXml
from markdown_it import MarkdownIt
from prometheus_client.parser import text_string_to_metric_families

from leakscan.model.check import Check, Standing
from leakscan.reports.formats.json import SCHEMA_VERSION
from leakscan.reports.formats.markdown import MAX_CHARACTERS, MAX_ROWS, cell
from leakscan.reports.locations import Checkout
from leakscan.reports.text.check import draw_check, plain_check, plain_target
from leakscan.reports.views.check import check_view
from tests.builders import a_finding, an_analysis
from tests.samples import HOSTILE, a_check, a_checked_target, checks
from tests.unit.reports.consumers import (
    SCHEMAS,
    check_schema,
    closed,
    profile_of,
    profile_samples,
    report_schema,
    sarif_schema,
    violations,
)
from tests.unit.reports.escapes import links_in, on_a_terminal
from tests.written import content_of, text_of

CHECKS = checks()
CHECKOUT = Checkout(root="/srv/app", folder="/srv/app")


def test_a_check_reads_as_what_fails_then_what_is_known_then_every_target() -> None:
    check = a_check(
        a_checked_target("api", an_analysis(a_finding())),
        a_checked_target("clean", an_analysis()),
        CHECKS["one leak in two targets"].targets[1],
    )

    assert (
        plain_check(check_view(check))
        == """\
WORSE: 1 leak is new, in 1 of 3 targets (1 known)

new  api
  the baseline knows no such leak

Jobs.done (dict, 12,340 entries, +10.0 per call, none removed) grows by 1.9 kB per call
  held by   app.jobs → .done
  filled at app/jobs.py:41 in Jobs.put
  emptying it freed 99.2 % of the grown memory
  at 1,000 calls/s: 1 GiB in 9 minutes

known  jobs: Jobs.done (dict, 12,340 entries, +10.0 per call, none removed) grows by 1.9 kB per
  call; accepted on 2026-01-05: to be bounded with the new queue

target  verdict  findings       growth  calls   time
api     LEAKING  1 new     1.9 kB/call  1,234  3.2 s
clean   CLEAN                 0 B/call  1,234  3.2 s
jobs    LEAKING  1 known   1.9 kB/call  1,234  3.2 s

ran       3 targets, 9.6 s in all
with      Python 3.11.7, leakscan 0.1.0
"""
    )


def test_the_lines_of_a_check_are_links_on_a_terminal() -> None:
    view = check_view(CHECKS["one leak in two targets"])

    report = on_a_terminal(lambda console, link: draw_check(view, console, link))

    assert links_in(report) == {"app/jobs.py:41": "file://host/app/jobs.py#41"}


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


def in_sight(check: Check) -> list[str]:
    return list(takewhile(lambda line: line != "<details>", text_of("markdown", check).splitlines()))


@pytest.mark.parametrize("name", CHECKS)
def test_at_most_sixty_lines_are_in_sight(name: str) -> None:
    assert len(in_sight(CHECKS[name])) <= 60


def test_all_of_twenty_failing_findings_are_in_sight() -> None:
    assert sum(line[:1].isdigit() for line in in_sight(CHECKS["twenty leaks"])) == 20


def test_what_is_too_much_is_counted() -> None:
    lines = in_sight(CHECKS["many of all"])

    assert {
        "<br>and 7 more warnings",
        "and 20 more failing leaks",
        "- and 16 more drifts",
        "- and 6 more targets without an answer",
        "and 48 more targets",
    } <= set(lines)


def test_too_many_targets_show_those_that_fail() -> None:
    clean = [a_checked_target(f"clean-{number}", an_analysis()) for number in range(20)]
    check = a_check(*clean, a_checked_target("api", an_analysis(a_finding())))

    rows = [line for line in in_sight(check) if line.startswith("| `")]

    assert [row.split("`")[1] for row in rows] == ["api"]
    assert "and 20 more targets, none of which fails" in in_sight(check)


@pytest.mark.parametrize("name", CHECKS)
def test_a_comment_holds_the_markdown_however_much_there_is_to_tell(name: str) -> None:
    assert len(text_of("markdown", CHECKS[name])) <= MAX_CHARACTERS + 200


@pytest.mark.parametrize("name", CHECKS)
def test_names_are_text_and_every_target_is_a_row_of_six_cells(name: str) -> None:
    check = CHECKS[name]

    tokens = MarkdownIt("commonmark").enable("table").parse("\n".join(in_sight(check)))

    inline = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inline} <= {
        "text",
        "text_special",
        "code_inline",
        "strong_open",
        "strong_close",
        "softbreak",
        "html_inline",
    }
    assert {child.content for child in inline if child.type == "html_inline"} <= {"<br>", "<code>", "</code>"}
    assert not [token for token in tokens if token.type == "html_block"]
    cells = sum(token.type == "td_open" for token in tokens)
    rows = sum(token.type == "tr_open" for token in tokens) - bool(cells)
    assert cells == 6 * rows
    failing = sum(target.exit_code != 0 for target in check.targets)
    assert rows == (len(check.targets) if len(check.targets) <= MAX_ROWS else min(failing, MAX_ROWS))


@pytest.mark.parametrize(
    "name", ["jobs", "a|b", "a\\|b", "|", "`|`", "<b>|</b>", "*|*", "_|_", "&amp;|", "\\|\\"]
)
def test_any_name_is_one_cell_that_says_it(name: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| {cell(name)} | 2 |\n"

    tokens = MarkdownIt("commonmark").enable("table").parse(table)

    contents = [tokens[place + 1] for place, token in enumerate(tokens) if token.type == "td_open"]
    assert len(contents) == 2
    said = [part.content for part in contents[0].children or () if part.type != "html_inline"]
    assert "".join(said) == name
    assert contents[1].content == "2"


def test_a_case_is_a_target_by_its_name_and_a_leak_is_told_in_the_words_of_the_terminal() -> None:
    check = CHECKS["each standing"]

    [failing, clean] = [case for suite in JUnitXml.fromstring(content_of("junit", check)) for case in suite]

    [failure] = failing.result
    assert (failing.classname, failing.name, failing.time) == ("leakscan.check", "jobs", 3.21)
    assert failure.type == "new"
    assert failure.message == (
        "Jobs.new (dict, 12,340 entries, +10.0 per call, none removed) grows by 1.9 kB per call, and 2 more"
    )
    assert failure.text == plain_target(check_view(check).targets[0])
    assert (clean.name, clean.result) == ("clean", [])


def test_a_known_leak_passes_and_is_told() -> None:
    check = CHECKS["one leak in two targets"]

    [_, known] = [case for suite in JUnitXml.fromstring(content_of("junit", check)) for case in suite]

    assert known.result == []
    assert known.system_out.startswith("known  jobs: Jobs.done (dict, ")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("failed", "FAILED"),
        ("inconclusive", "INCONCLUSIVE"),
        ("failed, and leaks", "new"),
        ("drift", "drift"),
    ],
)
def test_a_target_without_an_answer_is_an_error_unless_something_fails_it(name: str, kind: str) -> None:
    [case, *_] = [case for suite in JUnitXml.fromstring(content_of("junit", CHECKS[name])) for case in suite]

    [result] = case.result
    assert result.type == kind
    assert isinstance(result, Failure if kind in ("new", "drift") else Error)


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


def test_a_profile_is_labelled_by_target_and_standing() -> None:
    profile = profile_of(content_of("pprof", CHECKS["one leak in two targets"]))

    labels = [sample["labels"] for sample in profile_samples(profile)]
    assert [(each["target"], each["standing"]) for each in labels] == [("api", "new"), ("jobs", "known")]


def test_growth_by_the_call_and_by_the_second_are_never_added() -> None:
    profile = profile_of(content_of("pprof", CHECKS["every analysis"]))

    samples = profile_samples(profile)

    by_second = [each for each in samples if each["growth_space_per_1000_seconds"]]
    assert {each["labels"]["target"] for each in by_second} == {"by the second"}
    assert {each["growth_space_per_1000_calls"] for each in by_second} == {0}
    assert profile.string_table[profile.default_sample_type] == "growth_space_per_1000_calls"


def samples_of(check: Check) -> list[tuple[str, dict[str, str], float]]:
    families = text_string_to_metric_families(text_of("prometheus", check))
    return [(s.name, s.labels, s.value) for family in families for s in family.samples]


@pytest.mark.parametrize("name", CHECKS)
def test_no_metric_is_described_twice_and_no_series_comes_twice(name: str) -> None:
    lines = text_of("prometheus", CHECKS[name]).splitlines()
    described = [line for line in lines if line.startswith("#")]
    series = [line.rpartition(" ")[0] for line in lines if not line.startswith("#")]

    assert len(set(described)) == len(described)
    assert len(set(series)) == len(series)


def test_the_metrics_say_what_the_gate_says() -> None:
    samples = samples_of(CHECKS["each standing"])

    assert ("leakscan_check_exit_code", {}, 1.0) in samples
    assert ("leakscan_check_failing_findings", {"target": "jobs"}, 3.0) in samples
    assert ("leakscan_check_failing_findings", {"target": "clean"}, 0.0) in samples
    assert ("leakscan_check_findings", {"target": "jobs", "standing": "gone"}, 1.0) in samples
    assert ("leakscan_check_findings", {"target": "clean", "standing": "new"}, 0.0) in samples
    assert ("leakscan_exit_code", {"target": "clean"}, 0.0) in samples
    assert ("leakscan_check_drifts", {"target": "clean"}, 2.0) in samples_of(CHECKS["drift"])


def test_a_target_that_only_leaks_what_is_known_is_one_that_passes() -> None:
    samples = samples_of(CHECKS["one leak in two targets"])

    assert ("leakscan_exit_code", {"target": "jobs"}, 0.0) in samples
    assert ("leakscan_verdict", {"target": "jobs", "verdict": "LEAKING"}, 1.0) in samples


def test_a_check_without_targets_is_a_file_in_every_format() -> None:
    check = CHECKS["no targets"]

    assert run_of(check)["results"] == []
    assert json.loads(text_of("json", check))["targets"] == []
    assert text_of("markdown", check).startswith(
        "### leakscan: OK\n\n`no leak is new or worse in 0 targets`\n"
    )
    assert HOSTILE not in text_of("markdown", check)
