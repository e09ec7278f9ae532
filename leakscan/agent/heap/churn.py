"""What comes into dicts and goes out of them from one call to the next.

A dict keeps its keys in the order in which they came, so that those behind the last that was noted are new.
Only keys that are plain values are noted: anything else would be kept alive for a call longer than it is.
"""

from typing import Any

from leakscan import wire
from leakscan.agent.heap import atomic_reads, census
from leakscan.agent.heap.containers import base_of

_NOTED = 256
"""Newest keys that are noted, so that one of them is still there next time."""
_MAX_NEW = 50_000
"""Newer keys that are counted."""
_ATOMS = (str, bytes, int, float, bool, type(None))


class ChurnTaker:
    """Notes the keys of the same dicts again and again, and reports what came and went in between."""

    def __init__(self) -> None:
        self._noted: dict[int, _Noted] = {}
        self._others: set[int] = set()
        """Addresses of containers that are no dicts: to find them again takes a walk over the whole heap."""

    def take(self, addresses: tuple[int, ...], calls: int) -> wire.Churn:
        """What came and went since the last time; the first time of a dict its keys are only noted."""
        changes = tuple(
            change for address, noted in self._noted.items() if (change := noted.change(address)) is not None
        )
        missing = frozenset(addresses) - self._noted.keys() - self._others
        newly_asked = census.containers_at(missing) if missing else []
        dicts = [noted.container for noted in self._noted.values()]
        for each in newly_asked:
            if base_of(type(each)) is dict:
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
    """A dict, with its length and newest keys at one time."""

    def __init__(self, container: Any) -> None:
        self.container = container
        self._length = dict.__len__(container)
        self._keys = [key for key in atomic_reads.newest_keys(container, _NOTED) if _is_plain(key)]

    def change(self, address: int) -> wire.EntryChange | None:
        """What came and went since; None where that can't be told."""
        added = atomic_reads.newer_keys(self.container, {id(key) for key in self._keys}, _MAX_NEW)
        gained = dict.__len__(self.container) - self._length
        return None if added is None or added < gained else wire.EntryChange(address, added, added - gained)


def _is_plain(key: object) -> bool:
    kind = type(key)
    if kind is tuple:
        return all(any(type(part) is atom for atom in _ATOMS) for part in key)  # type: ignore[attr-defined]
    return any(kind is atom for atom in _ATOMS)
