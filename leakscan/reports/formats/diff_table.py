"""The files that a comparison can be written to: one row a format."""

import json
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from leakscan.model.analysis import Analysis
from leakscan.model.check import Change, Comparison, FindingChange
from leakscan.reports.formats.file_format import Format, as_located_text, as_text
from leakscan.reports.formats.json import SCHEMA_VERSION, JsonObject, finding_object, number_or_null
from leakscan.reports.formats.junit import SUITE, suites_text
from leakscan.reports.formats.markdown import code, folded
from leakscan.reports.formats.pprof import diff_pprof_bytes
from leakscan.reports.formats.prometheus import diff_prometheus_text
from leakscan.reports.formats.sarif import invocation, result, sarif_log
from leakscan.reports.locations import Checkout
from leakscan.reports.text.diff import plain_diff
from leakscan.reports.views.diff import ChangeRow, DiffView, diff_view


def diff_json(comparison: Comparison) -> str:
    """The comparison as one JSON object; `diff.schema.json` says what each key holds."""
    view = diff_view(comparison)
    report: JsonObject = {
        "schema_version": SCHEMA_VERSION,
        "leakscan_version": comparison.new.leakscan_version,
        "unit": comparison.new.unit.value,
        "band": comparison.band,
        "exit_code": comparison.exit_code,
        "summary": view.headline,
        "old": _side(comparison.old),
        "new": _side(comparison.new),
        "changes": [
            _change(change, row, comparison)
            for change, row in zip(comparison.changes, view.rows, strict=True)
        ],
        "warnings": list(view.warnings),
    }
    return json.dumps(report, indent=2, allow_nan=False) + "\n"


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


def _change(change: FindingChange, row: ChangeRow, comparison: Comparison) -> JsonObject:
    return {
        "change": change.change.value,
        "fails": change.fails,
        "fingerprint": change.finding.fingerprint,
        "summary": row.finding.summary,
        "bytes_per_call_change": number_or_null(change.bytes_per_call_change),
        "old": None if change.old is None else finding_object(change.old, comparison.old),
        "new": None if change.new is None else finding_object(change.new, comparison.new),
    }


def diff_markdown(comparison: Comparison) -> str:
    """The comparison for a pull-request comment: the changes in sight, all else folded."""
    view = diff_view(comparison)
    in_sight = "\n".join(_markdown_lines(view))
    return f"{in_sight}\n\n{folded('The whole comparison', plain_diff(view), len(in_sight))}"


MOST_ROWS = 40


def _markdown_lines(view: DiffView) -> Iterator[str]:
    yield f"### leakscan: {view.word}"
    yield ""
    yield code(view.headline.partition(": ")[2])
    for warning in view.warnings:
        yield f"<br>warning: {code(warning)}"
    if view.rows:
        yield ""
    for number, row in enumerate(view.rows[:MOST_ROWS], start=1):
        yield f"{number}. **{row.change}** {code(row.finding.summary)}: {code(row.difference)}"
    if len(view.rows) > MOST_ROWS:
        yield ""
        yield f"and {len(view.rows) - MOST_ROWS} more"


def diff_junit(comparison: Comparison) -> str:
    """A test case for each finding: a leak that is new or worse fails."""
    view = diff_view(comparison)
    cases = [_case(row) for row in view.rows]
    if comparison.exit_code in (3, 4) or not cases:
        cases.insert(0, _case_of_the_run(comparison, view))
    time = f"{comparison.new.seconds:.3f}"
    failures = sum(row.fails for row in view.rows)
    return suites_text(cases, failures=failures, errors=int(comparison.exit_code in (3, 4)), time=time)


def _case(row: ChangeRow) -> Element:
    name = f"{row.finding.title} [{row.finding.fingerprint}]"
    case = Element("testcase", classname=f"{SUITE}.diff", name=name, time="0")
    text = f"{row.change}: {row.finding.summary}\n{row.difference}\n"
    if row.fails:
        failure = SubElement(case, "failure", type=row.change, message=row.finding.summary)
        failure.text = text
    else:
        SubElement(case, "system-out").text = text
    return case


def _case_of_the_run(comparison: Comparison, view: DiffView) -> Element:
    case = Element("testcase", classname=f"{SUITE}.diff", name="the new run", time="0")
    if comparison.exit_code in (3, 4):
        error = SubElement(case, "error", type=view.word, message=view.headline)
        error.text = plain_diff(view)
    return case


_BASELINE_STATES = {
    Change.NEW: "new",
    Change.WORSE: "updated",
    Change.SAME: "unchanged",
    Change.BETTER: "updated",
    Change.GONE: "absent",
}


def diff_sarif(comparison: Comparison, checkout: Checkout) -> str:
    """The new run as SARIF, each result with its state against the old one; gone ones are absent."""
    view = diff_view(comparison)
    results = []
    for change, row in zip(comparison.changes, view.rows, strict=True):
        told = result(change.finding, comparison.new, checkout)
        told["baselineState"] = _BASELINE_STATES[change.change]
        told["message"] = {"text": f"{row.change}: {row.finding.summary}\n{row.difference}"}
        told["level"] = "error" if row.fails else "note"
        results.append(told)
    return sarif_log(
        version=comparison.new.leakscan_version,
        checkout=checkout,
        kinds={change.finding.kind for change in comparison.changes},
        invocations=[invocation(comparison.new)],
        results=results,
    )


def _pprof(comparison: Comparison, checkout: Checkout) -> bytes:
    del checkout
    return diff_pprof_bytes(comparison)


def _html(comparison: Comparison, checkout: Checkout) -> bytes:
    from leakscan.reports.formats.html import diff_html_bytes

    return diff_html_bytes(comparison, checkout)


DIFF_FORMATS: tuple[Format[Comparison], ...] = (
    Format(
        name="json",
        suffix=".json",
        help="Write the comparison as JSON, too. With `-`, here or below, stdout holds that alone, "
        "and the comparison goes to stderr.",
        write=as_text(diff_json),
    ),
    Format(
        name="markdown",
        suffix=".md",
        help="Write it as Markdown, for a pull-request comment or a job summary.",
        write=as_text(diff_markdown),
    ),
    Format(
        name="junit",
        suffix=".xml",
        help="Write it as JUnit XML, with a test case for each finding.",
        write=as_text(diff_junit),
    ),
    Format(
        name="sarif",
        suffix=".sarif",
        help="Write it as SARIF 2.1.0, each result with its baseline state.",
        write=as_located_text(diff_sarif),
    ),
    Format(
        name="pprof",
        suffix=".pb.gz",
        help="Write what the new run gains over the old one as a profile, for `go tool pprof`.",
        write=_pprof,
    ),
    Format(
        name="prometheus",
        suffix=".prom",
        help="Write its numbers as metrics, for node_exporter's textfile collector.",
        write=as_text(diff_prometheus_text),
    ),
    Format(
        name="html",
        suffix=".html",
        help="Write it as one page for a browser, too, with the charts of each finding. `-` is stdout.",
        write=_html,
    ),
)
