"""The finding of growth that is traced, and held by nothing that Python can see."""

from collections.abc import Sequence

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution.explanation import Explanation
from leakscan.analysis.attribution.groups import Group
from leakscan.analysis.attribution.unheld import lost_growth
from leakscan.analysis.findings.advice import INTERNED, LOST
from leakscan.analysis.findings.garbage import garbage_finding
from leakscan.analysis.findings.sites import sites_of
from leakscan.analysis.naming import holder_names
from leakscan.analysis.naming.fingerprint import fingerprint, leak_fingerprint, without_comprehensions
from leakscan.model.analysis import ChainStep, Finding, Frame, Holder
from leakscan.model.run import Kind, Verdict


def lost(groups: Sequence[Group], known: Explanation) -> Finding | None:
    """What the groups leave of the growth, and no holder has; None if that is too little to be a leak."""
    group = lost_growth(groups, known)
    if group is None:
        return None
    for frozen in known.explained.frozen:
        if {share.site for share in frozen.shares} & group.blocks.keys():
            return garbage_finding(frozen, group, known.rate(group.grown_blocks), "frozen garbage", known)
    live = sum(known.sites.grown[index].live_blocks for index in group.blocks)
    if known.explained.interned >= settings.MIN_INTERNED_SHARE * max(1, live):
        return _interned(group, known)
    return _unreferred(group, known)


def _unreferred(group: Group, known: Explanation) -> Finding:
    """Objects with references that no Python object has: C code took them and never gave them back."""
    sites = sites_of(group, known)
    unreferred = known.explained.unreferred
    return Finding(
        fingerprint=fingerprint("lost", [_place_name(site.frame) for site in sites[:1]]),
        verdict=Verdict.LEAKING,
        kind=Kind.LOST_REFERENCE,
        bytes_per_call=known.rate(group.grown_bytes),
        objects_per_call=known.rate(group.grown_blocks),
        holder=None,
        also_held_by=(),
        sites=sites,
        chain=tuple(_unreferred_step(each) for each in unreferred),
        advice=f"{_unreferred_step(unreferred[0]).name}: {LOST.text}" if unreferred else LOST.text,
        pattern=LOST.pattern,
        series=(),
        series_unit="bytes",
    )


def _interned(group: Group, known: Explanation) -> Finding:
    """Strings that nothing holds but the interpreter, which on some versions never lets one go."""
    table = wire.Step(wire.StepKind.REGISTRY, "interned strings", "dict", "sys", "sys")
    rate = known.rate(group.grown_blocks)
    return Finding(
        fingerprint=leak_fingerprint((table,)),
        verdict=Verdict.LEAKING,
        kind=Kind.UNBOUNDED_GROWTH,
        bytes_per_call=known.rate(group.grown_bytes),
        objects_per_call=rate,
        holder=Holder(
            name=table.link,
            type=table.type,
            path=(table.link,),
            entries=known.explained.all_interned,
            in_bytes=False,
            entries_per_call=rate,
            added_per_call=rate,
            removed_per_call=0.0,
            bound=None,
            bound_name=None,
            capacity_bytes=None,
            bytes_per_entry=None,
            freed_share=None,
            defined_at=None,
            not_emptied_because=f"{known.python} never frees an interned string",
        ),
        also_held_by=(),
        sites=sites_of(group, known),
        chain=holder_names.chain((table,), 0),
        advice=INTERNED.text,
        pattern=INTERNED.pattern,
        series=(),
        series_unit="entries",
    )


def _place_name(frame: Frame) -> str:
    """File and function, which edits around them leave as they are."""
    return f"{frame.file.rpartition('/')[2]}:{without_comprehensions(frame.qualname)}"


def _unreferred_step(unreferred: wire.Unreferred) -> ChainStep:
    count = unreferred.references
    references = "1 reference" if count == 1 else f"{count:,} references"
    name = f"{references} from C to each {unreferred.type}, and none that Python sees"
    return ChainStep(link="?", type=unreferred.type, name=name, is_growing=True)
