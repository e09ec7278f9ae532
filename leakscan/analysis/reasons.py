"""Which rules have decided, from what each pass came to."""

from collections.abc import Collection, Iterator

from leakscan.analysis import rules, settings
from leakscan.analysis.attribution.explanation import Explanation
from leakscan.analysis.attribution.leaks import Leak, alike, freed, freed_together, is_counted
from leakscan.analysis.findings.advice import INTERNED
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.growth.trends import Trend
from leakscan.analysis.naming.holder_names import holder_name
from leakscan.model.analysis import Finding, Reason
from leakscan.model.run import Kind


def of_signals(screen: Screen) -> Iterator[Reason]:
    """Of the screen: what rises, or that nothing does."""
    windows = len(screen.windows)
    if screen.is_stepping:
        yield rules.BLOCKS_STEP_UP.reason(blocks_per_unit=screen.blocks_per_unit)
    elif screen.blocks is Trend.RISING:
        yield rules.BLOCKS_RISE.reason(blocks_per_unit=screen.blocks_per_unit, windows=windows)
    if screen.heap is Trend.RISING:
        yield rules.HEAP_RISES.reason(heap_bytes_per_unit=screen.heap_per_unit, windows=windows)
    if screen.rss is Trend.RISING and Trend.RISING not in (screen.blocks, screen.heap):
        yield rules.RESIDENT_RISES.reason(rss_bytes_per_unit=screen.rss_per_unit, windows=windows)
    if screen.is_garbage:
        yield rules.GARBAGE_PILES_UP.reason(objects_per_unit=screen.garbage_per_unit)
    settled = {Trend.FADING: rules.FADES, Trend.FLAT: rules.IS_FLAT, Trend.UNKNOWN: rules.NOT_SETTLED}
    if screen.trend in settled:
        yield settled[screen.trend].reason(
            calls=screen.calls, seconds=round(screen.seconds, 3), windows=windows
        )


def of_containers(screen: Screen) -> Iterator[Reason]:
    """Of the censuses: which containers were seen growing."""
    suspects = screen.suspects
    # Where memory is flat a container that is longer by an entry decides nothing.
    if suspects and screen.trend is not Trend.FLAT:
        fastest = suspects[0]
        yield rules.CONTAINERS_GROW.reason(
            fastest.type, containers=len(suspects), fastest_entries_per_unit=fastest.per_unit
        )
    even = next((each for each in screen.containers if each.is_even and not each.is_full), None)
    if even is not None:
        yield rules.CONTAINER_GAINS_EVENLY.reason(
            even.type, entries_per_unit=even.per_unit, entries=even.entries
        )
    for filled in screen.filled[:1]:
        yield rules.CONTAINERS_FILLED.reason(
            filled.type, containers=len(screen.filled), entries=filled.entries, bound=filled.bound or 0
        )


def of_proof(leak: Leak, known: Explanation) -> Iterator[Reason]:
    """Of the experiments on one leak: what emptying its holder freed, or would free."""
    same = alike(leak.main, leak.group, known)
    name = holder_name(known.steps(leak.main))
    alone = freed(same, leak.group, known)
    together = freed_together(same, leak.group, known)
    if alone is not None and alone >= settings.ENOUGH_FREED:
        rule = rules.FREED_BY_COUNT if is_counted(leak.main, known) else rules.FREED
        yield rule.reason(name, freed_share=alone)
    elif together is not None and together >= settings.ENOUGH_FREED:
        rule = rules.FREED_BY_COUNT if is_counted(leak.main, known) else rules.FREED_TOGETHER
        yield rule.reason(name, freed_together_share=together)


def of_finding(finding: Finding) -> Iterator[Reason]:
    """Of a finding: what makes it of its kind."""
    holder = finding.holder
    if holder is None:
        rule = rules.GARBAGE_HOLDS_IT if finding.kind is Kind.CYCLIC_GARBAGE else rules.NOTHING_HOLDS_IT
        yield rule.reason("", **rates(finding))
        return
    of_kind = {
        Kind.BOUNDED: rules.KEEPS_TO_ITS_BOUND,
        Kind.BOUND_EXCEEDED: rules.OUTGROWS_ITS_BOUND,
        **({Kind.UNBOUNDED_GROWTH: rules.GROWS_WITHIN_ITS_BOUND} if holder.is_within_bound else {}),
    }
    if finding.kind in of_kind:
        yield of_kind[finding.kind].reason(holder.name, entries=holder.entries or 0, bound=holder.bound or 0)
    if holder.unreachable_bound is not None:
        yield rules.BOUND_BEYOND_MEMORY.reason(holder.name, bound=holder.unreachable_bound)
    if finding.pattern == INTERNED.pattern:
        share = holder.immortal_share
        measured = {} if share is None else {"immortal_share": share}
        yield rules.NEVER_FREED.reason(holder.name, **measured)


def of_dismissal(finding: Finding, screen: Screen, only_replaced: Collection[str]) -> Reason:
    """Of a finding that is no leak: why its growth is none."""
    name = "" if finding.holder is None else finding.holder.name
    if finding.fingerprint in only_replaced:
        return rules.ONLY_REPLACED.reason(name, **rates(finding))
    is_flat = screen.trend in (Trend.FLAT, Trend.FADING)
    rule = rules.NEWER_WHERE_FLAT if is_flat else rules.GAINS_NOTHING
    return rule.reason(name, **rates(finding))


def rates(finding: Finding) -> dict[str, float]:
    """What a finding was seen growing by, as the numbers of a reason."""
    return {"bytes_per_unit": finding.bytes_per_call, "objects_per_unit": finding.objects_per_call}
