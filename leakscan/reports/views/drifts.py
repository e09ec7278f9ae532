"""What is worse in a run than its history allows, as sentences."""

from leakscan import units
from leakscan.model.history import Drift, DriftKind, Quantity, TargetHistory, Window
from leakscan.model.run import Unit


def drift_sentence(drift: Drift) -> str:
    """What got worse, by how much, and what it is held against."""
    quantity = QUANTITY_NAMES[drift.quantity]
    now, then, limit = (quantity_text(drift.quantity, n) for n in (drift.now, drift.reference, drift.limit))
    per = f" per {drift.unit}" if drift.quantity is Quantity.GROWTH else ""
    share = change_text(drift.now, drift.reference)
    by = f" by {share.removeprefix('+')}" if share else ""
    if drift.kind is DriftKind.STEP:
        was = f"{then}{per} on average in {units.counted(drift.samples, 'run')} before"
        return f"{quantity} rose{by} in one step: {now}{per}, {was}; at most {limit} would be as usual"
    since = drift.reference_at.date().isoformat()
    was = f"{then}{per} up to {since}"
    average = f"{now}{per} on average over {window_text(drift.window)}"
    return f"{quantity} crept up{by}: {average}, {was}; at most {limit} would be as usual"


def standing_sentence(history: TargetHistory) -> str:
    """How many runs the last one was held against, or how many are missing."""
    last = history.runs[-1]
    judged = [course.last for course in history.courses if course.last.run is last]
    window = window_text(history.window)
    if not judged:
        return "the run has no answer that could be held against others"
    samples = max(level.samples for level in judged)
    before = f"{units.counted(samples, 'run')} before it in {window}"
    if all(level.reference is None for level in judged):
        return f"too few to judge by: {before}"
    return f"held against {before}"


QUANTITY_NAMES = {
    Quantity.GROWTH: "growth",
    Quantity.PEAK: "peak memory",
    Quantity.TIME: "time per call",
}


def quantity_text(quantity: Quantity, value: float) -> str:
    """The number with its unit: `64 B`, `50.0 MB`, `4.1 ms`."""
    return units.call_time_text(value) if quantity is Quantity.TIME else units.bytes_text(value)


def change_text(now: float, then: float) -> str:
    """`+24 %`; empty where there was nothing before."""
    if then <= 0:
        return ""
    percent = (now / then - 1) * 100
    digits = f"{percent:+.0f}" if abs(percent) >= 10 else f"{percent:+.1f}"
    return "0 %" if digits in ("+0.0", "-0.0") else f"{digits.removesuffix('.0')} %"


def window_text(window: Window) -> str:
    """`the last 7 days`, `the last 20 runs`."""
    if window.days is None:
        return f"the last {units.counted(window.runs or 1, 'run')}"
    if window.days >= 1:
        text = units.rate_text(window.days).removesuffix(".0")
        return f"the last {text} days" if window.days != 1 else "the last day"
    return f"the last {units.duration_text(window.days * units.DAY_SECONDS)}"


def growth_heading(unit: Unit) -> str:
    """What a column of growth is headed with."""
    return f"growth/{unit}"
