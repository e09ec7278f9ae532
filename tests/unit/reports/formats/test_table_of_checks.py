"""Every file of the same check says the same of the same targets and findings, in the same order."""

import json
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any, NamedTuple

import pytest
from junitparser import Error, Failure, JUnitXml
from markdown_it import MarkdownIt
from prometheus_client.parser import text_string_to_metric_families

from leakscan.model.check import Check
from leakscan.reports.formats.markdown import MAX_FAILING
from leakscan.reports.formats.table import flags_of
from leakscan.reports.locations import Checkout
from leakscan.reports.text.check import plain_check
from leakscan.reports.text_fit import printable
from leakscan.reports.views.check import check_view
from leakscan.reports.views.max_rows import EVERYTHING
from tests.samples import checks
from tests.unit.reports.consumers import profile_of, profile_samples

CHECKS = checks()
CHECKOUT = Checkout(root="/srv/app", folder="/srv/app")
WRITERS = {form.name: form.write for form in flags_of("check")}
OUTCOMES = {0: "passes", 1: "fails", 3: "errs", 4: "errs"}


class Told(NamedTuple):
    """What a format says of a check; None where it has no place for it."""

    word: str | None = None
    exit_codes: dict[str, int] | None = None
    """By target."""
    outcomes: list[tuple[str, str]] | None = None
    failing: list[tuple[str, str, str]] | None = None
    """Target, standing and summary, as many as are in sight."""
    standings: list[tuple[str, str]] | None = None
    """Target and standing of every finding, those that are gone included."""
    fingerprints: list[str] | None = None
    summaries: list[str] | None = None
    """Of what is still there."""
    bytes_per_call: list[float] | None = None
    drifts: list[tuple[str, str]] | None = None
    """Target and sentence."""
    drift_counts: dict[str, int] | None = None
    """By target."""
    with_sites: list[tuple[str, str, str]] | None = None
    """Target, standing and fingerprint of what allocates somewhere."""
    failing_first: list[tuple[str, str]] | None = None
    """Standing and summary of what is still there: all that fails, then all else."""


def _expected(check: Check) -> Told:
    view = check_view(check, EVERYTHING)
    judged = [judged for target in view.targets for judged in target.findings]
    there = [found for target in check.targets for found in target.findings if found.finding is not None]
    failing_first = [*view.failing, *view.listed]
    return Told(
        word=view.word,
        exit_codes={printable(target.name): target.exit_code for target in check.targets},
        outcomes=[(printable(target.name), OUTCOMES[target.exit_code]) for target in check.targets],
        failing=[(each.target, str(each.standing), each.summary) for each in view.failing][:MAX_FAILING],
        standings=[(each.target, str(each.standing)) for each in judged],
        fingerprints=[each.fingerprint for each in judged],
        summaries=[each.summary for each in judged if each.finding is not None],
        bytes_per_call=[found.finding.bytes_per_call for found in there if found.finding is not None],
        drifts=[(each.target, each.text) for each in view.drifting],
        drift_counts={target.row.target: len(target.drifting) for target in view.targets},
        with_sites=list(
            dict.fromkeys(
                (each.target, str(each.standing), each.fingerprint)
                for each in judged
                if each.finding is not None and each.finding.sites
            )
        ),
        failing_first=[(str(each.standing), each.summary) for each in failing_first if each.finding],
    )


def _in_json(content: bytes) -> Told:
    report = json.loads(content)
    targets = report["targets"]
    pairs = [(target, found) for target in targets for found in target["findings"]]
    there = [(target, found) for target, found in pairs if found["finding"] is not None]
    findings = [target["report"]["findings"][found["finding"]] for target, found in there]
    assert [found["fingerprint"] for _, found in there] == [finding["fingerprint"] for finding in findings]
    return Told(
        word=report["summary"].partition(":")[0],
        exit_codes={printable(target["name"]): target["exit_code"] for target in targets},
        standings=[(printable(target["name"]), found["standing"]) for target, found in pairs],
        fingerprints=[printable(found["fingerprint"]) for _, found in pairs],
        summaries=[finding["summary"] for finding in findings],
        bytes_per_call=[finding["bytes_per_call"] for finding in findings],
        drifts=[
            (printable(target["name"]), drift["sentence"]) for target in targets for drift in target["drifts"]
        ],
    )


def _in_markdown(content: bytes) -> Told:
    text = content.decode()
    in_sight = text.split("\n<details>\n", maxsplit=1)[0]
    lines = [token.children or [] for token in MarkdownIt("commonmark").parse(in_sight)]
    told = [line for line in lines if any(part.type == "strong_open" for part in line)]
    failing = [line for line in told if not any(part.content == "drift" for part in line)]
    codes = [[part.content for part in line if part.type == "code_inline"] for line in failing]
    standings = [
        next(part.content for part in line if part.type == "text" and part.content) for line in failing
    ]
    return Told(
        word=text.split()[2],
        failing=[
            (target, standing, summary)
            for standing, (target, summary, *_) in zip(standings, codes, strict=True)
        ],
    )


def _in_junit(content: bytes) -> Told:
    cases = [case for suite in JUnitXml.fromstring(content) for case in suite]
    kinds = {(): "passes", (Failure,): "fails", (Error,): "errs"}
    return Told(outcomes=[(case.name, kinds[tuple(type(each) for each in case.result)]) for case in cases])


def _in_sarif(content: bytes) -> Told:
    run = json.loads(content)["runs"][0]
    results, invocations = run["results"], run["invocations"]
    return Told(
        exit_codes={printable(each["properties"]["name"]): each["exitCode"] for each in invocations},
        summaries=[result["message"]["text"].split("\n")[0] for result in results],
        bytes_per_call=[result["properties"]["bytesPerCall"] for result in results],
        drifts=[
            (printable(each["properties"]["name"]), note["message"]["text"].removeprefix("drift: "))
            for each in invocations
            for note in each["toolExecutionNotifications"]
            if note["message"]["text"].startswith("drift: ")
        ],
    )


def _in_pprof(content: bytes) -> Told:
    profile = profile_of(content)
    labels = [sample["labels"] for sample in profile_samples(profile)]
    known = list(dict.fromkeys((each["target"], each["standing"], each["fingerprint"]) for each in labels))
    return Told(word=profile.string_table[profile.comment[0]].partition(":")[0], with_sites=known)


def _in_prometheus(content: bytes) -> Told:
    families = {family.name: family.samples for family in text_string_to_metric_families(content.decode())}
    return Told(
        exit_codes={
            sample.labels["target"]: int(sample.value) for sample in families.get("leakscan_exit_code", [])
        },
        bytes_per_call=[
            sample.value for sample in families.get("leakscan_finding_growth_bytes_per_call", [])
        ],
        drift_counts={
            sample.labels["target"]: int(sample.value) for sample in families.get("leakscan_check_drifts", [])
        },
    )


class _Page(HTMLParser):
    """The first heading of a page, and of each finding its standing and the sentence that leads it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.heading = ""
        self.findings: list[tuple[str, str]] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = (dict(attrs).get("class") or "").split()
        if tag == "details" and "run" not in classes:
            self.findings += [
                (name.removeprefix("standing-"), "") for name in classes if name.startswith("standing-")
            ]
        self._inside = "heading" if tag == "h1" else "lead" if "lead" in classes else self._inside

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag in ("h1", "p") else self._inside

    def handle_data(self, data: str) -> None:
        if self._inside == "heading":
            self.heading += data
        elif self._inside == "lead" and self.findings and not self.findings[-1][1]:
            self.findings[-1] = self.findings[-1][0], data


def _in_html(content: bytes) -> Told:
    page = _Page(content.decode())
    return Told(word=page.heading.partition(":")[0], failing_first=page.findings)


READERS: dict[str, Callable[[bytes], Told]] = {
    "json": _in_json,
    "markdown": _in_markdown,
    "junit": _in_junit,
    "sarif": _in_sarif,
    "pprof": _in_pprof,
    "prometheus": _in_prometheus,
    "html": _in_html,
}


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("form", READERS)
def test_every_format_says_what_the_terminal_says(form: str, name: str) -> None:
    check = CHECKS[name]
    expected = _expected(check)

    told = READERS[form](WRITERS[form](check, CHECKOUT))

    said = {key: value for key, value in told._asdict().items() if value is not None}
    assert said == {key: value for key, value in expected._asdict().items() if key in said}


def test_every_format_is_read_here() -> None:
    assert set(WRITERS) == set(READERS), "a new format needs a reader in this test"


@pytest.mark.parametrize("name", CHECKS)
def test_the_terminal_tells_the_findings_in_the_order_of_all(name: str) -> None:
    expected = _expected(CHECKS[name])

    text = " ".join(plain_check(check_view(CHECKS[name])).split())

    assert expected.word is not None
    assert text.startswith(expected.word)
    assert expected.failing is not None
    places = [text.find(f"{standing} {' '.join(target.split())}") for target, standing, _ in expected.failing]
    assert places == sorted(places)
    assert -1 not in places


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("name", CHECKS)
def test_the_same_check_is_the_same_file(form: str, name: str) -> None:
    write: Any = WRITERS[form]

    assert write(CHECKS[name], CHECKOUT) == write(CHECKS[name], CHECKOUT)
