"""How fast each leak grows, in every unit that it can grow in, and whether a bound ends it."""

from collections.abc import Sequence
from dataclasses import dataclass

from leakscan.analysis import settings
from leakscan.analysis.attribution.bounds import is_ended_by_bound
from leakscan.analysis.attribution.explanation import Explanation
from leakscan.analysis.attribution.freed import freed_heap_per_unit
from leakscan.analysis.attribution.groups import Group, heap_bytes
from leakscan.analysis.attribution.leaks import Leak, alike, is_one_object
from leakscan.analysis.attribution.ledger import Credit
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.growth.trends import Trend
from leakscan.model.run import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakGrowth:
    """The rates of one leak, per unit of the run."""

    leak: Leak | None
    """None where no holder has it."""
    bytes_per_unit: float
    blocks_per_unit: float
    entries_per_unit: float = 0.0
    is_bounded: bool = False
    """Whether its holder keeps to a bound, and gains the entries that grow: it fills, and is no leak."""
    bytes_per_traced_byte: float = 1.0
    """More than 1 where its entries own native memory, which no traceback shows."""
    heap_bytes_per_unit: float = 0.0
    """Of native heap: large objects and tables, and what the entries own."""
    is_measured: bool = False
    """Whether it was measured what native heap goes when its holder is emptied."""

    @property
    def credit(self) -> Credit:
        """What it accounts for of the growth of the process."""
        return Credit(
            blocks=self.blocks_per_unit,
            heap_bytes=self.heap_bytes_per_unit,
            bytes=self.bytes_per_unit,
            is_measured=self.is_measured or self.leak is None,
        )

    @property
    def grows(self) -> bool:
        """Whether it grows in any unit at all."""
        return max(self.bytes_per_unit, self.blocks_per_unit, self.entries_per_unit) > 0


def leak_growth(leak: Leak, known: Explanation) -> LeakGrowth:
    """The rates of a leak that has holders."""
    same = alike(leak.main, leak.group, known)
    is_one = is_one_object(same, known)
    rates = [rate for index in same if (rate := entries_per_unit(index, known)) is not None]
    entries = 0.0
    if rates:
        # The insides of one object have a place for every entry; other containers add up.
        entries = max(rates) if is_one else sum(rates)
    traced = _bytes_per_unit(leak, same if is_one else same[:1], entries, known)
    of_sites = known.rate_of(leak.group.holders, sum(leak.group.bytes.values()))
    native = freed_heap_per_unit(leak.group.holders, of_sites, entries_per_unit(leak.main, known), known)
    owned = _owned_bytes_per_unit(of_sites, native or 0.0, known.screen)
    return LeakGrowth(
        leak=leak,
        bytes_per_unit=traced + owned,
        bytes_per_traced_byte=(of_sites + owned) / of_sites if of_sites > 0 else 1.0,
        heap_bytes_per_unit=known.rate_of(leak.group.holders, heap_bytes(leak.group, known.sites)) + owned,
        is_measured=native is not None,
        blocks_per_unit=known.rate_of(leak.group.holders, leak.group.grown_blocks),
        entries_per_unit=entries,
        is_bounded=(is_one or len(same) == 1) and is_ended_by_bound(leak.group, same, entries, known),
    )


def unheld(group: Group, known: Explanation) -> LeakGrowth:
    """The rates of what no holder has."""
    return LeakGrowth(
        leak=None,
        bytes_per_unit=known.rate(group.grown_bytes),
        blocks_per_unit=known.rate(group.grown_blocks),
        heap_bytes_per_unit=known.rate(heap_bytes(group, known.sites)),
    )


def is_chance(rates: Sequence[tuple[float, float]], screen: Screen, traced_calls: int) -> bool:
    """Whether next to nothing of what grew untraced grew while it was traced: so many blocks and entries.

    What then did is chance; and what grew before is no more a leak of the target's, as the names that the
    interpreter keeps of attributes that were looked up.
    """
    if screen.blocks is not Trend.RISING or screen.is_stepping or screen.unit is Unit.SECOND:
        return False
    if screen.blocks_per_unit * traced_calls < settings.MIN_EXPECTED_BLOCKS:
        return False
    min_rate = settings.MIN_ACCOUNTED_SHARE * screen.blocks_per_unit
    return all(blocks < min_rate and entries < min_rate for blocks, entries in rates)


def entries_per_unit(index: int, known: Explanation) -> float | None:
    """Entries that a container gains per unit of the run: by the screen, or by the traced calls."""
    raw, growth = known.explained.holders[index], known.growth(index)
    if not raw.is_container:
        return None
    is_of_few_censuses = known.screen.censuses <= settings.CENSUSES_OF_A_SHORT_RUN
    if growth is not None and (growth.is_persistent or is_of_few_censuses):
        return growth.per_unit
    if raw.entries is None or raw.entries_before is None or not raw.calls:
        return None
    return (raw.entries - raw.entries_before) / raw.calls


def _bytes_per_unit(leak: Leak, parts: Sequence[int], entries: float, known: Explanation) -> float:
    """As traced, or by the holder's own length where tracing did not see its entries."""
    traced = known.rate_of(leak.group.holders, leak.group.grown_bytes)
    if known.explained.holders[leak.main].in_bytes:
        # A buffer moves as a whole: what was traced may have been no more than the move.
        return max(traced, entries)
    return traced or entries * max(known.entry_bytes.get(index) or 0.0 for index in parts)


def _owned_bytes_per_unit(traced: float, freed_heap: float, screen: Screen) -> float:
    """Native memory that the entries own beyond what was traced: no more than the process grew by."""
    if freed_heap <= settings.NATIVE_FACTOR * traced:
        return 0.0
    return min(freed_heap - traced, max(0.0, screen.heap_per_unit))
