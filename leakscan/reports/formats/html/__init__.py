"""A page for a browser and for paper: one file that fetches nothing."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from leakscan import units
from leakscan.model.analysis import Analysis
from leakscan.model.check import Change, Check, Comparison
from leakscan.reports.formats.html.markup import pattern_markup, sentence_markup
from leakscan.reports.locations import Checkout
from leakscan.reports.text_fit import shortened
from leakscan.reports.views.caches import HEADINGS
from leakscan.reports.views.charts import ChartView
from leakscan.reports.views.check import CheckView, check_view
from leakscan.reports.views.diff import ChangeRow, DiffView, diff_view
from leakscan.reports.views.facts import Place
from leakscan.reports.views.max_rows import WHOLE_PAGE
from leakscan.reports.views.python_files import quotable_folders
from leakscan.reports.views.report import ReportView, report_view
from leakscan.reports.views.source import SourceReader, no_source, reader_of

WIDEST_TEXT = 400
"""What is longer (a key of a megabyte, a generated name) is cut in its middle; the JSON has it whole."""
STYLES = ("vendor/uplot/uPlot.min.css", "style.css")
SCRIPTS = ("vendor/uplot/uPlot.iife.min.js", "charts.js", "page.js")


def report(analysis: Analysis, checkout: Checkout) -> bytes:
    """The whole file for an analysis, with the code around its sites as it is on the disk now."""
    read_source = _reader(analysis, checkout)
    return html_text(report_view(analysis, WHOLE_PAGE, read_source=read_source)).encode("ascii")


def check(check: Check, checkout: Checkout) -> bytes:
    """The whole file for a check, with the code around the sites of every target."""

    def sources_of(analysis: Analysis) -> SourceReader:
        return _reader(analysis, checkout)

    return check_html_text(check_view(check, WHOLE_PAGE, sources_of=sources_of)).encode("ascii")


def diff(comparison: Comparison, checkout: Checkout) -> bytes:
    """The whole file for a comparison, with the code around the sites as it is on the disk now."""
    read_source = _reader(comparison.new, checkout)
    return diff_html_text(diff_view(comparison, WHOLE_PAGE, read_source=read_source)).encode("ascii")


def _reader(analysis: Analysis, checkout: Checkout) -> SourceReader:
    if not checkout.shows_source:
        return no_source
    started_at = None if analysis.run is None else analysis.run.started_at
    return reader_of(checkout.folder, started_at, quotable_folders(checkout.own_folder))


def html_text(view: ReportView) -> str:
    """The page; same view, same text.

    It is ASCII: whatever a server, a mail or a locale takes the file for, it reads the same.
    """
    *numbers, name = HEADINGS
    headings = [*((number, True) for number in numbers), (name, False)]
    return _rendered("page.html", view=view, cache_headings=headings)


def diff_html_text(view: DiffView) -> str:
    """The page of a comparison, as a report's is made."""
    return _rendered("diff.html", view=view, tones=_TONES, tone_of=_tone)


def check_html_text(view: CheckView) -> str:
    """The page of a check, as a report's is made."""
    return _rendered("check.html", view=view, tones=_TONES)


_TONES = {"OK": "clean", "WORSE": "leaking", "FAILED": "leaking", "INCONCLUSIVE": "inconclusive"}
"""By the first word of a comparison or a check: the verdict whose colour it has."""


def _tone(row: ChangeRow) -> str:
    """The verdict whose colour a change has."""
    if row.fails:
        return "leaking"
    return "clean" if row.change in (Change.BETTER, Change.GONE) else "filling"


def _rendered(name: str, **values: object) -> str:
    """The page; its scripts make the charts of the numbers at its end."""
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
            gallery=_Gallery(),
        )
    )
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


@dataclass
class _Gallery:
    """The charts of a page, in the order in which it shows them; their numbers stand at its end."""

    charts: list[dict[str, object]] = field(default_factory=list)

    def place_of(self, chart: ChartView) -> int:
        self.charts.append(_chart(chart))
        return len(self.charts) - 1


@cache
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
    environment.filters["sentence"] = sentence_markup
    environment.filters["section"] = pattern_markup
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
