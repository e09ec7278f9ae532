"""JUnit XML: a test case for each target or finding, which fails as the run, the check or the diff does."""

from collections import Counter
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from leakscan.model.analysis import Analysis
from leakscan.model.check import Check, Comparison
from leakscan.reports.locations import Checkout
from leakscan.reports.text.check import plain_target
from leakscan.reports.text.diff import plain_diff
from leakscan.reports.text.report import plain_report
from leakscan.reports.text_fit import printable
from leakscan.reports.views.check import TargetView, check_view
from leakscan.reports.views.diff import ChangeRow, DiffView, diff_view
from leakscan.reports.views.report import report_view

SUITE = "leakscan"
_OUTCOMES = {0: "system-out", 1: "failure", 3: "error", 4: "error"}
"""What a case holds by the exit code: a run that failed or has no answer did not pass, either."""


def report(analysis: Analysis, checkout: Checkout) -> bytes:
    """One suite with one case, named for the target.

    A leak is a failure. What fills to its bound passes, and says so in the case's output.
    """
    del checkout
    view = report_view(analysis)
    case = _case(
        SUITE,
        printable(analysis.target),
        seconds=analysis.seconds,
        outcome=_OUTCOMES[analysis.exit_code],
        kind=f"{analysis.verdict}: {analysis.kind}",
        message=view.headline,
        text=plain_report(view),
    )
    return _document([case], seconds=analysis.seconds)


def check(check: Check, checkout: Checkout) -> bytes:
    """One suite; each case is called by the name that the project gave the target."""
    del checkout
    return _document([_case_of_target(target) for target in check_view(check).targets], seconds=check.seconds)


def diff(comparison: Comparison, checkout: Checkout) -> bytes:
    """A test case for each finding: a leak that is new or worse fails."""
    del checkout
    view = diff_view(comparison)
    cases = [_case_of_change(row) for row in view.rows]
    if comparison.exit_code in (3, 4) or not cases:
        cases.insert(0, _case_of_new_run(view))
    return _document(cases, seconds=comparison.new.seconds)


def _case_of_target(view: TargetView) -> Element:
    kind, message = _first_reason(view)
    return _case(
        f"{SUITE}.check",
        view.row.target,
        seconds=view.subject.analysis.seconds,
        outcome=_OUTCOMES[view.exit_code],
        kind=kind,
        message=message,
        text=plain_target(view) or f"{view.report.headline}\n",
    )


def _first_reason(view: TargetView) -> tuple[str, str]:
    """What fails the target first, and its sentence, with how much more there is."""
    reasons = [
        *((judged.standing.value, judged.summary) for judged in view.failing),
        *(("drift", drifting.text) for drifting in view.drifting),
    ]
    if not reasons:
        return view.row.verdict, view.report.headline
    (kind, sentence), *more = reasons
    return kind, sentence + (f", and {len(more)} more" if more else "")


def _case_of_change(row: ChangeRow) -> Element:
    return _case(
        f"{SUITE}.diff",
        f"{row.finding.title} [{row.finding.fingerprint}]",
        outcome="failure" if row.fails else "system-out",
        kind=row.change,
        message=row.finding.summary,
        text=f"{row.change}: {row.finding.summary}\n{row.difference}\n",
    )


def _case_of_new_run(view: DiffView) -> Element:
    outcome = "error" if view.subject.exit_code in (3, 4) else None
    return _case(
        f"{SUITE}.diff",
        "the new run",
        outcome=outcome,
        kind=view.word,
        message=view.headline,
        text=plain_diff(view),
    )


def _case(
    suite: str,
    name: str,
    *,
    outcome: str | None,
    kind: str,
    message: str,
    text: str,
    seconds: float | None = None,
) -> Element:
    """A test case; without an outcome it is empty, and without a time it took none."""
    time = "0" if seconds is None else _time(seconds)
    case = Element("testcase", classname=suite, name=name, time=time)
    if outcome is not None:
        reason = {} if outcome == "system-out" else {"type": kind, "message": message}
        SubElement(case, outcome, reason).text = text
    return case


def _document(cases: Sequence[Element], *, seconds: float) -> bytes:
    """The document around test cases."""
    outcomes = Counter(outcome.tag for case in cases for outcome in case)
    suites, suite = Element("testsuites", name=SUITE), Element("testsuite", name=SUITE, skipped="0")
    suites.append(suite)
    for element in (suites, suite):
        element.set("tests", str(len(cases)))
        element.set("failures", str(outcomes["failure"]))
        element.set("errors", str(outcomes["error"]))
        element.set("time", _time(seconds))
    suite.extend(cases)
    text = f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(suites, encoding="unicode")}\n'
    return text.encode("utf-8")


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"
