"""The files that a report can be written to: one row a format.

A row here is a flag of every command that ends in a report (`--json PATH`), its help, its line in the
reference page, and a case of the test that all formats agree. There is nothing else to register.
"""

from collections.abc import Callable
from dataclasses import dataclass

from leakscan.model import Analysis
from leakscan.reports.checkout import Checkout
from leakscan.reports.json_report import json_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A form of the report for a file."""

    name: str
    """The flag without its dashes."""
    suffix: str
    """What the name of such a file usually ends with."""
    help: str
    write: Callable[[Analysis, Checkout], bytes]
    """The whole file; imports what is dear to import only when it is called."""


def _json(analysis: Analysis, checkout: Checkout) -> bytes:
    del checkout
    return json_text(analysis).encode("ascii")


def _html(analysis: Analysis, checkout: Checkout) -> bytes:
    from leakscan.reports.html import html_bytes

    return html_bytes(analysis, checkout)


FORMATS: tuple[Format, ...] = (
    Format(
        name="json",
        suffix=".json",
        help="Write the report as JSON, too. With `-` stdout holds the JSON alone, "
        "and the report goes to stderr.",
        write=_json,
    ),
    Format(
        name="html",
        suffix=".html",
        help="Write the report as one page for a browser, too, with charts and the code around each site. "
        "`-` is stdout.",
        write=_html,
    ),
)
