"""Every format of a run says the same verdict, the same findings in the same order, the same numbers."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest
from prometheus_client.parser import text_string_to_metric_families

from leakscan.model.analysis import Analysis
from leakscan.model.run import Verdict
from leakscan.reports.formats.github import MAX_COMMANDS
from leakscan.reports.formats.table import flags_of
from leakscan.reports.locations import Checkout
from leakscan.reports.text.report import plain_report
from leakscan.reports.views.max_rows import EVERYTHING, NORMAL
from leakscan.reports.views.report import headline, ranked_findings, report_view
from leakscan.reports.views.wording import finding_summary
from tests.graphs import graph_of
from tests.samples import analyses
from tests.unit.reports.consumers import Page, profile_of, profile_samples
from tests.written import commands_of, text_of

ANALYSES = analyses()
CHECKOUT = Checkout(root="/srv/app", folder="/srv/app")
WRITERS = {form.name: form.write for form in flags_of("report")}


class Told(NamedTuple):
    """What a format says of a run; None where it has no place for it."""

    verdict: str
    fingerprints: list[str] | None = None
    verdicts: list[str] | None = None
    summaries: list[str] | None = None
    bytes_per_call: list[float] | None = None


def _expected(analysis: Analysis) -> Told:
    view = report_view(analysis, EVERYTHING)
    return Told(
        verdict=analysis.verdict,
        fingerprints=[finding.fingerprint for finding in view.findings],
        verdicts=[finding.verdict.value for finding in view.findings],
        summaries=[finding.summary for finding in view.findings],
        bytes_per_call=[finding.bytes_per_call for finding in ranked_findings(analysis)],
    )


def _in_json(content: bytes, expected: Told) -> Told:
    report = json.loads(content)
    findings = report["findings"]
    assert expected.fingerprints is not None
    shown = dict(zip([finding["fingerprint"] for finding in findings], expected.fingerprints, strict=True))
    return Told(
        verdict=report["verdict"],
        # JSON keeps a hostile fingerprint as it is, where the others must show it escaped.
        fingerprints=[shown[finding["fingerprint"]] for finding in findings],
        verdicts=[finding["verdict"] for finding in findings],
        summaries=[finding["summary"] for finding in findings],
        bytes_per_call=[finding["bytes_per_call"] for finding in findings],
    )


def _in_markdown(content: bytes, expected: Told) -> Told:
    text = content.decode()
    assert expected.summaries is not None
    lines = [line for line in text.splitlines() if line[:1].isdigit()][: len(expected.summaries)]
    summaries = [
        summary if f"{summary}" in line else line
        for summary, line in zip(expected.summaries, lines, strict=True)
    ]
    return Told(
        verdict=text.split()[2],
        verdicts=[line.split("**")[1] for line in lines],
        summaries=summaries,
    )


def _in_junit(content: bytes, expected: Told) -> Told:
    case = next(ET.fromstring(content.decode()).iter("testcase"))  # noqa: S314
    text = case[0].text or ""
    assert expected.summaries is not None
    # The report as it is without --verbose.
    assert _told_in(text, expected.summaries[: NORMAL.findings])
    return Told(verdict=text.split(maxsplit=1)[0])


def _in_sarif(content: bytes, expected: Told) -> Told:
    del expected
    run = json.loads(content)["runs"][0]
    findings = run["results"]
    return Told(
        verdict=run["invocations"][0]["properties"]["verdict"],
        fingerprints=[result["partialFingerprints"]["leakscan/v1"] for result in findings],
        verdicts=[result["properties"]["verdict"] for result in findings],
        summaries=[result["message"]["text"].split("\n")[0] for result in findings],
        bytes_per_call=[result["properties"]["bytesPerCall"] for result in findings],
    )


def _in_pprof(content: bytes, expected: Told) -> Told:
    profile = profile_of(content)
    labels = [sample["labels"] for sample in profile_samples(profile)]
    fingerprints = list(dict.fromkeys(label["fingerprint"] for label in labels))
    assert expected.fingerprints is not None
    assert fingerprints == [known for known in expected.fingerprints if known in fingerprints]
    return Told(verdict=profile.string_table[profile.comment[0]].split(maxsplit=1)[0])


def _in_prometheus(content: bytes, expected: Told) -> Told:
    families = {family.name: family.samples for family in text_string_to_metric_families(content.decode())}
    verdict = [s.labels["verdict"] for s in families["leakscan_verdict"] if s.value]
    grown = families.get("leakscan_finding_growth_bytes_per_call", [])
    del expected
    return Told(
        verdict=verdict[0],
        fingerprints=[sample.labels["fingerprint"] for sample in grown],
        verdicts=[sample.labels["verdict"] for sample in grown],
        bytes_per_call=[sample.value for sample in grown],
    )


def _in_html(content: bytes, expected: Told) -> Told:
    page = Page(content)
    assert expected.bytes_per_call is not None
    count = len(expected.bytes_per_call)
    # The table of the findings stands first, if there are several: bytes and objects in turn.
    listed = page.values[: 2 * count : 2] if count > 1 else expected.bytes_per_call
    return Told(
        verdict=page.of("h1")[0].split(maxsplit=1)[0],
        fingerprints=[text.removeprefix("known as ") for text in page.of("p.fingerprint")],
        verdicts=page.of("span.chip")[len(page.of("span.chip")) - count :],
        summaries=page.of("p.lead"),
        bytes_per_call=listed,
    )


def _in_graph(content: bytes, expected: Told) -> Told:
    del expected
    [title] = graph_of(content.decode()).get_node("graph")
    label = str(title.get("label")).replace("\\l", " ")
    [verdict] = [each for each in Verdict if f": {each} (" in label]
    return Told(verdict=verdict)


READERS: dict[str, Callable[[bytes, Told], Told]] = {
    "graph": _in_graph,
    "json": _in_json,
    "markdown": _in_markdown,
    "junit": _in_junit,
    "sarif": _in_sarif,
    "pprof": _in_pprof,
    "prometheus": _in_prometheus,
    "html": _in_html,
}


@pytest.mark.parametrize("name", ANALYSES)
@pytest.mark.parametrize("form", READERS)
def test_every_format_says_what_the_terminal_says(form: str, name: str) -> None:
    analysis = ANALYSES[name]
    expected = _expected(analysis)

    told = READERS[form](WRITERS[form](analysis, CHECKOUT), expected)

    said = {key: value for key, value in told._asdict().items() if value is not None}
    assert said == {key: value for key, value in expected._asdict().items() if key in said}


def test_every_format_is_read_here() -> None:
    assert set(WRITERS) == set(READERS), "a new format needs a reader in this test"


@pytest.mark.parametrize("name", ANALYSES)
def test_the_terminal_tells_the_findings_in_the_order_of_all(name: str) -> None:
    analysis = ANALYSES[name]
    expected = _expected(analysis)

    text = plain_report(report_view(analysis, EVERYTHING), width=20_000)

    assert text.startswith(expected.verdict)
    assert expected.summaries is not None
    assert _told_in(text, expected.summaries)


def _told_in(text: str, summaries: Sequence[str]) -> bool:
    """Whether all of these sentences stand in the text, in their order, however it is wrapped."""
    words = " ".join(text.split())
    place = 0
    for summary in summaries:
        place = words.find(" ".join(summary.split()), place)
        if place < 0:
            return False
        place += 1
    return True


REMARKED = (Verdict.LEAKING, Verdict.FILLING, Verdict.INCONCLUSIVE)
"""What is remarked on a line of code: what is under the threshold is in the report alone."""
LEVELS = {Verdict.LEAKING: "error", Verdict.FILLING: "notice", Verdict.INCONCLUSIVE: "warning"}


@pytest.mark.parametrize("name", ANALYSES)
def test_the_remarks_on_github_tell_the_findings_in_the_order_of_all(name: str) -> None:
    analysis = ANALYSES[name]
    found = [each for each in ranked_findings(analysis) if each.verdict in REMARKED][:MAX_COMMANDS]

    commands = [re.split("::", command, maxsplit=2)[1:] for command in commands_of(analysis, CHECKOUT)]

    of_run = commands[: len(commands) - len(found)]
    of_findings = commands[len(of_run) :]
    assert [message for _, message in of_run] == (
        [_escaped(headline(analysis))] if analysis.failure is not None or analysis.exit_code == 4 else []
    )
    assert [(head.split()[0], message.split("%0A")[0]) for head, message in of_findings] == [
        (LEVELS[each.verdict], _escaped(finding_summary(each, analysis.unit))) for each in found
    ]


@pytest.mark.parametrize("name", ANALYSES)
def test_the_issues_of_gitlab_tell_the_findings_in_the_order_of_all(name: str) -> None:
    analysis = ANALYSES[name]
    found = [each for each in ranked_findings(analysis) if each.verdict in REMARKED]

    issues = json.loads(text_of("gitlab", analysis, CHECKOUT))

    of_findings = issues[len(issues) - len(found) :]
    assert [(issue["fingerprint"], issue["description"].split("\n")[0]) for issue in of_findings] == [
        (each.fingerprint, finding_summary(each, analysis.unit)) for each in found
    ]
    assert [issue["description"] for issue in issues[: len(issues) - len(found)]] == (
        [headline(analysis)] if analysis.failure is not None or analysis.exit_code == 4 else []
    )


def _escaped(text: str) -> str:
    """As the data of a workflow command; a report's own sentences have no line breaks."""
    return text.replace("%", "%25")


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("name", ANALYSES)
def test_the_same_analysis_is_the_same_file(form: str, name: str) -> None:
    write: Any = WRITERS[form]

    assert write(ANALYSES[name], CHECKOUT) == write(ANALYSES[name], CHECKOUT)
