"""What is around the holders of a finding, or its cycle, with the links that grow."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from leakscan import wire
from leakscan.analysis.attribution.explanation import Explanation
from leakscan.analysis.naming import holder_names
from leakscan.model.analysis import LeakGraph


def leak_graph_of(holders: tuple[int, ...], known: Explanation) -> LeakGraph | None:
    """The graph that was drawn of these holders; None if there is none."""
    graph = next((graph for graph in known.graphs if graph.holders[:1] == holders[:1]), None)
    if graph is None:
        return None
    marked: list[str] = []
    growing: list[tuple[str, str]] = []
    for index, chain in zip(graph.holders, graph.chains, strict=True):
        steps = known.steps(index)
        marked.append(_node(chain, holder_names.place_of_holder(steps)))
        growing.extend(_arrows(chain, range(len(steps) - 1, len(steps))))
    return LeakGraph(dot=graph.dot, holders=tuple(marked), growing=tuple(growing))


def leak_graph_of_cycle(garbage: wire.Garbage) -> LeakGraph | None:
    """The first cycle that was drawn; None if there is none."""
    for graph in garbage.graphs:
        [chain] = graph.chains
        return LeakGraph(dot=graph.dot, holders=(), growing=_arrows(chain, range(1, len(chain))))
    return None


def _arrows(chain: Sequence[Sequence[str]], steps: Iterable[int]) -> tuple[tuple[str, str], ...]:
    """Where each arrow of these steps begins and ends; none leads to the root."""
    return tuple(
        arrow for place in steps if place for arrow in pairwise((_node(chain, place - 1), *chain[place]))
    )


def _node(chain: Sequence[Sequence[str]], place: int) -> str:
    """The node that a step reaches; of one that was left out, the node that stands for it."""
    return next(nodes[-1] for nodes in reversed(chain[: place + 1]) if nodes)
