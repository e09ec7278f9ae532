"""A report as a pprof profile: the stacks of the sites, with what they gain and what they keep.

The format is a protocol buffer of a few dozen fields, of which a heap profile needs twenty; numbers
and length-prefixed bytes are all that the encoding has. The `protobuf` package would be a compiled
dependency of every user for the sixty lines below; the tests read what they write with it, and with
`go tool pprof`.
"""

import gzip
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from leakscan.model import Analysis, Comparison, Finding, Frame, SiteGrowth
from leakscan.reports.diff_view import diff_view
from leakscan.reports.findings import finding_title
from leakscan.reports.fitting import printable
from leakscan.reports.view import headline, ranked_findings

PER = 1_000
"""Growth is counted by so many calls: a profile holds whole numbers only, and a leak of one object in
a hundred calls is one that must not be rounded away."""
NANOSECONDS = 1_000_000_000
BASE = "pprof::base"
"""The label by which pprof knows the samples that a difference is taken from."""


def sample_types(analysis: Analysis) -> tuple[tuple[str, str], ...]:
    """Name and unit of the values of a sample, in their order; the first is what pprof shows."""
    per = f"{PER}_{analysis.unit}s"
    return (
        (f"growth_space_per_{per}", "bytes"),
        (f"growth_objects_per_{per}", "count"),
        ("inuse_space", "bytes"),
        ("inuse_objects", "count"),
    )


def pprof_bytes(analysis: Analysis) -> bytes:
    """The profile, compressed; the same analysis gives the same bytes."""
    table = _Table()
    samples = _samples(analysis, table)
    return gzip.compress(_profile(analysis, samples, table, comments=[headline(analysis)]), mtime=0)


def diff_pprof_bytes(comparison: Comparison) -> bytes:
    """What the new run gains over the old one, as `go tool pprof -diff_base OLD NEW` would have it."""
    old, new = comparison.old, comparison.new
    table = _Table()
    samples = [*_samples(new, table), *_samples(old, table, sign=-1, more_labels={BASE: "true"})]
    return gzip.compress(_profile(new, samples, table, comments=[diff_view(comparison).headline]), mtime=0)


def _samples(
    analysis: Analysis, table: "_Table", *, sign: int = 1, more_labels: Mapping[str, str] | None = None
) -> list[bytes]:
    return [
        _sample(finding, site, table, sign, more_labels or {})
        for finding in ranked_findings(analysis)
        for site in finding.sites
    ]


def _profile(analysis: Analysis, samples: list[bytes], table: "_Table", *, comments: list[str]) -> bytes:
    types = [table.value_type(*names) for names in sample_types(analysis)]
    duration = int(analysis.seconds * NANOSECONDS)
    comments = [*comments, f"target: {printable(analysis.target)}"]
    parts = [
        *(_message(1, value_type) for value_type in types),
        *(_message(2, sample) for sample in samples),
        *(_message(4, location) for location in table.encoded_locations),
        *(_message(5, function) for function in table.encoded_functions),
        _number(10, duration),
        *(_number(13, table.string(text)) for text in comments),
        _number(14, table.string(sample_types(analysis)[0][0])),
    ]
    # The strings last: all else adds to them.
    return b"".join([*parts, *(_message(6, text.encode("utf-8", "replace")) for text in table.strings)])


def _sample(
    finding: Finding, site: SiteGrowth, table: "_Table", sign: int, more_labels: Mapping[str, str]
) -> bytes:
    values = (
        round(site.bytes_per_call * PER),
        round(site.objects_per_call * PER),
        site.live_bytes,
        site.live_objects,
    )
    labels = {
        "holder": finding_title(finding),
        "fingerprint": printable(finding.fingerprint),
        "verdict": finding.verdict.value,
        **more_labels,
    }
    places = [table.location(frame) for frame in site.stack or (site.frame,)]
    return b"".join(
        [
            _packed(1, places),
            _packed(2, (sign * value for value in values)),
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
