"""A comparison, put in order and into words; every report on it only shows this."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from leakscan import units
from leakscan.model.analysis import Analysis
from leakscan.model.check import Change, Comparison, FindingChange
from leakscan.model.run import Unit, Verdict
from leakscan.reports.text_fit import printable
from leakscan.reports.views.facts import Fact
from leakscan.reports.views.findings import FindingView, finding_text, finding_view, illustrated
from leakscan.reports.views.max_rows import EVERYTHING, MaxRows
from leakscan.reports.views.report import headline
from leakscan.reports.views.source import SourceReader, no_source


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """One finding, and what became of it."""

    subject: FindingChange
    change: Change
    fails: bool
    is_news: bool
    """Whether it is new or worse: what a comparison is read for."""
    difference: str
    """`+400 B per call, was 1.5 kB (+27 %)`."""
    bytes: str
    """`+400 B`."""
    bytes_per_call_change: float
    """To sort by."""
    finding: FindingView

    @property
    def full_text(self) -> str:
        """All its sentences, a line each."""
        return f"{self.change}: {finding_text(self.finding)}\nchange: {self.difference}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffView:
    """A whole comparison, in the order in which it is read."""

    subject: Comparison
    word: str
    """The first word of the headline: `WORSE`, `OK`, or the verdict where there is no answer."""
    headline: str
    rows: tuple[ChangeRow, ...]
    warnings: tuple[str, ...]
    facts: tuple[Fact, ...]
    target: str
    bytes_heading: str
    objects_heading: str


def diff_view(
    comparison: Comparison, max_rows: MaxRows = EVERYTHING, *, read_source: SourceReader = no_source
) -> DiffView:
    """The report on a comparison."""
    word = _word(comparison)
    return DiffView(
        subject=comparison,
        word=word,
        headline=f"{word}: {_sentence(comparison)}",
        rows=tuple(_row(change, comparison, max_rows, read_source) for change in comparison.changes),
        warnings=tuple(_warnings(comparison)),
        facts=tuple(_facts(comparison)),
        target=printable(comparison.new.target),
        bytes_heading=f"bytes/{comparison.new.unit}",
        objects_heading=f"objects/{comparison.new.unit}",
    )


def _facts(comparison: Comparison) -> Iterator[Fact]:
    yield Fact(label="old", text=headline(comparison.old))
    yield Fact(label="new", text=headline(comparison.new))
    band = units.share_text(comparison.band)
    yield Fact(label="band", text=f"growth may differ by {band} and be the same")


def _word(comparison: Comparison) -> str:
    match comparison.exit_code:
        case 0:
            return "OK"
        case 1:
            return "WORSE"
        case 3:
            return "FAILED"
    return Verdict.INCONCLUSIVE.value


def _sentence(comparison: Comparison) -> str:
    failing = sum(change.fails for change in comparison.changes)
    has_failed = comparison.new.failure is not None
    if failing:
        is_or_are = "is" if failing == 1 else "are"
        also = ", and the target of the new run failed" if has_failed else ""
        start = f"{units.counted(failing, 'leak')} {is_or_are} new or worse{also}"
    elif has_failed:
        start = "the target of the new run failed"
    elif comparison.new.verdict is Verdict.INCONCLUSIVE:
        start = "the new run has no answer, so what is gone may only be unseen"
    else:
        start = "no leak is new or worse"
    counts = Counter(change.change for change in comparison.changes)
    listed = ", ".join(f"{units.count_text(counts[change])} {change}" for change in Change if counts[change])
    return f"{start} ({listed})" if listed else start


def _row(
    change: FindingChange, comparison: Comparison, max_rows: MaxRows, read_source: SourceReader
) -> ChangeRow:
    finding, run = change.finding, comparison.new if change.new is not None else comparison.old
    view = finding_view(finding, comparison.new, max_rows)
    return ChangeRow(
        subject=change,
        change=change.change,
        fails=change.fails,
        is_news=change.change in (Change.NEW, Change.WORSE),
        difference=_difference(change, comparison),
        bytes=units.signed(units.bytes_text(change.bytes_per_call_change)),
        bytes_per_call_change=change.bytes_per_call_change,
        finding=illustrated(view, run, read_source),
    )


def _difference(change: FindingChange, comparison: Comparison) -> str:
    """What came or went, and what it was before."""
    unit = comparison.new.unit
    if change.old is None or change.new is None:
        text = f"{units.signed(units.bytes_text(change.bytes_per_call_change))} per {unit}"
        other = "old" if change.old is None else "new"
        return f"{text}; in the {other} run it is a part of another finding" if change.is_elsewhere else text
    text = rate_change_text(change.old.bytes_per_call, change.new.bytes_per_call, unit)
    if change.old.verdict is not change.new.verdict:
        text += f", was {change.old.verdict}"
    if change.new_holders:
        hold = "holds" if len(change.new_holders) == 1 else "hold"
        text += f"; {printable(', '.join(change.new_holders))} {hold} it only now"
    return text


def rate_change_text(was: float, now: float, unit: Unit) -> str:
    """`+400 B per call, was 1.5 kB (+27 %)`, of rates in bytes."""
    signed = units.signed(units.bytes_text(now - was))
    share = ""
    if was > 0:
        share = f" ({units.signed(f'{(now - was) / was * 100:.0f} %').replace('-0 %', '0 %')})"
    return f"{signed} per {unit}, was {units.bytes_text(was)}{share}"


def _warnings(comparison: Comparison) -> Iterator[str]:
    old, new = comparison.old, comparison.new
    if old.target != new.target:
        yield f"the runs are of two targets: {printable(old.target)}, then {printable(new.target)}"
    if old.python != new.python:
        yield f"the runs are of two Pythons: {printable(old.python)}, then {printable(new.python)}"
    yield from _no_answer("old", old, "what is new may have been there unseen")
    if new.failure is None:
        yield from _no_answer("new", new, "what is gone may still be there unseen")
    for name, analysis in (("old", old), ("new", new)):
        yield from (f"{name} run: {printable(warning)}" for warning in analysis.warnings)


def _no_answer(name: str, analysis: Analysis, consequence: str) -> Iterator[str]:
    if analysis.failure is not None or analysis.exit_code == 4:
        how = "failed" if analysis.failure is not None else "is inconclusive"
        yield f"the {name} run {how}: {consequence}"
