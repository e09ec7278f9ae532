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
from leakscan.agent.tracing.allocations import TracedObjects
from leakscan.agent.tracing.live_blocks import grown_and_freed, live_at

_NEARLY_ALL_FREED = 0.95
"""Share of the growth: where that much went, it is not tried whether more goes with what is held besides."""


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
    tried = _tried(command, holders, wanted)
    if isinstance(tried, wire.Proved):
        return tried
    counted = in_forked_copy(lambda: _counted(command, holders, wanted, tried))
    if isinstance(counted, wire.Proved):
        return counted
    return wire.Proved(command.holders, 0, 0, tried)


def _tried(command: wire.Prove, holders: Holders, wanted: frozenset[Traceback]) -> wire.Proved | str:
    """What went when they were released in a sandbox; as text, why there was none, or no answer from it."""
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

        def measured() -> wire.Proved:
            grown, freed = grown_and_freed(before, live_at(wanted))
            return wire.Proved(command.holders, grown, freed)

        try:
            kept = [action() for action in releases]
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
            gc.collect()
            proved = measured()
            yield proved

    answer = in_sandbox(experiment)
    return answer if isinstance(answer, wire.Proved) else str(answer)


def _counted(
    command: wire.Prove, holders: Holders, wanted: frozenset[Traceback], why: str
) -> Iterator[wire.Record]:  # in a copy
    """What their release would free, counted by references; `why` it was not tried."""
    before = live_at(wanted)
    grown, _ = grown_and_freed(before, before)
    references = _references_from(holders.candidates[holder] for holder in command.holders)
    if references is None:
        return
    holders.let_go()
    freed = counted_release.bytes_freed(_taken_out(references), wanted, holders.traced)
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
