"""A comparison in words, and in every file that it can be written to."""

import io
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import xmlschema
from junitparser import JUnitXml
from markdown_it import MarkdownIt
from prometheus_client.parser import text_string_to_metric_families

from leakscan.comparison.runs import compare
from leakscan.model.check import Comparison
from leakscan.model.run import Kind, Verdict
from leakscan.reports.formats.pprof import BASE
from leakscan.reports.formats.table import FORMATS, flags_of
from leakscan.reports.locations import Checkout
from leakscan.reports.text.diff import draw_diff, plain_diff
from leakscan.reports.views.diff import diff_view
from tests.builders import a_failure, a_filling_finding, a_finding, a_holder, an_analysis
from tests.samples import analyses
from tests.unit.reports.consumers import (
    SCHEMAS,
    Page,
    closed,
    diff_schema,
    gitlab_schema,
    profile_of,
    profile_samples,
    sarif_schema,
    violations,
)
from tests.unit.reports.escapes import hyperlinks_in, on_a_terminal
from tests.written import commands_of, text_of

ANALYSES = analyses()
CHECKOUT = Checkout(root="/srv/app", folder="/srv/app")
WRITERS = {form.name: form.write for form in flags_of("diff")}


def a_comparison() -> Comparison:
    """One finding of each change."""
    old = an_analysis(
        a_finding(fingerprint="worse", holder=a_holder("Jobs.worse"), bytes_per_call=1_500.0),
        a_finding(fingerprint="same", holder=a_holder("Jobs.same")),
        a_finding(fingerprint="better", holder=a_holder("Jobs.better"), bytes_per_call=2_000.0),
        a_finding(fingerprint="gone", holder=a_holder("Jobs.gone")),
    )
    new = an_analysis(
        a_finding(fingerprint="new", holder=a_holder("Jobs.new"), bytes_per_call=64.0),
        a_finding(fingerprint="worse", holder=a_holder("Jobs.worse"), bytes_per_call=1_900.0),
        a_finding(fingerprint="same", holder=a_holder("Jobs.same"), bytes_per_call=1_990.0),
        a_filling_finding(fingerprint="better", holder=a_holder("Jobs.better", bound=20_000)),
    )
    return compare(old, new, band=0.2)


def test_each_place_of_a_comparison_is_a_link() -> None:
    view = diff_view(a_comparison())

    report = on_a_terminal(lambda console, link: draw_diff(view, console, link))

    assert hyperlinks_in(report) == {"app/jobs.py:41": "file://host/app/jobs.py#41"}


COMPARISONS = {
    "each change": a_comparison(),
    **{name: compare(ANALYSES["leak"], analysis, band=0.2) for name, analysis in ANALYSES.items()},
    "clean again": compare(ANALYSES["leak"], ANALYSES["clean"], band=0.2),
    "hostile gone": compare(ANALYSES["hostile"], ANALYSES["clean"], band=0.2),
}


def test_a_comparison_reads_as_an_answer_and_what_became_of_each_finding() -> None:
    assert (
        plain_diff(diff_view(a_comparison()))
        == """\
WORSE: 2 leaks are new or worse (1 new, 1 worse, 1 same, 1 better, 1 gone)

new: Jobs.new (dict, 12,340 entries, +10.0 per call, none removed) grows by 64 B per call
  change       +64 B per call
  held by      app.jobs → .done
  allocated at app/jobs.py:41 in Jobs.put
  known as     new

worse: Jobs.worse (dict, 12,340 entries, +10.0 per call, none removed) grows by 1.9 kB per call
  change       +400 B per call, was 1.5 kB (+27 %)
  held by      app.jobs → .done
  allocated at app/jobs.py:41 in Jobs.put
  known as     worse

same: Jobs.same (dict, 12,340 entries, +10.0 per call, none removed) grows by 2.0 kB per call
  change       +90 B per call, was 1.9 kB (+5 %)
  held by      app.jobs → .done
  allocated at app/jobs.py:41 in Jobs.put
  known as     same

better: Jobs.better (dict, 12,340 of at most 20,000 entries, +10.0 per call, none removed) fills
  by 240 B per call and plateaus at 20,000 entries, about 480 kB
  change       -1.8 kB per call, was 2.0 kB (-88 %), was LEAKING
  held by      app.jobs → .done
  allocated at app/jobs.py:41 in Jobs.put
  known as     better

gone: Jobs.gone (dict, 12,340 entries, +10.0 per call, none removed) grows by 1.9 kB per call
  change       -1.9 kB per call
  held by      app.jobs → .done
  allocated at app/jobs.py:41 in Jobs.put
  known as     gone

old          LEAKING (unbounded growth): the heap grows with every call
new          LEAKING (unbounded growth): the heap grows with every call
band         growth may differ by 20 % and be the same
"""
    )


@pytest.mark.parametrize(
    ("old", "new", "headline"),
    [
        (an_analysis(), an_analysis(), "OK: no leak is new or worse"),
        (an_analysis(a_finding()), an_analysis(), "OK: no leak is new or worse (1 gone)"),
        (an_analysis(), an_analysis(a_finding()), "WORSE: 1 leak is new or worse (1 new)"),
        (
            an_analysis(a_finding()),
            an_analysis(verdict=Verdict.INCONCLUSIVE, kind=Kind.NOISE),
            "INCONCLUSIVE: the new run has no answer, so what is gone may only be unseen (1 gone)",
        ),
        (
            an_analysis(),
            an_analysis(a_finding(), failure=a_failure()),
            "WORSE: 1 leak is new or worse, and the target of the new run failed (1 new)",
        ),
    ],
)
def test_the_first_line_is_the_answer(old: Any, new: Any, headline: str) -> None:
    assert diff_view(compare(old, new, band=0.2)).headline == headline


def test_what_may_mislead_is_said() -> None:
    old = an_analysis(target="app:old", python="3.11.7", failure=a_failure(), warnings=("cut",))

    view = diff_view(compare(old, an_analysis(python="3.13.1"), band=0.2))

    assert view.warnings == (
        "the runs are of two targets: app:old, then app.jobs:handle",
        "the runs are of two Pythons: 3.11.7, then 3.13.1",
        "the old run failed: what is new may have been there unseen",
        "old run: cut",
    )


class Told(NamedTuple):
    """What a format says of a comparison; None where it has no place for it."""

    word: str | None = None
    exit_code: int | None = None
    changes: list[tuple[str, str]] | None = None
    """What became of each finding, and its summary."""
    fails: list[bool] | None = None
    """Of each finding."""
    bytes_per_call_changes: list[float] | None = None
    rows: int | None = None
    """The number of findings."""


def _expected(comparison: Comparison) -> Told:
    view = diff_view(comparison)
    return Told(
        word=view.word,
        exit_code=comparison.exit_code,
        changes=[(str(row.change), row.finding.summary) for row in view.rows],
        fails=[row.fails for row in view.rows],
        bytes_per_call_changes=[row.bytes_per_call_change for row in view.rows],
        rows=len(view.rows),
    )


def _in_json(content: bytes) -> Told:
    report = json.loads(content)
    return Told(
        word=report["summary"].partition(":")[0],
        exit_code=report["exit_code"],
        changes=[(each["change"], each["summary"]) for each in report["changes"]],
        rows=len(report["changes"]),
    )


def _in_markdown(content: bytes) -> Told:
    text = content.decode()
    in_sight = text.split("\n<details>\n", maxsplit=1)[0]
    lines = [token.children or [] for token in MarkdownIt("commonmark").parse(in_sight)]
    told = [line for line in lines if any(part.type == "strong_open" for part in line)]
    return Told(
        word=text.split()[2],
        changes=[
            (
                next(part.content for part in line if part.type == "text" and part.content),
                next(part.content for part in line if part.type == "code_inline"),
            )
            for line in told
        ],
    )


def _in_junit(content: bytes) -> Told:
    cases = [case for suite in JUnitXml.fromstring(content) for case in suite if case.name != "the new run"]
    return Told(fails=[bool(case.result) for case in cases], rows=len(cases))


def _in_sarif(content: bytes) -> Told:
    run = json.loads(content)["runs"][0]
    messages = [result["message"]["text"].split("\n")[0] for result in run["results"]]
    changes = [message.partition(": ") for message in messages]
    return Told(changes=[(change, summary) for change, _, summary in changes], rows=len(messages))


def _in_pprof(content: bytes) -> Told:
    profile = profile_of(content)
    return Told(word=profile.string_table[profile.comment[0]].partition(":")[0])


def _in_prometheus(content: bytes) -> Told:
    families = text_string_to_metric_families(content.decode())
    values = {family.name: [sample.value for sample in family.samples] for family in families}
    return Told(
        exit_code=int(values["leakscan_diff_exit_code"][0]),
        bytes_per_call_changes=values.get("leakscan_diff_finding_change_bytes_per_call", []),
        rows=int(sum(values["leakscan_diff_findings"])),
    )


def _in_html(content: bytes) -> Told:
    page = Page(content)
    leads = page.of("p.lead")
    # Above the findings stands a table, which has the same words.
    chips = page.of("span.chip")[-len(leads) :] if leads else []
    return Told(
        word=page.of("h1")[0].split(maxsplit=1)[0].rstrip(":"),
        changes=list(zip([chip.lower() for chip in chips], leads, strict=True)),
        rows=len(leads),
    )


READERS: dict[str, Callable[[bytes], Told]] = {
    "json": _in_json,
    "markdown": _in_markdown,
    "junit": _in_junit,
    "sarif": _in_sarif,
    "pprof": _in_pprof,
    "prometheus": _in_prometheus,
    "html": _in_html,
}


@pytest.mark.parametrize("name", COMPARISONS)
@pytest.mark.parametrize("form", READERS)
def test_every_format_says_what_the_terminal_says(form: str, name: str) -> None:
    comparison = COMPARISONS[name]
    expected = _expected(comparison)

    told = READERS[form](WRITERS[form](comparison, CHECKOUT))

    said = {key: value for key, value in told._asdict().items() if value is not None}
    assert said == {key: value for key, value in expected._asdict().items() if key in said}


def test_every_format_is_read_here() -> None:
    assert set(WRITERS) == set(READERS), "a new format needs a reader in this test"


def test_a_profile_of_a_comparison_is_that_of_the_new_run_less_that_of_the_old() -> None:
    comparison = a_comparison()

    samples = profile_samples(profile_of(WRITERS["pprof"](comparison, CHECKOUT)))

    count = len(comparison.new.findings)
    new, old = samples[:count], samples[count:]
    assert all(s["growth_space_per_1000_calls"] > 0 and BASE not in s["labels"] for s in new)
    assert all(s["growth_space_per_1000_calls"] < 0 and s["labels"][BASE] == "true" for s in old)
    assert len(old) == len(comparison.old.findings)


def test_on_github_what_is_new_or_worse_is_remarked_on() -> None:
    commands = list(commands_of(a_comparison(), CHECKOUT))

    assert [command.split("::")[1] for command in commands] == [
        "error file=app/jobs.py,line=41,title=leakscan%3A new%3A Jobs.new",
        "error file=app/jobs.py,line=41,title=leakscan%3A worse%3A Jobs.worse",
    ]
    assert commands[1].endswith("%0Achange: +400 B per call, was 1.5 kB (+27 %25)")


def test_on_github_a_cache_that_is_new_is_a_notice_and_a_run_without_an_answer_a_warning() -> None:
    filling = compare(an_analysis(), an_analysis(a_filling_finding(), verdict=Verdict.FILLING), band=0.2)
    noise = compare(an_analysis(), ANALYSES["noise"], band=0.2)

    [notice] = commands_of(filling, CHECKOUT)
    [warning] = commands_of(noise, CHECKOUT)

    assert notice.startswith("::notice file=")
    assert warning.startswith("::warning title=leakscan::INCONCLUSIVE: the new run has no answer")


def test_gitlab_gets_all_findings_of_the_new_run_and_only_what_fails_is_severe() -> None:
    issues = json.loads(text_of("gitlab", a_comparison(), CHECKOUT))

    assert [(issue["fingerprint"], issue["severity"]) for issue in issues] == [
        ("new", "major"),
        ("worse", "major"),
        ("same", "info"),
        ("better", "info"),
    ]


@pytest.mark.parametrize("name", COMPARISONS)
def test_every_report_on_changes_for_gitlab_is_as_its_documentation_says(name: str) -> None:
    issues = json.loads(text_of("gitlab", COMPARISONS[name], CHECKOUT))

    assert violations(issues, gitlab_schema()) == []


@pytest.mark.parametrize("form", WRITERS)
def test_the_same_comparison_is_the_same_file(form: str) -> None:
    write = WRITERS[form]

    assert write(a_comparison(), CHECKOUT) == write(a_comparison(), CHECKOUT)


def test_every_format_of_a_report_but_the_graph_is_one_of_a_comparison() -> None:
    assert [*flags_of("diff"), FORMATS["graph"]] == [*flags_of("report")]


@pytest.mark.parametrize("name", COMPARISONS)
def test_every_file_is_as_its_schema_says(name: str) -> None:
    comparison = COMPARISONS[name]
    junit = xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd")

    report = json.loads(WRITERS["json"](comparison, CHECKOUT))

    assert violations(report, diff_schema()) == []
    assert violations(report, closed(diff_schema())) == []
    assert violations(json.loads(WRITERS["sarif"](comparison, CHECKOUT)), sarif_schema()) == []
    junit.validate(io.StringIO(WRITERS["junit"](comparison, CHECKOUT).decode()))


def test_sarif_knows_the_state_of_each_result() -> None:
    log = json.loads(WRITERS["sarif"](a_comparison(), CHECKOUT))

    assert [(r["baselineState"], r["level"]) for r in log["runs"][0]["results"]] == [
        ("new", "error"),
        ("updated", "error"),
        ("unchanged", "note"),
        ("updated", "note"),
        ("absent", "note"),
    ]
