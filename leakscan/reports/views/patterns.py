"""The patterns that leaks are made of: the sections of `docs/patterns.md`, which ships with leakscan."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from leakscan.documentation import page_url
from leakscan.model.analysis import Finding

PATTERNS_PAGE = "patterns"
MAX_SUGGESTIONS = 3
MIN_LIKENESS = 0.5
"""Below this share of matching characters a name is no likely misspelling of another."""
_SECTION = re.compile(r"^## (?P<title>.+)\n(?P<text>(?:(?!^## ).*\n?)*)", re.MULTILINE)
_SYMPTOM = re.compile(r"\*In a report:\* (?P<symptom>.+?)(?:\n\n|\Z)", re.DOTALL)
_LINK_TO_A_PAGE = re.compile(r"\[(?P<words>[^\]]+)\]\((?P<page>[\w-]*)(?:\.md)?#?(?P<heading>[\w-]*)\)")
_LINK = re.compile(r"\[(.+?)\]\(.+?\)")
_NAME = re.compile(r"[a-z0-9-]+")


class Pattern(NamedTuple):
    """One way to leak."""

    name: str
    """Its heading, as a link spells it: `a-lock-per-key`."""
    title: str
    symptom: str
    """How it looks in a report, on one line of Markdown without links."""
    text: str
    """Markdown, without the heading; its links have whole addresses, or are words where there is no site."""


def patterns() -> tuple[Pattern, ...]:
    """All patterns, in the order of the page."""
    return tuple(_pattern(title, text) for title, text in _sections())


def pattern_named(name: str) -> Pattern | None:
    """The pattern of this name, also where it is written as a title; None where there is none."""
    wanted = slug(name)
    return next((_pattern(title, text) for title, text in _sections() if slug(title) == wanted), None)


def likely_names(name: str) -> Sequence[str]:
    """Names of patterns that may be meant: those that contain the name, then those spelled like it."""
    import difflib  # every report loads this module, and only a misspelling asks for this one

    wanted = slug(name)
    names = [slug(title) for title, _text in _sections()]
    containing = [each for each in names if wanted and wanted in each]
    alike = difflib.get_close_matches(wanted, names, n=MAX_SUGGESTIONS, cutoff=MIN_LIKENESS)
    return list(dict.fromkeys(containing + alike))[:MAX_SUGGESTIONS]


def slug(heading: str) -> str:
    """A heading as a link spells it: `A thread's own storage` is `a-threads-own-storage`."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def explaining_command(finding: Finding) -> str | None:
    """The command that explains a finding's pattern; None where it has none.

    A report may come from a stranger: what is no name of a pattern is not shown as something to run.
    """
    if finding.pattern is None or _NAME.fullmatch(finding.pattern) is None:
        return None
    return f"leakscan explain {finding.pattern}"


def explained_pattern(finding: Finding) -> Pattern | None:
    """The pattern of a finding; None where it has none, or one that only another leakscan knows."""
    return None if finding.pattern is None else pattern_named(finding.pattern)


def pattern_url(finding: Finding) -> str | None:
    """The address of the section on a finding's pattern; None where it has none, or there is no site."""
    if finding.pattern is None or _NAME.fullmatch(finding.pattern) is None:
        return None
    return page_url(PATTERNS_PAGE, finding.pattern)


@cache
def _sections() -> tuple[tuple[str, str], ...]:
    """The title and the text of each section, as the page has them."""
    page = Path(__file__).parent.parent.joinpath("patterns.md").read_text(encoding="utf-8")
    return tuple((match["title"], match["text"].strip()) for match in _SECTION.finditer(page))


def _pattern(title: str, text: str) -> Pattern:
    symptom = _SYMPTOM.search(text)
    return Pattern(
        name=slug(title),
        title=title,
        symptom="" if symptom is None else _LINK.sub(r"\1", " ".join(symptom["symptom"].split())),
        text=_LINK_TO_A_PAGE.sub(_with_whole_address, text),
    )


def _with_whole_address(link: re.Match[str]) -> str:
    url = page_url(link["page"] or PATTERNS_PAGE, link["heading"])
    return link["words"] if url is None else f"[{link['words']}]({url})"
