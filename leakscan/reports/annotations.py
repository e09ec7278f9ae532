"""A report as remarks on the lines of a change: GitHub's workflow commands, GitLab's Code Quality."""

import hashlib
import json
from collections.abc import Iterator, Sequence

from leakscan.model import Analysis, Comparison, Finding, Verdict
from leakscan.reports.checkout import Checkout
from leakscan.reports.diff_view import ChangeRow, diff_view
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
    yield from _command_of_the_run(analysis, headline(analysis))
    told = [finding for finding in ranked_findings(analysis) if finding.verdict in _GITHUB]
    for finding in told[:MOST_COMMANDS]:
        text = _text(finding_view(finding, analysis, NORMAL))
        yield _command(_GITHUB[finding.verdict], finding, finding_title(finding), text, checkout)


def github_commands_of_changes(comparison: Comparison, checkout: Checkout) -> Iterator[str]:
    """Workflow commands for what is new or worse: an error for a leak, a notice for what fails nothing."""
    view = diff_view(comparison)
    yield from _command_of_the_run(comparison.new, view.headline)
    news = [pair for pair in zip(comparison.changes, view.rows, strict=True) if pair[1].is_news]
    for change, row in news[:MOST_COMMANDS]:
        level = "error" if change.fails else "notice"
        title = f"{change.change}: {finding_title(change.finding)}"
        yield _command(level, change.finding, title, _text_of_change(row), checkout)


def _command_of_the_run(analysis: Analysis, text: str) -> Iterator[str]:
    """That there is no answer, where there is none."""
    if analysis.exit_code in (3, 4):
        level = "error" if analysis.exit_code == 3 else "warning"
        yield f"::{level} title=leakscan::{_data(text)}"


def _command(level: str, finding: Finding, title: str, text: str, checkout: Checkout) -> str:
    properties = {"title": f"leakscan: {title}"}
    line = line_in_repository(finding, checkout)
    if line is not None:
        properties = {"file": printable(line.file), "line": str(line.number), **properties}
    named = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {named}::{_data(text)}"


def gitlab_code_quality(analysis: Analysis, checkout: Checkout) -> str:
    """The findings as GitLab's Code Quality report, each on a line of the repository, which it asks for.

    A finding that none of its own lines is there for stands at the target; so does a run without an answer.
    """
    told = [finding for finding in ranked_findings(analysis) if finding.verdict in _GITLAB]
    issues = [
        _issue(
            finding,
            _text(finding_view(finding, analysis, NORMAL)),
            _GITLAB[finding.verdict],
            line_in_repository(finding, checkout) or target_in_repository(analysis, checkout),
        )
        for finding in told
    ]
    return _report([_issue_of_the_run(analysis, headline(analysis), checkout), *issues])


def gitlab_code_quality_of_changes(comparison: Comparison, checkout: Checkout) -> str:
    """The findings of the new run, all of them: GitLab takes what is missing for mended.

    A leak that is new or worse is as severe as in a report of its own, and all else is an information.
    """
    view = diff_view(comparison)
    issues = [
        _issue(
            change.new,
            _text_of_change(row),
            _GITLAB[change.new.verdict] if change.fails else "info",
            line_in_repository(change.new, checkout) or target_in_repository(comparison.new, checkout),
        )
        for change, row in zip(comparison.changes, view.rows, strict=True)
        if change.new is not None and change.new.verdict in _GITLAB
    ]
    return _report([_issue_of_the_run(comparison.new, view.headline, checkout), *issues])


def _report(issues: Sequence[Issue | None]) -> str:
    return json.dumps([issue for issue in issues if issue is not None], indent=2) + "\n"


def _issue(finding: Finding, text: str, severity: str, line: Line | None) -> Issue | None:
    if line is None:
        return None
    return {
        "description": text,
        "check_name": f"leakscan: {finding.kind}",
        "fingerprint": finding.fingerprint,
        "severity": severity,
        "location": _location(line),
    }


def _issue_of_the_run(analysis: Analysis, text: str, checkout: Checkout) -> Issue | None:
    """That there is no answer, where there is none: an empty report would say that all is well."""
    line = target_in_repository(analysis, checkout)
    if line is None or analysis.exit_code not in _RUN_SEVERITIES:
        return None
    return {
        "description": text,
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


def _text_of_change(row: ChangeRow) -> str:
    return f"{row.change}: {_text(row.finding)}\nchange: {row.difference}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
