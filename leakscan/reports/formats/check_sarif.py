"""A check as SARIF 2.1.0: one run with the results of all targets, each with its state against the baseline.

A number that drifts has no line, and is an error of its target's invocation. A leak that is gone is a note
there: the baseline knows neither its rule nor its line, and code scanning opens an alert for every result,
whatever its `baselineState` and its `kind`.
"""

from leakscan.model.check import Check, FindingCheck, Standing, TargetCheck
from leakscan.reports.formats.sarif import Json, invocation, result, sarif_log
from leakscan.reports.locations import Checkout
from leakscan.reports.text_fit import printable
from leakscan.reports.views.check import Judged, TargetView, check_view
from leakscan.reports.views.cutoffs import EVERYTHING

TARGET_FINGERPRINT = "leakscanTarget/v1"
"""Beside the fingerprint of the finding: two targets may share one, and only one of them know it."""

_STATES = {
    Standing.NEW: "new",
    Standing.WORSE: "updated",
    Standing.EXPIRED: "unchanged",
    Standing.KNOWN: "unchanged",
    Standing.BETTER: "updated",
    # A state that any result has, all must have; and what the project puts up with is not new to it.
    Standing.ALLOWED: "unchanged",
    Standing.TOLERATED: "unchanged",
}


def check_sarif(check: Check, checkout: Checkout) -> str:
    """The check as one SARIF run with an invocation for each target; what fails nothing is a note."""
    view = check_view(check, EVERYTHING)
    pairs = list(zip(check.targets, view.targets, strict=True))
    return sarif_log(
        version=check.leakscan_version,
        checkout=checkout,
        kinds={
            found.finding.kind
            for target in check.targets
            for found in target.findings
            if found.finding is not None
        },
        invocations=[_invocation(target, shown) for target, shown in pairs],
        results=[
            told
            for target, shown in pairs
            for found, judged in zip(target.findings, shown.findings, strict=True)
            if (told := _result(found, judged, target, checkout)) is not None
        ],
    )


def _invocation(target: TargetCheck, view: TargetView) -> Json:
    gone = [f"{judged.standing}: {judged.text}" for judged in view.findings if judged.finding is None]
    return invocation(
        target.analysis,
        exit_code=target.exit_code,
        errors=[f"drift: {drifting.text}" for drifting in view.drifting],
        notes=gone,
        properties={"name": target.name},
    )


def _result(found: FindingCheck, judged: Judged, target: TargetCheck, checkout: Checkout) -> Json | None:
    if found.finding is None:
        return None
    told = result(
        found.finding,
        target.analysis,
        checkout,
        notes=[f"{judged.standing} in {judged.target}: {judged.remark}"],
        fingerprints={TARGET_FINGERPRINT: printable(target.name)},
        properties={"target": target.name, "standing": found.standing.value},
    )
    told["level"] = "error" if found.fails else "note"
    told["baselineState"] = _STATES[found.standing]
    # An empty list says that nobody puts up with it; none at all, that nobody was asked.
    told["suppressions"] = _suppressions(found)
    return told


def _suppressions(found: FindingCheck) -> list[Json]:
    """Who puts up with it: the baseline, or a rule that allows it."""
    if found.standing is Standing.ALLOWED and found.allowance is not None:
        return [_suppression(found.allowance.reason)]
    if found.standing in (Standing.KNOWN, Standing.BETTER) and found.accepted is not None:
        return [_suppression(found.accepted.reason)]
    return []


def _suppression(reason: str) -> Json:
    justification = {"justification": printable(reason)} if reason else {}
    return {"kind": "external", "status": "accepted", **justification}
