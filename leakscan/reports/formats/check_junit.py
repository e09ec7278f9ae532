"""A check as JUnit XML: a test case for each target, which fails as the gate says."""

from collections import Counter
from xml.etree.ElementTree import Element, SubElement

from leakscan.model.check import Check, TargetCheck
from leakscan.reports.formats.junit import SUITE, suites_text
from leakscan.reports.text.check import plain_target
from leakscan.reports.views.check import TargetView, check_view

_OUTCOMES = {0: "system-out", 1: "failure", 3: "error", 4: "error"}
"""What a case holds by the exit code of its target; known leaks are told in a case that passes."""


def check_junit(check: Check) -> str:
    """One suite; each case is called by the name that the project gave the target."""
    view = check_view(check)
    cases = [_case(target, shown) for target, shown in zip(check.targets, view.targets, strict=True)]
    outcomes = Counter(_OUTCOMES[target.exit_code] for target in check.targets)
    return suites_text(
        cases, failures=outcomes["failure"], errors=outcomes["error"], time=f"{check.seconds:.3f}"
    )


def _case(target: TargetCheck, view: TargetView) -> Element:
    time = f"{target.analysis.seconds:.3f}"
    case = Element("testcase", classname=f"{SUITE}.check", name=view.row.target, time=time)
    text = plain_target(view) or f"{view.report.headline}\n"
    if target.exit_code == 0:
        SubElement(case, "system-out").text = text
        return case
    kind, message = _why(view)
    outcome = SubElement(case, _OUTCOMES[target.exit_code], type=kind, message=message)
    outcome.text = text
    return case


def _why(view: TargetView) -> tuple[str, str]:
    """What fails the target first, and its sentence, with how much more there is."""
    reasons = [
        *((judged.standing.value, judged.summary) for judged in view.failing),
        *(("drift", drifting.text) for drifting in view.drifting),
    ]
    if not reasons:
        return view.row.verdict, view.report.headline
    (kind, sentence), *more = reasons
    return kind, sentence + (f", and {len(more)} more" if more else "")
