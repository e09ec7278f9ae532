"""The finding of a leak that has a holder: its name, its sites, what its bound and its proofs say."""

from dataclasses import replace

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution.explanation import Explanation
from leakscan.analysis.attribution.leak_growth import LeakGrowth, leak_growth
from leakscan.analysis.attribution.leaks import Leak, alike, freed, freed_together
from leakscan.analysis.findings.advice import INTERNED, VALUES, Advice, advice, with_lines
from leakscan.analysis.findings.holder_facts import as_one, holder_of
from leakscan.analysis.findings.leak_graphs import leak_graph_of
from leakscan.analysis.findings.sites import sites_of
from leakscan.analysis.findings.stores import cleaned_peer, stores_of
from leakscan.analysis.growth.containers import ContainerGrowth
from leakscan.analysis.naming import holder_names
from leakscan.analysis.naming.fingerprint import leak_fingerprint
from leakscan.model.analysis import Finding, Holder
from leakscan.model.run import Kind, Position, Verdict


def finding_of(leak: Leak, known: Explanation) -> Finding:
    """The leak as its report shows it."""
    group, raw = leak.group, known.explained.holders[leak.main]
    same = alike(leak.main, group, known)
    steps = holder_names.in_common([known.steps(index) for index in same])
    beside = [holder_of(index, group, known.steps(index), known) for index in leak.holders[1:]]
    others = tuple(other for other in beside if not _is_full(other))
    holder, together = _holder(leak, same, steps, others, known)
    growth = leak_growth(leak, known)
    kind = _kind(growth, holder, raw)
    series, unit = _series(known.growth(leak.main), raw)
    advised = _advice(kind, holder, leak, steps, known)
    stores = stores_of(leak.main, holder.entries_per_call, known)
    if advised is not None and not stores.removed_at:
        advised = with_lines(advised, stores.stored_at, cleaned_peer(leak.main, known))
    return Finding(
        fingerprint=leak_fingerprint(steps),
        verdict=Verdict.FILLING if kind is Kind.BOUNDED else Verdict.LEAKING,
        kind=kind,
        bytes_per_call=growth.bytes_per_unit,
        objects_per_call=growth.blocks_per_unit,
        holder=holder,
        also_held_by=others,
        freed_together=together,
        sites=sites_of(group, known, bytes_factor=growth.bytes_per_traced_byte),
        chain=holder_names.chain(steps, len(steps) - 1),
        advice=None if advised is None else advised.text,
        pattern=None if advised is None else advised.pattern,
        series=series,
        series_unit=unit,
        leak_graph=leak_graph_of(leak.holders, known),
        stored_at=stores.stored_at,
        removed_at=stores.removed_at,
        not_stored_because=stores.unknown_because,
    )


def _is_full(holder: Holder) -> bool:
    """Whether it has as much as its bound allows and gains nothing: it keeps but the newest."""
    is_at_bound = holder.bound is not None and (holder.entries or 0) >= holder.bound
    return is_at_bound and not holder.entries_per_call


def _holder(
    leak: Leak,
    same: list[int],
    steps: tuple[wire.Step, ...],
    others: tuple[Holder, ...],
    known: Explanation,
) -> tuple[Holder, float | None]:
    """The main holder, with those like it; and what went when it was emptied with the others."""
    holder = as_one(same, [holder_of(index, leak.group, steps, known) for index in same], known)
    if len(same) > 1:
        holder = replace(holder, freed_share=freed(same, leak.group, known))
    together = freed_together(same, leak.group, known)
    if together is not None and not others:
        # Containers of one kind that were emptied at once, and are findings of their own.
        return replace(holder, freed_share=together), None
    return holder, together


def _kind(growth: LeakGrowth, holder: Holder, raw: wire.HeldBy) -> Kind:
    """Whether its bound ends the growth."""
    if growth.is_bounded:
        return Kind.BOUNDED
    if holder.bound is None or not raw.is_container:
        return Kind.UNBOUNDED_GROWTH
    # Within its bound, what its entries keep grows.
    return Kind.UNBOUNDED_GROWTH if holder.is_within_bound else Kind.BOUND_EXCEEDED


def _advice(
    kind: Kind,
    holder: Holder,
    leak: Leak,
    steps: tuple[wire.Step, ...],
    known: Explanation,
) -> Advice | None:
    if (holder.immortal_share or 0.0) >= settings.ENOUGH_FREED:
        return INTERNED
    raw = known.explained.holders[leak.main]
    if kind is Kind.UNBOUNDED_GROWTH and holder.is_within_bound and raw.is_container:
        return VALUES
    containers = sum(known.explained.holders[index].is_container for index in leak.holders[1:])
    return advice(kind, raw, steps, others=containers, named=known.named_holder(leak.main))


def _series(growth: ContainerGrowth | None, raw: wire.HeldBy) -> tuple[tuple[Position, ...], str]:
    if growth is None:
        return (), "bytes" if raw.in_bytes else "entries"
    return growth.lengths, "bytes" if growth.in_bytes else "entries"
