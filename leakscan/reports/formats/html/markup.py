"""Sentences of leakscan that have backticks, and sections on patterns, which are Markdown, as HTML."""

import re
from functools import cache

from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from leakscan.reports.views.patterns import Pattern

_CODE = re.compile(r"`([^`]+)`")


def sentence_markup(text: str) -> Markup:
    """A sentence with what stands in backticks as code; all else in it is text."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped


@cache
def pattern_markup(pattern: Pattern) -> Markup:
    """The section on a pattern, without its title."""
    return Markup(_parser().render(pattern.text))  # noqa: S704 - our own page, whose HTML is off


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False})
