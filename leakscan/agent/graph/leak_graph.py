"""LeakGraphs of leaks: the way from a root to each holder, its newest entries, and who else refers to it.

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
from leakscan.agent.graph.nodes import Part, Sketch, entries_of, words_of
from leakscan.agent.heap.containers import is_in_bytes, length_of
from leakscan.agent.holders.candidates import HolderCandidate
from leakscan.agent.holders.naming import Way
from leakscan.agent.references import search, steps
from leakscan.agent.references.own_objects import is_own

SECONDS_TO_DRAW = 20
MOST_ENTRIES = 2
"""Entries of a holder that are drawn; the others are counted."""
LEVELS = 2
"""How deep the parts of an entry are drawn, if there is one leak."""
LEVELS_OF_ONE_AMONG_SEVERAL = 1
MOST_OTHER_WAYS = 2
"""Ways to a holder that are drawn beside the one that the report tells."""
_MOST_LOOKED_AT = 8
"""Referrers to which a way is looked for."""
MOST_STEPS = 12
"""Steps of a chain that are drawn; of more, those in the middle are counted."""
MOST_REPEATS = 3


class Held(NamedTuple):
    """A holder and the way to it."""

    number: int
    """Index into the explanation."""
    candidate: HolderCandidate
    way: Way


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
    ways: Sequence[Way],
    *,
    forget: Callable[[], None],
    clock: Callable[[], float],
) -> wire.Graphs:
    """A picture of each leak; `forget` lets go of what the agent itself refers to."""
    started = clock()
    leaks = [[Held(number, candidates[number], ways[number]) for number in leak] for leak in command.leaks]

    def look() -> Iterator[wire.Record]:
        forget()
        # Who refers to an object is not told of what is frozen, be it by the target or by the interpreter.
        gc.disable()
        gc.unfreeze()
        # A collection would run finalizers; and in a copy, to visit every object is to copy it.
        objgraph.gc = SimpleNamespace(get_referrers=gc.get_referrers, collect=_collect_nothing)
        levels = LEVELS if len(leaks) == 1 else LEVELS_OF_ONE_AMONG_SEVERAL
        studio = GraphContext(_own_lists(leaks, candidates, ways), clock, levels)
        yield wire.Graphs(tuple(picture(f"p{place}", leak, studio) for place, leak in enumerate(leaks)))

    answer = in_forked_copy(look, seconds=SECONDS_TO_DRAW)
    drawn = answer if isinstance(answer, wire.Graphs) else wire.Graphs((), str(answer))
    return drawn._replace(seconds=clock() - started)


def picture(prefix: str, leak: Sequence[Held], studio: GraphContext) -> wire.LeakGraph:
    """One leak; the prefix keeps the names of its nodes apart from those of other pictures."""
    sketch = Sketch(prefix)
    chains = [_add_chain(sketch, held.way.shown, held.way.root) for held in leak]
    for held in leak:
        _add_entries(sketch, held, studio.levels)
    tops = [chain.top for chain in chains]
    on_chains = {id(each) for held in leak for each in held.way.shown}
    for held in leak:
        if not held.candidate.is_slot:
            tops.extend(_add_other_ways(sketch, held.way.shown[-1], on_chains, studio))
    return _drawn(tops, chains, [held.number for held in leak])


def cycle_picture(way: Sequence[object], root: wire.Step) -> wire.LeakGraph:
    """A cycle, whose first object is also its last, and what hangs on it."""
    sketch = Sketch("g")
    chain = _add_chain(sketch, way, root)
    ring = frozenset(map(id, way))
    sketch.add_parts(list(sketch.kept), levels=1, but_for=ring)
    return _drawn([chain.top], [chain], [])


def _drawn(tops: list[Node], chains: Sequence["_Chain"], holders: Sequence[int]) -> wire.LeakGraph:
    return wire.LeakGraph(
        dot=dot_of(list(dict.fromkeys(tops))),
        chains=tuple(tuple(chain.steps) for chain in chains),
        holders=tuple(holders),
    )


def _collect_nothing() -> int:
    return 0


def _own_lists(
    leaks: list[list[Held]], candidates: Sequence[HolderCandidate], ways: Sequence[Way]
) -> set[int]:
    """Addresses of the agent's own lists that refer to objects of the target."""
    own = {id(leaks), id(candidates), id(ways)}
    own.update(id(leak) for leak in leaks)
    for candidate in candidates:
        own.update(
            (id(candidate.children), id(candidate.alike), *(id(each.children) for each in candidate.alike))
        )
    for way in ways:
        own.update((id(way.objects), id(way.shown)))
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


def _add_chain(sketch: Sketch, objects: Sequence[object], root: wire.Step) -> _Chain:
    """The chain along the objects, whose first is the root's."""
    title = None if root.kind in (wire.StepKind.MODULE, wire.StepKind.GARBAGE) else root.link
    chain = _Chain(sketch.node_of(objects[0], title))
    runs = steps.runs(objects)
    head = MOST_STEPS // 2
    hidden = max(0, len(runs) - MOST_STEPS)
    for place, run in enumerate(runs):
        if place == head and hidden:
            chain.take("", sketch.note(f"… {hidden:,} more steps"))
        elif head < place < head + hidden:
            chain.pass_over()
        else:
            chain.take(words_of(run[0].step.link), *_nodes(sketch, run))
    return chain


def _nodes(sketch: Sketch, run: list[steps.Hop]) -> list[Node]:
    """The nodes of a step; if it is taken many times, most of the objects on the way are only counted."""
    if len(run) <= MOST_REPEATS:
        return [sketch.node_of(hop.reached) for hop in run]
    between = sketch.note(f"… {len(run) - 2:,} more")
    return [sketch.node_of(run[0].reached), between, sketch.node_of(run[-1].reached)]


def _add_entries(sketch: Sketch, held: Held, levels: int) -> None:
    """The newest of what the holder holds, and the parts of that."""
    found = held.way.shown[-1]
    if held.candidate.is_slot:
        sketch.add_parts([found], levels=levels)
        return
    parts, hidden = entries_of(found, MOST_ENTRIES)
    if not parts and not is_in_bytes(found):
        # Nobody tells the entries of a container of C code, but it is known what is new of all it refers to.
        newest = held.candidate.children[-MOST_ENTRIES:]
        parts = [Part(words_of(steps.steps([found, each], held.way.root)[1].link), each) for each in newest]
        hidden = (length_of(found) or len(held.candidate.children)) - len(newest)
    shown = [part for part in parts if not is_own(part.found)]
    entries = [part.found for part in shown if not sketch.knows(part.found)]
    sketch.add(sketch.node_of(found), shown, hidden)
    sketch.add_parts(entries, levels=levels)


def _add_other_ways(sketch: Sketch, found: object, known: set[int], studio: GraphContext) -> list[Node]:
    """The tops of ways to the holder that come by other referrers than those that are known."""
    own = studio.own | {id(found), id(sketch.kept)}
    passed_over = own | known | set(map(id, gc.get_referents(found)))
    referrers = [each for each in gc.get_referrers(found) if id(each) not in passed_over and not is_own(each)]
    # The lists of the agent that are left are referrers, too, but no way from a root leads to them.
    ways = search.paths_found_soon(referrers[:_MOST_LOOKED_AT], own=own, clock=studio.clock)
    others = list(ways.values())
    tops = [_add_chain(sketch, [*way.objects, found], way.root).top for way in others[:MOST_OTHER_WAYS]]
    if len(others) > MOST_OTHER_WAYS:
        more = sketch.note(f"… {len(others) - MOST_OTHER_WAYS:,} more refer to it")
        more.link("", sketch.node_of(found))
        tops.append(more)
    return tops
