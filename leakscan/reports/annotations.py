"""A report as remarks on the lines of a change: GitHub's workflow commands, GitLab's Code Quality."""

import json
from collections.abc import Iterator

from leakscan.model import Analysis, Finding, Verdict
from leakscan.reports.checkout import Checkout, is_a_file
from leakscan.reports.findings import finding_title
from leakscan.reports.fitting import printable
from leakscan.reports.view import NORMAL, FindingView, Place, finding_view, headline, ranked_findings

MOST_COMMANDS = 10
"""GitHub shows so many errors of a step; the report has the rest."""
_GITHUB = {Verdict.LEAKING: "error", Verdict.FILLING: "notice", Verdict.INCONCLUSIVE: "warning"}
_GITLAB = {Verdict.LEAKING: "major", Verdict.FILLING: "info", Verdict.INCONCLUSIVE: "minor"}


def github_commands(analysis: Analysis, checkout: Checkout) -> Iterator[str]:
    """Workflow commands, each for a line of its own; what is under the threshold has none."""
    if analysis.exit_code in (3, 4):
        level = "error" if analysis.exit_code == 3 else "warning"
        yield f"::{level} title=leakscan::{_data(headline(analysis))}"
    elif analysis.is_leak_without_finding:
        yield f"::error title=leakscan::{_data(headline(analysis))}"
    told = [finding for finding in ranked_findings(analysis) if finding.verdict in _GITHUB]
    for finding in told[:MOST_COMMANDS]:
        view = finding_view(finding, analysis, NORMAL)
        properties = {"title": f"leakscan: {finding_title(finding)}"}
        path = _path_in_repository(finding, checkout)
        if path is not None:
            properties = {"file": printable(path), "line": str(finding.sites[0].frame.line), **properties}
        named = ",".join(f"{name}={_property(text)}" for name, text in properties.items())
        yield f"::{_GITHUB[finding.verdict]} {named}::{_data(_text(view))}"


def gitlab_code_quality(analysis: Analysis, checkout: Checkout) -> str:
    """The findings as GitLab's Code Quality report: those on a line of the repository, which it asks for."""
    issues = [
        {
            "description": _text(finding_view(finding, analysis, NORMAL)),
            "check_name": f"leakscan: {finding.kind}",
            "fingerprint": finding.fingerprint,
            "severity": _GITLAB[finding.verdict],
            "location": {"path": path, "lines": {"begin": finding.sites[0].frame.line}},
        }
        for finding in ranked_findings(analysis)
        if finding.verdict in _GITLAB and (path := _path_in_repository(finding, checkout)) is not None
    ]
    return json.dumps(issues, indent=2) + "\n"


def _path_in_repository(finding: Finding, checkout: Checkout) -> str | None:
    """None where the line that allocates is not in the repository, or is no line of a file."""
    if not finding.sites or not is_a_file(finding.sites[0].frame.file):
        return None
    path = checkout.path_of(finding.sites[0].frame.file)
    return None if path.startswith(("/", "../")) else path


def _text(view: FindingView) -> str:
    lines = [view.summary]
    for fact in view.facts:
        text = fact.text
        if isinstance(text, Place):
            text = f"{text.file}:{text.line} in {text.function}"
        lines.append(f"{fact.label} {text}")
    lines += view.remarks
    return "\n".join([*lines, *([f"advice: {view.advice}"] if view.advice is not None else [])])


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
