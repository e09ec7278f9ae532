"""Which lines and holders weigh most, put in order and into words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from leakscan import units
from leakscan.model.analysis import Analysis, Finding, Frame
from leakscan.reports.text_fit import printable
from leakscan.reports.views.facts import Place, place_of
from leakscan.reports.views.report import headline, ranked_findings
from leakscan.reports.views.wording import finding_title, holder_text, holders_text, place_text

IN_USE = "in use: what was allocated while it was traced and is still there"


class By(StrEnum):
    """What the rows are ordered by."""

    GROWTH = "growth"
    BYTES = "bytes"
    COUNT = "count"
    HOLDER = "holder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What a line or a holder gains with each call, and what of it is still in use."""

    bytes_per_call: float = 0.0
    objects_per_call: float = 0.0
    live_bytes: int = 0
    live_objects: int = 0

    def __add__(self, other: "Weight") -> "Weight":
        """Both together."""
        return Weight(
            bytes_per_call=self.bytes_per_call + other.bytes_per_call,
            objects_per_call=self.objects_per_call + other.objects_per_call,
            live_bytes=self.live_bytes + other.live_bytes,
            live_objects=self.live_objects + other.live_objects,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TopRow:
    """One line, or one holder."""

    numbers: tuple[str, ...]
    """As many as there are headings."""
    name: str | Place
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopView:
    """The table, and the sentences around it."""

    headline: str
    headings: tuple[str, ...]
    name_heading: str
    rows: tuple[TopRow, ...]
    hidden: str | None
    note: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    weight: Weight
    name: str | Place
    remark: str
    rank: str
    """Orders entries of the same weight."""


_ORDERS: dict[By, Callable[[Weight], tuple[float, float]]] = {
    By.GROWTH: lambda weight: (-weight.bytes_per_call, -weight.objects_per_call),
    By.BYTES: lambda weight: (-weight.live_bytes, -weight.bytes_per_call),
    By.COUNT: lambda weight: (-weight.live_objects, -weight.objects_per_call),
    By.HOLDER: lambda weight: (-weight.bytes_per_call, -weight.objects_per_call),
}


def top_view(analysis: Analysis, by: By, *, max_rows: int) -> TopView:
    """The heaviest lines, or the heaviest holders, of all findings."""
    entries = list(_holders(analysis) if by is By.HOLDER else _lines(analysis))
    entries.sort(key=lambda entry: (*_ORDERS[by](entry.weight), entry.rank))
    hidden = len(entries) - max_rows
    return TopView(
        headline=headline(analysis),
        headings=(f"bytes/{analysis.unit}", f"objects/{analysis.unit}", "in use", "objects"),
        name_heading="holder" if by is By.HOLDER else "line",
        rows=tuple(
            TopRow(numbers=numbers_of(entry.weight), name=entry.name, remark=entry.remark)
            for entry in entries[:max_rows]
        ),
        hidden=f"and {units.count_text(hidden)} more" if hidden > 0 else None,
        note=IN_USE if entries else "no line and no holder is known to grow",
        warnings=tuple(printable(warning) for warning in analysis.warnings),
    )


def numbers_of(weight: Weight) -> tuple[str, ...]:
    """The numbers of a row, in the order of the headings."""
    return (
        units.bytes_text(weight.bytes_per_call),
        units.rate_text(weight.objects_per_call),
        units.bytes_text(weight.live_bytes),
        units.count_text(weight.live_objects),
    )


def weights(finding: Finding) -> Iterator[tuple[Frame, Weight]]:
    """The lines of a finding, each with its weight."""
    for site in finding.sites:
        yield (
            site.frame,
            Weight(
                bytes_per_call=site.bytes_per_call,
                objects_per_call=site.objects_per_call,
                live_bytes=site.live_bytes,
                live_objects=site.live_objects,
            ),
        )


def _lines(analysis: Analysis) -> Iterator[_Entry]:
    """Each line once, with all holders of what it allocates."""
    weight_of_line: dict[Frame, Weight] = {}
    of_line: dict[Frame, list[Finding]] = {}
    for finding in ranked_findings(analysis):
        for frame, weight in weights(finding):
            weight_of_line[frame] = weight_of_line.get(frame, Weight()) + weight
            of_line.setdefault(frame, []).append(finding)
    for frame, weight in weight_of_line.items():
        yield _Entry(
            weight=weight,
            name=place_of(frame),
            remark=holders_text(of_line[frame]),
            rank=place_text(frame),
        )


def _holders(analysis: Analysis) -> Iterator[_Entry]:
    """Each finding by its holder; its growth is the finding's own, tables of the holder included."""
    for finding in ranked_findings(analysis):
        traced = sum((weight for _, weight in weights(finding)), Weight())
        weight = replace(
            traced, bytes_per_call=finding.bytes_per_call, objects_per_call=finding.objects_per_call
        )
        holder = finding.holder
        name = finding_title(finding) if holder is None else holder_text(holder, analysis.unit)
        remark = f"{finding.verdict} ({finding.kind})"
        if holder is not None and holder.capacity_bytes is not None:
            remark += f", table {units.bytes_text(holder.capacity_bytes)}"
        yield _Entry(weight=weight, name=name, remark=remark, rank=name)
