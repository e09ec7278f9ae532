"""Why a run was judged as it was: the rules that decided, with what they were decided by."""

from collections.abc import Iterator

from leakscan import units
from leakscan.model.analysis import Analysis, Reason
from leakscan.reports.text_fit import printable

MIN_WITHOUT_DIGITS = 1_000
"""Numbers from which on no digit behind the point is read."""


def reason_lines(analysis: Analysis) -> Iterator[str]:
    """A line for each rule, in the order in which they decided."""
    return (printable(_line(reason, str(analysis.unit))) for reason in analysis.reasons)


def _line(reason: Reason, unit: str) -> str:
    """`blocks rise: The blocks in use rise … [blocks per call 2; windows 5]`."""
    about = f" ({reason.about})" if reason.about else ""
    numbers = "; ".join(_number_text(name, value, unit) for name, value in reason.numbers.items())
    return f"{reason.rule}{about}: {reason.sentence}" + (f" [{numbers}]" if numbers else "")


def _number_text(name: str, value: float, unit: str) -> str:
    """`blocks per call 2`, `freed 99.8 %`."""
    if name.endswith("_share"):
        return f"{_words(name.removesuffix('_share'), unit)} {units.share_text(value)}"
    return f"{_words(name, unit)} {_number(value)}"


def _words(name: str, unit: str) -> str:
    return name.replace("_per_unit", f"_per_{unit}").replace("_", " ")


def _number(value: float) -> str:
    is_whole = float(value).is_integer() or abs(value) >= MIN_WITHOUT_DIGITS
    return f"{value:,.0f}" if is_whole else f"{value:.3g}"
