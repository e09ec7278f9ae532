"""What experiments measured of a leak: which sites it frees, and what native heap goes with it."""

from collections.abc import Sequence
from dataclasses import replace

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution.explanation import Explanation
from leakscan.analysis.attribution.groups import Group, objects_behind


def with_credit(groups: Sequence[Group], known: Explanation) -> tuple[Group, ...]:
    """The groups without sites that only lay near, and of which emptying their holders freed nothing.

    Memory without an object that can be seen may be the inside of one that they hold, or may be lost.
    """
    return tuple(_with_credit(group, known) for group in groups)


def _with_credit(group: Group, known: Explanation) -> Group:
    proofs = [proof for proof in proofs_of(group.holders, known) if proof.freed_sites is not None]
    if not proofs:
        return group
    freed: dict[int, int] = {}
    for proof in proofs:
        for site, blocks, _size in proof.freed_sites or ():
            freed[site] = max(blocks, freed.get(site, 0))
    held = objects_behind(group.holders, known.traced)
    unfreed = {
        site
        for site, blocks in freed.items()
        if site in group.blocks
        and site not in held
        and _is_unfreed(blocks, known.sites.grown[site].live_blocks)
    }
    if not unfreed:
        return group
    return replace(
        group,
        blocks={site: blocks for site, blocks in group.blocks.items() if site not in unfreed},
        bytes={site: size for site, size in group.bytes.items() if site not in unfreed},
        withdrawn=frozenset(unfreed),
    )


def _is_unfreed(freed: int, live: int) -> bool:
    return live >= settings.MIN_BLOCKS_OF_A_LEAK and freed < settings.MIN_FREED_OF_A_SITE * live


def freed_heap_per_unit(
    holders: Sequence[int], traced_per_unit: float, entries_per_unit: float | None, known: Explanation
) -> float | None:
    """Native heap that goes with these holders, per unit of the run; None where it was not measured.

    By the entries that came where they are known, so that a table that was moved says nothing; else by the
    traced bytes that went with it.
    """
    measured = [proof for proof in proofs_of(holders, known) if proof.freed_heap_bytes is not None]
    if not measured:
        return None
    best = max(measured, key=lambda proof: proof.freed_bytes)
    freed = best.freed_heap_bytes or 0
    if freed < settings.MIN_FREED_HEAP_BYTES:
        return 0.0
    came = known.explained.holders[best.holders[0]].added
    if len(best.holders) == 1 and came and entries_per_unit:
        return freed / came * entries_per_unit
    return freed / best.freed_bytes * traced_per_unit if best.freed_bytes > 0 else 0.0


def proofs_of(holders: Sequence[int], known: Explanation) -> list[wire.Proved]:
    """The experiments in which one of these was emptied."""
    return [
        proof
        for proof in known.proofs
        if set(proof.holders) & set(holders) and proof.message is None and proof.counted_because is None
    ]
