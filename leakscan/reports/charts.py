"""Growth as points to draw: the samples, the line that they lie on, and the words for each."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from leakscan import units
from leakscan.model import Analysis, Finding, ProcessSample, RunFacts, Stage, Unit, Verdict

MOST_POINTS = 120
"""More can't be told apart on a screen, and a report of a thousand findings has as many charts."""
NEAR_BOUND = 4.0
"""A bound further off than this many times the last value would press the growth flat."""
STEADY_SHARE = 0.5
"""Part of the points, the newest, that the trend is drawn through."""

Points = Sequence[tuple[float, float]]


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
    """What it shows, for those who can't see it."""
    x_unit: str
    """`calls` or `seconds`."""
    y_unit: str
    """`entries`, `blocks` or `bytes`."""
    points: tuple[ChartPoint, ...]
    warm_up_end: float | None
    """Where the warm-up ends; None where nothing is known of it."""
    trend: ChartLine | None
    bound: ChartLine | None


def finding_chart(finding: Finding, unit: Unit, run: RunFacts | None) -> ChartView | None:
    """How the holder of a finding grew; None if it was not looked at twice."""
    # By the second, the looks are placed by the millisecond.
    scale = 1_000.0 if unit is Unit.SECOND else 1.0
    points = [(x / scale, float(y)) for x, y in finding.series]
    if not _is_drawable(points):
        return None
    return _chart(
        f"{finding.series_unit} of the holder",
        points,
        x_unit=_x_unit(unit),
        y_unit=finding.series_unit,
        warm_up_end=_warm_up_end(run, unit),
        bound=_bound(finding, points),
    )


def process_charts(analysis: Analysis) -> Iterator[ChartView]:
    """What the whole process had in use, warm-up included."""
    run = analysis.run
    if run is None:
        return
    measures: tuple[tuple[str, str, Callable[[ProcessSample], int]], ...] = (
        ("memory blocks in use", "blocks", lambda sample: sample.blocks),
        ("native heap in use", "bytes", lambda sample: sample.heap_bytes),
    )
    for title, y_unit, measure in measures:
        points = [(_position(sample, analysis.unit), float(measure(sample))) for sample in run.samples]
        if _is_drawable(points) and any(y for _, y in points):
            yield _chart(
                title,
                points,
                x_unit=_x_unit(analysis.unit),
                y_unit=y_unit,
                warm_up_end=_warm_up_end(run, analysis.unit),
                bound=None,
            )


def _chart(
    title: str,
    points: Points,
    *,
    x_unit: str,
    y_unit: str,
    warm_up_end: float | None,
    bound: ChartLine | None,
) -> ChartView:
    (first_x, first_y), (last_x, last_y) = points[0], points[-1]
    over = f"{_amount(last_x - first_x, x_unit)}"
    return ChartView(
        title=title,
        text=f"{title}: {_amount(first_y, y_unit)} to {_amount(last_y, y_unit)} over {over}",
        x_unit=x_unit,
        y_unit=y_unit,
        points=tuple(
            ChartPoint(x=x, y=y, text=f"after {_amount(x, x_unit)}: {_amount(y, y_unit)}")
            for x, y in _thinned(points)
        ),
        warm_up_end=warm_up_end,
        trend=_trend([(x, y) for x, y in points if warm_up_end is None or x >= warm_up_end]),
        bound=bound,
    )


def _trend(points: Points) -> ChartLine | None:
    """The line through the floor of the newer points: what comes after a sample is what counts."""
    if not _is_drawable(points):
        return None
    steady = list(points[-max(2, round(len(points) * STEADY_SHARE)) :])
    lowest = steady[-1][1]
    for place in range(len(steady) - 1, -1, -1):
        lowest = min(lowest, steady[place][1])
        steady[place] = (steady[place][0], lowest)
    if not _is_drawable(steady):
        return None
    slope, intercept = _fitted(steady)
    first, last = points[0][0], points[-1][0]
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


def _bound(finding: Finding, points: Points) -> ChartLine | None:
    holder = finding.holder
    if holder is None or holder.bound is None or finding.series_unit != "entries":
        return None
    if finding.verdict is Verdict.FILLING and holder.bound > NEAR_BOUND * max(y for _, y in points):
        return None
    bound = float(holder.bound)
    label = f"bound, {_amount(bound, 'entries')}"
    return ChartLine(label=label, start=(0.0, bound), end=(points[-1][0], bound))


def _warm_up_end(run: RunFacts | None, unit: Unit) -> float | None:
    samples = () if run is None else run.samples
    return max((_position(s, unit) for s in samples if s.stage is Stage.WARM_UP), default=None)


def _position(sample: ProcessSample, unit: Unit) -> float:
    return sample.seconds if unit is Unit.SECOND else float(sample.calls)


def _x_unit(unit: Unit) -> str:
    return "seconds" if unit is Unit.SECOND else "calls"


def _is_drawable(points: Points) -> bool:
    return len(points) > 1 and points[-1][0] > points[0][0]


def _thinned(points: Points) -> Points:
    if len(points) <= MOST_POINTS:
        return points
    step = (len(points) - 1) / (MOST_POINTS - 1)
    return [points[round(index * step)] for index in range(MOST_POINTS)]


def _amount(number: float, unit: str) -> str:
    match unit:
        case "bytes":
            return units.bytes_text(number)
        case "seconds":
            return units.seconds_text(number)
        case "entries":
            return units.counted(round(number), "entry", "entries")
    return units.counted(round(number), unit.removesuffix("s"))
