"""How many entries come into a container and go out of it with each call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from leakscan import wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Churn:
    """Entries that a container gained and lost between censuses, over the calls between them."""

    calls: int
    added: int
    removed: int

    @property
    def removed_per_call(self) -> float:
        """Entries that went with each call."""
        return self.removed / self.calls


def churn(records: Sequence[wire.Record]) -> Mapping[int, Churn]:
    """What was seen of each container, by its address."""
    censuses = [record for record in records if isinstance(record, wire.Churn)]
    by_address: dict[int, Churn] = {}
    for earlier, later in pairwise(censuses):
        calls = later.calls - earlier.calls
        for change in later.changes if calls > 0 else ():
            known = by_address.get(change.address, Churn(calls=0, added=0, removed=0))
            by_address[change.address] = Churn(
                calls=known.calls + calls,
                added=known.added + change.added,
                removed=known.removed + change.removed,
            )
    return by_address
