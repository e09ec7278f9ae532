"""What a check says of the holders of a leak, beside the one that the baseline has it by."""

from collections.abc import Iterator, Sequence

from leakscan import units
from leakscan.model.analysis import Finding
from leakscan.model.check import Accepted, FindingCheck, TargetCheck
from leakscan.reports.text_fit import printable


def new_holders_text(checked: FindingCheck) -> str:
    """What holds it beside what is accepted: `shop.SEEN holds it, too, which the baseline does not know`."""
    named = names_text(checked.new_holders)
    known = checked.accepted
    hold = "holds" if len(checked.new_holders) == 1 else "hold"
    if checked.allowance is not None:
        return f"{named} {hold} it, too, which no rule allows"
    held_by = "" if known is None or not known.holder else f" by {printable(known.holder)}"
    since = "" if known is None else f"; it was accepted as held{held_by} on {known.since}{because(known)}"
    return f"{named} {hold} it, which the baseline does not know{since}"


def also_held_by_text(finding: Finding) -> str:
    """`; also held by shop.SEEN and shop.AUDIT`, of a leak that is known."""
    others = [other.name for other in finding.also_held_by if other.fingerprint is not None]
    return f"; also held by {names_text(others)}" if others else ""


def unnoted_warnings(target: TargetCheck) -> Iterator[str]:
    """What may be new, and can't be told from what was there when an older baseline was written."""
    for checked in target.findings:
        if checked.unnoted_holders and checked.accepted is not None:
            yield (
                f"{printable(target.name)}: the baseline does not say what else holds "
                f"{printable(checked.accepted.holder)}, so {names_text(checked.unnoted_holders)} may be new; "
                "--update-baseline notes it"
            )


def because(known: Accepted) -> str:
    """`: bounded with the new queue`, where somebody gave a reason."""
    return f": {printable(known.reason)}" if known.reason else ""


def and_text(words: Sequence[str]) -> str:
    """`one, two and three`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def names_text(names: Sequence[str]) -> str:
    """Three of the names, and how many others there are."""
    shown = [printable(name) for name in names[:3]]
    hidden = len(names) - len(shown)
    return and_text([*shown, *([units.counted(hidden, "other")] if hidden else [])])
