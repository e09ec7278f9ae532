"""A report view as one page: a file of its own that fetches nothing, for a browser and for paper."""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from leakscan import units
from leakscan.model import Analysis, Change, Comparison
from leakscan.reports.caches import HEADINGS
from leakscan.reports.charts import ChartView
from leakscan.reports.checkout import Checkout
from leakscan.reports.diff_view import ChangeRow, DiffView, diff_view
from leakscan.reports.fitting import shortened
from leakscan.reports.source import reader_of
from leakscan.reports.view import WHOLE_PAGE, Place, ReportView, report_view

WIDEST_TEXT = 400
"""What is longer (a key of a megabyte, a generated name) is cut in its middle; the JSON has it whole."""
STYLES = ("vendor/uplot/uPlot.min.css", "style.css")
SCRIPTS = ("vendor/uplot/uPlot.iife.min.js", "charts.js", "page.js")


def html_bytes(analysis: Analysis, checkout: Checkout) -> bytes:
    """The whole file for an analysis, with the code around its sites as it is on the disk now."""
    started_at = None if analysis.run is None else analysis.run.started_at
    view = report_view(analysis, WHOLE_PAGE, read_source=reader_of(checkout.folder, started_at))
    return html_text(view).encode("ascii")


def diff_html_bytes(comparison: Comparison, checkout: Checkout) -> bytes:
    """The whole file for a comparison, with the code around the sites as it is on the disk now."""
    run = comparison.new.run
    read_source = reader_of(checkout.folder, None if run is None else run.started_at)
    return diff_html_text(diff_view(comparison, WHOLE_PAGE, read_source=read_source)).encode("ascii")


def html_text(view: ReportView) -> str:
    """The page; same view, same text.

    It is ASCII: whatever a server, a mail or a locale takes the file for, it reads the same.
    """
    of_findings = [finding.chart for finding in view.findings]
    return _rendered("page.html", [*of_findings, *view.charts], view=view, cache_headings=HEADINGS)


def diff_html_text(view: DiffView) -> str:
    """The page of a comparison, as a report's is made."""
    of_findings = [row.finding.chart for row in view.rows]
    return _rendered("diff.html", of_findings, view=view, tones=_TONES, tone_of=_tone)


_TONES = {"OK": "clean", "WORSE": "leaking", "FAILED": "leaking", "INCONCLUSIVE": "inconclusive"}
"""By the first word of a comparison: the verdict whose colour it has."""


def _tone(row: ChangeRow) -> str:
    """The verdict whose colour a change has."""
    if row.fails:
        return "leaking"
    return "clean" if row.change in (Change.BETTER, Change.GONE) else "filling"


def _rendered(name: str, charts: Sequence[ChartView | None], **values: object) -> str:
    """The page with its charts, in the order in which it numbers them."""
    styles = ["\n".join(_asset(style) for style in STYLES)]
    scripts = [_asset(script) for script in SCRIPTS]
    text = (
        _environment()
        .get_template(name)
        .render(
            **values,
            policy=_policy(styles, scripts),
            styles=styles,
            scripts=scripts,
            charts=[_chart(chart) for chart in charts if chart is not None],
        )
    )
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__name__, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["fit"] = _fit
    environment.filters["counted"] = units.counted
    environment.tests["place"] = _is_place
    return environment


def _policy(styles: list[str], scripts: list[str]) -> str:
    """Nothing is loaded, and nothing runs but what leakscan itself wrote into the page."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {' '.join(map(_hash, scripts))}",
            f"style-src {' '.join(map(_hash, styles))}",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("ascii")).digest()
    return f"'sha256-{b64encode(digest).decode('ascii')}'"


def _asset(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="ascii")


def _chart(chart: ChartView) -> dict[str, object]:
    lines = [
        {"label": line.label, "start": line.start, "end": line.end, "isBound": line is chart.bound}
        for line in (chart.trend, chart.bound)
        if line is not None
    ]
    return {
        "xs": [point.x for point in chart.points],
        "ys": [point.y for point in chart.points],
        "texts": [point.text for point in chart.points],
        "xUnit": chart.x_unit,
        "yUnit": chart.y_unit,
        "warmUpEnd": chart.warm_up_end,
        "lines": lines,
    }


def _fit(text: str, width: int = WIDEST_TEXT) -> str:
    return shortened(text, width)


def _is_place(text: str | Place) -> bool:
    return isinstance(text, Place)
