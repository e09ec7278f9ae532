"""The files that a report can be written to: one row a format.

A row here is a flag of every command that ends in a report (`--json PATH`), its help, its line in the
reference page, and a case of the test that all formats agree. There is nothing else to register.
"""

from leakscan.model import Analysis
from leakscan.reports.checkout import Checkout
from leakscan.reports.file_format import Format, as_located_text, as_text
from leakscan.reports.json_report import json_text
from leakscan.reports.junit import junit_text
from leakscan.reports.markdown import markdown_text
from leakscan.reports.pprof import pprof_bytes
from leakscan.reports.prometheus import prometheus_text
from leakscan.reports.sarif import sarif_text


def _pprof(analysis: Analysis, checkout: Checkout) -> bytes:
    del checkout
    return pprof_bytes(analysis)


def _html(analysis: Analysis, checkout: Checkout) -> bytes:
    from leakscan.reports.html import html_bytes

    return html_bytes(analysis, checkout)


FORMATS: tuple[Format[Analysis], ...] = (
    Format(
        name="json",
        suffix=".json",
        help="Write the report as JSON, too. With `-`, here or below, stdout holds that alone, "
        "and the report goes to stderr.",
        write=as_text(json_text),
    ),
    Format(
        name="markdown",
        suffix=".md",
        help="Write it as Markdown, for a pull-request comment or a job summary.",
        write=as_text(markdown_text),
    ),
    Format(
        name="junit",
        suffix=".xml",
        help="Write it as JUnit XML, with a test case for the target.",
        write=as_text(junit_text),
    ),
    Format(
        name="sarif",
        suffix=".sarif",
        help="Write it as SARIF 2.1.0, for code scanning.",
        write=as_located_text(sarif_text),
    ),
    Format(
        name="pprof",
        suffix=".pb.gz",
        help="Write the stacks of its findings as a profile, for `go tool pprof`.",
        write=_pprof,
    ),
    Format(
        name="prometheus",
        suffix=".prom",
        help="Write its numbers as metrics, for node_exporter's textfile collector.",
        write=as_text(prometheus_text),
    ),
    Format(
        name="html",
        suffix=".html",
        help="Write the report as one page for a browser, too, with charts and the code around each site. "
        "`-` is stdout.",
        write=_html,
    ),
)
