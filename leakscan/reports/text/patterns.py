"""The patterns that leaks are made of, on a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.markdown import Markdown
from rich.text import Text
from rich.theme import Theme

from leakscan.reports.text.page import Page
from leakscan.reports.views.patterns import Pattern

CODE_THEME = "ansi_dark"
"""Colours of the terminal itself, and no background: code reads on a light one, too."""
INLINE_CODE = Theme({"markdown.code": "bold cyan", "markdown.code_block": "cyan"})
"""rich has both on black."""


def draw_pattern(pattern: Pattern, console: Console) -> None:
    """Draw one section: its title, how it looks in a report, why it grows, and what mends it."""
    page = Page(console)
    page.headline(pattern.title, word=pattern.title, style="bold")
    page.gap()
    text = Markdown(page.shown(pattern.text), code_theme=CODE_THEME, hyperlinks=console.is_terminal)
    with console.use_theme(INLINE_CODE):
        lines = console.render_lines(text, pad=False)
    for segments in lines:
        line = Text.assemble(*((segment.text, segment.style or "") for segment in segments))
        line.rstrip()
        console.print(line, soft_wrap=True)


def draw_patterns(patterns: Sequence[Pattern], console: Console) -> None:
    """Draw a list of all: the name of each, and how it looks in a report."""
    page = Page(console)
    for pattern in patterns:
        page.line(pattern.name, style="bold")
        page.line(pattern.symptom, indent=2, hang=0)
