"""The numbers of one finding, each with its label: what the sentences say, ready for a table."""

from collections.abc import Iterator
from dataclasses import dataclass

from leakscan import units
from leakscan.model import Finding, Holder, Unit, Verdict

FORECAST_PACES = (1, 10, 100, 1_000)
"""Calls per second for which a report says how long a gibibyte lasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number with its unit, and what it measures."""

    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """How long a gibibyte lasts at a pace."""

    pace: str
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


def forecasts(finding: Finding, unit: Unit) -> Iterator[Forecast]:
    """How long a gibibyte lasts at several paces; none for what does not grow for ever."""
    if finding.verdict is not Verdict.LEAKING or finding.bytes_per_call <= 0:
        return
    if unit is Unit.SECOND:
        seconds = units.seconds_to_gib(finding.bytes_per_call)
        yield Forecast(pace="as it runs", time=units.duration_text(seconds))
        return
    for calls_per_second in FORECAST_PACES:
        seconds = units.seconds_to_gib(finding.bytes_per_call * calls_per_second)
        pace = units.counted(calls_per_second, "call") + "/s"
        yield Forecast(pace=pace, time=units.duration_text(seconds))


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
    if holder.capacity_bytes is not None:
        yield Measure(label="its own table", text=units.bytes_text(holder.capacity_bytes))
