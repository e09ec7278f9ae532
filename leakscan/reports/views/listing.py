"""The source of a function, each line with what it gains, put in order and into words."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from leakscan.masking import without_credentials
from leakscan.model.analysis import Analysis, Finding, Frame
from leakscan.reports.text_fit import printable
from leakscan.reports.views.functions import FunctionSource
from leakscan.reports.views.report import ranked_findings
from leakscan.reports.views.top import IN_USE, Weight, numbers_of, weights
from leakscan.reports.views.wording import finding_title, holders_text

MAX_LISTED_LINES = 80
"""A longer function is shown around the lines that gain."""
LINES_AROUND_GAIN = 5

_Key = tuple[str, str]
"""File and qualified name of a function."""
Source = Callable[[Frame], FunctionSource | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedLine:
    """One line of source; without numbers where nothing is gained."""

    number: int
    own: tuple[str, ...]
    """What the line itself allocates: bytes per call, objects per call, in use, objects."""
    through: str
    """Bytes per call that it allocates together with what it calls."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFunction:
    """One function, or the reason why its source is not shown."""

    title: str
    file: str
    note: str | None
    lines: tuple[ListedLine | None, ...]
    """None for lines that are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """All functions that a name stands for."""

    headings: tuple[str, ...]
    functions: tuple[ListedFunction, ...]
    note: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Function:
    """A function of the target, and what its lines gain."""

    frame: Frame
    own: dict[int, Weight]
    through: dict[int, float]
    findings: tuple[Finding, ...]


def list_view(analysis: Analysis, name: str, source: Source) -> ListView:
    """The functions of the name, or those that fill the holder of the name; heaviest first."""
    return ListView(
        headings=(f"bytes/{analysis.unit}", f"objects/{analysis.unit}", "in use", "objects", "with calls"),
        functions=tuple(_listed(function, source) for function in _functions(analysis, name)),
        note=IN_USE,
        warnings=tuple(printable(warning) for warning in analysis.warnings),
    )


def known_names(analysis: Analysis) -> list[str]:
    """What can be listed: holders, then functions, heaviest first."""
    findings = ranked_findings(analysis)
    holders = [finding_title(finding) for finding in findings]
    functions = [frame.qualname for finding in findings for frame, _ in weights(finding)]
    return [printable(name) for name in dict.fromkeys(holders + functions)]


def _functions(analysis: Analysis, name: str) -> list[_Function]:
    findings = ranked_findings(analysis)
    of_holder = [finding for finding in findings if _names(name, finding_title(finding))]
    own: dict[_Key, dict[int, Weight]] = defaultdict(dict)
    through: dict[_Key, dict[int, float]] = defaultdict(dict)
    findings_of: dict[_Key, list[Finding]] = defaultdict(list)
    frames: dict[_Key, Frame] = {}
    for finding in of_holder or findings:
        for frame, _ in weights(finding) if of_holder else _passed(finding):
            if of_holder or _names_function(name, frame):
                frames.setdefault((frame.file, frame.qualname), frame)
    for finding in of_holder or findings:
        for frame, weight in weights(finding):
            key = (frame.file, frame.qualname)
            own[key][frame.line] = own[key].get(frame.line, Weight()) + weight
        for frame, gained in _passed(finding):
            key = (frame.file, frame.qualname)
            through[key][frame.line] = through[key].get(frame.line, 0.0) + gained
            findings_of[key].append(finding)
    listed = [
        _Function(
            frame=frame,
            own=own[key],
            through=through[key],
            findings=tuple(findings_of[key]),
        )
        for key, frame in frames.items()
    ]
    return sorted(listed, key=lambda function: -max(function.through.values(), default=0.0))


def _passed(finding: Finding) -> Iterator[tuple[Frame, float]]:
    """Each line of each stack, once a stack: recursion passes a line many times for one allocation."""
    for site in finding.sites:
        for frame in dict.fromkeys((site.frame, *site.stack)):
            yield frame, site.bytes_per_call


def _names_function(name: str, frame: Frame) -> bool:
    return _names(name, frame.qualname) or name == frame.function


def _names(name: str, full: str) -> bool:
    """Whether the name is the full one or its end: `keys` and `MemoryLock.keys`."""
    return full == name or full.endswith((f".{name}", f" {name}"))


def _listed(function: _Function, source: Source) -> ListedFunction:
    frame = function.frame
    title = f"{printable(frame.qualname)} in {printable(frame.file)}, {holders_text(function.findings)}"
    quoted = source(frame)
    if isinstance(quoted, str):
        numbers = sorted({*function.own, *function.through})
        lines: tuple[ListedLine | None, ...] = tuple(_line(function, number, "") for number in numbers)
        note = f"no source: {printable(quoted)}"
        return ListedFunction(title=title, file=printable(frame.file), note=note, lines=lines)
    lines = tuple(_shown(function, quoted))
    return ListedFunction(title=title, file=printable(frame.file), note=None, lines=lines)


def _shown(function: _Function, source: FunctionSource) -> Iterator[ListedLine | None]:
    weighty = {*function.own, *function.through}
    is_gap = False
    for number, text in enumerate(source.lines, start=source.first_line):
        is_near = any(abs(number - line) <= LINES_AROUND_GAIN for line in weighty)
        if len(source.lines) <= MAX_LISTED_LINES or is_near or number == source.first_line:
            yield _line(function, number, text)
            is_gap = False
        elif not is_gap:
            yield None
            is_gap = True


def _line(function: _Function, number: int, text: str) -> ListedLine:
    weight, through = function.own.get(number), function.through.get(number)
    return ListedLine(
        number=number,
        own=numbers_of(weight) if weight is not None else ("", "", "", ""),
        through=numbers_of(Weight(bytes_per_call=through))[0] if through is not None else "",
        text="    ".join(printable(part) for part in without_credentials(text).rstrip().split("\t")),
    )
