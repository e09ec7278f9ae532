"""The records of a run by type and by stage: each is looked at once, however many questions follow."""

from collections.abc import Iterator, Sequence
from typing import TypeVar, cast, overload

from leakscan import wire

Kind = TypeVar("Kind")


class RecordIndex(Sequence[wire.Record]):
    """The records in their order, as any sequence of them, and what they are asked for again and again.

    It is made of what was recorded so far, and does not follow a list that grows.
    """

    __slots__ = ("_by_type", "_places", "_records")

    def __init__(self, records: Sequence[wire.Record]) -> None:
        self._records = tuple(records)
        self._by_type: dict[type, list[wire.Record]] = {}
        self._places: dict[type, list[int]] = {}
        for place, record in enumerate(self._records):
            self._by_type.setdefault(type(record), []).append(record)
            self._places.setdefault(type(record), []).append(place)

    @overload
    def __getitem__(self, place: int) -> wire.Record: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[wire.Record, ...]: ...
    def __getitem__(self, place: int | slice) -> wire.Record | tuple[wire.Record, ...]:
        return self._records[place]

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[wire.Record]:
        return iter(self._records)

    def of(self, kind: type[Kind]) -> Sequence[Kind]:
        """All records of one type, in their order."""
        return cast("Sequence[Kind]", self._by_type.get(kind, ()))

    def first(self, kind: type[Kind]) -> Kind | None:
        """The first record of one type; None if there is none."""
        of_kind = self.of(kind)
        return of_kind[0] if of_kind else None

    def last(self, kind: type[Kind]) -> Kind | None:
        """The last record of one type; None if there is none."""
        of_kind = self.of(kind)
        return of_kind[-1] if of_kind else None

    def has(self, *kinds: type) -> bool:
        """Whether there is a record of one of these types."""
        return any(kind in self._by_type for kind in kinds)

    def count(self, kind: type) -> int:
        """How many records there are of one type."""
        return len(self.of(kind))

    def since_last(self, *kinds: type) -> tuple[wire.Record, ...]:
        """What was recorded after the last record of these types; everything if there is none."""
        last = max((self._places[kind][-1] for kind in kinds if kind in self._places), default=-1)
        return self._records[last + 1 :]

    def samples(self, *stages: wire.Stage) -> tuple[wire.Sample, ...]:
        """The samples of these stages, in their order."""
        return tuple(sample for sample in self.of(wire.Sample) if sample.stage in stages)

    def windows_done(self, stage: wire.Stage) -> int:
        """How many commands of calls have been carried out in this stage."""
        return sum(done.stage == stage for done in self.of(wire.RoundsDone))

    def has_failed(self, command: str) -> bool:
        """Whether the agent failed at a command of this name."""
        return any(failed.command == command for failed in self.of(wire.AgentFailed))

    @property
    def is_interrupted(self) -> bool:
        """Whether somebody has ended the run."""
        return any(ended.how == "interrupted" for ended in self.of(wire.Ended))

    @property
    def is_cut_off(self) -> bool:
        """Whether the time was over before the run came to its own end, through no fault of the target."""
        ended = self.last(wire.Ended)
        return ended is not None and bool(ended.unanswered)


def indexed(records: Sequence[wire.Record]) -> RecordIndex:
    """The index of the records: themselves, where they are one."""
    return records if isinstance(records, RecordIndex) else RecordIndex(records)
