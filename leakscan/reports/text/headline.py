"""The first line of every report: a word that answers, in its colour, and a sentence."""

from typing import Protocol

from rich.console import Console

from leakscan.reports.text.page import Page

_STYLES = {
    "OK": "bold green",
    "CLEAN": "bold green",
    "FILLING": "bold yellow",
    "WORSE": "bold red",
    "LEAKING": "bold red",
    "FAILED": "bold red",
    "INCONCLUSIVE": "bold magenta",
}
"""By the first word."""


class Headlined(Protocol):
    """A view of a report."""

    @property
    def headline(self) -> str: ...

    @property
    def word(self) -> str:
        """The first word of the headline."""


def draw_first_line(view: Headlined, page: Page) -> None:
    """Print the headline, wrapped, at the top of a report."""
    page.headline(view.headline, word=view.word, style=_STYLES[view.word])


def draw_headline(view: Headlined, console: Console) -> None:
    """Print the headline alone, on one line however long."""
    opening = Page(console).opening(view.headline, word=view.word, style=_STYLES[view.word])
    console.print(opening, soft_wrap=True)
