"""What a leak comes to in production: per day, per month, and when the memory is full."""

from dataclasses import dataclass

from leakscan import units
from leakscan.model.analysis import Finding, Pace
from leakscan.model.run import Unit, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A growth, carried on."""

    calls_per_second: float | None
    """None where a target that never returns grows by the second."""
    bytes_per_second: float
    memory_bytes: int | None

    @property
    def bytes_per_day(self) -> float:
        """Gained in a day."""
        return self.bytes_per_second * units.DAY_SECONDS

    @property
    def bytes_per_30_days(self) -> float:
        """Gained in thirty days."""
        return 30 * self.bytes_per_day

    @property
    def seconds_to_gib(self) -> float:
        """Until a gibibyte is gained."""
        return units.seconds_to_fill(units.GIB, self.bytes_per_second)

    @property
    def seconds_to_memory(self) -> float | None:
        """Until as much is gained as there is memory in all; None where that is not known."""
        if self.memory_bytes is None:
            return None
        return units.seconds_to_fill(self.memory_bytes, self.bytes_per_second)


def forecast(finding: Finding, unit: Unit, pace: Pace) -> Forecast | None:
    """What the finding comes to at the pace; None for what does not grow for ever."""
    if finding.verdict is not Verdict.LEAKING or finding.bytes_per_call <= 0:
        return None
    calls = None if unit is Unit.SECOND else pace.calls_per_second
    return Forecast(
        calls_per_second=calls,
        bytes_per_second=finding.bytes_per_call * (1.0 if calls is None else calls),
        memory_bytes=pace.memory_bytes,
    )


def forecast_text(forecast: Forecast, pace: Pace) -> str:
    """`at an assumed 1,000 calls/s (see --rate): 1 GiB in 9 minutes`, more with a rate given."""
    gib = f"1 GiB in {units.duration_text(forecast.seconds_to_gib)}"
    calls = None if forecast.calls_per_second is None else pace_text(forecast.calls_per_second)
    if not pace.is_given:
        return gib if calls is None else f"at an assumed {calls} (see --rate): {gib}"
    at = "" if calls is None else f"at {calls}: "
    day, month = forecast.bytes_per_day, forecast.bytes_per_30_days
    parts = [
        f"{units.bytes_text(day)} ({units.binary_text(day)}) per day",
        f"{units.bytes_text(month)} ({units.binary_text(month)}) in 30 days",
        gib,
    ]
    if forecast.seconds_to_memory is not None and forecast.memory_bytes is not None:
        memory = units.binary_text(forecast.memory_bytes)
        parts.append(f"all {memory} of memory in {units.duration_text(forecast.seconds_to_memory)}")
    return at + ", ".join(parts)


def pace_text(calls_per_second: float) -> str:
    """`1,000 calls/s`, or per hour or day where that is the number that says something."""
    spans = ((1, "s"), (3_600, "hour"), (units.DAY_SECONDS, "day"))
    seconds, per = next((span for span in spans if calls_per_second * span[0] >= 1), spans[-1])
    number = calls_per_second * seconds
    return f"{units.rate_text(number).removesuffix('.0')} call{'' if number == 1 else 's'}/{per}"
