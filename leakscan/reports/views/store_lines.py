"""The lines that put entries into a holder and those that take them out, in words."""

from collections.abc import Iterator

from leakscan import units
from leakscan.model.analysis import Finding, Frame, StoreLine
from leakscan.reports.text_fit import printable
from leakscan.reports.views.facts import Fact, place_of

PUT, TAKEN, BY = "put there at", "taken out at", "by"


def storing_or_allocating_frame(finding: Finding) -> Frame | None:
    """The line to mend: the one that puts it there, else the one that allocates; None if none is known."""
    if finding.stored_at:
        return finding.stored_at[0].frame
    return finding.sites[0].frame if finding.sites else None


def store_facts(finding: Finding) -> Iterator[Fact]:
    """A line each, with the line of the library that does it where the user's only calls that."""
    for line in finding.stored_at:
        yield Fact(label=PUT, text=place_of(line.frame), remark=_share(line, finding))
        if line.library is not None:
            yield Fact(label=BY, text=place_of(line.library))
    for line in finding.removed_at:
        yield Fact(label=TAKEN, text=place_of(line.frame), remark=_taken_of_ten(line, finding))
        if line.library is not None:
            yield Fact(label=BY, text=place_of(line.library))
    if finding.stored_at and not finding.removed_at:
        yield Fact(label="taken out", text="never")


def unknown_store_lines(finding: Finding) -> str | None:
    """Why it is not known where entries are put; None where it is, or was not asked."""
    if finding.not_stored_because is None:
        return None
    return f"not known: {printable(finding.not_stored_because)}"


def _share(line: StoreLine, finding: Finding) -> str:
    """`62 %` of several lines; nothing of an only one."""
    return units.share_text(line.share) if len(finding.stored_at) > 1 else ""


def _taken_of_ten(line: StoreLine, finding: Finding) -> str:
    """`8 of 10`: how many of those that are put there go here."""
    removed = finding.removed_share
    if removed is None:
        return ""
    of_ten = 10 * removed * line.share
    return f"{round(of_ten)} of 10" if of_ten >= 1 else f"{max(1, round(10 * of_ten))} of 100"
