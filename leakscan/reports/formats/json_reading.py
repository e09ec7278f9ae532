"""The analysis of a JSON report."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, TypeAlias

from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, override

from leakscan.errors import RecordingError
from leakscan.model.analysis import Analysis, Finding, Growth, Holder, Reason, SiteGrowth, StoreLine
from leakscan.model.run import Kind
from leakscan.reading import Unreadable, json_value
from leakscan.reports.formats.json import JSON_UNITS, SCHEMA_VERSION
from leakscan.structuring import Hook, of_object, shown, strict_converter, structured

Json = dict[str, Any]


def analysis_of_json(content: bytes, path: str) -> Analysis:
    """The analysis in a JSON report; keys that this version does not know are left out.

    Raises RecordingError, with one sentence on the file at `path`, for what is no such report or too new.
    """
    try:
        report = json_value(content)
        _check_version(report, path)
        return _in_units_of_run(structured(report, Analysis, _converter()))
    except Unreadable as error:
        raise RecordingError(
            f"`{path}` is no leakscan report: it {error}",
            hint="give a file that `leakscan run` wrote with -o or --json",
        ) from error


def _in_units_of_run(analysis: Analysis) -> Analysis:
    factor = JSON_UNITS[analysis.unit]
    return replace(
        analysis,
        findings=tuple(
            replace(each, series=tuple((position / factor, value) for position, value in each.series))
            for each in analysis.findings
        ),
    )


def _check_version(report: Any, path: str) -> None:
    version = report.get("schema_version") if isinstance(report, dict) else None
    if not isinstance(version, int):
        raise Unreadable("has no `schema_version`")
    if version > SCHEMA_VERSION:
        raise RecordingError(
            f"`{path}` has schema version {version}; this leakscan reads up to {SCHEMA_VERSION}",
            hint="upgrade leakscan, or write the report again",
        )


def is_json_report(content: bytes) -> bool:
    """Whether the file is meant as a JSON report: an object with a schema version, read by its start.

    A recording is lines of JSON, none of which begins so.
    """
    return re.match(rb'\s*\{\s*"schema_version"', content.removeprefix(b"\xef\xbb\xbf")) is not None


_Series: TypeAlias = tuple[tuple[int, int], ...]
"""As it stands in a file: by calls or milliseconds."""


@cache
def _converter() -> Converter:
    """The types of an analysis, each as `json_report` writes it."""
    converter = strict_converter()
    # Parts first: a hook for a whole takes the hooks that are registered by then.
    converter.register_structure_hook(Kind, _kind)
    _register(converter, SiteGrowth, _of_site)
    _register(converter, Holder, _of_holder)
    _register(converter, StoreLine, _of_store_line)
    # What the file can't say is not read from it: the leak graph, and where it was run.
    whole_numbers = override(struct_hook=lambda value, _: converter.structure(value, _Series))
    _register(converter, Finding, _of_finding, leak_graph=override(omit=True), series=whole_numbers)
    _register(converter, Growth, _with_rates)
    _register(converter, Reason, _of_reason)
    not_there = {name: override(omit=True) for name in ("working_directory", "run", "pace", "recording_loss")}
    _register(converter, Analysis, _of_report, **not_there)
    return converter


def _register(
    converter: Converter, kind: type, as_declared: Callable[[Json], Json], **overrides: Any
) -> None:
    inner: Hook = make_dict_structure_fn(kind, converter, **overrides)
    converter.register_structure_hook(kind, of_object(lambda value, own: inner(as_declared(value), own)))


def _of_report(report: Json) -> Json:
    caches = None
    if "caches" in report:
        caches = {"caches": report["caches"], "unlisted": report.get("unlisted_caches")}
    return {"heap_series": [], "accounted": None, **report, **_zeros(report, "seconds"), "caches": caches}


def _with_rates(growth: Json) -> Json:
    return growth | _zeros(growth, "bytes_per_call", "blocks_per_call", "rss_bytes_per_call")


def _of_reason(reason: Json) -> Json:
    numbers = reason.get("numbers")
    return reason | {"numbers": numbers | _zeros(numbers, *numbers)} if isinstance(numbers, dict) else reason


def _of_finding(finding: Json) -> Json:
    # Before there was `pattern`, the page ended with it: `docs/patterns.md#a-lock-per-key`.
    page = finding.get("advice_page")
    pattern = page.partition("#")[2] or None if isinstance(page, str) else page
    return {"pattern": pattern, **finding, **_zeros(finding, "bytes_per_call", "objects_per_call")}


def _of_holder(holder: Json) -> Json:
    return {"in_bytes": False, "bytes_per_entry": None, "bound_name": None, **holder}


def _of_store_line(line: Json) -> Json:
    return line | _zeros(line, "share") | {"frame": line}


def _of_site(site: Json) -> Json:
    types = site.get("types")
    if isinstance(types, dict):
        types = types | _zeros(types, *types)
    return site | _zeros(site, "bytes_per_call", "objects_per_call") | {"frame": site, "types": types}


def _zeros(values: Json, *names: str) -> Json:
    """Zero for each of the rates that the writer could not say in JSON."""
    return {name: 0.0 for name in names if name in values and values[name] is None}


def _kind(name: Any, kind: type[Kind]) -> Kind:
    if not isinstance(name, str):
        raise Unreadable(f"{shown(name)} instead of a text")
    try:
        return kind(name)
    except ValueError:
        raise RecordingError(
            f"the report is of a kind that this leakscan does not know, `{name[:40]}`",
            hint="upgrade leakscan",
        ) from None
