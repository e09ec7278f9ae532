"""Experiments in a forked copy of the target: the target itself keeps its data."""

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from leakscan import wire
from leakscan.agent import counters
from leakscan.agent.experiments import counted_release, release
from leakscan.agent.fork.copy import Experiment, in_forked_copy, in_sandbox
from leakscan.agent.graph.leak_graph import cycle_picture
from leakscan.agent.heap import introspect
from leakscan.agent.heap.symbolize import functions_of
from leakscan.agent.holders.candidates import HolderCandidate
from leakscan.agent.references import cycles
from leakscan.agent.tracing import tracer

_MOST_GARBAGE = 4_000
_ENOUGH_FREED = 0.95


class Holders(NamedTuple):
    """What the agent knows of the holders, by number: in a copy, it must not hold what they let go of."""

    candidates: list[HolderCandidate]
    actions: list[release.Cut | None]
    """How each can be emptied."""
    forget: Callable[[], None]
    """Lets go of every other object of the target that the agent refers to."""

    def let_go(self) -> None:
        """Refer to none of them any more."""
        self.candidates.clear()
        self.actions.clear()
        self.forget()


def prove(command: wire.Prove, known: Holders, sites: list[tracer.Traceback]) -> wire.Proved:
    """What emptying the holders frees of the memory at the sites.

    It is tried in a sandbox; where that can't be, it is counted by references.
    """
    wanted = frozenset(sites[site] for site in command.sites)
    tried = _tried(command, known, wanted)
    if isinstance(tried, wire.Proved):
        return tried
    counted = in_forked_copy(lambda: _counted(command, known, wanted, tried))
    if isinstance(counted, wire.Proved):
        return counted
    return wire.Proved(command.holders, 0, 0, tried)


def _tried(command: wire.Prove, known: Holders, wanted: frozenset[tracer.Traceback]) -> wire.Proved | str:
    """What went when they were emptied in a sandbox; as text, why there was none, or no answer from it."""
    chosen = [known.actions[holder] for holder in command.holders]
    doable = [action for action in chosen if action is not None]
    if len(doable) < len(chosen):
        return wire.Proved(command.holders, 0, 0, "it can't be emptied from outside")
    chosen.clear()
    try:
        doable[:] = [release.prepared(action, known.let_go) for action in doable]
    except release.CannotCut as error:
        return wire.Proved(command.holders, 0, 0, str(error))

    def experiment() -> Iterator[wire.Record]:
        # What the agent itself still refers to would not be freed.
        known.let_go()
        before = tracer.live_at(wanted)

        def measured() -> wire.Proved:
            grown, freed = tracer.grown_and_freed(before, tracer.live_at(wanted))
            return wire.Proved(command.holders, grown, freed)

        try:
            kept = [action() for action in doable]
        except release.CannotCut as error:
            yield wire.Proved(command.holders, 0, 0, str(error))
            return
        counters.forget_lookups()
        proved = measured()
        yield proved
        for let_go in (gc.unfreeze, kept.clear):
            if proved.freed_bytes >= _ENOUGH_FREED * proved.grown_bytes:
                break
            let_go()
            doable.clear()
            gc.collect()
            proved = measured()
            yield proved

    answer = in_sandbox(experiment)
    return answer if isinstance(answer, wire.Proved) else str(answer)


def _counted(
    command: wire.Prove, known: Holders, wanted: frozenset[tracer.Traceback], why: str
) -> Iterator[wire.Record]:
    """What emptying them would free, counted by references; `why` it was not tried."""
    before = tracer.live_at(wanted)
    grown, _ = tracer.grown_and_freed(before, before)
    references = _references_from(known.candidates[holder] for holder in command.holders)
    if references is None:
        return
    known.let_go()
    freed = counted_release.bytes_freed(_taken_out(references), wanted)
    yield wire.Proved(command.holders, grown, min(grown, freed), counted_because=why)


def _references_from(candidates: Iterable[HolderCandidate]) -> list[object] | None:
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


def _taken_out(objects: list[object]) -> Iterator[object]:
    while objects:
        yield objects.pop()


def look_at_garbage(sites: list[tracer.Traceback], *, draws: bool = False) -> wire.Garbage:
    """What a collection would free now, looked at in a sandbox; without one, told by its references."""

    def look() -> Iterator[wire.Record]:
        tracer.release()
        yield _garbage(_collected(), sites, draws=draws)

    def look_at_references() -> Iterator[wire.Record]:
        # The lists that this is told by would be garbage themselves, if they were not held.
        split = tracer.old_and_new()
        split.old.clear()
        split.reused.clear()
        yield _garbage(counted_release.unreachable(split.new), sites, draws=draws)

    found = _looked(look)
    if found.message is None:
        return found
    counted = in_forked_copy(look_at_references)
    return counted if isinstance(counted, wire.Garbage) else found


def look_at_frozen(sites: list[tracer.Traceback], *, draws: bool = False) -> wire.Garbage:
    """What a collection would free of the objects that the target has frozen, looked at in a forked copy."""

    def look() -> Iterator[wire.Record]:
        gc.collect()
        gc.unfreeze()
        yield _garbage(_collected(), sites, draws=draws)

    return _looked(look)


def _looked(look: Experiment) -> wire.Garbage:
    # A collection runs finalizers, though it keeps what it finds.
    answer = in_sandbox(look)
    return answer if isinstance(answer, wire.Garbage) else wire.Garbage(0, (), (), (), message=str(answer))


def _collected() -> list[object]:
    gc.callbacks.clear()
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    return list(gc.garbage)


def _garbage(found: list[object], sites: list[tracer.Traceback], *, draws: bool) -> wire.Garbage:
    index = {traceback: number for number, traceback in enumerate(sites)}
    objects: Counter[int] = Counter()
    types_of: dict[int, Counter[str]] = {}
    grown: list[object] = []
    # The newest came last; to ask each of very many where it was made takes too long.
    for each in found[-_MOST_GARBAGE:]:
        site = index.get(tracer.traceback_of(each) or ())
        if site is not None:
            grown.append(each)
            objects[site] += 1
            types_of.setdefault(site, Counter())[introspect.type_name(type(each))] += 1
    # What follows makes many small objects, each of which would be slow while it is traced.
    tracer.stop()
    types = Counter(introspect.type_name(type(each)) for each in grown or found)
    shares = tuple(
        wire.SiteShare(site, count, 0, dict(types_of[site].most_common(8)))
        for site, count in sorted(objects.items())
    )
    way = cycles.cycle_among(grown or found, {id(each) for each in found})
    cycle = () if way is None else cycles.cycle_steps(way)
    return wire.Garbage(
        len(found),
        tuple(types.most_common(12)),
        cycle,
        shares,
        functions_of(sites),
        () if way is None or not draws else (cycle_picture(way, cycle[0]),),
    )
