"""GitLab's Code Quality report: the findings as issues, each on a line of the repository, which it asks for.

A finding none of whose own lines is there stands at the target; so does a run without an answer.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator

from leakscan.model.analysis import Analysis
from leakscan.model.check import Check, Comparison
from leakscan.model.run import Verdict
from leakscan.reports.locations import Checkout, Line, line_in_repository, target_in_repository
from leakscan.reports.views.check import TargetView, check_view
from leakscan.reports.views.diff import diff_view
from leakscan.reports.views.findings import finding_text, finding_view
from leakscan.reports.views.max_rows import NORMAL
from leakscan.reports.views.report import headline, ranked_findings

Issue = dict[str, object]

_SEVERITIES = {Verdict.LEAKING: "major", Verdict.FILLING: "info", Verdict.INCONCLUSIVE: "minor"}
_RUN_SEVERITIES = {3: "major", 4: "minor"}
"""By exit code: the target failed, there is no answer."""


def report(analysis: Analysis, checkout: Checkout) -> bytes:
    """The findings; what is under the threshold is no issue."""
    at_target = target_in_repository(analysis, checkout)
    issues = [
        _issue(
            finding.kind,
            finding_text(finding_view(finding, analysis, NORMAL)),
            _SEVERITIES[finding.verdict],
            finding.fingerprint,
            line_in_repository(finding, checkout) or at_target,
        )
        for finding in ranked_findings(analysis)
        if finding.verdict in _SEVERITIES
    ]
    return _document([_issue_of_run(analysis, headline(analysis), at_target), *issues])


def check(check: Check, checkout: Checkout) -> bytes:
    """Every finding of every target; what fails nothing is `info`."""
    return _document(
        issue for target in check_view(check).targets for issue in _issues_of_target(target, checkout)
    )


def diff(comparison: Comparison, checkout: Checkout) -> bytes:
    """The findings of the new run, all of them: GitLab takes what is missing for mended.

    A leak that is new or worse is as severe as in a report of its own, and all else is an information.
    """
    view = diff_view(comparison)
    at_target = target_in_repository(comparison.new, checkout)
    issues = [
        _issue(
            new.kind,
            row.full_text,
            _SEVERITIES[new.verdict] if row.fails else "info",
            new.fingerprint,
            line_in_repository(new, checkout) or at_target,
        )
        for row in view.rows
        for new in [row.subject.new]
        if new is not None and new.verdict in _SEVERITIES
    ]
    return _document([_issue_of_run(comparison.new, view.headline, at_target), *issues])


def _issue_of_run(analysis: Analysis, text: str, at_target: Line | None) -> Issue | None:
    """That there is no answer, where there is none: an empty report would say that all is well.

    That the target failed is said beside a leak, too.
    """
    severity = _RUN_SEVERITIES.get(analysis.exit_code if analysis.failure is None else 3)
    if severity is None:
        return None
    return _issue(analysis.kind, text, severity, _fingerprint(analysis.target), at_target)


def _issues_of_target(view: TargetView, checkout: Checkout) -> Iterator[Issue | None]:
    target = view.subject
    exit_code = target.exit_code_of_run
    at_target = target_in_repository(target.analysis, checkout)
    if exit_code:
        text = f"{view.row.target}: {headline(target.analysis)}"
        severity = _RUN_SEVERITIES[exit_code]
        yield _issue(target.analysis.kind, text, severity, _fingerprint(target.name), at_target)
    for drifting in view.drifting:
        fingerprint = _fingerprint(target.name, "drift", drifting.subject.quantity)
        yield _issue("drift", f"{drifting.target}: {drifting.text}", "major", fingerprint, at_target)
    for judged in view.findings:
        finding = judged.subject.finding
        if finding is not None and finding.verdict is not Verdict.CLEAN:
            yield _issue(
                finding.kind,
                judged.full_text,
                "major" if judged.fails else "info",
                # GitLab keeps the first issue of each fingerprint, and two targets may share a leak.
                _fingerprint(target.name, finding.fingerprint),
                line_in_repository(finding, checkout) or at_target,
            )


def _issue(kind: str, text: str, severity: str, fingerprint: str, line: Line | None) -> Issue | None:
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


def _fingerprint(*names: str) -> str:
    """A fingerprint of what is known by these names alone."""
    text = "\0".join(names)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _document(issues: Iterable[Issue | None]) -> bytes:
    """The report of these issues; those that have no line are none to GitLab."""
    text = json.dumps([issue for issue in issues if issue is not None], indent=2)
    return f"{text}\n".encode()
