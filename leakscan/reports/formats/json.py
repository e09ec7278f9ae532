"""An analysis as JSON, for machines: the keys stay, new ones may come.

`report.schema.json` in the folder above says what each key holds; `json_reading` makes the analysis again.
"""

import json
import math
from collections.abc import Sequence

from leakscan.model.analysis import (
    Analysis,
    Cache,
    CacheList,
    ChainStep,
    Finding,
    Frame,
    Growth,
    Holder,
    SiteGrowth,
    TargetFailure,
)
from leakscan.model.run import Position, Unit
from leakscan.reports.views.forecast import Forecast, forecast
from leakscan.reports.views.patterns import pattern_url
from leakscan.reports.views.report import ranked_findings
from leakscan.reports.views.wording import finding_summary

SCHEMA_VERSION = 1
JSON_UNITS = {Unit.CALL: 1, Unit.SECOND: 1_000}
"""Steps of a `series` of a finding in one unit of the run: by time, they are milliseconds."""
"""Raised when a key goes or changes its meaning; a new key leaves it as it is."""

JsonObject = dict[str, object]


def json_text(analysis: Analysis) -> str:
    """The analysis as one JSON object with a line break at its end; same analysis, same bytes."""
    return json.dumps(analysis_object(analysis), indent=2, allow_nan=False) + "\n"


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
        "growth": _growth(analysis.growth),
        "findings": [finding_object(finding, analysis) for finding in ranked_findings(analysis)],
        "series": _pairs(analysis.series),
        "heap_series": _pairs(analysis.heap_series),
        "warnings": list(analysis.warnings),
        "failure": None if analysis.failure is None else _failure(analysis.failure),
        **({} if analysis.caches is None else _caches(analysis.caches)),
    }


def _caches(found: CacheList) -> JsonObject:
    """The keys of a report on a run with `--caches`."""
    return {"caches": [_cache(cache) for cache in found.caches], "unlisted_caches": found.unlisted}


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


def _forecast(found: Forecast | None) -> JsonObject | None:
    if found is None:
        return None
    return {
        "calls_per_second": number_or_null(found.calls_per_second),
        "bytes_per_day": number_or_null(found.bytes_per_day),
        "bytes_per_30_days": number_or_null(found.bytes_per_30_days),
        "seconds_to_gib": number_or_null(found.seconds_to_gib),
        "memory_bytes": found.memory_bytes,
        "seconds_to_memory": number_or_null(found.seconds_to_memory),
    }


def _growth(growth: Growth) -> JsonObject:
    return {
        "bytes_per_call": number_or_null(growth.bytes_per_call),
        "blocks_per_call": number_or_null(growth.blocks_per_call),
        "rss_bytes_per_call": number_or_null(growth.rss_bytes_per_call),
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
        "holder": None if finding.holder is None else _holder(finding.holder),
        "also_held_by": [_holder(holder) for holder in finding.also_held_by],
        "freed_together": number_or_null(finding.freed_together),
        "sites": [_site(site) for site in finding.sites],
        "chain": [_chain_step(step) for step in finding.chain],
        "forecast": _forecast(forecast(finding, analysis.unit, analysis.pace)),
        "advice": finding.advice,
        "advice_page": pattern_url(finding),
        "pattern": finding.pattern,
        "series": _pairs(in_json_units(finding.series, analysis.unit)),
        "series_unit": finding.series_unit,
    }


def _holder(holder: Holder) -> JsonObject:
    return {
        "name": holder.name,
        "type": holder.type,
        "path": list(holder.path),
        "entries": holder.entries,
        "in_bytes": holder.in_bytes,
        "entries_per_call": number_or_null(holder.entries_per_call),
        "added_per_call": number_or_null(holder.added_per_call),
        "removed_per_call": number_or_null(holder.removed_per_call),
        "bound": holder.bound,
        "bound_name": holder.bound_name,
        "capacity_bytes": holder.capacity_bytes,
        "bytes_per_entry": number_or_null(holder.bytes_per_entry),
        "freed_share": number_or_null(holder.freed_share),
        "defined_at": holder.defined_at,
        "not_emptied_because": holder.not_emptied_because,
        "counted_because": holder.counted_because,
        "immortal_share": number_or_null(holder.immortal_share),
        "entry_type": holder.entry_type,
        "entries_do": holder.entries_do,
    }


def _site(site: SiteGrowth) -> JsonObject:
    return {
        "file": site.frame.file,
        "line": site.frame.line,
        "function": site.frame.function,
        "qualname": site.frame.qualname,
        "bytes_per_call": number_or_null(site.bytes_per_call),
        "objects_per_call": number_or_null(site.objects_per_call),
        "live_bytes": site.live_bytes,
        "live_objects": site.live_objects,
        "types": {name: number_or_null(rate) for name, rate in sorted(site.types.items())},
        "stack": [_frame(frame) for frame in site.stack],
    }


def _frame(frame: Frame) -> JsonObject:
    return {
        "file": frame.file,
        "line": frame.line,
        "function": frame.function,
        "qualname": frame.qualname,
    }


def _chain_step(step: ChainStep) -> JsonObject:
    return {
        "link": step.link,
        "type": step.type,
        "name": step.name,
        "is_growing": step.is_growing,
    }


def _failure(failure: TargetFailure) -> JsonObject:
    return {
        "message": failure.message,
        "traceback": failure.traceback,
        "hint": failure.hint,
    }


def _pairs(series: Sequence[tuple[int, int]]) -> list[list[int]]:
    return [[calls, value] for calls, value in series]


def in_json_units(series: Sequence[Position], unit: Unit) -> list[tuple[int, int]]:
    """The series by whole numbers: calls, or milliseconds where one call never returns."""
    return [(round(position * JSON_UNITS[unit]), value) for position, value in series]


def number_or_null(number: float | None) -> float | None:
    """The number, or null where JSON has none for it."""
    return number if number is not None and math.isfinite(number) else None
