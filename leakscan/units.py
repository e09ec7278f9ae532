"""Bytes, counts, rates and durations, to text and (for sizes) back."""

import math
import re

GIB = 2**30
DAY_SECONDS = 86_400

_PER_SECONDS = {"s": 1, "sec": 1, "min": 60, "m": 60, "h": 3_600, "hour": 3_600, "d": 86_400, "day": 86_400}
_DURATION_SECONDS = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3_600, "d": DAY_SECONDS}
_DURATION_SECONDS["w"] = 7 * DAY_SECONDS
_DURATION = re.compile(r"(?P<number>\d+(?:\.\d*)?|\.\d+)\s*(?P<unit>[a-zµ]+)")
_SIZE = re.compile(r"(?P<number>\d+(?:\.\d*)?|\.\d+)\s*(?P<unit>[A-Za-z]*)")
_UNIT_BYTES = {
    "": 1,
    "b": 1,
    "kb": 1_000,
    "mb": 1_000**2,
    "gb": 1_000**3,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
}
_BINARY_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_TEXT_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_DURATIONS = (
    ("year", 365 * 86_400),
    ("day", 86_400),
    ("hour", 3_600),
    ("minute", 60),
    ("second", 1),
)


def bytes_of(size: str) -> float:
    """Bytes that a size such as `0`, `64B`, `1KiB` or `1.5MB` stands for.

    `kB` is 1,000 bytes and `KiB` is 1,024; upper and lower case are the same.
    Raises ValueError, with a sentence for the user, for what is no size.
    """
    match = _SIZE.fullmatch(size.strip())
    unit_bytes = _UNIT_BYTES.get(match["unit"].lower()) if match else None
    if match is None or unit_bytes is None:
        raise ValueError(f"`{size}` is not a size; write it like 0, 64B, 1KiB or 1.5MB")
    return float(match["number"]) * unit_bytes


def calls_per_second_of(rate: str) -> float:
    """Calls per second that a rate such as `1000/s`, `50/min`, `2e6/day` or plain `20` stands for.

    Raises ValueError, with a sentence for the user, for what is no rate.
    """
    number, slash, per = rate.strip().partition("/")
    try:
        calls = float(number.replace(",", "").replace("_", ""))
        seconds = _PER_SECONDS[per.strip().lower()] if slash else 1
    except (ValueError, KeyError):
        calls, seconds = math.nan, 1
    if not math.isfinite(calls) or calls <= 0:
        raise ValueError(f"`{rate}` is not a rate; write it like 1000/s, 50/min, 200/h or 1e6/day")
    return calls / seconds


def seconds_of(duration: str) -> float:
    """Seconds that a duration such as `2us`, `1.5ms`, `12h`, `7d` or `2w` stands for; it must have a unit.

    Raises ValueError, with a sentence for the user, for what is no duration.
    """
    match = _DURATION.fullmatch(duration.strip())
    unit_seconds = _DURATION_SECONDS.get(match["unit"]) if match else None
    if match is None or unit_seconds is None:
        raise ValueError(f"`{duration}` is not a duration; write it like 2us, 1.5ms, 3s, 12h, 7d or 2w")
    return float(match["number"]) * unit_seconds


def share_of(text: str) -> float:
    """The share that a text such as `20%` or `0.2` stands for; it may be more than 1.

    Raises ValueError, with a sentence for the user, for what is no share.
    """
    try:
        share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        share = math.nan
    if not math.isfinite(share) or share < 0:
        raise ValueError(f"`{text}` is not a share; write it like 20% or 0.2")
    return share


def binary_text(number: float) -> str:
    """A size in the largest binary unit that it fills: `31.5 GiB`."""
    size, unit = float(number), 0
    while unit < len(_BINARY_UNITS) - 1 and round(size, 1) >= 1_024:
        size, unit = size / 1_024, unit + 1
    return f"{size:,.{1 if unit and round(size, 1) < 100 else 0}f} {_BINARY_UNITS[unit]}"


def bytes_text(number: float) -> str:
    """A size in the largest decimal unit that it fills: `64 B`, `1.9 kB`, `123 MB`."""
    size, unit = abs(number), 0
    while unit < len(_TEXT_UNITS) - 1 and round(size, 1 if unit else 0) >= 1_000:
        size, unit = size / 1_000, unit + 1
    digits = _digits(size) if unit == 0 else f"{size:,.{1 if round(size, 1) < 100 else 0}f}"
    return f"{_minus(number)}{digits} {_TEXT_UNITS[unit]}"


def count_text(number: int) -> str:
    """A whole number with its thousands marked: `12,340`."""
    return f"{number:,}"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number and its noun: `1 call`, `1,240 calls`, `2 entries`."""
    return f"{count_text(number)} {noun if number == 1 else plural or noun + 's'}"


def rate_text(number: float) -> str:
    """A rate, as exact as it is worth: `1,234`, `10.0`, `0.02`."""
    size = abs(number)
    if size >= 99.95:
        return f"{number:,.0f}"
    if size >= 1:
        return f"{number:.1f}"
    return f"{_minus(number)}{_digits(size)}"


def signed(text: str) -> str:
    """The text of a number with a plus before it, unless it has a minus or is zero."""
    return text if text.startswith("-") or text.split(maxsplit=1)[0] == "0" else f"+{text}"


def share_text(share: float) -> str:
    """A share from 0 to 1 as a percentage; only a whole one reads `100 %`."""
    if 0.9995 <= share < 1:
        return "99.9 %"
    digits = f"{share * 100:.1f}"
    return f"{digits.removesuffix('.0')} %"


def duration_text(seconds: float) -> str:
    """A duration in the largest unit that it holds at least twice: `9 minutes`."""
    if seconds >= 1_000 * _DURATIONS[0][1]:
        return "more than 1,000 years"
    for noun, length in _DURATIONS:
        if seconds >= 2 * length:
            return counted(round(seconds / length), noun)
    return f"{seconds:.1f} seconds"


def seconds_text(seconds: float) -> str:
    """A measured time: `0.42 s`, `3.2 s`, `125 s`."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    return f"{seconds:,.1f} s" if seconds < 99.95 else f"{seconds:,.0f} s"


def call_time_text(seconds: float) -> str:
    """The time that a call takes: `85 ns`, `4.1 ms`, `3.2 s`."""
    if seconds >= 0.9995:
        return seconds_text(seconds)
    for unit, length in (("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= 0.9995 * length:
            return f"{rate_text(seconds / length)} {unit}"
    return f"{rate_text(seconds / 1e-9)} ns"


def seconds_to_fill(size: float, bytes_per_second: float) -> float:
    """How long a growth takes to fill so many bytes; infinite if it does not grow."""
    return size / bytes_per_second if bytes_per_second > 0 else math.inf


def _digits(size: float) -> str:
    """A number of zero or more: whole where it is, else with two digits that count."""
    if size == 0 or size >= 99.95:
        return f"{size:,.0f}"
    if size >= 0.995:
        return f"{size:.1f}".removesuffix(".0")
    return f"{size:.{1 - math.floor(math.log10(size))}f}".rstrip("0")


def _minus(number: float) -> str:
    return "-" if number < 0 else ""
