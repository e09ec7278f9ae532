"""A report on a console: the verdict, the sentences, then the numbers."""

from collections.abc import Sequence
from functools import partial

from rich.console import Console
from rich.text import Text

from leakscan.reports.text.columns import GAP, margin_of, row_of, widths_of
from leakscan.reports.text.consoles import PLAIN_WIDTH, plain_text
from leakscan.reports.text.headline import draw_first_line
from leakscan.reports.text.hyperlinks import Linker, no_hyperlinks
from leakscan.reports.text.page import LABEL_WIDTH, Page
from leakscan.reports.views.caches import HEADINGS, CachesView
from leakscan.reports.views.facts import Fact, Place
from leakscan.reports.views.findings import FindingView, SeriesView
from leakscan.reports.views.report import FailureView, ReportView
from leakscan.reports.views.sparkline import sparkline


def draw_report(view: ReportView, console: Console, link: Linker = no_hyperlinks) -> None:
    """Print the whole report."""
    page = Page(console, link)
    draw_first_line(view, page)
    for remark in view.remarks:
        page.line(remark, indent=2)
    if view.failure is not None:
        draw_failure(view.failure, page)
    for finding in view.findings:
        draw_finding(finding, page)
    if view.hidden_findings is not None:
        page.gap()
        page.line(f"{view.hidden_findings} (--verbose shows all)")
    page.warnings(view.warnings)
    is_alone = len(view.findings) == 1 and view.hidden_findings is None
    for finding in view.findings:
        # What the numbers of one finding belong to needs no saying.
        _draw_numbers(finding, "" if is_alone else finding.title, view, page)
    if view.caches is not None:
        _draw_caches(view.caches, page)
    page.gap()
    if view.series is not None:
        _draw_series(view.series, page, indent=0)
    for fact in view.facts:
        draw_fact(fact, page, indent=0)
    _draw_reasons(view.reasons, page)


def _draw_reasons(reasons: Sequence[str], page: Page) -> None:
    if not reasons:
        return
    page.gap()
    page.line("decided by")
    for reason in reasons:
        page.line(reason, indent=2, hang=4)


def plain_report(view: ReportView, *, width: int = PLAIN_WIDTH) -> str:
    """The whole report as the terminal words it, for a file."""
    return plain_text(partial(draw_report, view), width=width)


def draw_failure(failure: FailureView, page: Page) -> None:
    """Print how the target failed, with its own traceback."""
    if failure.message is not None or failure.traceback:
        page.gap()
    if failure.message is not None:
        page.line(failure.message)
    for line in failure.traceback:
        page.verbatim(line, indent=2)
    if failure.hint is not None:
        page.line(f"hint: {failure.hint}")


def draw_finding(finding: FindingView, page: Page) -> None:
    """Print the sentences on a finding."""
    page.gap()
    page.line(finding.summary, hang=4, style="bold")
    for fact in finding.facts:
        draw_fact(fact, page, indent=2)
    for remark in finding.remarks:
        page.line(remark, indent=2)
    if finding.advice is not None:
        page.labelled("advice", finding.advice.text, indent=2)


def _draw_numbers(finding: FindingView, title: str, view: ReportView, page: Page) -> None:
    """The table of sites, and in full detail also stacks, chain and fingerprint."""
    if not (finding.sites or finding.series or finding.chain):
        return
    page.gap()
    if title:
        page.line(title, style="bold")
    if finding.sites:
        _draw_sites(finding, view, page)
    if finding.series is not None:
        _draw_series(finding.series, page, indent=2)
    if finding.chain:
        page.labelled("chain", finding.chain[0], indent=2)
        for step in finding.chain[1:]:
            page.labelled("", f"→ {step}", indent=2)
        page.labelled("known as", finding.fingerprint, indent=2)


def _draw_sites(finding: FindingView, view: ReportView, page: Page) -> None:
    headings = (view.bytes_heading, view.objects_heading)
    widths = widths_of([headings, *((site.bytes, site.objects) for site in finding.sites)])
    margin = 2 + margin_of(widths)
    page.line(f"{row_of(headings, widths)}{GAP}site", indent=2, style="dim")
    for site in finding.sites:
        place = page.place(site.place, margin=margin)
        page.beside(f"  {row_of((site.bytes, site.objects), widths)}{GAP}", place)
        if site.types:
            page.line(site.types, indent=margin, style="dim")
        # What allocates is in the row already.
        for frame in site.stack[1:] if site.stack[:1] == (site.place,) else site.stack:
            caller = page.place(frame, margin=margin + len("from "))
            page.line(Text("from ").append_text(caller), indent=margin, style="dim")
    if finding.hidden_sites is not None:
        page.line(finding.hidden_sites, indent=margin)


def _draw_caches(caches: CachesView, page: Page) -> None:
    page.gap()
    page.line(f"Caches: {caches.summary}", style="bold")
    *headings, name_heading = HEADINGS
    columns = [(row.size, row.entries, row.bound, row.hit_rate) for row in caches.rows]
    widths = widths_of([headings, *columns])
    if caches.rows:
        page.line(f"{row_of(headings, widths)}{GAP}{name_heading}", indent=2, style="dim")
    for row, cells in zip(caches.rows, columns, strict=True):
        head = f"  {row_of(cells, widths)}{GAP}"
        page.beside(head, row.name, style="bold yellow" if row.stands_out else "")
        for remark in row.remarks:
            page.line(remark, indent=2 + margin_of(widths), style="dim")
    if caches.hidden is not None:
        page.line(f"{caches.hidden} (--verbose shows all)", indent=2)
    if caches.unlisted is not None:
        page.line(caches.unlisted, indent=2)


def _draw_series(series: SeriesView, page: Page, *, indent: int) -> None:
    bars = sparkline(series.values, width=len(series.values))
    page.labelled(series.label, f"{bars} {series.text}", indent=indent)


def draw_fact(fact: Fact, page: Page, *, indent: int) -> None:
    """Print a label and what it stands for."""
    text = fact.text
    if isinstance(text, Place):
        after = f", {fact.remark}" if fact.remark else ""
        place = page.place(text, margin=indent + LABEL_WIDTH + len(after))
        page.labelled(fact.label, place.append(after), indent=indent)
    else:
        page.labelled(fact.label, text, indent=indent)
