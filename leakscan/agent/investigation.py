"""Which memory grows and who holds it, from the beginning of the tracing to the names of the holders."""

from collections.abc import Callable
from typing import NamedTuple

from leakscan import wire
from leakscan.agent import counters
from leakscan.agent.experiments import garbage, proof
from leakscan.agent.experiments.entry_sizes import measure_entries
from leakscan.agent.experiments.release import Release, release_of
from leakscan.agent.graph.leak_graph import draw
from leakscan.agent.heap import census
from leakscan.agent.heap.containers import length_of
from leakscan.agent.heap.interned import interned_for_ever
from leakscan.agent.heap.symbolize import Traceback, functions_of
from leakscan.agent.holders import holder_chains
from leakscan.agent.holders.candidates import HolderCandidate
from leakscan.agent.holders.explain import Question, explain
from leakscan.agent.holders.lengths import Watched, watched
from leakscan.agent.holders.stores import Run, lengths_of, stores
from leakscan.agent.tracing.live_blocks import LiveBlocks, blocks_of_target
from leakscan.agent.tracing.store_lines import StoreLines
from leakscan.agent.tracing.tracer import Tracing

MAX_GROWN_SITES = 300
"""Sites that are reported as grown."""

Trial = wire.Prove | wire.MeasureEntries | wire.CollectGarbage | wire.DrawGraphs


class Moment(NamedTuple):
    """How far the run has come."""

    calls: int
    """Calls that have returned."""
    seconds: float
    """Since the target was loaded."""


class _Measured(NamedTuple):
    live: LiveBlocks
    moment: Moment
    lengths: dict[int, int]
    """Entries of the containers that were seen growing, by address."""


class Investigation:
    """The tracing of one run, and what it has brought to light: sites, holders, and how to release them.

    It is born with the command `StartTracing`. Its tracing ends with `Name`; the holders are kept as long as
    they may be drawn and weighed.
    """

    def __init__(self, command: wire.StartTracing, now: Moment) -> None:
        suspects = frozenset(command.suspects)
        self._suspects = census.containers_at(suspects) if suspects else []
        self.is_of_large_heap = census.is_large()
        """Whether lists of all objects take memory that counts."""
        self._began = now
        self._sites: list[Traceback] = []
        self._measured: _Measured | None = None
        self._candidates: list[HolderCandidate] = []
        self._chains: list[holder_chains.HolderChain] = []
        self._releases: list[Release | None] = []
        self._watched: list[Watched | None] = []
        self._store_lines: StoreLines | None = None
        self._interned_before = 0
        self._tracing = Tracing(command.frames)
        self._interned_before = interned_for_ever()

    def own_addresses(self) -> set[int]:
        """Addresses of what the investigation keeps objects of the target in: no chain leads through it."""
        return {id(self), id(self.__dict__), id(self._suspects), id(self._releases), id(self._watched)}

    def take_sites(self, command: wire.TakeSites, now: Callable[[], Moment]) -> wire.Sites:
        """The growth of each site since they were last taken; none the first time."""
        if command.collects:
            counters.collect()
        # A name that was made to look an attribute up is kept until its place among the lookups is taken.
        counters.forget_lookups()
        before = self._measured
        # The lengths go with the time: to add up the blocks takes long, and more comes meanwhile.
        moment, lengths = now(), {id(each): length_of(each) or 0 for each in self._suspects}
        measured = self._measured = _Measured(blocks_of_target(), moment, lengths)
        at = measured.moment.seconds
        if before is None or self._tracing.is_lost:
            return wire.Sites(0, at, 0.0, (), is_lost=self._tracing.is_lost)
        self._sites = measured.live.grown_since(before.live, MAX_GROWN_SITES)
        grown = tuple(_traced_site(site, before.live, measured.live) for site in self._sites)
        calls = measured.moment.calls - before.moment.calls
        gained = tuple((address, length - before.lengths[address]) for address, length in lengths.items())
        return wire.Sites(calls, at, at - before.moment.seconds, grown, entries=gained)

    def explain(
        self, command: wire.Explain, calls: int, length_before: Callable[[int], int | None]
    ) -> wire.Explained:
        """Who refers to the memory that grew at the sites; `length_before` tells that of a container."""
        self._suspects = census.held_elsewhere(self._suspects)
        frozen: tuple[wire.Garbage, ...] = ()
        if self._tracing.is_target_freezing:
            frozen = (garbage.garbage_among_frozen(self._sites, draws=command.draws),)
            if not frozen[0].shares:
                # Garbage that was thawed would be collected, which is the target's own business.
                self._tracing.thaw()
        explanation = explain(
            Question(
                tracing=self._tracing,
                sites=self._sites,
                suspects=self._suspects,
                length_before=length_before,
                calls=calls - self._began.calls,
                clock=counters.clock,
            )
        )
        self._candidates = explanation.candidates
        traced = self._tracing.objects
        self._releases = [release_of(candidate, traced) for candidate in self._candidates]
        interned = interned_for_ever()
        return explanation.record._replace(
            frozen=frozen, interned=interned - self._interned_before, all_interned=interned
        )

    def try_out(
        self, command: Trial, *, forget: Callable[[], None], let_go: Callable[[], None]
    ) -> wire.Record:
        """What comes of it in a forked copy.

        There, `forget` lets go of what the agent does not need to call the target; `let_go` also
        of how the holders are released.
        """
        match command:
            case wire.Prove():
                holders = proof.Holders(self._candidates, self._releases, forget, self._tracing.objects)
                return proof.prove(command, holders, self._sites)
            case wire.MeasureEntries():
                return measure_entries(command, self._candidates)
            case wire.CollectGarbage():
                return garbage.garbage_now(self._tracing, self._sites, draws=command.draws)
            case wire.DrawGraphs():
                candidates, chains = self._candidates, self._chains
                self._chains = []
                return draw(command, candidates, chains, forget=let_go, clock=counters.clock)

    def name(self, command: wire.Name, context: Callable[[], holder_chains.SearchContext]) -> wire.Named:
        """The chains to the holders, after the end of the tracing."""
        started = counters.clock()
        self._measured = None
        self._tracing.stop()
        chains = holder_chains.chains_to(self._candidates, context())
        named = holder_chains.named(self._candidates, chains)
        functions = functions_of(self._sites)
        self._watched = [
            watched(candidate, chain, each.steps)
            for candidate, chain, each in zip(self._candidates, chains, named, strict=True)
        ]
        if command.draws:
            self._chains = chains
        self.end_tracing()
        return wire.Named(named, functions, counters.clock() - started)

    def watch_stores(self, command: wire.WatchStores, run: Run) -> wire.StoresWatched:
        """At which lines the holders get longer and shorter; asked last, since it calls the target again."""
        groups = [
            (group[0], [holder for index in group if (holder := self._watched[index]) is not None])
            for group in command.holders
        ]
        self._watched = []
        watch = self._store_lines = StoreLines(lengths_of(groups), counters.clock() + command.limit_seconds)
        try:
            return stores(command, groups, self._sites, run, watch)
        finally:
            self._store_lines = None

    def watch_no_more(self) -> None:
        """Watch no lines any more: in a child that the target forks they are nobody's."""
        if self._store_lines is not None:
            self._store_lines.end()

    def end_tracing(self) -> None:
        """Trace no more, and leave the heap as the target had it."""
        self._tracing.end()

    def forget(self) -> None:
        """Let go of every object of the target but of those that the releases need."""
        self._measured = None
        self._candidates = []
        self._suspects = []
        self._watched = []

    def let_go(self) -> None:
        """Let go of every object of the target but of the chains to the holders, which are to be drawn."""
        self._releases = []
        self.forget()


def _traced_site(site: Traceback, before: LiveBlocks, after: LiveBlocks) -> wire.TracedSite:
    return wire.TracedSite(
        frames=site,
        blocks=after.blocks.get(site, 0) - before.blocks.get(site, 0),
        bytes=after.bytes.get(site, 0) - before.bytes.get(site, 0),
        live_blocks=after.blocks.get(site, 0),
        live_bytes=after.bytes.get(site, 0),
        largest=after.largest.get(site, 0),
        largest_before=before.largest.get(site, 0),
    )
