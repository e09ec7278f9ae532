"""The finding of what only a collection would free."""

from collections.abc import Sequence

from leakscan import wire
from leakscan.analysis.attribution.explanation import Explanation
from leakscan.analysis.attribution.groups import Group
from leakscan.analysis.attribution.leaks import Leak
from leakscan.analysis.attribution.unheld import garbage_growth
from leakscan.analysis.findings.advice import FREEZING, GARBAGE
from leakscan.analysis.findings.leak_graphs import leak_graph_of_cycle
from leakscan.analysis.findings.sites import sites_of
from leakscan.analysis.naming import holder_names
from leakscan.analysis.naming.fingerprint import fingerprint
from leakscan.model.analysis import Finding
from leakscan.model.run import Kind, Verdict


def piled_up(leaks: Sequence[Leak], known: Explanation) -> Finding | None:
    """The garbage that nobody collects; None where it was looked for and no piece was traced."""
    group = garbage_growth(leaks, known)
    if group is None:
        return None
    return garbage_finding(known.garbage, group, known.screen.garbage_per_unit, "garbage", known)


def garbage_finding(
    garbage: wire.Garbage, group: Group, objects_per_unit: float, kind: str, known: Explanation
) -> Finding:
    """What only a collection would free, with the shortest of its cycles."""
    advised = FREEZING if known.explained.frozen else GARBAGE
    return Finding(
        fingerprint=fingerprint(kind, [name for name, _count in garbage.types[:1]]),
        verdict=Verdict.LEAKING,
        kind=Kind.CYCLIC_GARBAGE,
        bytes_per_call=known.rate(group.grown_bytes),
        objects_per_call=objects_per_unit,
        holder=None,
        also_held_by=(),
        sites=sites_of(group, known),
        chain=holder_names.chain(garbage.cycle, -1) if garbage.cycle else (),
        advice=advised.text,
        pattern=advised.pattern,
        series=(),
        series_unit="bytes",
        leak_graph=leak_graph_of_cycle(garbage),
    )
