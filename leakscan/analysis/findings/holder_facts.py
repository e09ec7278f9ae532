"""A candidate as the holder of a finding: its name, how fast it grows, its bound, what it freed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import TypeVar

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution.explanation import Explanation
from leakscan.analysis.attribution.groups import Group
from leakscan.analysis.attribution.leak_growth import entries_per_unit
from leakscan.analysis.attribution.leaks import bound_of, freed, is_one_object, unreachable_bound_of
from leakscan.analysis.naming import holder_names
from leakscan.analysis.naming.fingerprint import leak_fingerprint
from leakscan.analysis.naming.stdlib_names import public_package
from leakscan.model.analysis import Holder
from leakscan.model.run import Unit

Number = TypeVar("Number", int, float)


def holder_of(index: int, group: Group, steps: tuple[wire.Step, ...], known: Explanation) -> Holder:
    """One candidate, by these steps."""
    raw = known.explained.holders[index]
    named = known.named_holder(index)
    net = entries_per_unit(index, known)
    added, removed = _with_stores(index, net, known) or _added_and_removed(raw, net, known)
    # Where it is a part of the name, it is not shown twice.
    is_nameless = holder_names.is_nameless(steps)
    entries_do = "" if named is None else named.entries_do
    return Holder(
        name=holder_names.holder_name(steps, entries_do),
        type=holder_names.shown_type(steps[-1].type if len(steps) > 1 else raw.type),
        path=holder_names.holder_path(steps),
        entries=raw.entries,
        in_bytes=raw.in_bytes,
        entries_per_call=net,
        added_per_call=added,
        removed_per_call=removed,
        bound=bound_of(index, known),
        unreachable_bound=unreachable_bound_of(index, known),
        bound_name=named.bound_name if named is not None and raw.is_container else None,
        capacity_bytes=raw.capacity_bytes,
        bytes_per_entry=known.entry_bytes.get(index),
        freed_share=freed([index], group, known),
        not_emptied_because=_first(proof.message for proof in _proofs_of(index, known)),
        counted_because=_first(proof.counted_because for proof in _proofs_of(index, known)),
        immortal_share=_immortal_share(raw, group),
        entry_type=None if named is None else named.entry_type or None,
        entries_do=None if is_nameless else entries_do or None,
        defined_at=_defined_at(named, known),
        library=_library_of(steps, known),
        fingerprint=None if steps[0].kind == wire.StepKind.UNKNOWN else leak_fingerprint(steps),
    )


def as_one(holders: Sequence[int], parts: Sequence[Holder], known: Explanation) -> Holder:
    """Holders that differ by keys and indices only, as one."""
    return _of_parts(parts) if is_one_object(holders, known) else _added_up(parts)


def _added_up(holders: Sequence[Holder]) -> Holder:
    """The holders together: lists of one dict, say, that all grow."""
    first = holders[0]
    if len(holders) == 1:
        return first
    added = _sum([each.added_per_call for each in holders])
    removed = _sum([each.removed_per_call for each in holders])
    if added and removed and removed < settings.NOTHING_REMOVED_SHARE * added:
        # Each list is given an entry now and then, so that their rates are rough.
        removed = 0.0
    return replace(
        first,
        entries=_sum([each.entries for each in holders]),
        entries_per_call=_sum([each.entries_per_call for each in holders]),
        added_per_call=added,
        removed_per_call=removed,
        capacity_bytes=_sum([each.capacity_bytes for each in holders]),
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
        entries=_max([part.entries for part in parts]),
        entries_per_call=_max([part.entries_per_call for part in parts]),
        added_per_call=_max([part.added_per_call for part in parts]),
        removed_per_call=_max([part.removed_per_call for part in parts]),
        capacity_bytes=_sum([part.capacity_bytes for part in parts]),
        bytes_per_entry=_max([part.bytes_per_entry for part in parts]),
    )


def _with_stores(index: int, net: float | None, known: Explanation) -> tuple[float, float] | None:
    """Entries that come and go, where lines were seen that take some out: what is left is what it gains."""
    stores = next((each for each in known.stores.stores if each.holder == index), None)
    if stores is None or net is None or net <= 0:
        return None
    put = stores.unplaced_put + sum(line.put for line in stores.lines)
    taken = stores.unplaced_taken + sum(line.taken for line in stores.lines)
    if not settings.MIN_STORE_SHARE * put < taken < put:
        return None
    return net * put / (put - taken), net * taken / (put - taken)


def _added_and_removed(
    raw: wire.HeldBy, net: float | None, known: Explanation
) -> tuple[float | None, float | None]:
    """Entries that come and go per unit of the run."""
    added = removed = None
    if raw.added is not None and raw.calls and known.screen.unit is Unit.CALL:
        removed = None if net is None else _removed(raw, raw.added) / raw.calls
        added = raw.added / raw.calls if net is None or removed is None else net + removed
    elif net is not None and raw.is_container:
        added, removed = net, 0.0
    churn = known.churn.get(raw.address) if raw.is_container else None
    if churn is None or net is None:
        return added, removed
    # The traced span shows what stayed for long, single calls what stayed for a few of them.
    removed = max(removed or 0.0, churn.removed_per_call)
    return net + removed, removed


def _removed(raw: wire.HeldBy, added: int) -> int:
    """Entries that went while calls were traced, counted: a rate of the screen would make some of none."""
    gained = (raw.entries or 0) - (raw.entries_before or 0)
    return max(0, added - gained)


def _immortal_share(raw: wire.HeldBy, group: Group) -> float | None:
    """Share of what it holds that this Python never frees; None where that is nothing to speak of."""
    shares = [share for share in raw.shares if share.site in group.blocks]
    held = sum(share.bytes for share in shares)
    immortal = sum(share.immortal_bytes for share in shares)
    return immortal / held if immortal > settings.MIN_SHARE * held else None


def _library_of(steps: Sequence[wire.Step], known: Explanation) -> str | None:
    """The library whose own object, class or module has the holder; None where that is the user's."""
    module = holder_names.named_step(steps).owner_module
    package = module.partition(".")[0]
    if not package:
        return None
    files = {file for site in known.sites.grown for file, _line in site.frames}
    if public_package(module) is None:
        return package if any(known.places.package(file) == package for file in files) else None
    # A module of the user's may have a name of the standard library's.
    is_users = any(known.places.is_users(file) and PurePath(file).stem == package for file in files)
    return None if is_users else package.lstrip("_")


def _defined_at(named: wire.NamedHolder | None, known: Explanation) -> str | None:
    return None if named is None or named.defined_at is None else known.places.file(named.defined_at)


def _proofs_of(index: int, known: Explanation) -> list[wire.Proved]:
    return [proof for proof in known.proofs if index in proof.holders]


def _first(texts: Iterable[str | None]) -> str | None:
    return next((text for text in texts if text is not None), None)


def _sum(numbers: Sequence[Number | None]) -> Number | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _max(numbers: Sequence[Number | None]) -> Number | None:
    return max((number for number in numbers if number is not None), default=None)
