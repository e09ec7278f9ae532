"""The numbers of one finding, each with its label: what the sentences say, ready for a table."""

from collections.abc import Iterator
from dataclasses import dataclass

from leakscan import units
from leakscan.model.analysis import Finding, Holder, Pace
from leakscan.model.run import Unit, Verdict
from leakscan.reports.views.forecast import forecast, pace_text

FORECAST_PACES = (1, 10, 100, 1_000)
"""Calls per second for which a report says how long a gibibyte lasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number with its unit, and what it measures."""

    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastRow:
    """How long a gibibyte lasts at a pace."""

    pace: str
    """`at 10 calls/s`, or `as it runs`."""
    time: str


def measures(finding: Finding, unit: Unit) -> Iterator[Measure]:
    """How fast it grows, and how much there is."""
    verb = "fills by" if finding.verdict is Verdict.FILLING else "grows by"
    yield Measure(label=verb, text=f"{units.bytes_text(finding.bytes_per_call)} per {unit}")
    if finding.objects_per_call:
        objects = units.signed(units.rate_text(finding.objects_per_call))
        yield Measure(label="objects", text=f"{objects} per {unit}")
    if finding.holder is not None:
        yield from _of_holder(finding.holder, unit)


def forecasts(finding: Finding, unit: Unit, pace: Pace) -> Iterator[ForecastRow]:
    """How long a gibibyte lasts, at several paces if the user gave none; nothing for what stops growing."""
    paces = [pace.calls_per_second] if pace.is_given or unit is Unit.SECOND else FORECAST_PACES
    for calls_per_second in paces:
        at_pace = forecast(finding, unit, Pace(calls_per_second=calls_per_second))
        if at_pace is not None:
            shown = "as it runs" if unit is Unit.SECOND else f"at {pace_text(calls_per_second)}"
            yield ForecastRow(pace=shown, time=units.duration_text(at_pace.seconds_to_gib))


def _of_holder(holder: Holder, unit: Unit) -> Iterator[Measure]:
    if holder.entries is not None:
        yield Measure(label="entries", text=units.count_text(holder.entries))
    if holder.bound is not None:
        yield Measure(label="bound", text=units.count_text(holder.bound))
    if holder.added_per_call is not None:
        yield Measure(label="added", text=f"{units.rate_text(holder.added_per_call)} per {unit}")
    if holder.removed_per_call is not None:
        removed = holder.removed_per_call
        yield Measure(label="removed", text=f"{units.rate_text(removed)} per {unit}" if removed else "none")
    if holder.bytes_per_entry is not None:
        yield Measure(label="each entry", text=units.bytes_text(holder.bytes_per_entry))
    if holder.capacity_bytes is not None:
        yield Measure(label="its own table", text=units.bytes_text(holder.capacity_bytes))
