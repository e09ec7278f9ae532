"""The analysis that a JSON report was made of, read back from it."""

import json
import re
from collections.abc import Mapping
from typing import Any

from leakscan.errors import RecordingError
from leakscan.model import (
    Analysis,
    Cache,
    CacheList,
    ChainStep,
    Finding,
    Frame,
    Growth,
    Holder,
    Kind,
    SiteGrowth,
    TargetFailure,
    Unit,
    Verdict,
)
from leakscan.reports.json_report import SCHEMA_VERSION

Json = Mapping[str, Any]


def analysis_of_json(content: bytes, path: str) -> Analysis:
    """The analysis in a JSON report; keys that this version does not know are left out.

    Raises RecordingError, with one sentence on the file at `path`, for what is no such report or too new.
    """
    try:
        report = json.loads(content)
        version = report["schema_version"]
    except (ValueError, KeyError, TypeError) as error:
        raise _no_report(path) from error
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise RecordingError(
            f"`{path}` has schema version {version}; this leakscan reads up to {SCHEMA_VERSION}",
            hint="upgrade leakscan, or write the report again",
        )
    try:
        return _analysis(report)
    except (KeyError, TypeError, ValueError) as error:
        raise _no_report(path) from error


def is_json_report(content: bytes) -> bool:
    """Whether the file is meant as a JSON report: an object with a schema version, read by its start.

    A recording is lines of JSON, none of which begins so.
    """
    return re.match(rb'\s*\{\s*"schema_version"', content) is not None


def _no_report(path: str) -> RecordingError:
    return RecordingError(
        f"`{path}` is no leakscan report", hint="give a file that `leakscan run` wrote with -o or --json"
    )


def _analysis(report: Json) -> Analysis:
    growth, failure = report["growth"], report["failure"]
    return Analysis(
        leakscan_version=report["leakscan_version"],
        python=report["python"],
        target=report["target"],
        unit=Unit(report["unit"]),
        verdict=Verdict(report["verdict"]),
        kind=_kind(report["kind"]),
        reason=report["reason"],
        calls=report["calls"],
        rounds=report["rounds"],
        seconds=_rate(report["seconds"]),
        late_rounds=report["late_rounds"],
        detection_limit_bytes_per_call=report["detection_limit_bytes_per_call"],
        growth=Growth(
            bytes_per_call=_rate(growth["bytes_per_call"]),
            blocks_per_call=_rate(growth["blocks_per_call"]),
            rss_bytes_per_call=_rate(growth["rss_bytes_per_call"]),
        ),
        findings=tuple(_finding(finding) for finding in report["findings"]),
        series=_pairs(report["series"]),
        heap_series=_pairs(report.get("heap_series", ())),
        failure=None if failure is None else TargetFailure(**_only(failure, "message traceback hint")),
        warnings=tuple(report["warnings"]),
        caches=_caches(report) if "caches" in report else None,
    )


def _caches(report: Json) -> CacheList:
    names = (
        "name type function entries bound bound_name is_unbounded hits misses table_bytes bytes_per_entry "
        "instances defined_at"
    )
    caches = (Cache(path=tuple(cache["path"]), **_only(cache, names)) for cache in report["caches"])
    return CacheList(caches=tuple(caches), unlisted=report["unlisted_caches"])


def _finding(finding: Json) -> Finding:
    holder = finding["holder"]
    return Finding(
        fingerprint=finding["fingerprint"],
        verdict=Verdict(finding["verdict"]),
        kind=_kind(finding["kind"]),
        bytes_per_call=_rate(finding["bytes_per_call"]),
        objects_per_call=_rate(finding["objects_per_call"]),
        holder=None if holder is None else _holder(holder),
        also_held_by=tuple(_holder(other) for other in finding["also_held_by"]),
        sites=tuple(_site(site) for site in finding["sites"]),
        chain=tuple(ChainStep(**_only(step, "link type name is_growing")) for step in finding["chain"]),
        advice=finding["advice"],
        advice_page=finding.get("advice_page"),
        series=_pairs(finding["series"]),
        series_unit=finding["series_unit"],
        freed_together=finding.get("freed_together"),
    )


def _holder(holder: Json) -> Holder:
    known = _only(
        holder,
        "name type entries entries_per_call added_per_call removed_per_call bound capacity_bytes "
        "freed_share defined_at",
    )
    return Holder(
        path=tuple(holder["path"]),
        in_bytes=holder.get("in_bytes", False),
        bytes_per_entry=holder.get("bytes_per_entry"),
        bound_name=holder.get("bound_name"),
        not_emptied_because=holder.get("not_emptied_because"),
        counted_because=holder.get("counted_because"),
        immortal_share=holder.get("immortal_share"),
        entry_type=holder.get("entry_type"),
        entries_do=holder.get("entries_do"),
        **known,
    )


def _site(site: Json) -> SiteGrowth:
    return SiteGrowth(
        frame=_frame(site),
        stack=tuple(_frame(frame) for frame in site["stack"]),
        bytes_per_call=_rate(site["bytes_per_call"]),
        objects_per_call=_rate(site["objects_per_call"]),
        types={name: _rate(rate) for name, rate in site["types"].items()},
        live_bytes=site.get("live_bytes", 0),
        live_objects=site.get("live_objects", 0),
    )


def _frame(frame: Json) -> Frame:
    return Frame(**_only(frame, "file line function qualname"))


def _only(values: Json, names: str) -> dict[str, Any]:
    return {name: values[name] for name in names.split()}


def _pairs(series: Any) -> tuple[tuple[int, int], ...]:
    return tuple((int(calls), int(value)) for calls, value in series)


def _rate(number: float | None) -> float:
    """The number; zero where the writer had one that JSON can't say."""
    return 0.0 if number is None else number


def _kind(name: str) -> Kind:
    try:
        return Kind(name)
    except ValueError:
        raise RecordingError(
            f"the report is of a kind that this leakscan does not know, `{name}`", hint="upgrade leakscan"
        ) from None
