"""The lines that put entries into the holder of a finding, and those that take them out."""

from collections.abc import Sequence
from typing import NamedTuple

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.attribution.explanation import Explanation
from leakscan.model.analysis import Frame, StoreLine
from leakscan.model.run import Unit


class Stores(NamedTuple):
    """What a finding says of them."""

    stored_at: tuple[StoreLine, ...] = ()
    removed_at: tuple[StoreLine, ...] = ()
    unknown_because: str | None = None


class Peer(NamedTuple):
    """Another container of the same object: what goes in beside the holder goes out of it again."""

    name: str
    taken_at: Frame
    """The line that takes most out of it."""
    is_index: bool
    """Whether about as much comes to it as to the holder: it may hold the same objects."""


class _Moved(NamedTuple):
    """Entries that came or went at one line of the user's, and how the most of them did."""

    frame: Frame
    library: Frame | None
    entries: int


def stores_of(holder: int, entries_per_unit: float | None, known: Explanation) -> Stores:
    """Where entries come to a holder that gains so many, and where they go."""
    watched = known.stores
    seen = next((each for each in watched.stores if each.holder == holder), None)
    if seen is None:
        is_left_out = "holders of worse leaks were watched" if watched.stores else None
        return Stores(unknown_because=watched.message or is_left_out)
    put = [_Moved(*_places(line, known), line.put) for line in seen.lines if line.put]
    taken = [_Moved(*_places(line, known), line.taken) for line in seen.lines if line.taken]
    placed = sum(each.entries for each in put)
    if not placed or placed < settings.MIN_PLACED_SHARE * (placed + seen.unplaced_put):
        return Stores(unknown_because=watched.message or _why_not_placed(seen))
    units = _units(placed + seen.unplaced_put, sum(each.entries for each in taken), entries_per_unit, known)
    return Stores(_lines(put, units), _lines(taken, units))


def cleaned_peer(holder: int, known: Explanation) -> Peer | None:
    """The peer of a holder that most is taken out of, where nothing is taken out of the holder itself."""
    seen = next((each for each in known.stores.stores if each.holder == holder), None)
    if seen is None or seen.unplaced_taken or any(line.taken for line in seen.lines):
        return None
    put = sum(line.put for line in seen.lines)
    peers = [peer for peer in known.stores.peers if peer.holder == holder and _taken(peer)]
    most = max(peers, key=_taken, default=None)
    if most is None or not put:
        return None
    line = max(most.lines, key=lambda line: line.taken)
    put_into_peer = sum(line.put for line in most.lines)
    return Peer(
        name=most.name,
        taken_at=known.places.shown(line.frames),
        is_index=put_into_peer >= settings.MIN_PEER_SHARE * put,
    )


def _taken(peer: wire.StoresOfPeer) -> int:
    return sum(line.taken for line in peer.lines)


def _why_not_placed(seen: wire.StoresOfHolder) -> str:
    if not seen.has_length:
        return "it has no length that can be watched"
    if seen.unplaced_put:
        return "entries come to it while no line of Python runs that could be watched"
    return "nothing was put into it while it was watched"


def _places(line: wire.StoreLine, known: Explanation) -> tuple[Frame, Frame | None]:
    return known.places.shown(line.frames), known.places.beneath(line.frames)


def _units(put: int, taken: int, entries_per_unit: float | None, known: Explanation) -> float | None:
    """Units of the run that were watched: calls, or the seconds in which it gains as much untraced."""
    if known.screen.unit is Unit.CALL and known.stores.calls:
        return float(known.stores.calls)
    if entries_per_unit is None or entries_per_unit <= 0 or put <= taken:
        return None
    return (put - taken) / entries_per_unit


def _lines(moved: Sequence[_Moved], units: float | None) -> tuple[StoreLine, ...]:
    """Each line of the user's once, the busiest first."""
    by_frame: dict[Frame, list[_Moved]] = {}
    for each in moved:
        by_frame.setdefault(each.frame, []).append(each)
    total = sum(each.entries for each in moved)
    lines = [
        StoreLine(
            frame=frame,
            library=max(parts, key=lambda part: part.entries).library,
            share=sum(part.entries for part in parts) / total,
            entries_per_unit=None if units is None else sum(part.entries for part in parts) / units,
        )
        for frame, parts in by_frame.items()
    ]
    lines.sort(key=lambda line: (-line.share, line.frame.file, line.frame.line))
    return tuple(line for line in lines if line.share >= settings.MIN_STORE_SHARE)[: settings.MAX_STORE_LINES]
