"""What a candidate retains: the new objects behind it, and how much of each growing site they are."""

import gc
from collections import Counter

from leakscan import wire
from leakscan.agent.heap import introspect
from leakscan.agent.heap.interned import is_immortal
from leakscan.agent.holders.candidates import HolderCandidate
from leakscan.agent.tracing.new_objects import NewObjects

MAX_WALKED = 12_000
"""Objects behind one candidate that are walked over."""
_MAX_COUNTED = 1_500
"""Of these, objects whose parts are counted; of more, each stands for several."""


class Retained:
    """The new objects behind a candidate: how much of each growing site they are."""

    def __init__(self) -> None:
        self.sizes: dict[int, int] = {}
        """Bytes of each object, by its address."""
        self.objects: Counter[int] = Counter()
        self.bytes: Counter[int] = Counter()
        self.immortal_bytes: Counter[int] = Counter()
        self.types: dict[int, Counter[str]] = {}

    @classmethod
    def behind(cls, candidate: HolderCandidate, new: NewObjects) -> "Retained":
        """All new objects that the candidate leads to; of many, a part is looked at closely."""
        self = cls()
        reached: list[object] = []
        stack = list(candidate.children)
        while stack and len(reached) < MAX_WALKED:
            obj = stack.pop()
            if id(obj) in self.sizes:
                continue
            self.sizes[id(obj)] = new.size_of(obj)
            reached.append(obj)
            stack.extend(each for each in new.parts_of(obj) if gc.is_tracked(each))
        stride = max(1, len(reached) // _MAX_COUNTED)
        for obj in reached[::stride]:
            self.count(obj, new, stride)
            for part in new.parts_of(obj):
                if not gc.is_tracked(part) and id(part) not in self.sizes:
                    self.sizes[id(part)] = new.size_of(part)
                    self.count(part, new, stride)
        return self

    def count(self, obj: object, new: NewObjects, stands_for: int = 1) -> None:
        """Add an object, if its site grows, and the others that it stands for."""
        site = new.site_of(obj)
        if site is not None:
            self.objects[site] += stands_for
            self.bytes[site] += stands_for * new.size_of(obj)
            if type(obj) is str and is_immortal(obj):
                self.immortal_bytes[site] += stands_for * new.size_of(obj)
            self.types.setdefault(site, Counter())[introspect.type_name(type(obj))] += stands_for

    @property
    def weight(self) -> tuple[int, int]:
        """Bytes, then objects, of the growing sites."""
        return self.bytes.total(), self.objects.total()

    def shared_with(self, other: "Retained") -> float:
        """Share of these objects that hang on the other, too, by bytes: a key in common is not much."""
        total = sum(self.sizes.values())
        if not total:
            return 0.0
        return sum(size for at, size in self.sizes.items() if at in other.sizes) / total

    def shares(self) -> tuple[wire.SiteShare, ...]:
        """What is held of each site, by site."""
        return tuple(
            wire.SiteShare(
                site,
                count,
                self.bytes[site],
                dict(self.types[site].most_common(8)),
                self.immortal_bytes[site],
            )
            for site, count in sorted(self.objects.items())
        )
