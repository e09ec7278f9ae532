"""A report as remarks on the lines of a change: GitHub's workflow commands, GitLab's Code Quality."""

import hashlib
import json
from collections.abc import Iterator

from leakscan.model import Analysis, Finding, Verdict
from leakscan.reports.checkout import Checkout
from leakscan.reports.findings import finding_title
from leakscan.reports.fitting import printable
from leakscan.reports.lines import Line, line_in_repository, target_in_repository
from leakscan.reports.view import NORMAL, FindingView, finding_view, headline, ranked_findings

Issue = dict[str, object]

MOST_COMMANDS = 10
"""GitHub shows so many errors of a step; the report has the rest."""
_GITHUB = {Verdict.LEAKING: "error", Verdict.FILLING: "notice", Verdict.INCONCLUSIVE: "warning"}
_RUN_SEVERITIES = {3: "major", 4: "minor"}
"""By exit code: the target failed, there is no answer."""
_GITLAB = {Verdict.LEAKING: "major", Verdict.FILLING: "info", Verdict.INCONCLUSIVE: "minor"}


def github_commands(analysis: Analysis, checkout: Checkout) -> Iterator[str]:
    """Workflow commands, each for a line of its own; what is under the threshold has none."""
    if analysis.exit_code in (3, 4):
        level = "error" if analysis.exit_code == 3 else "warning"
        yield f"::{level} title=leakscan::{_data(headline(analysis))}"
    told = [finding for finding in ranked_findings(analysis) if finding.verdict in _GITHUB]
    for finding in told[:MOST_COMMANDS]:
        view = finding_view(finding, analysis, NORMAL)
        properties = {"title": f"leakscan: {finding_title(finding)}"}
        line = line_in_repository(finding, checkout)
        if line is not None:
            properties = {"file": printable(line.file), "line": str(line.number), **properties}
        named = ",".join(f"{name}={_property(text)}" for name, text in properties.items())
        yield f"::{_GITHUB[finding.verdict]} {named}::{_data(_text(view))}"


def gitlab_code_quality(analysis: Analysis, checkout: Checkout) -> str:
    """The findings as GitLab's Code Quality report, each on a line of the repository, which it asks for.

    A finding that none of its own lines is there for stands at the target; so does a run without an answer.
    """
    told = [finding for finding in ranked_findings(analysis) if finding.verdict in _GITLAB]
    issues = [_issue_of_the_run(analysis, checkout), *(_issue(each, analysis, checkout) for each in told)]
    return json.dumps([issue for issue in issues if issue is not None], indent=2) + "\n"


def _issue(finding: Finding, analysis: Analysis, checkout: Checkout) -> Issue | None:
    line = line_in_repository(finding, checkout) or target_in_repository(analysis, checkout)
    if line is None:
        return None
    return {
        "description": _text(finding_view(finding, analysis, NORMAL)),
        "check_name": f"leakscan: {finding.kind}",
        "fingerprint": finding.fingerprint,
        "severity": _GITLAB[finding.verdict],
        "location": _location(line),
    }


def _issue_of_the_run(analysis: Analysis, checkout: Checkout) -> Issue | None:
    """That there is no answer, where there is none: an empty report would say that all is well."""
    line = target_in_repository(analysis, checkout)
    if line is None or analysis.exit_code not in _RUN_SEVERITIES:
        return None
    return {
        "description": headline(analysis),
        "check_name": f"leakscan: {analysis.kind}",
        "fingerprint": hashlib.sha256(analysis.target.encode("utf-8", "surrogatepass")).hexdigest()[:16],
        "severity": _RUN_SEVERITIES[analysis.exit_code],
        "location": _location(line),
    }


def _location(line: Line) -> dict[str, object]:
    return {"path": line.file, "lines": {"begin": line.number}}


def _text(view: FindingView) -> str:
    lines = [view.summary, *(f"{fact.label} {fact.text}" for fact in view.facts), *view.remarks]
    return "\n".join([*lines, *([f"advice: {view.advice}"] if view.advice is not None else [])])


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
