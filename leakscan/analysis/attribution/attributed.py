"""Growth attributed to leaks: how fast each grows, which still do, and what is left of the process."""

from dataclasses import dataclass

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution.explanation import Explanation, explanation
from leakscan.analysis.attribution.freed import with_credit
from leakscan.analysis.attribution.leak_growth import LeakGrowth, is_chance, leak_growth, unheld
from leakscan.analysis.attribution.leaks import Leak, alike, is_one_object, leaks
from leakscan.analysis.attribution.ledger import Ledger, ledger
from leakscan.analysis.attribution.replaced import is_only_replaced
from leakscan.analysis.attribution.split import split_growth
from leakscan.analysis.attribution.tiers import admit, worth_reporting
from leakscan.analysis.attribution.unheld import unheld_growth
from leakscan.analysis.growth.process_growth import is_container_alone, native_bytes_per_unit
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.growth.trends import Trend
from leakscan.analysis.record_index import RecordIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributedGrowth:
    """The growth of a process, as far as it is attributed to leaks."""

    still_growing: tuple[LeakGrowth, ...]
    """Of what fills up to a bound, or grows and does not only take the place of something."""
    native_bytes_per_unit: float | None
    """What native memory grows by beyond all that; None where it does not."""
    is_explained: bool
    """Whether there is anything to report of the growth."""


def attributed(records: RecordIndex, screen: Screen) -> AttributedGrowth:
    """What the records attribute to leaks, where the screen has shown growth."""
    known = explanation(records, screen)
    every = () if known is None else _leaks(known)
    growths = () if known is None else growths_of(every, known)
    replaced = [] if known is None else [leak for leak in every if is_only_replaced(leak, known)]
    still_growing = tuple(
        growth for growth in growths if growth.is_bounded or (growth.grows and growth.leak not in replaced)
    )
    # Windows are still to come, without what was only replaced.
    is_waiting = known is not None and known.is_open and bool(replaced)
    native = None if is_waiting else native_bytes_per_unit(records, screen)
    if native is not None and _accounts_for(growths, native):
        native = None
    if native is None and not is_waiting:
        native = None if known is None else books_of(growths, known).native_remainder
    is_container_left = not growths and not is_waiting and is_container_alone(screen)
    return AttributedGrowth(
        still_growing=still_growing,
        native_bytes_per_unit=native,
        is_explained=bool(still_growing) or native is not None or is_container_left,
    )


def worst_holders_first(records: RecordIndex, screen: Screen) -> tuple[tuple[int, ...], ...]:
    """For each leak with holders that is not only replaced: its holders, as indices into the explanation."""
    known = explanation(records, screen)
    if known is None:
        return ()
    growing = [leak for leak in held_leaks(_leaks(known), screen) if not is_only_replaced(leak, known)]
    growths = {leak.holders: leak_growth(leak, known) for leak in growing}
    growing.sort(key=lambda leak: _worst_first(growths[leak.holders], leak))
    return tuple(leak.holders for leak in growing)


def growing_leaks_worst_first(
    records: RecordIndex, screen: Screen
) -> tuple[tuple[tuple[int, ...], float], ...]:
    """For each leak that has holders: the main one and those alike, and the entries that they gain a unit."""
    known = explanation(records, screen)
    if known is None:
        return ()
    growing = [leak for leak in held_leaks(_leaks(known), screen) if not is_only_replaced(leak, known)]
    growths = {leak.holders: leak_growth(leak, known) for leak in growing}
    growing.sort(key=lambda leak: _worst_first(growths[leak.holders], leak))
    return tuple((_watched(leak, known), growths[leak.holders].entries_per_unit) for leak in growing)


def _watched(leak: Leak, known: Explanation) -> tuple[int, ...]:
    same = alike(leak.main, leak.group, known)
    # Each of the insides of one object has a place for every entry.
    return tuple(same[:1] if is_one_object(same, known) else same)


def held_leaks(every: tuple[Leak, ...], screen: Screen) -> tuple[Leak, ...]:
    """The leaks with holders; none where garbage alone grows, beside which holders are only busy."""
    is_garbage_alone = screen.is_garbage and screen.kept is not Trend.RISING
    return () if is_garbage_alone else every


def _leaks(known: Explanation) -> tuple[Leak, ...]:
    traced, screen = known.traced, known.screen
    groups = worth_reporting(split_growth(admit(traced, screen).groups, traced), traced, screen)
    return leaks(with_credit(groups, known), known)


def books_of(growths: tuple[LeakGrowth, ...], known: Explanation) -> Ledger:
    """What the process grows by against what these leaks account for."""
    growing = (holder for holder in known.explained.holders if _is_longer(holder))
    tables = sum(holder.table_bytes for holder in growing)
    return ledger(known.screen, [growth.credit for growth in growths], table_bytes=tables)


def _is_longer(holder: wire.HeldBy) -> bool:
    return holder.is_container and (holder.entries or 0) > (holder.entries_before or 0)


def growths_of(every: tuple[Leak, ...], known: Explanation) -> tuple[LeakGrowth, ...]:
    """The growth of each leak, and of what no holder has; none where all of it is chance."""
    held = held_leaks(every, known.screen)
    growths = tuple(leak_growth(leak, known) for leak in held)
    group = unheld_growth(held, [leak.group for leak in every], known)
    left = () if group is None else (unheld(group, known),)
    # Garbage is no part of what the collected rounds grew by, and says nothing of what is.
    garbage, others = (left, growths) if known.screen.is_garbage else ((), (*growths, *left))
    rates = [(each.blocks_per_unit, each.entries_per_unit) for each in others]
    return garbage if is_chance(rates, known.screen, known.sites.calls) else (*others, *garbage)


def _accounts_for(growths: tuple[LeakGrowth, ...], native: float) -> bool:
    explained = sum(growth.bytes_per_unit for growth in growths)
    return bool(growths) and explained >= settings.MIN_REPORTED_SHARE * native


def _worst_first(growth: LeakGrowth, leak: Leak) -> tuple[bool, float, float, str]:
    return growth.is_bounded, -growth.bytes_per_unit, -growth.blocks_per_unit, leak.fingerprint
