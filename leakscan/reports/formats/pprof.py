"""A report as a pprof profile: the stacks of the sites, with what they gain and what they keep.

The format is a protocol buffer of a few dozen fields, of which a heap profile needs twenty; numbers
and length-prefixed bytes are all that the encoding has. The `protobuf` package would be a compiled
dependency of every user for the sixty lines below; the tests read what they write with it, and with
`go tool pprof`.
"""

import gzip
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from leakscan.model.analysis import Analysis, Finding, Frame, SiteGrowth
from leakscan.model.check import Check, Comparison, TargetCheck
from leakscan.model.run import Unit
from leakscan.reports.locations import Checkout
from leakscan.reports.text_fit import printable
from leakscan.reports.views.check import check_view
from leakscan.reports.views.diff import diff_view
from leakscan.reports.views.report import headline, ranked_findings
from leakscan.reports.views.wording import finding_title

PER = 1_000
"""Growth is counted by so many calls: a profile holds whole numbers only, and a leak of one object in
a hundred calls is one that must not be rounded away."""
NANOSECONDS = 1_000_000_000
BASE = "pprof::base"
"""The label by which pprof knows the samples that a difference is taken from."""
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A line of a finding with its stack: one sample of a profile."""

    finding: Finding
    site: SiteGrowth
    unit: Unit
    labels: Mapping[str, str]
    """Beside those that every sample has."""
    sign: int = 1
    """-1 for what is taken away."""


def sample_types(units: Collection[Unit]) -> tuple[tuple[str, str], ...]:
    """Name and unit of the values of a sample, in their order; the first is what pprof shows.

    What grows by the call and what grows by the second are values of their own: they can't be added.
    """
    growth = (
        pair
        for unit in (unit for unit in Unit if unit in units)
        for pair in (
            (f"growth_space_per_{PER}_{unit}s", "bytes"),
            (f"growth_objects_per_{PER}_{unit}s", "count"),
        )
    )
    return (*growth, ("inuse_space", "bytes"), ("inuse_objects", "count"))


def report(analysis: Analysis, checkout: Checkout) -> bytes:
    """The profile of a run, compressed."""
    del checkout
    return profile_bytes(
        stacks_of(ranked_findings(analysis), analysis.unit),
        units={analysis.unit},
        comments=[headline(analysis), f"target: {printable(analysis.target)}"],
        seconds=analysis.seconds,
    )


def check(check: Check, checkout: Checkout) -> bytes:
    """The stacks of all targets, compressed, each sample labelled with its own.

    A line that two targets reach is a sample of each: `-tagfocus=target=…` shows one of them.
    """
    del checkout
    return profile_bytes(
        [stack for target in check.targets for stack in _stacks_of_target(target)],
        # A profile without a value to show is none.
        units={target.analysis.unit for target in check.targets} or {Unit.CALL},
        comments=[check_view(check).headline],
        seconds=check.seconds,
    )


def diff(comparison: Comparison, checkout: Checkout) -> bytes:
    """What the new run gains over the old one, as `go tool pprof -diff_base OLD NEW` would have it."""
    del checkout
    old, new = comparison.old, comparison.new
    base = stacks_of(ranked_findings(old), old.unit, {BASE: "true"})
    return profile_bytes(
        [*stacks_of(ranked_findings(new), new.unit), *(replace(stack, sign=-1) for stack in base)],
        units={new.unit},
        comments=[diff_view(comparison).headline, f"target: {printable(new.target)}"],
        seconds=new.seconds,
    )


def stacks_of(
    findings: Iterable[Finding], unit: Unit, labels: Mapping[str, str] = _NOTHING
) -> Iterator[Stack]:
    """The lines of the findings."""
    for finding in findings:
        for site in finding.sites:
            yield Stack(finding=finding, site=site, unit=unit, labels=labels)


def _stacks_of_target(target: TargetCheck) -> Iterator[Stack]:
    for checked in target.findings:
        if checked.finding is not None:
            labels = {"target": printable(target.name), "standing": checked.standing.value}
            yield from stacks_of([checked.finding], target.analysis.unit, labels)


def profile_bytes(
    stacks: Iterable[Stack], *, units: Collection[Unit], comments: Sequence[str], seconds: float
) -> bytes:
    """A profile of the lines, compressed; it has values for growth by each of the units."""
    return gzip.compress(_profile(stacks, units, comments, seconds), mtime=0)


def _profile(
    stacks: Iterable[Stack], units: Collection[Unit], comments: Sequence[str], seconds: float
) -> bytes:
    table = _Table()
    types = [table.value_type(*names) for names in sample_types(units)]
    samples = [_sample(stack, units, table) for stack in stacks]
    parts = [
        *(_message(1, value_type) for value_type in types),
        *(_message(2, sample) for sample in samples),
        *(_message(4, location) for location in table.encoded_locations),
        *(_message(5, function) for function in table.encoded_functions),
        _number(10, int(seconds * NANOSECONDS)),
        *(_number(13, table.string(text)) for text in comments),
        _number(14, table.string(sample_types(units)[0][0])),
    ]
    # The strings last: all else adds to them.
    return b"".join([*parts, *(_message(6, text.encode("utf-8", "replace")) for text in table.strings)])


def _sample(stack: Stack, units: Collection[Unit], table: "_Table") -> bytes:
    finding, site = stack.finding, stack.site
    grown = (round(site.bytes_per_call * PER), round(site.objects_per_call * PER))
    by_unit = [grown if unit is stack.unit else (0, 0) for unit in Unit if unit in units]
    values = [*(value for pair in by_unit for value in pair), site.live_bytes, site.live_objects]
    labels = {
        "holder": finding_title(finding),
        "fingerprint": printable(finding.fingerprint),
        "verdict": finding.verdict.value,
        **stack.labels,
    }
    places = [table.location(frame) for frame in site.stack or (site.frame,)]
    return b"".join(
        [
            _packed(1, places),
            _packed(2, (stack.sign * value for value in values)),
            *(_message(3, table.label(key, text)) for key, text in labels.items()),
        ]
    )


@dataclass(slots=True)
class _Table:
    """The strings, functions and lines of a profile: each is written once and then called by its number."""

    strings: dict[str, int] = field(default_factory=lambda: {"": 0})
    functions: dict[tuple[str, str], int] = field(default_factory=dict)
    locations: dict[tuple[int, int], int] = field(default_factory=dict)

    def string(self, text: str) -> int:
        return self.strings.setdefault(text, len(self.strings))

    def value_type(self, name: str, unit: str) -> bytes:
        return _number(1, self.string(name)) + _number(2, self.string(unit))

    def label(self, key: str, text: str) -> bytes:
        return _number(1, self.string(key)) + _number(2, self.string(text))

    def location(self, frame: Frame) -> int:
        for text in (frame.qualname, frame.file):
            self.string(printable(text))
        identity = (printable(frame.qualname), printable(frame.file))
        function = self.functions.setdefault(identity, len(self.functions) + 1)
        return self.locations.setdefault((function, frame.line), len(self.locations) + 1)

    @property
    def encoded_functions(self) -> Iterator[bytes]:
        for (name, file), number in self.functions.items():
            text = self.strings[name]
            yield _number(1, number) + _number(2, text) + _number(3, text) + _number(4, self.strings[file])

    @property
    def encoded_locations(self) -> Iterator[bytes]:
        for (function, line), number in self.locations.items():
            yield _number(1, number) + _message(4, _number(1, function) + _number(2, line))


def _number(tag: int, value: int) -> bytes:
    return _varint(tag << 3) + _varint(value)


def _message(tag: int, content: bytes) -> bytes:
    return _varint(tag << 3 | 2) + _varint(len(content)) + content


def _packed(tag: int, values: Iterable[int]) -> bytes:
    return _message(tag, b"".join(_varint(value) for value in values))


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; a negative number as 64 bits of two's complement."""
    left = value % 2**64
    encoded = bytearray()
    while left > 0x7F:
        encoded.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes([*encoded, left])
