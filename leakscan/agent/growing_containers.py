"""Containers that were seen growing, named where they are, without a traced allocation.

Beside a call that does not return, all that is traced takes its time from a program that goes on growing. Who
has a container that grew from census to census, and what an entry of it takes, is known without.
"""

from collections.abc import Callable

from leakscan import wire
from leakscan.agent import counters
from leakscan.agent.experiments.entry_sizes import measure_entries
from leakscan.agent.heap import census
from leakscan.agent.holders import holder_chains
from leakscan.agent.holders.candidates import HolderCandidate
from leakscan.agent.holders.explain import held_untraced


def name_growing(
    command: wire.NameGrowing, context: Callable[[], holder_chains.SearchContext]
) -> wire.GrowingNamed:
    """The containers that are still at these addresses, with the chain to each and the size of an entry."""
    started = counters.clock()
    containers = census.containers_at(frozenset(command.addresses))
    candidates = [HolderCandidate(each, [], number=number) for number, each in enumerate(containers)]
    searched = context()
    chains = holder_chains.chains_to(candidates, searched._replace(own=searched.own | {id(containers)}))
    sizes = measure_entries(wire.MeasureEntries(tuple(range(len(candidates)))), candidates)
    return wire.GrowingNamed(
        holders=tuple(map(held_untraced, candidates)),
        named=holder_chains.named(candidates, chains),
        sizes=sizes.sizes,
        seconds=counters.clock() - started,
    )
