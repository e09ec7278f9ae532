"""Every file of the same run says the same verdict, the same findings in the same order, the same numbers."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from prometheus_client.parser import text_string_to_metric_families

from leakscan.model import Analysis
from leakscan.reports.checkout import Checkout
from leakscan.reports.formats import FORMATS
from leakscan.reports.plain import plain_text
from leakscan.reports.view import EVERYTHING, ranked_findings, report_view
from tests.samples import analyses
from tests.unit.reports.consumers import profile_of, profile_samples

ANALYSES = analyses()
CHECKOUT = Checkout(root="/srv/app", folder="/srv/app")
WRITERS = {form.name: form.write for form in FORMATS}


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
    del expected
    case = next(ET.fromstring(content.decode()).iter("testcase"))  # noqa: S314
    return Told(verdict=(case[0].text or "").split(maxsplit=1)[0])


def _in_sarif(content: bytes, expected: Told) -> Told:
    del expected
    run = json.loads(content)["runs"][0]
    findings = [result for result in run["results"] if "summary" in result["properties"]]
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


READERS: dict[str, Callable[[bytes, Told], Told]] = {
    "json": _in_json,
    "markdown": _in_markdown,
    "junit": _in_junit,
    "sarif": _in_sarif,
    "pprof": _in_pprof,
    "prometheus": _in_prometheus,
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
    assert set(WRITERS) - {"html"} == set(READERS), "a new format needs a reader in this test"


@pytest.mark.parametrize("name", ANALYSES)
def test_the_terminal_tells_the_findings_in_the_order_of_all(name: str) -> None:
    analysis = ANALYSES[name]
    expected = _expected(analysis)

    text = " ".join(plain_text(report_view(analysis, EVERYTHING), width=20_000).split())

    assert text.startswith(expected.verdict)
    assert expected.summaries is not None
    places = [text.find(" ".join(summary.split())) for summary in expected.summaries]
    assert places == sorted(places)
    assert -1 not in places


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("name", ANALYSES)
def test_the_same_analysis_is_the_same_file(form: str, name: str) -> None:
    write: Any = WRITERS[form]

    assert write(ANALYSES[name], CHECKOUT) == write(ANALYSES[name], CHECKOUT)
