"""A check as one pprof profile: the stacks of all targets, each sample labelled with its own."""

from leakscan.model.check import Check
from leakscan.model.run import Unit
from leakscan.reports.formats.pprof import profile_bytes, stacks_of
from leakscan.reports.text_fit import printable
from leakscan.reports.views.check import check_view


def check_pprof(check: Check) -> bytes:
    """The profile, compressed; the same check gives the same bytes.

    A line that two targets reach is a sample of each: `-tagfocus=target=…` shows one of them.
    """
    stacks = [
        stack
        for target in check.targets
        for found in target.findings
        if found.finding is not None
        for stack in stacks_of(
            [found.finding],
            target.analysis.unit,
            {"target": printable(target.name), "standing": found.standing.value},
        )
    ]
    return profile_bytes(
        stacks,
        # A profile without a value to show is none.
        units={target.analysis.unit for target in check.targets} or {Unit.CALL},
        comments=[check_view(check).headline],
        seconds=check.seconds,
    )
