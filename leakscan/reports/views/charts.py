"""Growth as the points of a chart: the samples, the line that they lie on, and the words for each."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from leakscan import units
from leakscan.model.analysis import Analysis, Finding, ProcessSample
from leakscan.model.run import Kind, RunStage, Unit, Verdict

MAX_POINTS = 120
"""More can't be told apart on a screen, and a report of a thousand findings has as many charts."""
NEAR_BOUND = 4.0
"""A bound further off than this many times the last value would press the growth flat."""
STEADY_SHARE = 0.75
"""Part of the points, the newest, that the trend line is fitted to: the first may still settle."""

Points = Sequence[tuple[float, float]]
Samples = Sequence[ProcessSample]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessMeasure:
    """One number of the whole process."""

    title: str
    unit: str
    values: Callable[[Samples], Sequence[int]]


BLOCKS = ProcessMeasure(
    title="memory blocks in use, whole process",
    unit="blocks",
    values=lambda samples: [s.blocks for s in samples],
)
HEAP = ProcessMeasure(
    title="native heap in use, whole process",
    unit="bytes",
    values=lambda samples: [s.heap_bytes for s in samples],
)
RESIDENT = ProcessMeasure(
    title="resident memory, whole process",
    unit="bytes",
    values=lambda samples: [s.rss_bytes for s in samples],
)
GARBAGE = ProcessMeasure(
    # The collection that each round ends with hides it from the blocks in use.
    title="garbage that only a collection freed, so far",
    unit="blocks",
    values=lambda samples: list(accumulate(s.garbage_blocks for s in samples)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartPoint:
    """One sample."""

    x: float
    y: float
    text: str
    """`after 2,552 calls: 25,520 entries`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartLine:
    """A straight line to compare the points with."""

    label: str
    start: tuple[float, float]
    end: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartView:
    """A series over the calls (or the seconds) of a run, from its first call on."""

    title: str
    text: str
    """What it shows, in words."""
    x_unit: str
    """`calls` or `seconds`."""
    y_unit: str
    """`entries`, `blocks` or `bytes`."""
    points: tuple[ChartPoint, ...]
    warm_up_end: float | None
    """Where the warm-up ends; None where nothing is known of it."""
    trend: ChartLine | None
    bound: ChartLine | None


def finding_chart(finding: Finding, analysis: Analysis) -> ChartView | None:
    """How the holder of a finding grew, or what of the process shows the growth if it has no holder.

    None where nothing does.
    """
    points = [(x, float(y)) for x, y in finding.series]
    if not _has_extent(points):
        measure = _measure_of(finding, analysis)
        return None if measure is None else _process_chart(measure, analysis)
    chart = _chart(_title(finding), finding.series_unit, points, analysis)
    return _with_bound(chart, finding)


def _title(finding: Finding) -> str:
    if finding.holder is None:
        return "native memory, whole process"
    return f"{finding.series_unit} of the holder"


def process_charts(analysis: Analysis) -> Iterator[ChartView]:
    """What the whole process had in use, warm-up included."""
    for measure in (BLOCKS, HEAP):
        chart = _process_chart(measure, analysis)
        if chart is not None:
            yield _as_level(chart) if _is_level(measure, analysis) else chart


def _is_level(measure: ProcessMeasure, analysis: Analysis) -> bool:
    """Whether the run found it not to grow: a line through the samples is never quite level."""
    return analysis.verdict is Verdict.CLEAN or (measure is BLOCKS and analysis.growth.blocks_per_call <= 0)


def _measure_of(finding: Finding, analysis: Analysis) -> ProcessMeasure | None:
    """The number of the process that grows with a finding of this kind."""
    match finding.kind:
        case Kind.CYCLIC_GARBAGE:
            return GARBAGE
        case Kind.NATIVE:
            return HEAP
        case Kind.FRAGMENTATION:
            return RESIDENT
    return BLOCKS if len(analysis.findings) == 1 else None


def _process_chart(measure: ProcessMeasure, analysis: Analysis) -> ChartView | None:
    samples = () if analysis.run is None else analysis.run.samples
    values = measure.values(samples)
    points = [
        (_position(sample, analysis.unit), float(value))
        for sample, value in zip(samples, values, strict=True)
    ]
    if not _has_extent(points) or not any(values):
        return None
    return _chart(measure.title, measure.unit, points, analysis)


def _chart(title: str, y_unit: str, points: Points, analysis: Analysis) -> ChartView:
    x_unit = "seconds" if analysis.unit is Unit.SECOND else "calls"
    warm_up_end = _warm_up_end(analysis)
    (first_x, first_y), (last_x, last_y) = points[0], points[-1]
    return ChartView(
        title=title,
        text=(
            f"{_amount(first_y, y_unit)} to {_amount(last_y, y_unit)} "
            f"over {_amount(last_x - first_x, x_unit)}"
        ),
        x_unit=x_unit,
        y_unit=y_unit,
        points=tuple(
            ChartPoint(x=x, y=y, text=f"after {_amount(x, x_unit)}: {_amount(y, y_unit)}")
            for x, y in _thinned(points)
        ),
        warm_up_end=warm_up_end,
        trend=_trend([(x, y) for x, y in points if warm_up_end is None or x >= warm_up_end]),
        bound=None,
    )


def _as_level(chart: ChartView) -> ChartView:
    """The chart of what was judged not to grow, whatever a line through its noise rises by."""
    return chart if chart.trend is None else replace(chart, trend=replace(chart.trend, label="level"))


def _trend(points: Points) -> ChartLine | None:
    """The line through the floor of the newer points: what comes after a sample is what counts."""
    if not _has_extent(points):
        return None
    steady = list(points[-max(2, round(len(points) * STEADY_SHARE)) :])
    lowest = steady[-1][1]
    for place in range(len(steady) - 1, -1, -1):
        lowest = min(lowest, steady[place][1])
        steady[place] = (steady[place][0], lowest)
    if not _has_extent(steady):
        return None
    slope, intercept = _fitted(steady)
    first, last = steady[0][0], steady[-1][0]
    return ChartLine(
        label="trend" if slope > 0 else "level",
        start=(first, slope * first + intercept),
        end=(last, slope * last + intercept),
    )


def _fitted(points: Points) -> tuple[float, float]:
    """Slope and intercept of the least squares."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    return slope, mean_y - slope * mean_x


def _with_bound(chart: ChartView, finding: Finding) -> ChartView:
    """The chart with the bound of the holder, shown if it is within reach and else only mentioned."""
    holder = finding.holder
    if holder is None or holder.bound is None or chart.y_unit != "entries":
        return chart
    bound = float(holder.bound)
    label = f"bound, {_amount(bound, chart.y_unit)}"
    if bound > NEAR_BOUND * max(point.y for point in chart.points):
        return replace(chart, text=f"{chart.text}; the {label}, lies far above")
    return replace(chart, bound=ChartLine(label=label, start=(0.0, bound), end=(chart.points[-1].x, bound)))


def _warm_up_end(analysis: Analysis) -> float | None:
    samples = () if analysis.run is None else analysis.run.samples
    ends = (_position(sample, analysis.unit) for sample in samples if sample.stage is RunStage.WARM_UP)
    return max(ends, default=None)


def _position(sample: ProcessSample, unit: Unit) -> float:
    return sample.seconds if unit is Unit.SECOND else float(sample.calls)


def _has_extent(points: Points) -> bool:
    return len(points) > 1 and points[-1][0] > points[0][0]


def _thinned(points: Points) -> Points:
    if len(points) <= MAX_POINTS:
        return points
    step = (len(points) - 1) / (MAX_POINTS - 1)
    return [points[round(index * step)] for index in range(MAX_POINTS)]


def _amount(number: float, unit: str) -> str:
    match unit:
        case "bytes":
            return units.bytes_text(number)
        case "seconds":
            return units.seconds_text(number)
        case "entries":
            return units.counted(round(number), "entry", "entries")
    return units.counted(round(number), unit.removesuffix("s"))
