"""What comes into dicts and goes out of them from one call to the next.

A dict keeps its keys in the order in which they came, so that those behind the last that was noted are new.
Only keys that are plain values are noted: anything else would be kept alive for a call longer than it is.
"""

from typing import Any

from leakscan import wire
from leakscan.agent.heap import atomic_reads, census

_NOTED = 256
"""Newest keys that are noted, so that one of them is still there at the next look."""
_MOST_NEW = 50_000
_ATOMS = (str, bytes, int, float, bool, type(None))


class ChurnTaker:
    """Looks at the same dicts again and again, and reports what came and went between two looks."""

    def __init__(self) -> None:
        self._noted: dict[int, _Noted] = {}
        self._others: set[int] = set()
        """Addresses of containers that are no dicts: to find them again takes a walk over the whole heap."""

    def look(self, addresses: tuple[int, ...], calls: int) -> wire.Churn:
        """One look; the first of a dict only notes its keys."""
        changes = tuple(
            change for address, noted in self._noted.items() if (change := noted.change(address)) is not None
        )
        missing = frozenset(addresses) - self._noted.keys() - self._others
        found = census.containers_at(missing) if missing else []
        dicts = [noted.container for noted in self._noted.values()]
        for each in found:
            if census.base_of(type(each)) is dict:
                dicts.append(each)
            else:
                self._others.add(id(each))
        self._noted = {id(each): _Noted(each) for each in dicts}
        return wire.Churn(calls, changes)

    def forget(self) -> None:
        """Let go of every dict and key."""
        self._noted = {}
        self._others = set()


class _Noted:
    """A dict, with its length and newest keys at the time of a look."""

    def __init__(self, container: Any) -> None:
        self.container = container
        self._length = dict.__len__(container)
        self._keys = [key for key in atomic_reads.newest_keys(container, _NOTED) if _is_plain(key)]

    def change(self, address: int) -> wire.EntryChange | None:
        """What came and went since; None where that can't be told."""
        added = atomic_reads.newer_keys(self.container, {id(key) for key in self._keys}, _MOST_NEW)
        gained = dict.__len__(self.container) - self._length
        return None if added is None or added < gained else wire.EntryChange(address, added, added - gained)


def _is_plain(key: object) -> bool:
    kind = type(key)
    if kind is tuple:
        return all(any(type(part) is atom for atom in _ATOMS) for part in key)  # type: ignore[attr-defined]
    return any(kind is atom for atom in _ATOMS)
