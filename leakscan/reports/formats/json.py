"""JSON, for machines: the keys stay, new ones may come.

The schemas in the folder above say what each key holds; `json_reading` makes an analysis of a report again.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import fields

from leakscan.model.analysis import (
    Accounted,
    Analysis,
    Cache,
    CacheList,
    ChainStep,
    Finding,
    Frame,
    Growth,
    Holder,
    Reason,
    SiteGrowth,
    StoreLine,
    TargetFailure,
)
from leakscan.model.check import (
    Accepted,
    Allowance,
    Check,
    Comparison,
    FindingCheck,
    OtherHolder,
    TargetCheck,
)
from leakscan.model.run import Position, Unit
from leakscan.reports.formats.history_json import drift_object
from leakscan.reports.locations import Checkout
from leakscan.reports.views.check import Judged, TargetView, check_view
from leakscan.reports.views.diff import ChangeRow, diff_view
from leakscan.reports.views.forecast import Forecast, forecast
from leakscan.reports.views.patterns import explaining_command, pattern_url
from leakscan.reports.views.report import ranked_findings
from leakscan.reports.views.wording import finding_summary

SCHEMA_VERSION = 1
"""Raised when a key goes or changes its meaning; a new key leaves it as it is."""
JSON_UNITS = {Unit.CALL: 1, Unit.SECOND: 1_000}
"""Steps of a `series` of a finding in one unit of the run: by time, they are milliseconds."""

JsonObject = dict[str, object]


def report(analysis: Analysis, checkout: Checkout) -> bytes:
    """The whole report, as `report.schema.json` describes it."""
    del checkout
    return _document(analysis_object(analysis))


def check(check: Check, checkout: Checkout) -> bytes:
    """The whole check, as `check.schema.json` describes it."""
    del checkout
    view = check_view(check)
    return _document(
        {
            "schema_version": SCHEMA_VERSION,
            "leakscan_version": check.leakscan_version,
            "exit_code": check.exit_code,
            "summary": view.headline,
            "seconds": number_or_null(check.seconds),
            "targets": [_target(target) for target in view.targets],
            "orphans": [
                {"target": known.target, "fingerprint": known.fingerprint, **_accepted(known)}
                for known in check.orphans
            ],
            "warnings": list(view.warnings),
        }
    )


def diff(comparison: Comparison, checkout: Checkout) -> bytes:
    """The whole comparison, as `diff.schema.json` describes it."""
    del checkout
    view = diff_view(comparison)
    return _document(
        {
            "schema_version": SCHEMA_VERSION,
            "leakscan_version": comparison.new.leakscan_version,
            "unit": comparison.new.unit.value,
            "band": comparison.band,
            "exit_code": comparison.exit_code,
            "summary": view.headline,
            "old": _side(comparison.old),
            "new": _side(comparison.new),
            "changes": [_change(row, comparison) for row in view.rows],
            "warnings": list(view.warnings),
        }
    )


def _document(report: JsonObject) -> bytes:
    return (json.dumps(report, indent=2, allow_nan=False) + "\n").encode()


def analysis_object(analysis: Analysis) -> JsonObject:
    """The whole report, as `report.schema.json` describes it."""
    return {
        "schema_version": SCHEMA_VERSION,
        "leakscan_version": analysis.leakscan_version,
        "python": analysis.python,
        "target": analysis.target,
        "unit": analysis.unit.value,
        "verdict": analysis.verdict.value,
        "kind": analysis.kind.value,
        "reason": analysis.reason,
        "exit_code": analysis.exit_code,
        "calls": analysis.calls,
        "rounds": analysis.rounds,
        "seconds": number_or_null(analysis.seconds),
        "late_rounds": analysis.late_rounds,
        "detection_limit_bytes_per_call": number_or_null(analysis.detection_limit_bytes_per_call),
        "growth": _fields(analysis.growth),
        "accounted": None if analysis.accounted is None else _fields(analysis.accounted),
        "findings": [finding_object(finding, analysis) for finding in ranked_findings(analysis)],
        "series": _pairs(analysis.series),
        "heap_series": _pairs(analysis.heap_series),
        "warnings": list(analysis.warnings),
        "failure": None if analysis.failure is None else _fields(analysis.failure),
        "reasons": [_reason(reason) for reason in analysis.reasons],
        **({} if analysis.caches is None else _caches(analysis.caches)),
    }


def _reason(reason: Reason) -> JsonObject:
    """A rule that decided, as it stands in `reasons`."""
    return {
        "rule": reason.rule,
        "about": reason.about,
        "sentence": reason.sentence,
        "numbers": {name: number_or_null(value) for name, value in reason.numbers.items()},
    }


def _caches(listed: CacheList) -> JsonObject:
    """The keys of a report on a run with `--caches`."""
    return {"caches": [_cache(cache) for cache in listed.caches], "unlisted_caches": listed.unlisted}


def _cache(cache: Cache) -> JsonObject:
    return {
        "name": cache.name,
        "type": cache.type,
        "path": list(cache.path),
        "function": cache.function,
        "entries": cache.entries,
        "bound": cache.bound,
        "bound_name": cache.bound_name,
        "is_unbounded": cache.is_unbounded,
        "hits": cache.hits,
        "misses": cache.misses,
        "hit_rate": number_or_null(cache.hit_rate),
        "bytes": cache.bytes,
        "table_bytes": cache.table_bytes,
        "bytes_per_entry": number_or_null(cache.bytes_per_entry),
        "instances": cache.instances,
        "defined_at": cache.defined_at,
    }


def _forecast(forecast: Forecast | None) -> JsonObject | None:
    if forecast is None:
        return None
    return {
        "calls_per_second": number_or_null(forecast.calls_per_second),
        "bytes_per_day": number_or_null(forecast.bytes_per_day),
        "bytes_per_30_days": number_or_null(forecast.bytes_per_30_days),
        "seconds_to_gib": number_or_null(forecast.seconds_to_gib),
        "memory_bytes": forecast.memory_bytes,
        "seconds_to_memory": number_or_null(forecast.seconds_to_memory),
    }


def finding_object(finding: Finding, analysis: Analysis) -> JsonObject:
    """One finding, as it stands in `findings`."""
    return {
        "fingerprint": finding.fingerprint,
        "verdict": finding.verdict.value,
        "kind": finding.kind.value,
        "summary": finding_summary(finding, analysis.unit),
        "bytes_per_call": number_or_null(finding.bytes_per_call),
        "objects_per_call": number_or_null(finding.objects_per_call),
        "holder": None if finding.holder is None else _fields(finding.holder),
        "also_held_by": [_fields(holder) for holder in finding.also_held_by],
        "freed_together": number_or_null(finding.freed_together),
        "sites": [_site(site) for site in finding.sites],
        "stored_at": [_store_line(line) for line in finding.stored_at],
        "removed_at": [_store_line(line) for line in finding.removed_at],
        "not_stored_because": finding.not_stored_because,
        "chain": [_fields(step) for step in finding.chain],
        "forecast": _forecast(forecast(finding, analysis.unit, analysis.pace)),
        "advice": finding.advice,
        "advice_page": pattern_url(finding),
        "advice_command": None if finding.advice is None else explaining_command(finding),
        "pattern": finding.pattern,
        "series": _pairs(in_json_units(finding.series, analysis.unit)),
        "series_unit": finding.series_unit,
    }


def _site(site: SiteGrowth) -> JsonObject:
    return {
        **_fields(site.frame),
        "bytes_per_call": number_or_null(site.bytes_per_call),
        "objects_per_call": number_or_null(site.objects_per_call),
        "live_bytes": site.live_bytes,
        "live_objects": site.live_objects,
        "types": {name: number_or_null(rate) for name, rate in sorted(site.types.items())},
        "stack": [_fields(frame) for frame in site.stack],
    }


def _store_line(line: StoreLine) -> JsonObject:
    return {
        **_fields(line.frame),
        "share": number_or_null(line.share),
        "entries_per_unit": number_or_null(line.entries_per_unit),
        "library": None if line.library is None else _fields(line.library),
    }


def _target(view: TargetView) -> JsonObject:
    target = view.subject
    return {
        "name": target.name,
        "exit_code": view.exit_code,
        "findings": [_checked_finding(judged, target) for judged in view.findings],
        "drifts": [drift_object(drift) for drift in target.drifts],
        "printed": [] if view.unanswered is None else list(view.unanswered.printed),
        "report": analysis_object(target.analysis),
    }


def _checked_finding(judged: Judged, target: TargetCheck) -> JsonObject:
    checked = judged.subject
    named = checked.finding or checked.accepted
    return {
        "standing": judged.standing.value,
        "fails": judged.fails,
        "fingerprint": "" if named is None else named.fingerprint,
        "summary": judged.summary,
        "why": judged.remark,
        "finding": _place(checked, target),
        "accepted": None if checked.accepted is None else _accepted(checked.accepted),
        "allowed": None if checked.allowance is None else _fields(checked.allowance),
        "new_holders": list(checked.new_holders),
    }


def _place(checked: FindingCheck, target: TargetCheck) -> int | None:
    """Where the report of the target tells the finding."""
    places = enumerate(ranked_findings(target.analysis))
    return next((place for place, finding in places if finding is checked.finding), None)


def _accepted(known: Accepted) -> JsonObject:
    return {
        "holder": known.holder,
        "bytes_per_call": number_or_null(known.bytes_per_call),
        "entries_per_call": number_or_null(known.entries_per_call),
        "python": known.python,
        "since": known.since.isoformat(),
        "reason": known.reason,
        "expires": None if known.expires is None else known.expires.isoformat(),
        "also_held_by": None
        if known.also_held_by is None
        else [_fields(each) for each in known.also_held_by],
    }


def _side(analysis: Analysis) -> JsonObject:
    return {
        "target": analysis.target,
        "python": analysis.python,
        "verdict": analysis.verdict.value,
        "kind": analysis.kind.value,
        "reason": analysis.reason,
        "exit_code": analysis.exit_code,
        "bytes_per_call": number_or_null(analysis.growth.bytes_per_call),
    }


def _change(row: ChangeRow, comparison: Comparison) -> JsonObject:
    change = row.subject
    return {
        "change": row.change.value,
        "fails": row.fails,
        "fingerprint": change.finding.fingerprint,
        "summary": row.finding.summary,
        "bytes_per_call_change": number_or_null(change.bytes_per_call_change),
        "old": None if change.old is None else finding_object(change.old, comparison.old),
        "new": None if change.new is None else finding_object(change.new, comparison.new),
        "new_holders": list(change.new_holders),
    }


def _fields(
    record: Accounted | Allowance | ChainStep | Frame | Growth | Holder | OtherHolder | TargetFailure,
) -> JsonObject:
    """Every field by its name: of these records the names are keys of the report, which stay."""
    return {field.name: _value(getattr(record, field.name)) for field in fields(record)}


def _value(value: object) -> object:
    return number_or_null(value) if isinstance(value, float) else value


def _pairs(series: Sequence[tuple[int, int]]) -> list[list[int]]:
    return [[calls, value] for calls, value in series]


def in_json_units(series: Sequence[Position], unit: Unit) -> list[tuple[int, int]]:
    """The series by whole numbers: calls, or milliseconds where one call never returns."""
    return [(round(position * JSON_UNITS[unit]), value) for position, value in series]


def number_or_null(number: float | None) -> float | None:
    """The number, or null where JSON has none for it."""
    return number if number is not None and math.isfinite(number) else None
