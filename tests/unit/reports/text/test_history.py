"""A history in words, on a console and as JSON."""

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from leakscan.comparison.drift import histories
from leakscan.comparison.drift_settings import DriftSettings
from leakscan.model.history import Commit, PastRun, Quantity, Window
from leakscan.model.run import Unit, Verdict
from leakscan.reports.formats.history_json import history_json
from leakscan.reports.text.consoles import plain_console
from leakscan.reports.text.history import draw_history, draw_standing
from leakscan.reports.views.drifts import change_text, drift_sentence, standing_sentence, window_text
from leakscan.reports.views.history import history_view
from tests.builders import a_past_run

DEFAULTS = DriftSettings()
CHANGED = Commit(id="9f8e7d6c5b4a39281706f5e4d3c2b1a0", is_dirty=True)


def days(*runs: PastRun) -> list[PastRun]:
    return [
        replace(run, id=day, started_at=run.started_at + timedelta(days=day))
        for day, run in enumerate(runs, start=1)
    ]


def shown(runs: Sequence[PastRun], *, max_rows: int = 10) -> str:
    file = io.StringIO()
    draw_history(history_view(histories(runs, DEFAULTS), max_rows=max_rows), plain_console(file, width=90))
    return file.getvalue()


def sentence(runs: Sequence[PastRun], settings: DriftSettings = DEFAULTS) -> str:
    [history] = histories(runs, settings)
    [drift] = history.drifts
    return drift_sentence(drift)


def test_a_history_reads_as_its_courses_and_its_newest_runs() -> None:
    runs = days(
        *(a_past_run(peak_bytes=peak * 1_000_000) for peak in (50, 50, 51, 50, 50, 50, 50, 50, 50)),
        a_past_run(verdict=Verdict.INCONCLUSIVE, commit=None),
        a_past_run(peak_bytes=63_000_000, commit=CHANGED),
    )

    assert (
        shown(runs, max_rows=3)
        == """\
WORSE: 1 of 1 history ends with a drift (11 runs of 1 target)

app.jobs:handle (Python 3.11, Linux x86_64 glibc): 11 runs from 2026-03-03 to 2026-03-13
DRIFT: peak memory rose by 26 % in one step: 63.0 MB, 50.0 MB on average in 6 runs
  before; at most 60.0 MB would be as usual
  growth       ▁▁▁▁▁▁▁▁▁▁ 0 B per call, mean before 0 B
  peak         ▁▁▂▁▁▁▁▁▁█ 63.0 MB, mean before 50.0 MB (+26 %)
  time         ▁▁▁▁▁▁▁▁▁▁ 4.0 ms, mean before 4.0 ms (0 %)
  judged       held against 6 runs before it in the last 7 days

  date              commit       verdict       growth/call       peak          time/call
  2026-03-13 09:30  9f8e7d6c5b+  CLEAN                 0 B    63.0 MB  +26 %!     4.0 ms  0 %
  2026-03-12 09:30  -            INCONCLUSIVE            -          -                  -
  2026-03-11 09:30  1f3a5c7e9b   CLEAN                 0 B    50.0 MB  -0.3 %     4.0 ms  0 %
  and 8 earlier runs

in percent: against the mean of the runs in the last 7 days before it; !: outside the
  band, and no reference for later runs
"""
    )


def test_growth_from_nothing_has_no_percentage() -> None:
    leaking = a_past_run(verdict=Verdict.LEAKING, growth_bytes_per_call=1_900.0)

    assert sentence(days(*[a_past_run()] * 6, leaking)) == (
        "growth rose in one step: 1.9 kB per call, 0 B per call on average in 6 runs before; "
        "at most 16 B would be as usual"
    )


def test_a_slow_drift_says_since_when() -> None:
    runs = days(*(a_past_run(peak_bytes=int(50e6 * 1.03 ** (day / 7))) for day in range(50)))

    assert sentence(runs) == (
        "peak memory crept up by 20 %: 60.6 MB on average over the last 7 days, 50.4 MB up to 2026-03-07; "
        "at most 60.5 MB would be as usual"
    )


def test_a_history_that_is_accepted_says_why() -> None:
    runs = days(*[a_past_run()] * 6, a_past_run(accepted={Quantity.PEAK: "an index\n"}))

    assert "peak accepted from here on: an index\\n" in shown(runs)


def test_runs_of_one_target_with_other_options_are_told_apart() -> None:
    runs = days(a_past_run(), a_past_run(conditions="ffeeddccbbaa9988"))

    text = shown(runs)

    assert "glibc), options 001122: 1 run on" in text
    assert "glibc), options ffeedd: 1 run on" in text


def test_a_number_that_is_of_an_earlier_run_says_of_which() -> None:
    runs = days(*[a_past_run()] * 6, a_past_run(is_failed=True))

    text = shown(runs)

    assert "peak         ▁▁▁▁▁▁ 50.0 MB, mean before 50.0 MB (0 %), on 2026-03-08" in text
    assert "FAILED" in text


def test_scatter_is_drawn_small_and_a_drift_large() -> None:
    scatter = days(*(a_past_run(peak_bytes=50_000_000 + 100_000 * (day % 2)) for day in range(6)))
    drift = days(*(a_past_run(peak_bytes=50_000_000 + 3_000_000 * day) for day in range(6)))

    assert "peak         ▁▁▁▁▁▁ " in shown(scatter)
    assert "peak         ▁▂▄▅▇█ " in shown(drift)


def test_a_last_run_without_an_answer_is_said_to_be_none() -> None:
    [history] = histories(days(a_past_run(), a_past_run(is_failed=True)), DEFAULTS)
    file = io.StringIO()

    draw_standing(history, plain_console(file, width=90))

    assert file.getvalue() == "history      the run has no answer that could be held against others\n"
    assert standing_sentence(history) in file.getvalue()


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Window(days=7.0), "the last 7 days"),
        (Window(days=1.0), "the last day"),
        (Window(days=0.5), "the last 12 hours"),
        (Window(days=30.0), "the last 30 days"),
        (Window(runs=20), "the last 20 runs"),
    ],
)
def test_a_window_reads_as_it_was_asked_for(window: Window, expected: str) -> None:
    assert window_text(window) == expected


@pytest.mark.parametrize(
    ("now", "then", "expected"),
    [
        (62, 50, "+24 %"),
        (51, 50, "+2 %"),
        (50.6, 50, "+1.2 %"),
        (40, 50, "-20 %"),
        (50, 50, "0 %"),
        (5, 0, ""),
    ],
)
def test_a_change_is_a_percentage(now: float, then: float, expected: str) -> None:
    assert change_text(now, then) == expected


def test_json_has_every_run_and_what_was_not_known_is_null() -> None:
    runs = days(a_past_run(commit=None, seconds_per_call=None, unit=Unit.SECOND))

    report = json.loads(history_json(histories(runs, DEFAULTS)))

    assert report["schema_version"] == 1
    [history] = report["histories"]
    assert (history["unit"], history["window_days"], history["window_runs"]) == ("second", 7.0, None)
    [run] = history["runs"]
    assert (run["commit"], run["seconds_per_call"], run["peak_bytes"]) == (None, None, 50_000_000)
    assert set(run["held_against"]) == {"growth", "peak"}
