"""The findings of a run: each group of holders with its sites, its name, its proof and its verdict."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution import groups as grouping
from leakscan.analysis.attribution import proof_plan, tiers
from leakscan.analysis.attribution.churn import churn
from leakscan.analysis.findings.advice import FREEZING, GARBAGE, INTERNED, LOST, advice
from leakscan.analysis.findings.process import whole_process_finding
from leakscan.analysis.growth.containers import ContainerGrowth
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.growth.trends import Trend, Window
from leakscan.analysis.naming import fingerprint as fingerprints
from leakscan.analysis.naming import holder_names
from leakscan.analysis.naming.frames import Places
from leakscan.model.analysis import ChainStep, Drawing, Finding, Frame, Holder, SiteGrowth
from leakscan.model.run import Kind, Position, Unit, Verdict

Records = Sequence[wire.Record]
Kept = TypeVar("Kept")
Number = TypeVar("Number", int, float)
_NOTHING_REMOVED = 0.1


def findings(
    records: Records, screen: Screen, threshold: float, *, has_failed: bool = False
) -> tuple[Finding, ...]:
    """Every leak and every filling cache that the records prove, worst first.

    `has_failed` if the target did: then growth counts that could not be traced any more.
    """
    case = _case(records, screen)
    listed = [] if case is None else _explained_findings(case, screen)
    # What was turned over answers for what it grew by before, and is no leak.
    still = set() if case is None else case.only_replaced()
    is_waiting = case is not None and case.is_open and bool(still)
    whole = None if is_waiting else whole_process_finding(records, screen, has_failed=has_failed)
    if whole is not None and _explain_too_little(listed, whole):
        # What was longer at one look only is no second leak beside one that it does not explain.
        listed = [whole, *(finding for finding in listed if finding.series)]
    # Where memory was flat, what is newer at the end of some traced calls has taken the place of something.
    may_leak = screen.trend not in (Trend.FLAT, Trend.FADING)
    growing = [
        finding
        for finding in listed
        if finding.verdict is not Verdict.LEAKING
        or (may_leak and finding.grows and finding.fingerprint not in still)
    ]
    if case is not None:
        growing = _beside_what_is_replaced(growing, case.mostly_replaced())
    unreported = max(0.0, screen.bytes_per_unit - sum(finding.bytes_per_call for finding in growing))
    judged = (_under_threshold(finding, threshold, unreported) for finding in growing)
    return tuple(sorted(judged, key=_worst_first))


def _beside_what_is_replaced(growing: list[Finding], replaced: set[str]) -> list[Finding]:
    """The findings without those that mostly replace what they have, if one with a holder is left."""
    others = [finding for finding in growing if finding.fingerprint not in replaced]
    is_one_left = any(finding.verdict is Verdict.LEAKING and finding.holder for finding in others)
    return others if is_one_left else growing


def _explain_too_little(listed: Sequence[Finding], whole: Finding) -> bool:
    """Whether the findings are no answer to what the whole process shows."""
    if not listed:
        return True
    explained = sum(finding.bytes_per_call for finding in listed)
    return whole.kind is Kind.NATIVE and explained < settings.MIN_REPORTED_SHARE * whole.bytes_per_call


def _explained_findings(case: "_Case", screen: Screen) -> list[Finding]:
    """What has a site or a holder."""
    held = [case.finding(group) for group in _held_groups(case)]
    unheld = case.piled_up() if screen.is_garbage else case.lost()
    if screen.is_garbage:
        # Garbage is no part of what the collected rounds grew by, and says nothing of what is.
        kept = [] if _are_by_chance(held, screen, case.sites) else held
        return [*kept, *([] if unheld is None else [unheld])]
    listed = [*held, *([] if unheld is None else [unheld])]
    return [] if _are_by_chance(listed, screen, case.sites) else listed


def _case(records: Records, screen: Screen) -> "_Case | None":
    """What the findings are made of; None before anything was explained."""
    explained = _last(records, wire.Explained)
    if explained is None and screen.is_garbage:
        # Garbage is looked at by itself, and hangs on nothing.
        explained = wire.Explained(())
    if explained is None:
        return None
    return _Case(records, screen, _last(records, wire.Sites) or wire.NOTHING_TRACED, explained)


def _held_groups(case: "_Case") -> list[grouping.Group]:
    """The leaks that have holders; none where garbage alone grows, beside which holders are only busy."""
    if case.screen.is_garbage and case.screen.kept is not Trend.RISING:
        return []
    return case.folded_groups()


def _are_by_chance(listed: Sequence[Finding], screen: Screen, sites: wire.Sites | None) -> bool:
    """Whether next to nothing of what grew untraced grew while it was traced.

    What then did is chance; and what grew before is no more a leak of the target's, as the names that the
    interpreter keeps of attributes that were looked up.
    """
    if screen.blocks is not Trend.RISING or screen.is_stepping or screen.unit is Unit.SECOND or sites is None:
        return False
    if screen.blocks_per_unit * sites.calls < settings.MIN_EXPECTED_BLOCKS:
        return False
    min_rate = settings.MIN_ACCOUNTED_SHARE * screen.blocks_per_unit
    return all(
        finding.objects_per_call < min_rate
        and ((finding.holder and finding.holder.entries_per_call) or 0.0) < min_rate
        for finding in listed
    )


def holders_by_finding(records: Records, screen: Screen) -> tuple[tuple[int, ...], ...]:
    """For each finding that has a holder, worst first: its holders, as indices into the explanation."""
    case = _case(records, screen)
    if case is None:
        return ()
    growing = (group for group in _held_groups(case) if not case.is_only_replaced(group))
    ranked = sorted(growing, key=lambda group: _worst_first(case.finding(group)))
    return tuple(case.reported(group) for group in ranked)


def _worst_first(finding: Finding) -> tuple[int, float, float, str]:
    order = [Verdict.LEAKING, Verdict.FILLING, Verdict.INCONCLUSIVE, Verdict.CLEAN].index(finding.verdict)
    return order, -finding.bytes_per_call, -finding.objects_per_call, finding.fingerprint


def _under_threshold(finding: Finding, threshold: float, unreported: float) -> Finding:
    """The finding, as CLEAN where it is too small; never so beside growth that it may hold, too.

    `unreported`: bytes per unit that the process grows by beyond all findings, as what a C extension keeps.
    """
    if finding.verdict is not Verdict.LEAKING or finding.bytes_per_call + unreported >= threshold:
        return finding
    return replace(finding, verdict=Verdict.CLEAN, kind=Kind.UNDER_THRESHOLD)


def _python_of(records: Records) -> str:
    """`Python 3.12`: what the target ran on."""
    header = next((record for record in records if isinstance(record, wire.Header)), None)
    return " ".join(["Python", *([] if header is None else [".".join(header.python.split(".")[:2])])])


class _Case:
    """The records that findings are made of, and the joins between them."""

    def __init__(
        self,
        records: Records,
        screen: Screen,
        sites: wire.Sites,
        explained: wire.Explained,
    ) -> None:
        self.screen = screen
        self.sites = sites
        self.explained = explained
        self.named = _last(records, wire.Named) or wire.Named(())
        self.collectable = _last(records, wire.Garbage) or wire.Garbage(0, (), (), ())
        self.churn = churn(records)
        self.proofs = [r for r in records if isinstance(r, wire.Proved)]
        drawn = _last(records, wire.Graphs)
        self.graphs = () if drawn is None else drawn.graphs
        weighed = _last(records, wire.EntriesMeasured)
        self.entry_bytes = {} if weighed is None else {w.holder: w.entry_bytes for w in weighed.sizes}
        self.places = Places(records, (*self.named.functions, *self.collectable.functions))
        self.python = _python_of(records)
        self.per = screen.span(sites)
        self.containers = {c.address: c for c in screen.containers}
        self.suspected = {c.address for c in screen.suspects}
        self.last_window = _last_window_before_tracing(records, screen)
        is_last = bool(screen.windows) and self.last_window is screen.windows[-1]
        self.is_open = screen.trend is Trend.UNKNOWN or (is_last and _last(records, wire.Ended) is None)
        """Whether windows are still to come that tell what grows without what was turned over."""
        self.garbage_shares = _garbage_shares(self.collectable, explained, sites)
        beside = _less(sites, self.garbage_shares)
        self.groups = tiers.groups(explained, beside, screen, parents=self._parents())

    def steps(self, index: int) -> tuple[wire.Step, ...]:
        """The chain to a holder, as its user knows it."""
        if index >= len(self.named.holders):
            kind = self.explained.holders[index].type
            return (wire.Step(wire.StepKind.UNKNOWN, kind, kind, kind),)
        return holder_names.as_its_user_knows_it(self.named.holders[index].steps)

    def _parents(self) -> dict[int, int]:
        """For each holder that hangs on another one that grows: that other one."""
        parents: dict[int, int] = {}
        for child, named in enumerate(self.named.holders):
            through = self._chains_under(child) if named.through is None else named.through
            parent = next((other for other in through if self._is_growing(other)), None)
            if parent is not None:
                parents[child] = parent
        return parents

    def _chains_under(self, child: int) -> list[int]:
        """The holders whose chains the chain of this one begins with."""
        chains = [holder.steps for holder in self.named.holders]
        return [
            other
            for other, above in enumerate(chains)
            if other != child and holder_names.is_under(chains[child], above)
        ]

    def _is_growing(self, index: int) -> bool:
        holder = self.explained.holders[index]
        return holder.is_container and (
            holder.address in self.suspected or (holder.entries or 0) > (holder.entries_before or 0)
        )

    def folded_groups(self) -> list[grouping.Group]:
        """The groups, those that differ by keys and indices only (`GROUPS[7]`, `GROUPS[8]`) as one."""
        folded: dict[str, grouping.Group] = {}
        for group in self.groups:
            main = self._in_order(group)[0]
            identity = fingerprints.fingerprint("leak", fingerprints.fingerprint_names(self.steps(main)))
            known = folded.get(identity)
            folded[identity] = group if known is None else grouping.together(known, group)
        return list(folded.values())

    def finding(self, group: grouping.Group) -> Finding:
        """One finding."""
        reported = self.reported(group)
        main = reported[0]
        raw = self.explained.holders[main]
        alike = self._alike(main, group)
        steps = holder_names.in_common([self.steps(index) for index in alike])
        growth = self.containers.get(raw.address)
        parts = [self._holder(index, group, steps) for index in alike]
        holder = _of_parts(parts) if self._is_one_object(alike) else _added_up(parts)
        if len(alike) > 1:
            holder = replace(holder, freed_share=self._freed(alike, group))
        freed_together = self._freed_together(alike, group)
        is_bounded = holder.bound is not None and (
            holder.entries is not None and holder.entries <= holder.bound
        )
        exceeds = holder.bound is not None and not is_bounded and raw.is_container
        kind = Kind.UNBOUNDED_GROWTH
        if is_bounded:
            kind = Kind.BOUNDED
        elif exceeds:
            kind = Kind.BOUND_EXCEEDED
        series, unit = _series(growth, raw)
        others = tuple(self._holder(index, group, self.steps(index)) for index in reported[1:])
        if freed_together is not None and not others:
            # Containers of one kind that were emptied at once, and are findings of their own.
            holder = replace(holder, freed_share=freed_together)
            freed_together = None
        named = self.named.holders[main] if main < len(self.named.holders) else None
        advised = advice(kind, raw, steps, others=len(others), named=named)
        if (holder.immortal_share or 0.0) >= settings.ENOUGH_FREED:
            advised = INTERNED
        return Finding(
            fingerprint=fingerprints.fingerprint("leak", fingerprints.fingerprint_names(steps)),
            verdict=Verdict.FILLING if is_bounded else Verdict.LEAKING,
            kind=kind,
            bytes_per_call=self._growth(group, holder),
            objects_per_call=self._rate(group.grown_blocks),
            holder=holder,
            also_held_by=others,
            freed_together=freed_together,
            sites=self.sites_of(group),
            chain=holder_names.chain(steps, len(steps) - 1),
            advice=None if advised is None else advised.text,
            pattern=None if advised is None else advised.pattern,
            series=series,
            series_unit=unit,
            drawing=self._drawing(reported),
        )

    def only_replaced(self) -> set[str]:
        """The fingerprints of what holds no more than before, only newer."""
        return {
            fingerprints.fingerprint(
                "leak", fingerprints.fingerprint_names(self.steps(self.reported(group)[0]))
            )
            for group in self.folded_groups()
            if self.is_only_replaced(group)
        }

    def mostly_replaced(self) -> set[str]:
        """The fingerprints of what was longer at each look by next to nothing of what came in."""
        return {
            fingerprints.fingerprint(
                "leak", fingerprints.fingerprint_names(self.steps(self.reported(group)[0]))
            )
            for group in self.folded_groups()
            if group.holders
            and all(self._is_mostly_replaced(self.explained.holders[index]) for index in group.holders)
        }

    def is_only_replaced(self, group: grouping.Group) -> bool:
        """Whether what was traced only took the place of what had been there, in what had stopped growing.

        Entries that were made before the tracing are not seen to go: those that come look like a leak.
        What gets no longer can leak in values alone, so that memory grows by more than its entries.
        """
        return bool(group.holders) and all(self._has_stopped_growing(index) for index in group.holders)

    def _has_stopped_growing(self, index: int) -> bool:
        raw = self.explained.holders[index]
        if not raw.is_container or raw.entries is None or raw.entries_before is None:
            return False
        if raw.in_bytes or self.screen.unit is Unit.SECOND:
            return False
        if raw.entries > raw.entries_before or not raw.added:
            return False
        if self.screen.trend in (Trend.FLAT, Trend.FADING):
            return True
        growth = self.containers.get(raw.address)
        if growth is None or self.last_window is None:
            return False
        first, last = self.last_window.samples[0], self.last_window.samples[-1]
        gained = sum(
            after - before
            for (_, before), (calls, after) in pairwise(growth.looks)
            if first.calls < calls <= last.calls
        )
        if gained <= 0:
            return False
        # Its entries may be several blocks each. More windows show whether anything grows without it.
        explains_growth = gained >= settings.MIN_SHARE_OF_GROWTH * (last.blocks - first.blocks)
        return explains_growth or self.is_open

    def _is_mostly_replaced(self, raw: wire.HeldBy) -> bool:
        """Whether next to all of what came in took the place of something, and the rest came unevenly.

        A cache that is emptied by half, or down to its bound, may be a little longer at each look. What one
        call in a hundred forgets to remove comes at one rate.
        """
        growth = self.containers.get(raw.address)
        if growth is None or not raw.added or not raw.calls or growth.is_even or growth.may_be_even:
            return False
        return growth.per_unit < settings.NET_OF_REPLACED * raw.added / raw.calls

    def reported(self, group: grouping.Group) -> tuple[int, ...]:
        """The holders that a report tells of: the main one, then those of the leak that have other names."""
        by_name: dict[tuple[str, ...], int] = {}
        for index in self._without_incidental(self._in_order(group), group):
            by_name.setdefault(tuple(fingerprints.fingerprint_names(self.steps(index))), index)
        return tuple(by_name.values())[: 1 + settings.MAX_OTHER_HOLDERS]

    def _drawing(self, reported: tuple[int, ...]) -> Drawing | None:
        picture = next((p for p in self.graphs if p.holders[:1] == reported[:1]), None)
        if picture is None:
            return None
        marked: list[str] = []
        growing: list[tuple[str, str]] = []
        for index, chain in zip(picture.holders, picture.chains, strict=True):
            steps = self.steps(index)
            marked.append(_node(chain, holder_names.place_of_holder(steps)))
            growing.extend(_arrows(chain, range(len(steps) - 1, len(steps))))
        return Drawing(dot=picture.dot, holders=tuple(marked), growing=tuple(growing))

    def _alike(self, main: int, group: grouping.Group) -> list[int]:
        """The holder, and those that differ from it by keys and indices only."""
        names = fingerprints.fingerprint_names(self.steps(main))
        others = (index for index in group.holders if index != main)
        return [
            main,
            *(index for index in others if fingerprints.fingerprint_names(self.steps(index)) == names),
        ]

    def _is_one_object(self, alike: Sequence[int]) -> bool:
        """Whether the holders are what one object keeps for itself: the data of a cache, and its order."""
        chains = {self.steps(index) for index in alike}
        return len(chains) == 1 and all(
            index < len(self.named.holders) and holder_names.is_inside(self.named.holders[index].steps)
            for index in alike
        )

    def _in_order(self, group: grouping.Group) -> list[int]:
        """The holders of a leak, with those that were tried beside them, the one to be named first of all."""
        tried = {index for proof in self.proofs for index in proof.holders}
        others = [
            index for index in proof_plan.in_it(group, self.explained)[len(group.holders) :] if index in tried
        ]
        return sorted([*group.holders, *others], key=lambda index: self._preference(index, group))

    def _without_incidental(self, ordered: Sequence[int], group: grouping.Group) -> list[int]:
        """The holders; where the first frees enough, without those that hold next to nothing of the leak.

        The variable with the newest entry holds that entry, and is no second holder of all of them.
        """
        held = {index: grouping.bytes_at(group.blocks, self.explained.holders[index]) for index in ordered}
        if (self._freed(ordered[:1], group) or 0.0) < settings.ENOUGH_FREED:
            return list(ordered)
        min_bytes = settings.MIN_SHARE * max(held.values())
        return [index for index in ordered if index == ordered[0] or held[index] >= min_bytes]

    def _preference(self, index: int, group: grouping.Group) -> tuple[bool, bool, bool, bool, bool, int]:
        """Holders with a chain from a root first, then those that freed most of it alone, then by weight.

        A bound ends nothing of what is held elsewhere too, by what grows without one: that is the leak.
        """
        steps = self.steps(index)
        is_enough = (self._freed([index], group) or 0.0) >= settings.ENOUGH_FREED
        # Of a linked structure not one of its nodes is the holder, but whoever holds the structure.
        is_in_chain = any(step.repeats > 1 for step in steps[:-1])
        is_full = index not in group.holders and self.explained.holders[index].is_container
        is_elsewhere = self._is_in_bound(index, group) and any(
            self._grows_without_bound(other, group) for other in group.holders
        )
        return (
            steps[0].kind == wire.StepKind.UNKNOWN,
            is_elsewhere,
            not is_enough,
            is_full,
            is_in_chain,
            index,
        )

    def _is_in_bound(self, index: int, group: grouping.Group) -> bool:
        """Whether the holder, or another one inside the same object, has a bound and keeps to it."""
        alike = self._alike(index, group)
        parts = alike if self._is_one_object(alike) else [index]
        bounds = [bound for part in parts if (bound := self._bound(part)) is not None]
        entries = self.explained.holders[index].entries
        return entries is not None and any(entries <= bound for bound in bounds)

    def _grows_without_bound(self, index: int, group: grouping.Group) -> bool:
        """Whether the holder grew at each of the last looks, can be named, and nothing bounds it."""
        raw = self.explained.holders[index]
        return (
            raw.is_container
            and not raw.is_weak
            and raw.address in self.suspected
            and self.steps(index)[0].kind != wire.StepKind.UNKNOWN
            and not self._is_in_bound(index, group)
        )

    def _bound(self, index: int) -> int | None:
        """The most entries that a container allows itself, where it or what it belongs to says so."""
        raw = self.explained.holders[index]
        if not raw.is_container:
            return None
        if raw.bound is None and index < len(self.named.holders):
            return self.named.holders[index].bound
        return raw.bound

    def _freed(self, indices: Sequence[int], group: grouping.Group) -> float | None:
        """What emptying these holders, and no other, freed at most."""
        wanted = set(indices)
        shares = [
            proof_plan.freed_share(proof, self.explained, group.blocks)
            for proof in self.proofs
            if set(proof.holders) <= wanted
        ]
        return max((share for share in shares if share is not None), default=None)

    def _freed_together(self, alike: Sequence[int], group: grouping.Group) -> float | None:
        """What emptying these and the others freed, where these alone freed little; None if not tried."""
        shares = [
            proof_plan.freed_share(proof, self.explained, group.blocks)
            for proof in self.proofs
            if not set(proof.holders) <= set(alike) and alike[0] in proof.holders
        ]
        return next((share for share in shares if share is not None), None)

    def _why_not_emptied(self, index: int) -> str | None:
        messages = (proof.message for proof in self.proofs if index in proof.holders)
        return next((message for message in messages if message is not None), None)

    def _why_counted(self, index: int) -> str | None:
        reasons = (proof.counted_because for proof in self.proofs if index in proof.holders)
        return next((reason for reason in reasons if reason is not None), None)

    def _immortal_share(self, raw: wire.HeldBy, group: grouping.Group) -> float | None:
        """Share of what it holds that this Python never frees; None where that is nothing to speak of."""
        shares = [share for share in raw.shares if share.site in group.blocks]
        held = sum(share.bytes for share in shares)
        immortal = sum(share.immortal_bytes for share in shares)
        return immortal / held if immortal > settings.MIN_SHARE * held else None

    def _rate(self, amount: float) -> float:
        return amount / self.per if self.per else 0.0

    def _holder(self, index: int, group: grouping.Group, steps: tuple[wire.Step, ...]) -> Holder:
        raw = self.explained.holders[index]
        named = self.named.holders[index] if index < len(self.named.holders) else None
        growth = self.containers.get(raw.address)
        net = self._entries_per_call(raw, growth)
        added = None
        if raw.added is not None and raw.calls and self.screen.unit is Unit.CALL:
            added = max(raw.added / raw.calls, net or 0.0)
        elif net is not None and raw.is_container:
            added = net
        removed = None if added is None or net is None else max(0.0, added - net)
        seen = self.churn.get(raw.address) if raw.is_container else None
        if seen is not None and net is not None:
            # The traced span shows what stayed for long, single calls what stayed for a few of them.
            removed = max(removed or 0.0, seen.removed_per_call)
            added = net + removed
        # Where it is a part of the name, it is not said twice.
        is_nameless = holder_names.is_nameless(steps)
        return Holder(
            name=holder_names.holder_name(steps, "" if named is None else named.entries_do),
            type=_shown_type(raw, steps),
            path=holder_names.holder_path(steps),
            entries=raw.entries,
            in_bytes=raw.in_bytes,
            entries_per_call=net,
            added_per_call=added,
            removed_per_call=removed,
            bound=self._bound(index),
            bound_name=named.bound_name if named is not None and raw.is_container else None,
            capacity_bytes=raw.capacity_bytes,
            bytes_per_entry=self.entry_bytes.get(index),
            freed_share=self._freed([index], group),
            not_emptied_because=self._why_not_emptied(index),
            counted_because=self._why_counted(index),
            immortal_share=self._immortal_share(raw, group),
            entry_type=None if named is None else named.entry_type or None,
            entries_do=None if named is None or is_nameless else named.entries_do or None,
            defined_at=None if named is None else self._shown_place(named.defined_at),
        )

    def _growth(self, group: grouping.Group, holder: Holder) -> float:
        """Bytes per call: as traced, or by the holder's own length where tracing did not see them."""
        traced = self._rate(group.grown_bytes)
        if holder.in_bytes:
            # A buffer moves as a whole: what was traced may have been no more than the move.
            return max(traced, holder.entries_per_call or 0.0)
        return traced or (holder.bytes_per_entry or 0.0) * (holder.entries_per_call or 0.0)

    def _shown_place(self, place: str | None) -> str | None:
        return None if place is None else self.places.file(place)

    def _entries_per_call(self, raw: wire.HeldBy, growth: ContainerGrowth | None) -> float | None:
        if not raw.is_container:
            return None
        if growth is not None and (growth.is_persistent or self.screen.looks <= 2):
            return growth.per_unit
        if raw.entries is None or raw.entries_before is None or not raw.calls:
            return None
        return (raw.entries - raw.entries_before) / raw.calls

    def sites_of(self, group: grouping.Group) -> tuple[SiteGrowth, ...]:
        """The sites of the group, those of the heaviest line first.

        One line may be reached in a thousand ways, each with a traceback of its own and next to no growth.
        """
        sites = [self._site(index, group.blocks.get(index, 0.0), size) for index, size in group.bytes.items()]
        lines: dict[tuple[str, int], float] = {}
        for site in sites:
            line = site.frame.file, site.frame.line
            lines[line] = lines.get(line, 0.0) + site.bytes_per_call
        sites.sort(
            key=lambda s: (
                -lines[s.frame.file, s.frame.line],
                (s.frame.file, s.frame.line),
                -s.bytes_per_call,
                -s.objects_per_call,
            )
        )
        max_bytes = max((s.bytes_per_call for s in sites), default=0.0)
        max_objects = max((s.objects_per_call for s in sites), default=0.0)
        listed = [
            site
            for site in sites
            if site.bytes_per_call > settings.MIN_SITE_SHARE * max_bytes
            or site.objects_per_call > settings.MIN_SITE_SHARE * max_objects
        ]
        return tuple(listed[: settings.MAX_SITES])

    def _site(self, index: int, blocks: float, size: float) -> SiteGrowth:
        frames = self.sites.grown[index].frames
        types: dict[str, float] = {}
        held = [share for holder in self.explained.holders for share in holder.shares]
        for share in (*held, *self.explained.unheld, *self.collectable.shares):
            if share.site == index and share.objects:
                live = max(share.objects, self.sites.grown[index].live_blocks)
                for name, count in share.types.items():
                    rate = count / live * self._rate(blocks)
                    types[name] = max(types.get(name, 0.0), rate)
        return SiteGrowth(
            frame=self.places.shown(frames),
            stack=self.places.stack(frames),
            bytes_per_call=self._rate(size),
            objects_per_call=self._rate(blocks),
            types=dict(sorted(types.items(), key=lambda item: (-item[1], item[0]))),
            live_bytes=_part_of(self.sites.grown[index].live_bytes, size, self.sites.grown[index].bytes),
            live_objects=_part_of(
                self.sites.grown[index].live_blocks, blocks, self.sites.grown[index].blocks
            ),
        )

    def lost(self) -> Finding | None:
        """Growth that is traced, persistent, and held by nothing that Python can see."""
        covered = grouping.covered_blocks(self.groups)
        held = {
            share.site
            for holder in self.explained.holders
            if not tiers.is_passing_number(holder, self.sites)
            for share in holder.shares
        }
        left_blocks: dict[int, float] = {}
        left_bytes: dict[int, float] = {}
        for index, site in enumerate(self.sites.grown):
            if index in covered or index in held or site.blocks <= 0:
                continue
            # A leak grew in the first span as much as in the second; what is turned over did not.
            left_blocks[index] = float(site.blocks)
            left_bytes[index] = float(max(0, site.bytes))
        wanted = self.screen.blocks_per_unit * self.per
        heap_wanted = self.screen.heap_per_unit * self.per
        blocks, size = sum(left_blocks.values()), sum(left_bytes.values())
        known = sum(g.grown_blocks for g in self.groups)
        is_much = blocks >= 0.25 * max(1.0, wanted) and wanted - known > 0.2 * max(1.0, wanted)
        is_heavy = not self.groups and heap_wanted > 0 and size >= 0.25 * heap_wanted
        unreferred = self.explained.unreferred
        # What is referred to from nowhere at all was on its way out when it was looked at.
        is_passing = bool(unreferred) and not any(each.references for each in unreferred)
        if is_passing or (not is_much and not is_heavy):
            return None
        group = grouping.Group(holders=(), blocks=left_blocks, bytes=left_bytes)
        for frozen in self.explained.frozen:
            if {share.site for share in frozen.shares} & left_blocks.keys():
                return self.garbage(frozen, group, self._rate(blocks), "frozen garbage")
        live = sum(self.sites.grown[index].live_blocks for index in left_blocks)
        if self.explained.interned >= settings.MIN_INTERNED_SHARE * max(1, live):
            return self.interned(group)
        sites = self.sites_of(group)
        return Finding(
            fingerprint=fingerprints.fingerprint("lost", [_place_name(site.frame) for site in sites[:1]]),
            verdict=Verdict.LEAKING,
            kind=Kind.LOST_REFERENCE,
            bytes_per_call=self._rate(size),
            objects_per_call=self._rate(blocks),
            holder=None,
            also_held_by=(),
            sites=sites,
            chain=tuple(_unreferred_step(each) for each in self.explained.unreferred),
            advice=_advice_on_lost(self.explained.unreferred),
            pattern=LOST.pattern,
            series=(),
            series_unit="bytes",
        )

    def interned(self, group: grouping.Group) -> Finding:
        """Strings that nothing holds but the interpreter, which on some versions never lets one go."""
        table = wire.Step(wire.StepKind.REGISTRY, "interned strings", "dict", "sys", "sys")
        advised = INTERNED
        rate = self._rate(group.grown_blocks)
        return Finding(
            fingerprint=fingerprints.fingerprint("leak", fingerprints.fingerprint_names((table,))),
            verdict=Verdict.LEAKING,
            kind=Kind.UNBOUNDED_GROWTH,
            bytes_per_call=self._rate(group.grown_bytes),
            objects_per_call=rate,
            holder=Holder(
                name=table.link,
                type=table.type,
                path=(table.link,),
                entries=self.explained.all_interned,
                in_bytes=False,
                entries_per_call=rate,
                added_per_call=rate,
                removed_per_call=0.0,
                bound=None,
                bound_name=None,
                capacity_bytes=None,
                bytes_per_entry=None,
                freed_share=None,
                defined_at=None,
                not_emptied_because=f"{self.python} never frees an interned string",
            ),
            also_held_by=(),
            sites=self.sites_of(group),
            chain=holder_names.chain((table,), 0),
            advice=advised.text,
            pattern=advised.pattern,
            series=(),
            series_unit="entries",
        )

    def piled_up(self) -> Finding | None:
        """The garbage that nobody collects; None where it was looked for and no piece was traced.

        Sites of no object, such as that of a list's items, are its own where no holder accounts for them.
        """
        if not self.collectable.objects and self.collectable.message is None:
            return None
        groups = _held_groups(self)
        covered = grouping.covered_blocks(groups).keys()
        blocks: dict[int, float] = {}
        sizes: dict[int, float] = {}
        for index, site in enumerate(self.sites.grown):
            share = self.garbage_shares.get(index, 1.0 if site.blocks > 0 and index not in covered else 0.0)
            if share:
                blocks[index] = share * site.blocks
                sizes[index] = share * max(0, site.bytes)
        group = grouping.Group(holders=(), blocks=blocks, bytes=sizes)
        if not group.grown_bytes:
            return None
        return self.garbage(self.collectable, group, self.screen.garbage_per_unit, "garbage")

    def garbage(
        self, garbage: wire.Garbage, group: grouping.Group, objects_per_call: float, kind: str
    ) -> Finding:
        """What only a collection would free, with the shortest of its cycles."""
        advised = FREEZING if self.explained.frozen else GARBAGE
        return Finding(
            fingerprint=fingerprints.fingerprint(kind, [name for name, _count in garbage.types[:1]]),
            verdict=Verdict.LEAKING,
            kind=Kind.CYCLIC_GARBAGE,
            bytes_per_call=self._rate(group.grown_bytes),
            objects_per_call=objects_per_call,
            holder=None,
            also_held_by=(),
            sites=self.sites_of(group),
            chain=holder_names.chain(garbage.cycle, -1) if garbage.cycle else (),
            advice=advised.text,
            pattern=advised.pattern,
            series=(),
            series_unit="bytes",
            drawing=_drawn_cycle(garbage),
        )


def _arrows(chain: Sequence[Sequence[str]], steps: Iterable[int]) -> tuple[tuple[str, str], ...]:
    """Where each arrow of these steps begins and ends; none leads to the root."""
    return tuple(
        arrow for place in steps if place for arrow in pairwise((_node(chain, place - 1), *chain[place]))
    )


def _node(chain: Sequence[Sequence[str]], place: int) -> str:
    """The node that a step reaches; of one that was left out, the node that stands for it."""
    return next(nodes[-1] for nodes in reversed(chain[: place + 1]) if nodes)


def _drawn_cycle(garbage: wire.Garbage) -> Drawing | None:
    for picture in garbage.graphs:
        [chain] = picture.chains
        return Drawing(dot=picture.dot, holders=(), growing=_arrows(chain, range(1, len(chain))))
    return None


def _added_up(alike: Sequence[Holder]) -> Holder:
    """The holders as one: lists of one dict, say, that all grow."""
    first = alike[0]
    if len(alike) == 1:
        return first
    added = _sum([each.added_per_call for each in alike])
    removed = _sum([each.removed_per_call for each in alike])
    if added and removed and removed < _NOTHING_REMOVED * added:
        # Each list is given an entry now and then, so that their rates are rough.
        removed = 0.0
    return replace(
        first,
        entries=_sum([each.entries for each in alike]),
        entries_per_call=_sum([each.entries_per_call for each in alike]),
        added_per_call=added,
        removed_per_call=removed,
        capacity_bytes=_sum([each.capacity_bytes for each in alike]),
        bound=None,
        bound_name=None,
    )


def _of_parts(parts: Sequence[Holder]) -> Holder:
    """One object, of which these are the insides: each has a place for every entry."""
    bounded = next((part for part in parts if part.bound is not None), parts[0])
    return replace(
        parts[0],
        bound=bounded.bound,
        bound_name=bounded.bound_name,
        entries=_maximum([part.entries for part in parts]),
        entries_per_call=_maximum([part.entries_per_call for part in parts]),
        added_per_call=_maximum([part.added_per_call for part in parts]),
        removed_per_call=_maximum([part.removed_per_call for part in parts]),
        capacity_bytes=_sum([part.capacity_bytes for part in parts]),
        bytes_per_entry=_maximum([part.bytes_per_entry for part in parts]),
    )


def _sum(numbers: Sequence[Number | None]) -> Number | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _place_name(frame: Frame) -> str:
    """File and function, which edits around them leave as they are."""
    return f"{frame.file.rpartition('/')[2]}:{fingerprints.without_comprehensions(frame.qualname)}"


def _maximum(numbers: Sequence[Number | None]) -> Number | None:
    return max((number for number in numbers if number is not None), default=None)


def _unreferred_step(unreferred: wire.Unreferred) -> ChainStep:
    references = "1 reference" if unreferred.references == 1 else f"{unreferred.references:,} references"
    name = f"{references} from C to each {unreferred.type}, and none that Python sees"
    return ChainStep(link="?", type=unreferred.type, name=name, is_growing=True)


def _advice_on_lost(unreferred: Sequence[wire.Unreferred]) -> str:
    return f"{_unreferred_step(unreferred[0]).name}: {LOST.text}" if unreferred else LOST.text


def _part_of(live: int, gained: float, gained_by_site: int) -> int:
    """What is live of a site that several findings share: in the share that one has of its growth."""
    share = gained / gained_by_site if gained_by_site > 0 else 1.0
    return round(live * min(1.0, share))


def _shown_type(raw: wire.HeldBy, steps: Sequence[wire.Step]) -> str:
    """The type that its user knows: of the wrapper, where the storage inside is left out."""
    return holder_names.shown_type(steps[-1].type if len(steps) > 1 else raw.type)


def _series(growth: ContainerGrowth | None, raw: wire.HeldBy) -> tuple[tuple[Position, ...], str]:
    if growth is None:
        return (), "bytes" if raw.in_bytes else "entries"
    return growth.looks, "bytes" if growth.in_bytes else "entries"


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


def _last_window_before_tracing(records: Records, screen: Screen) -> Window | None:
    tracing = _last(records, wire.Tracing)
    before = [w for w in screen.windows if tracing is None or w.samples[-1].calls <= tracing.calls]
    return before[-1] if before else None


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


def _last(records: Records, kind: type[Kept]) -> Kept | None:
    return next((r for r in reversed(records) if isinstance(r, kind)), None)
