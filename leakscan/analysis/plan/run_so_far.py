"""What a run was asked for, and what it has shown so far, as its plan asks for it."""

from collections.abc import Sequence
from functools import cached_property

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.growth.screen import Screen, screen
from leakscan.analysis.record_index import indexed
from leakscan.model.run import RunOptions, Unit


class RunSoFar:
    """The options and the records of a run that goes on."""

    def __init__(self, options: RunOptions, records: Sequence[wire.Record], *, is_live: bool) -> None:
        self.options = options
        self.records = indexed(records)
        self.is_live = is_live
        """Whether a call runs that does not return."""
        self.samples = self.records.of(wire.Sample)
        self.calls = self.samples[-1].calls if self.samples else 0
        self.seconds = self.samples[-1].at if self.samples else 0.0

    @property
    def unit(self) -> Unit:
        """The unit of the run's rates."""
        return Unit.SECOND if self.is_live else Unit.CALL

    @property
    def screening_stage(self) -> wire.Stage:
        """The stage whose windows are judged."""
        return wire.Stage.WATCH if self.is_live else wire.Stage.SCREEN

    @property
    def windows_screened(self) -> int:
        """Windows of that stage that have ended."""
        return self.records.windows_done(self.screening_stage)

    @property
    def has_fixed_rounds(self) -> bool:
        """Whether its user has said how many rounds there are."""
        return self.options.rounds is not None

    @cached_property
    def open_screen(self) -> Screen:
        """What the windows tell if more of them follow."""
        return screen(self.records, self.unit)

    @cached_property
    def final_screen(self) -> Screen:
        """What the windows tell if no more of them follow."""
        return screen(self.records, self.unit, is_final=True)

    @property
    def sites(self) -> wire.Sites | None:
        """What the last traced span gained."""
        return self.records.last(wire.Sites)

    def seconds_per_call(self) -> float:
        """As in the last samples."""
        recent = self.samples[-settings.RECENT_SAMPLES :]
        if not recent:
            return settings.MIN_SECONDS_OF_FIRST_CALL
        calls = recent[-1].calls - recent[0].calls
        if calls <= 0:
            of_all_calls = recent[-1].call_seconds / max(1, recent[-1].calls)
            return max(settings.MIN_SECONDS_OF_FIRST_CALL, of_all_calls)
        return max(settings.MIN_SECONDS_PER_CALL, sum(s.call_seconds for s in recent[1:]) / calls)
