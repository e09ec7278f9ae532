"""The files that a check can be written to: one row a format; each module is imported with its first file."""

from leakscan.model.check import Check
from leakscan.reports.formats.file_format import Format, as_located_text, as_text
from leakscan.reports.locations import Checkout


def _json(check: Check) -> str:
    from leakscan.reports.formats.check_json import check_json

    return check_json(check)


def _markdown(check: Check) -> str:
    from leakscan.reports.formats.check_markdown import check_markdown

    return check_markdown(check)


def _junit(check: Check) -> str:
    from leakscan.reports.formats.check_junit import check_junit

    return check_junit(check)


def _sarif(check: Check, checkout: Checkout) -> str:
    from leakscan.reports.formats.check_sarif import check_sarif

    return check_sarif(check, checkout)


def _pprof(check: Check, checkout: Checkout) -> bytes:
    from leakscan.reports.formats.check_pprof import check_pprof

    del checkout
    return check_pprof(check)


def _prometheus(check: Check) -> str:
    from leakscan.reports.formats.check_prometheus import check_prometheus

    return check_prometheus(check)


def _html(check: Check, checkout: Checkout) -> bytes:
    from leakscan.reports.formats.html import check_html_bytes

    return check_html_bytes(check, checkout)


CHECK_FORMATS: tuple[Format[Check], ...] = (
    Format(
        name="json",
        suffix=".json",
        help="Write the check as JSON, too, with the report on each target. With `-`, here or below, stdout "
        "holds that alone, and the check goes to stderr.",
        write=as_text(_json),
    ),
    Format(
        name="markdown",
        suffix=".md",
        help="Write it as Markdown, for a pull-request comment or a job summary.",
        write=as_text(_markdown),
    ),
    Format(
        name="junit",
        suffix=".xml",
        help="Write it as JUnit XML, with a test case for each target.",
        write=as_text(_junit),
    ),
    Format(
        name="sarif",
        suffix=".sarif",
        help="Write it as SARIF 2.1.0, each result with its baseline state.",
        write=as_located_text(_sarif),
    ),
    Format(
        name="pprof",
        suffix=".pb.gz",
        help="Write the stacks of all findings as a profile, for `go tool pprof`.",
        write=_pprof,
    ),
    Format(
        name="prometheus",
        suffix=".prom",
        help="Write its numbers as metrics, for node_exporter's textfile collector.",
        write=as_text(_prometheus),
    ),
    Format(
        name="html",
        suffix=".html",
        help="Write it as one page for a browser, with the report on each target. `-` is stdout.",
        write=_html,
    ),
)
