"""What the garbage collector would free, and which cycle keeps it: tried in a forked copy of the target."""

import gc
from collections import Counter
from collections.abc import Iterator

from leakscan import wire
from leakscan.agent.experiments import counted_release
from leakscan.agent.fork.copy import Experiment, in_forked_copy, in_sandbox
from leakscan.agent.graph.leak_graph import cycle_graph
from leakscan.agent.heap import introspect
from leakscan.agent.heap.symbolize import Traceback, functions_of
from leakscan.agent.references import cycles
from leakscan.agent.tracing import tracer
from leakscan.agent.tracing.allocations import traceback_of

_MAX_GARBAGE = 4_000
"""Objects that are asked where they were allocated, the newest."""


def garbage_now(tracing: tracer.Tracing, sites: list[Traceback], *, draws: bool = False) -> wire.Garbage:
    """What a collection would free now: tried in a sandbox; without one, counted by references."""

    def collected() -> Iterator[wire.Record]:  # in a copy
        tracing.release()
        yield _garbage(_collected(), sites, draws=draws)

    def counted_by_references() -> Iterator[wire.Record]:  # in a copy
        # The lists of the split would be garbage themselves, if they were not held.
        split = tracing.old_and_new()
        split.old.clear()
        split.reused.clear()
        yield _garbage(counted_release.unreachable(split.new), sites, draws=draws)

    tried = _tried(collected)
    if tried.message is None:
        return tried
    counted = in_forked_copy(counted_by_references)
    return counted if isinstance(counted, wire.Garbage) else tried


def garbage_among_frozen(sites: list[Traceback], *, draws: bool = False) -> wire.Garbage:
    """What a collection would free of the objects that the target has frozen, tried in a sandbox."""

    def thawed() -> Iterator[wire.Record]:  # in a copy
        gc.collect()
        gc.unfreeze()
        yield _garbage(_collected(), sites, draws=draws)

    return _tried(thawed)


def _tried(experiment: Experiment) -> wire.Garbage:
    # A collection runs finalizers, though it keeps what it finds.
    answer = in_sandbox(experiment)
    return answer if isinstance(answer, wire.Garbage) else wire.Garbage(0, (), (), (), message=str(answer))


def _collected() -> list[object]:  # in a copy
    gc.callbacks.clear()
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    return list(gc.garbage)


def _garbage(objects: list[object], sites: list[Traceback], *, draws: bool) -> wire.Garbage:  # in a copy
    index = {traceback: number for number, traceback in enumerate(sites)}
    counts: Counter[int] = Counter()
    types_of: dict[int, Counter[str]] = {}
    grown: list[object] = []
    # The newest came last; to ask each of very many where it was made takes too long.
    for each in objects[-_MAX_GARBAGE:]:
        site = index.get(traceback_of(each) or ())
        if site is not None:
            grown.append(each)
            counts[site] += 1
            types_of.setdefault(site, Counter())[introspect.type_name(type(each))] += 1
    # What follows makes many small objects, each of which would be slow while it is traced.
    tracer.stop()
    types = Counter(introspect.type_name(type(each)) for each in grown or objects)
    shares = tuple(
        wire.SiteShare(site, count, 0, dict(types_of[site].most_common(8)))
        for site, count in sorted(counts.items())
    )
    cycle = cycles.cycle_among(grown or objects, {id(each) for each in objects})
    chain = () if cycle is None else cycles.cycle_steps(cycle)
    return wire.Garbage(
        len(objects),
        tuple(types.most_common(12)),
        chain,
        shares,
        functions_of(sites),
        () if cycle is None or not draws else (cycle_graph(cycle, chain[0]),),
    )
