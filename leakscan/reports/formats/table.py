"""The formats that a report can be written in: one row, and one module of this package, a format.

A row is a flag of the commands that it has help for (`--json PATH`), its line in the reference page, and a
case of the tests that all formats agree. There is nothing else to register. The module of a format is
imported when the first file of that format is written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from leakscan.model.analysis import Analysis
from leakscan.model.check import Check, Comparison
from leakscan.reports.formats.graphviz import rendered
from leakscan.reports.locations import Checkout
from leakscan.reports.output import STDOUT

Subject = Analysis | Check | Comparison


class FormatModule(Protocol):
    """What the module of a format defines: one function for each command that has the flag."""

    def report(self, analysis: Analysis, checkout: Checkout) -> bytes: ...

    def check(self, check: Check, checkout: Checkout) -> bytes: ...

    def diff(self, comparison: Comparison, checkout: Checkout) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format in which a run, a check or a comparison is written."""

    name: str
    """The module that writes it, and the flag without its dashes."""
    suffix: str
    """What the name of such a file usually ends with."""
    help: Mapping[str, str]
    """Text on the flag by the commands that have it: `report`, `check`, `diff`."""
    converted: Callable[[bytes, str], bytes] | None = None
    """From what the module writes to the content of a file of a certain name; None: it is the content."""

    def write(self, subject: Subject, checkout: Checkout, destination: str = STDOUT) -> bytes:
        """The whole file; same subject, same bytes.

        Raises GraphvizError for a graph that takes Graphviz, where that is not there or fails.
        """
        module = cast(FormatModule, import_module(f"leakscan.reports.formats.{self.name}"))
        content = _content(module, subject, checkout)
        return content if self.converted is None else self.converted(content, destination)


def _content(module: FormatModule, subject: Subject, checkout: Checkout) -> bytes:
    match subject:
        case Analysis():
            return module.report(subject, checkout)
        case Check():
            return module.check(subject, checkout)
        case Comparison():
            return module.diff(subject, checkout)


_FORMATS = (
    Format(
        name="json",
        suffix=".json",
        help={
            "report": "Write the report as JSON, too. With `-`, here or below, stdout holds that alone, "
            "and the report goes to stderr.",
            "check": "Write the check as JSON, too, with the report on each target. With `-`, here or below, "
            "stdout holds that alone, and the check goes to stderr.",
            "diff": "Write the comparison as JSON, too. With `-`, here or below, stdout holds that alone, "
            "and the comparison goes to stderr.",
        },
    ),
    Format(
        name="markdown",
        suffix=".md",
        help=dict.fromkeys(
            ("report", "check", "diff"),
            "Write it as Markdown, for a pull-request comment or a job summary.",
        ),
    ),
    Format(
        name="junit",
        suffix=".xml",
        help={
            "report": "Write it as JUnit XML, with a test case for the target.",
            "check": "Write it as JUnit XML, with a test case for each target.",
            "diff": "Write it as JUnit XML, with a test case for each finding.",
        },
    ),
    Format(
        name="sarif",
        suffix=".sarif",
        help={
            "report": "Write it as SARIF 2.1.0, for code scanning.",
            "check": "Write it as SARIF 2.1.0, each result with its baseline state.",
            "diff": "Write it as SARIF 2.1.0, each result with its baseline state.",
        },
    ),
    Format(
        name="pprof",
        suffix=".pb.gz",
        help={
            "report": "Write the stacks of its findings as a profile, for `go tool pprof`.",
            "check": "Write the stacks of all findings as a profile, for `go tool pprof`.",
            "diff": "Write what the new run gains over the old one as a profile, for `go tool pprof`.",
        },
    ),
    Format(
        name="prometheus",
        suffix=".prom",
        help=dict.fromkeys(
            ("report", "check", "diff"),
            "Write its numbers as metrics, for node_exporter's textfile collector.",
        ),
    ),
    Format(
        name="html",
        suffix=".html",
        help={
            "report": "Write the report as one page for a browser, too, with charts and the code around each "
            "site. `-` is stdout.",
            "check": "Write it as one page for a browser, with the report on each target. `-` is stdout.",
            "diff": "Write it as one page for a browser, too, with the charts of each finding. "
            "`-` is stdout.",
        },
    ),
    Format(
        name="graph",
        suffix=".dot",
        help={
            "report": "Draw what is around each holder: out.svg or out.png, by Graphviz, or its language as "
            "text in out.dot. `-` is that text on stdout.",
        },
        converted=rendered,
    ),
    # The two that `--annotations` chooses from.
    Format(name="github", suffix=".txt", help={}),
    Format(name="gitlab", suffix=".json", help={}),
)
FORMATS: Mapping[str, Format] = {form.name: form for form in _FORMATS}
"""Every format by its name, in the order of the flags."""


def flags_of(command: str) -> tuple[Format, ...]:
    """The formats that are flags of `report` (and `run`), `check` or `diff`."""
    return tuple(form for form in _FORMATS if command in form.help)
