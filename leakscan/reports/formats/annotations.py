"""A report as remarks on the lines of a change: GitHub's workflow commands, GitLab's Code Quality."""

import hashlib
import json
from collections.abc import Iterable, Iterator

from leakscan.model.analysis import Analysis
from leakscan.model.check import Comparison
from leakscan.model.run import Verdict
from leakscan.reports.locations import Checkout, Line, line_in_repository, target_in_repository
from leakscan.reports.text_fit import printable
from leakscan.reports.views.cutoffs import NORMAL
from leakscan.reports.views.diff import ChangeRow, diff_view
from leakscan.reports.views.findings import FindingView, finding_view
from leakscan.reports.views.report import headline, ranked_findings
from leakscan.reports.views.wording import finding_title

Issue = dict[str, object]

MOST_COMMANDS = 10
"""GitHub shows so many errors of a step; the report has the rest."""
_GITHUB = {Verdict.LEAKING: "error", Verdict.FILLING: "notice", Verdict.INCONCLUSIVE: "warning"}
RUN_SEVERITIES = {3: "major", 4: "minor"}
"""By exit code: the target failed, there is no answer."""
_GITLAB = {Verdict.LEAKING: "major", Verdict.FILLING: "info", Verdict.INCONCLUSIVE: "minor"}


def github_commands(analysis: Analysis, checkout: Checkout) -> Iterator[str]:
    """Workflow commands, each for a line of its own; what is under the threshold has none."""
    yield from _command_of_the_run(analysis, headline(analysis))
    told = [finding for finding in ranked_findings(analysis) if finding.verdict in _GITHUB]
    for finding in told[:MOST_COMMANDS]:
        text = text_of(finding_view(finding, analysis, NORMAL))
        line = line_in_repository(finding, checkout)
        yield command(_GITHUB[finding.verdict], f"leakscan: {finding_title(finding)}", text, line)


def github_commands_of_changes(comparison: Comparison, checkout: Checkout) -> Iterator[str]:
    """Workflow commands for what is new or worse: an error for a leak, a notice for what fails nothing."""
    view = diff_view(comparison)
    yield from _command_of_the_run(comparison.new, view.headline)
    news = [pair for pair in zip(comparison.changes, view.rows, strict=True) if pair[1].is_news]
    for change, row in news[:MOST_COMMANDS]:
        level = "error" if change.fails else "notice"
        title = f"leakscan: {change.change}: {finding_title(change.finding)}"
        yield command(level, title, _text_of_change(row), line_in_repository(change.finding, checkout))


def _command_of_the_run(analysis: Analysis, text: str) -> Iterator[str]:
    """That there is no answer, where there is none."""
    if analysis.exit_code in (3, 4):
        yield command("error" if analysis.exit_code == 3 else "warning", "leakscan", text)


def command(level: str, title: str, text: str, line: Line | None = None) -> str:
    """One workflow command: `error`, `warning` or `notice`, on a line of the repository if there is one."""
    properties = {"title": title}
    if line is not None:
        properties = {"file": printable(line.file), "line": str(line.number), **properties}
    named = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {named}::{_data(text)}"


def gitlab_code_quality(analysis: Analysis, checkout: Checkout) -> str:
    """The findings as GitLab's Code Quality report, each on a line of the repository, which it asks for.

    A finding that none of its own lines is there for stands at the target; so does a run without an answer.
    """
    issues = [
        issue(
            finding.kind,
            text_of(finding_view(finding, analysis, NORMAL)),
            _GITLAB[finding.verdict],
            finding.fingerprint,
            line_in_repository(finding, checkout) or target_in_repository(analysis, checkout),
        )
        for finding in ranked_findings(analysis)
        if finding.verdict in _GITLAB
    ]
    return code_quality_text([_issue_of_the_run(analysis, headline(analysis), checkout), *issues])


def gitlab_code_quality_of_changes(comparison: Comparison, checkout: Checkout) -> str:
    """The findings of the new run, all of them: GitLab takes what is missing for mended.

    A leak that is new or worse is as severe as in a report of its own, and all else is an information.
    """
    view = diff_view(comparison)
    issues = [
        issue(
            change.new.kind,
            _text_of_change(row),
            _GITLAB[change.new.verdict] if change.fails else "info",
            change.new.fingerprint,
            line_in_repository(change.new, checkout) or target_in_repository(comparison.new, checkout),
        )
        for change, row in zip(comparison.changes, view.rows, strict=True)
        if change.new is not None and change.new.verdict in _GITLAB
    ]
    return code_quality_text([_issue_of_the_run(comparison.new, view.headline, checkout), *issues])


def code_quality_text(issues: Iterable[Issue | None]) -> str:
    """The report of these issues; those that have no line are none to GitLab."""
    return json.dumps([issue for issue in issues if issue is not None], indent=2) + "\n"


def issue(kind: str, text: str, severity: str, fingerprint: str, line: Line | None) -> Issue | None:
    """One issue; None without a line of the repository."""
    if line is None:
        return None
    return {
        "description": text,
        "check_name": f"leakscan: {kind}",
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": line.file, "lines": {"begin": line.number}},
    }


def fingerprint_of(*names: str) -> str:
    """A fingerprint of what is known by these names alone."""
    text = "\0".join(names)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _issue_of_the_run(analysis: Analysis, text: str, checkout: Checkout) -> Issue | None:
    """That there is no answer, where there is none: an empty report would say that all is well."""
    if analysis.exit_code not in RUN_SEVERITIES:
        return None
    line = target_in_repository(analysis, checkout)
    severity = RUN_SEVERITIES[analysis.exit_code]
    return issue(analysis.kind, text, severity, fingerprint_of(analysis.target), line)


def text_of(view: FindingView) -> str:
    """What is said of a finding: its sentence, where it is, and the sentences below."""
    lines = [view.summary, *(f"{fact.label} {fact.text}" for fact in view.facts), *view.remarks]
    return "\n".join([*lines, *([f"advice: {view.advice}"] if view.advice is not None else [])])


def _text_of_change(row: ChangeRow) -> str:
    return f"{row.change}: {text_of(row.finding)}\nchange: {row.difference}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
