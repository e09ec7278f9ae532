"""The files that a report can be written to: one row a format.

A row here is a flag of every command that ends in a report (`--json PATH`), its help, its line in the
reference page, and a case of the test that all formats agree. There is nothing else to register.
A command that writes no file of a format does not import its module.
"""

from leakscan.model.analysis import Analysis
from leakscan.reports.formats.file_format import Format, as_located_text, as_text
from leakscan.reports.locations import Checkout


def _json(analysis: Analysis) -> str:
    from leakscan.reports.formats.json import json_text

    return json_text(analysis)


def _markdown(analysis: Analysis) -> str:
    from leakscan.reports.formats.markdown import markdown_text

    return markdown_text(analysis)


def _junit(analysis: Analysis) -> str:
    from leakscan.reports.formats.junit import junit_text

    return junit_text(analysis)


def _sarif(analysis: Analysis, checkout: Checkout) -> str:
    from leakscan.reports.formats.sarif import sarif_text

    return sarif_text(analysis, checkout)


def _pprof(analysis: Analysis, checkout: Checkout) -> bytes:
    from leakscan.reports.formats.pprof import pprof_bytes

    del checkout
    return pprof_bytes(analysis)


def _prometheus(analysis: Analysis) -> str:
    from leakscan.reports.formats.prometheus import prometheus_text

    return prometheus_text(analysis)


def _html(analysis: Analysis, checkout: Checkout) -> bytes:
    from leakscan.reports.formats.html import html_bytes

    return html_bytes(analysis, checkout)


FORMATS: tuple[Format[Analysis], ...] = (
    Format(
        name="json",
        suffix=".json",
        help="Write the report as JSON, too. With `-`, here or below, stdout holds that alone, "
        "and the report goes to stderr.",
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
        help="Write it as JUnit XML, with a test case for the target.",
        write=as_text(_junit),
    ),
    Format(
        name="sarif",
        suffix=".sarif",
        help="Write it as SARIF 2.1.0, for code scanning.",
        write=as_located_text(_sarif),
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
        write=as_text(_prometheus),
    ),
    Format(
        name="html",
        suffix=".html",
        help="Write the report as one page for a browser, too, with charts and the code around each site. "
        "`-` is stdout.",
        write=_html,
    ),
)
