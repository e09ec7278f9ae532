"""Growth as points, and the line beside them."""

from dataclasses import replace
from typing import Any

import pytest

from leakscan.model.analysis import Growth, ProcessSample, RunFacts
from leakscan.model.run import Kind, RunOptions, RunStage, Unit
from leakscan.reports.views.charts import MAX_POINTS, ChartView, finding_chart, process_charts
from tests.builders import a_filling_finding, a_finding, a_finding_without_holder, a_holder, an_analysis


def a_run(*samples: tuple[RunStage, int, int], **changes: Any) -> RunFacts:
    """A run whose process had so many blocks in use after so many calls."""
    facts: dict[str, Any] = {
        "options": RunOptions(target="app.jobs:handle"),
        "threshold_bytes_per_call": 0.0,
        "platform": "Linux",
        "started_at": "2026-01-01T00:00:00+00:00",
        "samples": tuple(
            ProcessSample(
                stage=stage,
                calls=calls,
                seconds=calls / 100,
                blocks=blocks,
                garbage_blocks=3,
                heap_bytes=0,
                rss_bytes=0,
                call_seconds=0.01,
            )
            for stage, calls, blocks in samples
        ),
    }
    return RunFacts(**(facts | changes))


def _chart(chart: ChartView | None) -> ChartView:
    assert chart is not None
    return chart


def test_a_point_says_its_calls_and_its_value() -> None:
    finding = a_finding(series=((0, 2_340), (500, 7_340), (1_000, 12_340)))

    chart = _chart(finding_chart(finding, an_analysis(finding)))

    assert chart.points[1].text == "after 500 calls: 7,340 entries"
    assert chart.text == "2,340 entries to 12,340 entries over 1,000 calls"


def test_the_trend_of_a_line_is_that_line() -> None:
    chart = _chart(
        finding_chart(a_finding(series=((0, 0), (100, 50), (200, 100), (400, 200))), an_analysis())
    )

    assert chart.trend is not None
    assert chart.trend.label == "trend"
    assert chart.trend.start == pytest.approx((100, 50))
    assert chart.trend.end == pytest.approx((400, 200))


def test_a_saw_tooth_has_its_floor_as_its_level() -> None:
    teeth = tuple((calls, 10 + calls % 50) for calls in range(0, 401, 10))

    chart = _chart(finding_chart(a_finding(series=teeth), an_analysis()))

    assert chart.trend is not None
    assert chart.trend.label == "level"
    assert chart.trend.end == pytest.approx((400, 10))


def test_the_warm_up_is_no_part_of_the_trend() -> None:
    run = a_run(
        (RunStage.WARM_UP, 1, 100),
        (RunStage.WARM_UP, 50, 9_000),
        (RunStage.SCREEN, 100, 500),
        (RunStage.SCREEN, 200, 500),
    )

    blocks, *others = process_charts(an_analysis(run=run))

    assert blocks.warm_up_end == 50
    assert blocks.trend is not None
    assert (blocks.trend.label, blocks.trend.end) == ("level", (200, 500))
    assert others == [], "a platform that can't tell its heap has no chart of it"


def test_a_bound_within_reach_is_drawn_and_one_far_off_is_not() -> None:
    near = a_filling_finding(series=((0, 0), (100, 3_210)))
    far = a_filling_finding(series=((0, 0), (100, 3_210)), holder=a_holder(bound=1_000_000))

    bound = _chart(finding_chart(near, an_analysis(near))).bound

    assert bound is not None
    assert bound.label == "bound, 5,000 entries"
    above = _chart(finding_chart(far, an_analysis(far)))
    assert above.bound is None
    assert above.text.endswith("over 100 calls; the bound, 1,000,000 entries, lies far above")


def test_a_call_that_never_returns_is_drawn_over_the_seconds() -> None:
    finding = a_finding(series=((1.0, 10), (3.5, 60)))

    chart = _chart(finding_chart(finding, an_analysis(unit=Unit.SECOND)))

    assert [point.text for point in chart.points] == ["after 1.0 s: 10 entries", "after 3.5 s: 60 entries"]


def test_a_long_series_is_thinned_and_keeps_its_ends() -> None:
    finding = a_finding(series=tuple((calls, calls) for calls in range(5_000)))

    points = _chart(finding_chart(finding, an_analysis(finding))).points

    assert (len(points), points[0].x, points[-1].x) == (MAX_POINTS, 0, 4_999)


@pytest.mark.parametrize("series", [(), ((5, 10),), ((5, 10), (5, 20))])
def test_a_series_without_two_moments_has_no_chart(series: tuple[tuple[int, int], ...]) -> None:
    assert finding_chart(a_finding(series=series), an_analysis()) is None


def test_garbage_is_added_up_where_each_round_collects_it() -> None:
    run = a_run((RunStage.WARM_UP, 1, 100), (RunStage.SCREEN, 50, 100), (RunStage.SCREEN, 100, 100))
    finding = a_finding_without_holder(Kind.CYCLIC_GARBAGE)

    garbage = _chart(finding_chart(finding, an_analysis(finding, run=run)))

    assert garbage.title == "garbage that only a collection freed, so far"
    assert [point.y for point in garbage.points] == [3, 6, 9]


def test_a_lone_finding_whose_holder_was_not_looked_at_shows_the_process() -> None:
    run = a_run((RunStage.SCREEN, 50, 100), (RunStage.SCREEN, 100, 200))
    finding, other = a_finding(series=()), a_finding(series=())

    lone = _chart(finding_chart(finding, an_analysis(finding, run=run)))

    assert lone.title == "memory blocks in use, whole process"
    assert finding_chart(finding, an_analysis(finding, other, run=run)) is None


def test_native_growth_is_drawn_by_its_own_series() -> None:
    finding = replace(a_finding(), holder=None, kind=Kind.NATIVE, series_unit="bytes")

    chart = _chart(finding_chart(finding, an_analysis(finding)))

    assert chart.title == "native memory, whole process"
    assert chart.text == "2.3 kB to 12.3 kB over 1,000 calls"


def test_blocks_that_do_not_grow_beside_a_leak_have_a_level() -> None:
    run = a_run((RunStage.SCREEN, 1, 10_000), (RunStage.SCREEN, 50, 10_000), (RunStage.SCREEN, 100, 10_001))
    growth = Growth(bytes_per_call=4_096.0, blocks_per_call=0.0, rss_bytes_per_call=4_096.0)
    native = a_finding_without_holder(Kind.NATIVE)

    (blocks,) = process_charts(an_analysis(native, run=run, growth=growth))

    assert blocks.trend is not None
    assert blocks.trend.label == "level"


def test_what_was_judged_flat_has_a_level_and_no_trend() -> None:
    run = a_run((RunStage.SCREEN, 1, 100), (RunStage.SCREEN, 50, 100), (RunStage.SCREEN, 100, 101))

    (blocks,) = process_charts(an_analysis(run=run))

    assert blocks.trend is not None
    assert blocks.trend.label == "level"
