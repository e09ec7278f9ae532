"""A history of runs, put in order and into words."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leakscan import units
from leakscan.model.history import Course, Level, PastRun, Quantity, TargetHistory
from leakscan.reports.text_fit import printable
from leakscan.reports.views.drifts import (
    change_text,
    drift_sentence,
    growth_heading,
    quantity_text,
    standing_sentence,
    window_text,
)

COMMIT_DIGITS = 10
NO_NUMBER = "-"
NOTABLE_SHARE = 0.2
"""Share of the highest value that fills the height of a sparkline: scatter, which is less, looks small."""
OUTSIDE = "!"
"""After a number that no later run is held against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseView:
    """One quantity: the values of a sparkline, and the words beside it."""

    label: str
    values: tuple[float, ...]
    """Oldest first."""
    min_span: float
    """Differences between values that should look like one from the lowest to the highest."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run of the table."""

    cells: tuple[str, ...]
    """As many as there are headings."""
    remarks: tuple[str, ...]
    is_outside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetHistoryView:
    """The runs of a target that are comparable."""

    title: str
    drifts: tuple[str, ...]
    standing: str
    courses: tuple[CourseView, ...]
    headings: tuple[str, ...]
    rows: tuple[RunRow, ...]
    """The newest first."""
    hidden: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryView:
    """A whole history."""

    headline: str
    word: str
    """The first word of the headline."""
    targets: tuple[TargetHistoryView, ...]
    note: str


def history_view(histories: Sequence[TargetHistory], *, max_rows: int) -> HistoryView:
    """All targets, each with its newest runs, `max_rows` at most."""
    titles = Counter(_title(history) for history in histories)
    drifting = sum(bool(history.drifts) for history in histories)
    word = "WORSE" if drifting else "OK"
    return HistoryView(
        headline=f"{word}: {_sentence(histories, drifting)}",
        word=word,
        targets=tuple(
            _target_view(history, max_rows=max_rows, is_one_of_several=titles[_title(history)] > 1)
            for history in histories
        ),
        note=_note(histories),
    )


def _sentence(histories: Sequence[TargetHistory], drifting: int) -> str:
    runs = units.counted(sum(len(history.runs) for history in histories), "run")
    targets = units.counted(len({history.target for history in histories}), "target")
    if not drifting:
        return f"no target is worse than its history allows ({runs} of {targets})"
    of_all = f"{units.count_text(drifting)} of {units.counted(len(histories), 'history', 'histories')}"
    return f"{of_all} {'ends' if drifting == 1 else 'end'} with a drift ({runs} of {targets})"


def _note(histories: Sequence[TargetHistory]) -> str:
    window = window_text(histories[0].window) if histories else "the window"
    note = f"in percent: against the mean of the runs in {window} before it"
    outside = any(level.is_outside for h in histories for course in h.courses for level in course.levels)
    return f"{note}; {OUTSIDE}: outside the band, and no reference for later runs" if outside else note


def _title(history: TargetHistory) -> str:
    return f"{printable(history.target)} (Python {history.python}, {printable(history.system)})"


def _target_view(history: TargetHistory, *, max_rows: int, is_one_of_several: bool) -> TargetHistoryView:
    digest = f", options {history.conditions[:6]}" if is_one_of_several else ""
    first, last = (run.started_at.date().isoformat() for run in (history.runs[0], history.runs[-1]))
    when = f"on {last}" if first == last else f"from {first} to {last}"
    levels = {(level.run.id, c.quantity): level for c in history.courses for level in c.levels}
    hidden = len(history.runs) - max_rows
    return TargetHistoryView(
        title=f"{_title(history)}{digest}: {units.counted(len(history.runs), 'run')} {when}",
        drifts=tuple(drift_sentence(drift) for drift in history.drifts),
        standing=standing_sentence(history),
        courses=tuple(_course_view(course, history) for course in history.courses),
        headings=("date", "commit", "verdict", growth_heading(history.unit), "", "peak", "", "time/call", ""),
        rows=tuple(_row(run, levels) for run in list(reversed(history.runs))[:max_rows]),
        hidden=f"and {units.counted(hidden, 'earlier run')}" if hidden > 0 else None,
    )


def _course_view(course: Course, history: TargetHistory) -> CourseView:
    last = course.last
    per = f" per {history.unit}" if course.quantity is Quantity.GROWTH else ""
    text = f"{quantity_text(course.quantity, last.value)}{per}"
    if last.reference is not None:
        text += f", mean before {quantity_text(course.quantity, last.reference)}"
        change = change_text(last.value, last.reference)
        text += f" ({change})" if change else ""
    if last.run is not history.runs[-1]:
        text += f", on {last.run.started_at.date().isoformat()}"
    values = tuple(level.value for level in course.levels)
    return CourseView(
        label=course.quantity.value, values=values, min_span=NOTABLE_SHARE * max(values), text=text
    )


def _row(run: PastRun, levels: dict[tuple[int | None, Quantity], Level]) -> RunRow:
    own = [levels.get((run.id, quantity)) for quantity in Quantity]
    numbers = [
        text for quantity, level in zip(Quantity, own, strict=True) for text in _cells(quantity, level)
    ]
    verdict = "FAILED" if run.is_failed else run.verdict.value
    return RunRow(
        cells=(run.started_at.strftime("%Y-%m-%d %H:%M"), commit_text(run), verdict, *numbers),
        remarks=tuple(_remarks(run)),
        is_outside=any(level is not None and level.is_outside for level in own),
    )


def _cells(quantity: Quantity, level: Level | None) -> tuple[str, str]:
    """The number, and how it differs from its reference."""
    if level is None:
        return NO_NUMBER, ""
    change = "" if level.reference is None else change_text(level.value, level.reference)
    return quantity_text(quantity, level.value), f"{change}{OUTSIDE}" if level.is_outside else change


def _remarks(run: PastRun) -> Iterator[str]:
    for quantity, reason in sorted(run.accepted.items()):
        yield f"{quantity} accepted from here on: {printable(reason)}"


def commit_text(run: PastRun) -> str:
    """The first digits of the commit, with a plus where files were changed since."""
    if run.commit is None:
        return NO_NUMBER
    return printable(run.commit.id[:COMMIT_DIGITS]) + ("+" if run.commit.is_dirty else "")
