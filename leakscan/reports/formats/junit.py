"""A report as JUnit XML: a test case for the target, which fails as the run did."""

from xml.etree.ElementTree import Element, SubElement, tostring

from leakscan.model.analysis import Analysis
from leakscan.reports.text.plain import plain_text
from leakscan.reports.text_fit import printable
from leakscan.reports.views.report import headline, report_view

SUITE = "leakscan"


def junit_text(analysis: Analysis) -> str:
    """One suite with one case, named for the target.

    A leak is a failure. A target that failed and a run without an answer are errors: neither
    passed. What fills to its bound passes, and says so in the case's output.
    """
    case = Element("testcase", classname=SUITE, name=printable(analysis.target), time=_time(analysis))
    text = plain_text(report_view(analysis))
    is_leak = analysis.exit_code == 1
    is_error = analysis.exit_code in (3, 4)
    if is_leak or is_error:
        outcome = SubElement(
            case,
            "failure" if is_leak else "error",
            type=f"{analysis.verdict}: {analysis.kind}",
            message=headline(analysis),
        )
        outcome.text = text
    else:
        SubElement(case, "system-out").text = text
    return suites_text([case], failures=int(is_leak), errors=int(is_error), time=_time(analysis))


def suites_text(cases: list[Element], *, failures: int, errors: int, time: str) -> str:
    """The document around test cases."""
    suites, suite = Element("testsuites", name=SUITE), Element("testsuite", name=SUITE, skipped="0")
    suites.append(suite)
    for element in (suites, suite):
        element.set("tests", str(len(cases)))
        element.set("failures", str(failures))
        element.set("errors", str(errors))
        element.set("time", time)
    suite.extend(cases)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(suites, encoding="unicode")}\n'


def _time(analysis: Analysis) -> str:
    return f"{analysis.seconds:.3f}"
