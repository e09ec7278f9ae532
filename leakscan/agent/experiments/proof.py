"""What the release of holders frees, tried in a forked copy: the target itself keeps its data."""

import gc
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from leakscan import wire
from leakscan.agent import counters
from leakscan.agent.experiments import counted_release, release
from leakscan.agent.fork.copy import in_forked_copy, in_sandbox
from leakscan.agent.heap.symbolize import Traceback
from leakscan.agent.holders.candidates import HolderCandidate
from leakscan.agent.tracing import tracer
from leakscan.agent.tracing.allocations import TracedObjects
from leakscan.agent.tracing.live_blocks import LiveBlocks, grown_and_freed, live_at

_NEARLY_ALL_FREED = 0.95
"""Share of the growth: where that much went, it is not tried whether more goes with what is held besides."""


_TRACES_MEASURED, _MEASUREMENTS_OF_A_TRACE = 64, 5
"""Objects that are made to see what a trace takes, and how often: the median is no single event."""


class Holders(NamedTuple):
    """What the agent knows of the holders, by number: in a copy, it must not hold what they let go of."""

    candidates: list[HolderCandidate]
    actions: list[release.Release | None]
    """What releases each; None where nothing can."""
    forget: Callable[[], None]
    """Lets go of every other object of the target that the agent refers to."""
    traced: TracedObjects

    def let_go(self) -> None:
        """Refer to none of them any more."""
        self.candidates.clear()
        self.actions.clear()
        self.forget()


def prove(command: wire.Prove, holders: Holders, sites: list[Traceback]) -> wire.Proved:
    """What the release of the holders frees of the memory at the sites.

    It is tried in a sandbox; where that can't be, it is counted by references.
    """
    wanted = frozenset(sites[site] for site in command.sites)
    tried = _tried(command, holders, sites)
    if isinstance(tried, wire.Proved):
        return tried
    counted = in_forked_copy(lambda: _counted(command, holders, wanted, tried))
    if isinstance(counted, wire.Proved):
        return counted
    return wire.Proved(command.holders, 0, 0, f"{tried}; nor was it counted what would go: {counted}")


def _tried(command: wire.Prove, holders: Holders, sites: list[Traceback]) -> wire.Proved | str:
    """What went when they were released in a sandbox; as text, why there was none, or no answer from it."""
    wanted = frozenset(sites[site] for site in command.sites)
    chosen = [holders.actions[holder] for holder in command.holders]
    releases = [action for action in chosen if action is not None]
    if len(releases) < len(chosen):
        return wire.Proved(command.holders, 0, 0, "it can't be emptied from outside")
    chosen.clear()
    try:
        releases[:] = [release.prepared(action, holders.let_go) for action in releases]
    except release.CannotRelease as error:
        return wire.Proved(command.holders, 0, 0, str(error))

    def experiment() -> Iterator[wire.Record]:  # in a copy
        # What the agent itself still refers to would not be freed.
        holders.let_go()
        before = live_at(wanted)
        bytes_of_a_trace = _heap_bytes_of_a_trace()
        native: list[int | None] = []

        def measured() -> wire.Proved:
            after = live_at(wanted)
            grown, freed = grown_and_freed(before, after)
            traces = sum(before.blocks.values()) - sum(after.blocks.values())
            heap = _sum(native)
            return wire.Proved(
                command.holders,
                grown,
                freed,
                freed_heap_bytes=None if heap is None else max(0, heap - traces * bytes_of_a_trace),
                freed_sites=_freed_by_site(command, sites, before, after),
            )

        try:
            kept = [_released(action, native) for action in releases]
        except release.CannotRelease as error:
            yield wire.Proved(command.holders, 0, 0, str(error))
            return
        counters.forget_lookups()
        proved = measured()
        yield proved
        for let_go in (gc.unfreeze, kept.clear):
            if proved.freed_bytes >= _NEARLY_ALL_FREED * proved.grown_bytes:
                break
            let_go()
            releases.clear()
            native.append(_collected())
            proved = measured()
            yield proved

    answer = in_sandbox(experiment)
    return answer if isinstance(answer, wire.Proved) else str(answer)


def _released(action: release.Release, native: list[int | None]) -> object:  # in a copy
    """What the action keeps; the native heap that went with what it released is added to the list."""
    before = counters.heap_bytes()
    kept = action()
    native.append(
        kept.freed_heap_bytes if isinstance(kept, release.Spared) else before - counters.heap_bytes()
    )
    return kept


def _collected() -> int:  # in a copy
    """Native heap that went with the garbage."""
    before = counters.heap_bytes()
    gc.collect()
    return before - counters.heap_bytes()


def _heap_bytes_of_a_trace() -> int:  # in a copy
    """Native heap that the tracer takes for each block that it traces, measured: it goes with the block."""
    costs: list[int] = []
    objects: list[object] = [None] * _TRACES_MEASURED
    for _ in range(_MEASUREMENTS_OF_A_TRACE):
        before = counters.heap_bytes()
        for place in range(_TRACES_MEASURED):
            objects[place] = object()
        costs.append((counters.heap_bytes() - before) // _TRACES_MEASURED)
        for place in range(_TRACES_MEASURED):
            objects[place] = None
    # Once in a while the table of all traces is moved.
    return sorted(costs)[len(costs) // 2]


def _freed_by_site(
    command: wire.Prove, sites: list[Traceback], before: LiveBlocks, after: LiveBlocks
) -> tuple[tuple[int, int, int], ...]:  # in a copy
    return tuple(
        (
            site,
            before.blocks.get(sites[site], 0) - after.blocks.get(sites[site], 0),
            before.bytes.get(sites[site], 0) - after.bytes.get(sites[site], 0),
        )
        for site in command.sites
    )


def _sum(parts: list[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _counted(
    command: wire.Prove, holders: Holders, wanted: frozenset[Traceback], why: str
) -> Iterator[wire.Record]:  # in a copy
    """What their release would free, counted by references; `why` it was not tried."""
    before = live_at(wanted)
    grown, _ = grown_and_freed(before, before)
    references = _references_from(holders.candidates[holder] for holder in command.holders)
    if references is None:
        yield wire.Proved(command.holders, 0, 0, why)
        return
    holders.let_go()
    traces = counted_release.TracesRead(references, wanted, holders.traced)
    # The count makes an object for each that it counts, and each that is traced is slow.
    tracer.stop()
    freed = counted_release.bytes_freed(_taken_out(references), traces)
    yield wire.Proved(command.holders, grown, min(grown, freed), counted_because=why)


def _references_from(candidates: Iterable[HolderCandidate]) -> list[object] | None:  # in a copy
    """What the holders refer to, an object once for each reference; None where one can't be read so."""
    references: list[object] = []
    for candidate in candidates:
        entries = (
            candidate.children
            if candidate.is_slot
            else counted_release.references_of_entries(candidate.parent)
        )
        if entries is None:
            return None
        references.extend(entries)
    return references


def _taken_out(objects: list[object]) -> Iterator[object]:  # in a copy
    while objects:
        yield objects.pop()
