"""Graphs of leaks: the chain from a root to each holder, its newest entries, and who else refers to it.

They are made in a forked copy, where looking at an object may give it a `__dict__` that it had not.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import NamedTuple

import objgraph

from leakscan import wire
from leakscan.agent.fork.copy import in_forked_copy
from leakscan.agent.graph.dot import Node, dot_of
from leakscan.agent.graph.nodes import GraphNodes, Part, entry_parts, words_of
from leakscan.agent.heap.containers import is_in_bytes, length_of
from leakscan.agent.holders.candidates import HolderCandidate
from leakscan.agent.holders.holder_chains import HolderChain
from leakscan.agent.references import search, steps
from leakscan.agent.references.own_objects import is_own

MAX_SECONDS = 20
"""How long a forked copy may make the graphs."""
MAX_ENTRIES = 2
"""Entries of a holder that are drawn; the others are counted."""
LEVELS = 2
"""How deep the parts of an entry are drawn, if there is one leak."""
LEVELS_OF_ONE_AMONG_SEVERAL = 1
MAX_OTHER_PATHS = 2
"""Paths to a holder that are drawn beside the chain that the report shows."""
_MAX_REFERRERS = 8
"""Referrers to which a path is looked for."""
MAX_DRAWN_STEPS = 12
"""Steps of a chain that are drawn; of more, those in the middle are counted."""
MAX_REPEATS = 3


class Held(NamedTuple):
    """A holder and the chain to it."""

    number: int
    """Index into the explanation."""
    candidate: HolderCandidate
    chain: HolderChain


class GraphContext(NamedTuple):
    """What it takes to draw."""

    own: set[int]
    """Addresses of the agent's own lists that refer to objects of the target."""
    clock: Callable[[], float]
    levels: int = LEVELS
    """How deep the parts of an entry are drawn."""


def draw(
    command: wire.DrawGraphs,
    candidates: Sequence[HolderCandidate],
    chains: Sequence[HolderChain],
    *,
    forget: Callable[[], None],
    clock: Callable[[], float],
) -> wire.Graphs:
    """A graph of each leak; `forget` lets go of what the agent itself refers to."""
    started = clock()
    leaks = [[Held(number, candidates[number], chains[number]) for number in leak] for leak in command.leaks]

    def drawn_graphs() -> Iterator[wire.Record]:  # in a copy
        forget()
        # The collector names no referrers that are frozen, be it by the target or by the interpreter.
        gc.disable()
        gc.unfreeze()
        # A collection would run finalizers; and in a copy, to visit every object is to copy it.
        objgraph.gc = SimpleNamespace(get_referrers=gc.get_referrers, collect=_collect_nothing)
        levels = LEVELS if len(leaks) == 1 else LEVELS_OF_ONE_AMONG_SEVERAL
        context = GraphContext(_own_lists(leaks, candidates, chains), clock, levels)
        yield wire.Graphs(tuple(leak_graph(f"p{place}", leak, context) for place, leak in enumerate(leaks)))

    answer = in_forked_copy(drawn_graphs, seconds=MAX_SECONDS)
    drawn = answer if isinstance(answer, wire.Graphs) else wire.Graphs((), str(answer))
    return drawn._replace(seconds=clock() - started)


def leak_graph(prefix: str, leak: Sequence[Held], context: GraphContext) -> wire.LeakGraph:
    """One leak; the prefix keeps the names of its nodes apart from those of other graphs."""
    nodes = GraphNodes(prefix)
    chains = [_add_chain(nodes, held.chain.shown, held.chain.root) for held in leak]
    for held in leak:
        _add_entries(nodes, held, context.levels)
    tops = [chain.top for chain in chains]
    on_chains = {id(each) for held in leak for each in held.chain.shown}
    for held in leak:
        if not held.candidate.is_slot:
            tops.extend(_add_other_paths(nodes, held.chain.shown[-1], on_chains, context))
    return _drawn(tops, chains, [held.number for held in leak])


def cycle_graph(cycle: Sequence[object], root: wire.Step) -> wire.LeakGraph:
    """A cycle, whose first object is also its last, and what hangs on it."""
    nodes = GraphNodes("g")
    chain = _add_chain(nodes, cycle, root)
    ring = frozenset(map(id, cycle))
    nodes.add_parts(list(nodes.objects), levels=1, but_for=ring)
    return _drawn([chain.top], [chain], [])


def _drawn(tops: list[Node], chains: Sequence["_Chain"], holders: Sequence[int]) -> wire.LeakGraph:
    return wire.LeakGraph(
        dot=dot_of(list(dict.fromkeys(tops))),
        chains=tuple(tuple(chain.steps) for chain in chains),
        holders=tuple(holders),
    )


def _collect_nothing() -> int:  # in a copy
    return 0


def _own_lists(
    leaks: list[list[Held]], candidates: Sequence[HolderCandidate], chains: Sequence[HolderChain]
) -> set[int]:
    """Addresses of the agent's own lists that refer to objects of the target."""
    own = {id(leaks), id(candidates), id(chains)}
    own.update(id(leak) for leak in leaks)
    for candidate in candidates:
        own.update(
            (id(candidate.children), id(candidate.alike), *(id(each.children) for each in candidate.alike))
        )
    for chain in chains:
        own.update((id(chain.objects), id(chain.shown)))
    return own


class _Chain:
    """A chain that is drawn: the nodes of each step."""

    def __init__(self, top: Node) -> None:
        self.top = top
        self.steps: list[tuple[str, ...]] = [(top.name,)]
        self._end = top

    def take(self, words: str, *nodes: Node) -> None:
        """One step, drawn as arrows to these nodes in a row, with the words on each."""
        for node in nodes:
            self._end.link(words, node)
            self._end = node
        self.steps.append(tuple(node.name for node in nodes))

    def pass_over(self) -> None:
        """One step of those for which the node that was drawn last stands."""
        self.steps.append(())


def _add_chain(nodes: GraphNodes, objects: Sequence[object], root: wire.Step) -> _Chain:
    """The chain along the objects, whose first is the root's."""
    title = None if root.kind in (wire.StepKind.MODULE, wire.StepKind.GARBAGE) else root.link
    chain = _Chain(nodes.node_of(objects[0], title))
    runs = steps.runs(objects)
    head = MAX_DRAWN_STEPS // 2
    left_out = max(0, len(runs) - MAX_DRAWN_STEPS)
    for place, run in enumerate(runs):
        if place == head and left_out:
            chain.take("", nodes.note(f"… {left_out:,} more steps"))
        elif head < place < head + left_out:
            chain.pass_over()
        else:
            chain.take(words_of(run[0].step.link), *_nodes(nodes, run))
    return chain


def _nodes(nodes: GraphNodes, run: list[steps.Hop]) -> list[Node]:
    """The nodes of a step; if it is taken many times, most of the objects between are only counted."""
    if len(run) <= MAX_REPEATS:
        return [nodes.node_of(hop.reached) for hop in run]
    between = nodes.note(f"… {len(run) - 2:,} more")
    return [nodes.node_of(run[0].reached), between, nodes.node_of(run[-1].reached)]


def _add_entries(nodes: GraphNodes, held: Held, levels: int) -> None:
    """The newest of what the holder holds, and the parts of that."""
    holder = held.chain.shown[-1]
    if held.candidate.is_slot:
        nodes.add_parts([holder], levels=levels)
        return
    parts, left_out = entry_parts(holder, MAX_ENTRIES)
    if not parts and not is_in_bytes(holder):
        # Nobody knows the entries of a container of C code, but it is known what it refers to that is new.
        newest = held.candidate.children[-MAX_ENTRIES:]
        parts = [
            Part(words_of(steps.steps([holder, each], held.chain.root)[1].link), each) for each in newest
        ]
        left_out = (length_of(holder) or len(held.candidate.children)) - len(newest)
    shown = [part for part in parts if not is_own(part.obj)]
    entries = [part.obj for part in shown if not nodes.has(part.obj)]
    nodes.add(nodes.node_of(holder), shown, left_out)
    nodes.add_parts(entries, levels=levels)


def _add_other_paths(nodes: GraphNodes, holder: object, drawn: set[int], context: GraphContext) -> list[Node]:
    """The tops of paths to the holder that come by other referrers than those that are drawn."""
    own = context.own | {id(holder), id(nodes.objects)}
    passed_over = own | drawn | set(map(id, gc.get_referents(holder)))
    referrers = [
        each for each in gc.get_referrers(holder) if id(each) not in passed_over and not is_own(each)
    ]
    # The lists of the agent that are left are referrers, too, but no path from a root leads to them.
    paths = search.paths_found_soon(referrers[:_MAX_REFERRERS], own=own, clock=context.clock)
    others = list(paths.values())
    tops = [_add_chain(nodes, [*path.objects, holder], path.root).top for path in others[:MAX_OTHER_PATHS]]
    if len(others) > MAX_OTHER_PATHS:
        more = nodes.note(f"… {len(others) - MAX_OTHER_PATHS:,} more refer to it")
        more.link("", nodes.node_of(holder))
        tops.append(more)
    return tops
