"""The lengths of containers from census to census: which grew, how fast, towards which bound."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.growth.trends import cpu_seconds, is_kept_up, position
from leakscan.model.run import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerGrowth:
    """One container that grew again and again, as the censuses saw it."""

    address: int
    type: str
    bound: int | None
    in_bytes: bool
    lengths: tuple[tuple[float, int], ...]
    """(units of the run, entries) at each census in which it had grown, and before."""
    per_unit: float
    """Entries (bytes, if it is measured in them) that it gained per unit of the run, by the last censuses."""
    is_persistent: bool
    """Whether it gained in each of the last censuses, and not ever less."""
    is_even: bool
    """Whether it gained at one rate in all of them, as a container does that is never emptied."""
    may_be_even: bool
    """Whether it did so far, and there were too few censuses to tell."""

    @property
    def entries(self) -> int:
        """Entries at the last census."""
        return self.lengths[-1][1]

    def gained_between(self, start: float, end: float) -> int:
        """Entries that it gained between these units of the run, as far as censuses were taken there."""
        return sum(
            after - before for (_, before), (when, after) in pairwise(self.lengths) if start < when <= end
        )

    @property
    def may_be_growing(self) -> bool:
        """Whether it gained evenly so far, in too few censuses to tell it from one that will be emptied."""
        return self.may_be_even and not self.is_full

    @property
    def is_full(self) -> bool:
        """Whether it has as many entries as it allows itself."""
        return self.bound is not None and self.entries >= self.bound


def container_growth(records: Sequence[wire.Record], unit: Unit = Unit.CALL) -> tuple[ContainerGrowth, ...]:
    """Every container that was seen growing, the fastest first."""
    censuses = censuses_of_the_run(records)
    work = _work_between_censuses(censuses, records) if unit is Unit.SECOND else []
    by_address: dict[int, list[tuple[int, wire.GrownContainer]]] = {}
    for number, census in enumerate(censuses[1:], 1):
        for grown in census.grown:
            by_address.setdefault(grown.address, []).append((number, grown))
    when = [position(census, unit) for census in censuses]
    grown_containers = [_container(address, seen, when, work) for address, seen in by_address.items()]
    return tuple(sorted(grown_containers, key=lambda c: (-c.per_unit, c.address)))


def censuses_of_the_run(records: Sequence[wire.Record]) -> list[wire.Census]:
    """The censuses that were taken between calls; what the first of them saw grown may have come before."""
    return [record for record in records if isinstance(record, wire.Census) and not record.is_earlier]


def may_have_begun_to_grow(records: Sequence[wire.Record]) -> bool:
    """Whether a container has gained before each census, too few of them to tell how it goes on."""
    censuses = [record for record in records if isinstance(record, wire.Census)]
    if len(censuses) < 2 or len(censuses_of_the_run(records)) > settings.CENSUSES_OF_A_SHORT_RUN:
        return False
    gained = [
        {grown.address for grown in census.grown if grown.after - grown.before >= min_gain}
        for earlier, census in pairwise(censuses)
        for min_gain in [settings.MIN_ENTRIES_PER_CALL * (census.calls - earlier.calls)]
    ]
    return bool(set.intersection(*gained))


def _work_between_censuses(censuses: Sequence[wire.Census], records: Sequence[wire.Record]) -> list[float]:
    """Processor time that the target used before each census since the one before, 0 where it was idle."""
    used = [0.0]
    for record in records:
        if isinstance(record, wire.Sample):
            used[-1] = record.cpu_seconds
        elif isinstance(record, wire.Census):
            used.append(used[-1])
    seconds = [0.0, *(later.at - earlier.at for earlier, later in pairwise(censuses))]
    work = [0.0, *(later - earlier for earlier, later in pairwise(used))]
    return [cpu_seconds(of, during) for of, during in zip(work, seconds, strict=False)]


def _rates_by_work(gained: dict[int, int], censuses: Iterable[int], work: Sequence[float]) -> list[float]:
    if not work or any(work[n] == 0 for n in censuses):
        return []
    return [gained.get(n, 0) / work[n] for n in censuses]


def _container(
    address: int,
    seen: list[tuple[int, wire.GrownContainer]],
    when: list[float],
    work: Sequence[float],
) -> ContainerGrowth:
    newest = seen[-1][1]
    points: list[tuple[float, int]] = []
    for number, grown in seen:
        if not points or points[-1][0] != when[number - 1]:
            points.append((when[number - 1], grown.before))
        points.append((when[number], grown.after))
    last_censuses = range(max(1, len(when) - settings.RATES_THAT_AGREE), len(when))
    gained = {number: grown.after - grown.before for number, grown in seen}
    all_rates = [_rate(gained.get(n, 0), when[n] - when[n - 1]) for n in last_censuses]
    rates = all_rates[-settings.RATES_OF_A_CONTAINER :]
    all_by_work = _rates_by_work(gained, last_censuses, work)
    by_work = _rates_by_work(gained, last_censuses[-settings.RATES_OF_A_CONTAINER :], work)
    is_persistent = (
        len(rates) >= settings.MIN_RATES_OF_A_CONTAINER
        and all(rate > 0 for rate in rates)
        and (is_kept_up(rates) or is_kept_up(by_work))
    )
    is_of_one_rate = is_persistent and (
        _are_even(all_rates)
        # Where the load is uneven, what is kept goes with the work; and a slow one is an entry early or late.
        or (bool(all_by_work) and _are_even(all_by_work))
        or (bool(work) and _are_even_but_for_one(gained, last_censuses, when))
    )
    return ContainerGrowth(
        address=address,
        type=newest.type,
        bound=newest.bound,
        in_bytes=newest.in_bytes,
        lengths=tuple(points),
        per_unit=rates[-1] if rates else 0.0,
        is_persistent=is_persistent,
        is_even=is_of_one_rate and len(all_rates) == settings.RATES_THAT_AGREE,
        may_be_even=is_of_one_rate and len(all_rates) < settings.RATES_THAT_AGREE,
    )


def _rate(gained: int, units: float) -> float:
    """Per unit; 0 where no unit of the run lies between two censuses."""
    return gained / units if units > 0 else 0.0


def _are_even(rates: Sequence[float]) -> bool:
    return max(rates) <= settings.EVEN_FACTOR * min(rates)


def _are_even_but_for_one(gained: dict[int, int], censuses: Sequence[int], when: Sequence[float]) -> bool:
    """Whether one rate gives these numbers of entries, had each census been an entry earlier or later."""
    spans = [when[n] - when[n - 1] for n in censuses]
    if (
        min(spans, default=0.0) <= 0
        or min(gained.get(n, 0) for n in censuses) < settings.MIN_ENTRIES_OF_A_RATE
    ):
        return False
    at_least = [(gained.get(n, 0) - 1) / span for n, span in zip(censuses, spans, strict=True)]
    at_most = [(gained.get(n, 0) + 1) / span for n, span in zip(censuses, spans, strict=True)]
    return max(at_least) <= settings.EVEN_FACTOR * min(at_most)
