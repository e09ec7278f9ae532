"""A check as JSON, for machines; `check.schema.json` in the folder above says what each key holds."""

import json

from leakscan.model.check import Accepted, Allowance, Check, FindingCheck, TargetCheck
from leakscan.reports.formats.history_json import drift_object
from leakscan.reports.formats.json import SCHEMA_VERSION, JsonObject, analysis_object, number_or_null
from leakscan.reports.views.check import CheckView, Judged, TargetView, check_view
from leakscan.reports.views.report import ranked_findings


def check_json(check: Check) -> str:
    """The check as one JSON object with a line break at its end; same check, same bytes."""
    return json.dumps(_check(check, check_view(check)), indent=2, allow_nan=False) + "\n"


def _check(check: Check, view: CheckView) -> JsonObject:
    return {
        "schema_version": SCHEMA_VERSION,
        "leakscan_version": check.leakscan_version,
        "exit_code": check.exit_code,
        "summary": view.headline,
        "seconds": number_or_null(check.seconds),
        "targets": [
            _target(target, shown) for target, shown in zip(check.targets, view.targets, strict=True)
        ],
        "orphans": [
            {"target": known.target, "fingerprint": known.fingerprint, **_accepted(known)}
            for known in check.orphans
        ],
        "warnings": list(view.warnings),
    }


def _target(target: TargetCheck, view: TargetView) -> JsonObject:
    return {
        "name": target.name,
        "exit_code": target.exit_code,
        "findings": [
            _finding(found, judged, target)
            for found, judged in zip(target.findings, view.findings, strict=True)
        ],
        "drifts": [drift_object(drift) for drift in target.drifts],
        "printed": [] if view.unanswered is None else list(view.unanswered.printed),
        "report": analysis_object(target.analysis),
    }


def _finding(found: FindingCheck, judged: Judged, target: TargetCheck) -> JsonObject:
    told = found.finding or found.accepted
    return {
        "standing": found.standing.value,
        "fails": found.fails,
        "fingerprint": "" if told is None else told.fingerprint,
        "summary": judged.summary,
        "why": judged.remark,
        "finding": _place(found, target),
        "accepted": None if found.accepted is None else _accepted(found.accepted),
        "allowed": None if found.allowance is None else _allowance(found.allowance),
    }


def _place(found: FindingCheck, target: TargetCheck) -> int | None:
    """Where the report of the target tells the finding."""
    places = enumerate(ranked_findings(target.analysis))
    return next((place for place, finding in places if finding is found.finding), None)


def _accepted(known: Accepted) -> JsonObject:
    return {
        "holder": known.holder,
        "bytes_per_call": number_or_null(known.bytes_per_call),
        "entries_per_call": number_or_null(known.entries_per_call),
        "python": known.python,
        "since": known.since.isoformat(),
        "reason": known.reason,
        "expires": None if known.expires is None else known.expires.isoformat(),
    }


def _allowance(rule: Allowance) -> JsonObject:
    return {"holder": rule.holder, "module": rule.module, "reason": rule.reason}
