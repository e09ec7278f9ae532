"""Experiments in a forked copy of the target: the target itself keeps its data."""

import gc
from collections import Counter
from collections.abc import Callable, Iterator

from leakscan import wire
from leakscan.agent import counters, cuts, cycles, names, tracing
from leakscan.agent.forked import Experiment, in_forked_copy
from leakscan.agent.functions import functions_of
from leakscan.agent.pictures import cycle_picture

_MOST_GARBAGE = 4_000
_ENOUGH_FREED = 0.95


def prove(
    command: wire.Prove,
    actions: list[cuts.Cut | None],
    sites: list[tracing.Traceback],
    forget: Callable[[], None],
) -> wire.Proved:
    """What emptying the holders frees of the memory at the sites, measured in a forked copy."""
    chosen = [actions[holder] for holder in command.holders]
    doable = [action for action in chosen if action is not None]
    if len(doable) < len(chosen):
        return wire.Proved(command.holders, 0, 0, "it can't be emptied from outside")
    wanted = frozenset(sites[site] for site in command.sites)

    def experiment() -> Iterator[wire.Record]:
        # What the agent itself still refers to would not be freed.
        actions.clear()
        forget()
        before = tracing.live_at(wanted)

        def measured() -> wire.Proved:
            grown, freed = tracing.grown_and_freed(before, tracing.live_at(wanted))
            return wire.Proved(command.holders, grown, freed)

        try:
            kept = [action() for action in doable]
        except cuts.CannotCut as error:
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

    answer = in_forked_copy(experiment)
    if isinstance(answer, wire.Proved):
        return answer
    return wire.Proved(command.holders, 0, 0, str(answer))


def look_at_garbage(sites: list[tracing.Traceback], *, draws: bool = False) -> wire.Garbage:
    """What a collection would free now, looked at in a forked copy."""

    def look() -> Iterator[wire.Record]:
        tracing.release()
        yield _garbage(sites, draws=draws)

    return _looked(look)


def look_at_frozen(sites: list[tracing.Traceback], *, draws: bool = False) -> wire.Garbage:
    """What a collection would free of the objects that the target has frozen, looked at in a forked copy."""

    def look() -> Iterator[wire.Record]:
        gc.collect()
        gc.unfreeze()
        yield _garbage(sites, draws=draws)

    return _looked(look)


def _looked(look: Experiment) -> wire.Garbage:
    answer = in_forked_copy(look)
    return answer if isinstance(answer, wire.Garbage) else wire.Garbage(0, (), (), ())


def _garbage(sites: list[tracing.Traceback], *, draws: bool) -> wire.Garbage:
    gc.callbacks.clear()
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    found = list(gc.garbage)
    index = {traceback: number for number, traceback in enumerate(sites)}
    objects: Counter[int] = Counter()
    types_of: dict[int, Counter[str]] = {}
    grown: list[object] = []
    # The newest came last; to ask each of very many where it was made takes too long.
    for each in found[-_MOST_GARBAGE:]:
        site = index.get(tracing.traceback_of(each) or ())
        if site is not None:
            grown.append(each)
            objects[site] += 1
            types_of.setdefault(site, Counter())[names.type_name(type(each))] += 1
    # What follows makes many small objects, each of which would be slow while it is traced.
    tracing.stop()
    types = Counter(names.type_name(type(each)) for each in grown or found)
    shares = tuple(
        wire.SiteShare(site, count, 0, dict(types_of[site].most_common(8)))
        for site, count in sorted(objects.items())
    )
    way = cycles.way_round(grown or found, {id(each) for each in found})
    cycle = () if way is None else cycles.steps(way)
    return wire.Garbage(
        len(found),
        tuple(types.most_common(12)),
        cycle,
        shares,
        functions_of(sites),
        () if way is None or not draws else (cycle_picture(way, cycle[0]),),
    )
