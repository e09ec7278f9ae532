"""What was traced, explained, tried and named: the records behind the findings, joined by candidate."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from leakscan import wire
from leakscan.analysis.attribution.churn import Churn, churn
from leakscan.analysis.attribution.groups import Traced
from leakscan.analysis.growth.containers import ContainerGrowth
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.growth.trends import Trend, Window
from leakscan.analysis.naming import holder_names
from leakscan.analysis.naming.stack_frames import Places
from leakscan.analysis.record_index import RecordIndex
from leakscan.model.run import Unit

NO_GARBAGE = wire.Garbage(0, (), (), ())
NOT_WATCHED = wire.StoresWatched(0, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The candidates, by their number in `explained`, with all that other records say of them."""

    screen: Screen
    explained: wire.Explained
    sites: wire.Sites
    named: wire.Named
    garbage: wire.Garbage
    garbage_shares: Mapping[int, float]
    """By site: which share of its growth is garbage, and held by nobody."""
    parents: Mapping[int, int]
    """For each candidate that hangs on another one that grows: that other one."""
    churn: Mapping[int, Churn]
    """By address."""
    proofs: tuple[wire.Proved, ...]
    graphs: tuple[wire.LeakGraph, ...]
    entry_bytes: Mapping[int, float]
    """What an entry takes, by candidate."""
    stores: wire.StoresWatched
    """Where entries are put into the holders; nothing where that was not asked."""
    places: Places
    python: str
    """`Python 3.12`: what the target ran on."""
    last_window: Window | None
    """The last window before calls were traced."""
    is_open: bool
    """Whether windows are still to come that tell what grows without what was only replaced."""
    memory_bytes: int | None = None
    """Of the machine, or what its control group allows; None where that is not known."""

    @property
    def traced(self) -> Traced:
        """What holders can answer for: the sites without what of them is garbage."""
        return Traced(self.explained, _less(self.sites, self.garbage_shares), self.parents)

    def rate(self, amount: float) -> float:
        """So much over the traced span, per unit of the run."""
        units = self.screen.span(self.sites)
        return amount / units if units else 0.0

    def rate_of(self, holders: Sequence[int], amount: float) -> float:
        """So much over the traced span of what these hold, per unit of the run.

        Beside a call that does not return it goes by their entries: so much for each that came while traced,
        as often as one comes untraced.
        """
        if self.screen.unit is Unit.CALL:
            return self.rate(amount)
        while_traced = dict(self.sites.entries)
        gained, per_second = 0, 0.0
        for index in holders:
            growth = self.growth(index)
            if growth is not None and growth.is_persistent and not growth.in_bytes:
                gained += max(0, while_traced.get(growth.address, 0))
                per_second += growth.per_unit if growth.address in while_traced else 0.0
        if not per_second:
            return self.rate(amount)
        return amount * per_second / gained if gained else 0.0

    def growth(self, index: int) -> ContainerGrowth | None:
        """What the screen saw of a candidate; None if it saw it not growing."""
        address = self.explained.holders[index].address
        return next((grown for grown in self.screen.containers if grown.address == address), None)

    def is_suspect(self, index: int) -> bool:
        """Whether the candidate grew at each of the last censuses."""
        address = self.explained.holders[index].address
        return any(suspect.address == address for suspect in self.screen.suspects)

    def named_holder(self, index: int) -> wire.NamedHolder | None:
        """What was found out when the candidate was named; None before."""
        return self.named.holders[index] if index < len(self.named.holders) else None

    def steps(self, index: int) -> tuple[wire.Step, ...]:
        """The chain to a candidate, as its user knows it."""
        named = self.named_holder(index)
        if named is None:
            return _nameless(self.explained.holders[index]).steps
        return holder_names.as_its_user_knows_it(named.steps)


def explanation(records: RecordIndex, screen: Screen) -> Explanation | None:
    """What the findings are made of; None before anything was explained."""
    header, growing = records.first(wire.Header), records.last(wire.GrowingNamed)
    explained = records.last(wire.Explained)
    sites = records.last(wire.Sites) or wire.NOTHING_TRACED
    named = records.last(wire.Named)
    if explained is None and growing is not None:
        # The run ended before it was known which site is whose.
        explained, sites = wire.Explained(growing.holders), wire.NOTHING_TRACED
    if explained is None and screen.is_garbage:
        # Garbage is looked at by itself, and hangs on nothing.
        explained = wire.Explained(())
    if explained is None:
        return None
    if named is None:
        # The time was over, or a call was, before the names that follow the tracing.
        named = _named_before(explained, growing)
    garbage = records.last(wire.Garbage) or NO_GARBAGE
    drawn = records.last(wire.Graphs)
    weighed = records.last(wire.EntriesMeasured)
    stores = records.last(wire.StoresWatched) or NOT_WATCHED
    last_window = _last_window_before_tracing(records, screen)
    is_last = last_window is not None and last_window is screen.windows[-1]
    return Explanation(
        screen=screen,
        explained=explained,
        sites=sites,
        named=named,
        garbage=garbage,
        garbage_shares=_garbage_shares(garbage, explained, sites),
        parents=_parents(explained, named, screen),
        churn=churn(records),
        proofs=tuple(records.of(wire.Proved)),
        graphs=() if drawn is None else drawn.graphs,
        entry_bytes={
            **_weighed_before(explained, growing),
            **({} if weighed is None else {w.holder: w.entry_bytes for w in weighed.sizes}),
        },
        stores=stores,
        places=Places(
            records,
            (*named.functions, *garbage.functions, *stores.functions),
            are_all=records.has(wire.Named, wire.Garbage),
        ),
        python=_python_of(records),
        last_window=last_window,
        is_open=screen.trend is Trend.UNKNOWN or (is_last and not records.has(wire.Ended)),
        memory_bytes=None if header is None else header.memory_bytes,
    )


def _named_before(explained: wire.Explained, growing: wire.GrowingNamed | None) -> wire.Named:
    """The holders by the names that they had before anything was traced, where they have no later ones."""
    if growing is None:
        return wire.Named(())
    # Which others a chain runs through is told by place, and the places are those of another list.
    known = {
        holder.address: named._replace(through=None)
        for holder, named in zip(growing.holders, growing.named, strict=False)
    }
    return wire.Named(
        tuple(
            known[holder.address] if holder.is_container and holder.address in known else _nameless(holder)
            for holder in explained.holders
        )
    )


def _nameless(holder: wire.HeldBy) -> wire.NamedHolder:
    return wire.NamedHolder((wire.Step(wire.StepKind.UNKNOWN, holder.type, holder.type, holder.type),))


def _weighed_before(explained: wire.Explained, growing: wire.GrowingNamed | None) -> dict[int, float]:
    """What an entry of each holder weighed before anything was traced."""
    if growing is None:
        return {}
    sizes = {growing.holders[size.holder].address: size.entry_bytes for size in growing.sizes}
    return {
        index: sizes[holder.address]
        for index, holder in enumerate(explained.holders)
        if holder.is_container and holder.address in sizes
    }


def _python_of(records: RecordIndex) -> str:
    header = records.first(wire.Header)
    return "Python" if header is None else f"Python {'.'.join(header.python.split('.')[:2])}"


def _parents(explained: wire.Explained, named: wire.Named, screen: Screen) -> dict[int, int]:
    suspected = {suspect.address for suspect in screen.suspects}

    def is_growing(index: int) -> bool:
        holder = explained.holders[index]
        is_longer = (holder.entries or 0) > (holder.entries_before or 0)
        return holder.is_container and (holder.address in suspected or is_longer)

    parents: dict[int, int] = {}
    for child, holder in enumerate(named.holders):
        through = _chains_under(child, named) if holder.through is None else holder.through
        parent = next((other for other in through if is_growing(other)), None)
        if parent is not None:
            parents[child] = parent
    return parents


def _chains_under(child: int, named: wire.Named) -> list[int]:
    """The candidates whose chains the chain of this one begins with."""
    chains = [holder.steps for holder in named.holders]
    return [
        other
        for other, above in enumerate(chains)
        if other != child and holder_names.is_under(chains[child], above)
    ]


def _last_window_before_tracing(records: RecordIndex, screen: Screen) -> Window | None:
    tracing = records.last(wire.Tracing)
    before = [w for w in screen.windows if tracing is None or w.samples[-1].calls <= tracing.calls]
    return before[-1] if before else None


def _garbage_shares(garbage: wire.Garbage, explained: wire.Explained, sites: wire.Sites) -> dict[int, float]:
    """For each site that garbage was made at: which share of its growth is garbage, and held by nobody.

    The inside of an object, such as the items of a list, has a site without any object; it goes with the site
    whose traceback shares most with its own.
    """
    held: dict[int, int] = {}
    for holder in explained.holders:
        for share in holder.shares:
            held[share.site] = max(held.get(share.site, 0), share.objects)
    shares = {s.site: s.objects / (s.objects + held.get(s.site, 0)) for s in garbage.shares if s.objects}

    def nearness(index: int, others: Iterable[int]) -> int:
        frames = set(sites.grown[index].frames)
        return max((len(frames & set(sites.grown[other].frames)) for other in others), default=0)

    insides = set(range(len(sites.grown))) - shares.keys() - held.keys() - {s.site for s in explained.unheld}
    of_garbage = {index for index in insides if nearness(index, shares) > nearness(index, held)}
    return {**shares, **dict.fromkeys(of_garbage, 1.0)}


def _less(sites: wire.Sites, shares: Mapping[int, float]) -> wire.Sites:
    """The sites without these shares of what they gained."""
    return sites._replace(
        grown=tuple(
            site._replace(
                blocks=round(site.blocks * (1 - shares.get(index, 0.0))),
                bytes=round(site.bytes * (1 - shares.get(index, 0.0))),
            )
            for index, site in enumerate(sites.grown)
        )
    )
