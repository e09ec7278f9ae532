"""The report of a test that leaks, in the form that pytest, JUnit and pytest-xdist expect."""

from typing import Any

import pytest

from leakscan.model.analysis import Analysis
from leakscan.model.run import Verdict
from leakscan.reports.views.report import report_view
from leakscan.testing import report_of, sentence_of


def failed_report(item: pytest.Function, passed: pytest.TestReport, analysis: Analysis) -> pytest.TestReport:
    """A report on the call, which failed for what the analysis says; otherwise like the one that passed."""
    leaks = analysis.verdict is Verdict.LEAKING
    text = report_of(analysis) if leaks else sentence_of(analysis)

    def fail() -> None:
        raise pytest.fail.Exception(text, pytrace=False)

    call = pytest.CallInfo.from_call(fail, when="call")
    call.duration, call.start, call.stop = passed.duration, passed.start, passed.stop
    report: Any = item.ihook.pytest_runtest_makereport(item=item, call=call)
    report.sections = list(passed.sections)
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        # What stands in the short summary, and where an editor jumps to.
        crash.message = _line(analysis)
        crash.path, crash.lineno = _place(item, analysis)
    failed: pytest.TestReport = report
    return failed


def _line(analysis: Analysis) -> str:
    """The worst finding in a line, or the verdict where there is none."""
    view = report_view(analysis)
    worst = next(iter(view.findings), None)
    return f"{analysis.verdict}: {worst.summary}" if worst is not None else sentence_of(analysis)


def _place(item: pytest.Function, analysis: Analysis) -> tuple[str, int]:
    for finding in analysis.findings:
        for site in finding.sites[:1]:
            return site.frame.file, site.frame.line
    path, line, _name = item.reportinfo()
    return str(path), (line or 0) + 1
