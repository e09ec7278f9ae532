"""The screen of a whole run, in the unit of its rates, and as final as the run was."""

from collections.abc import Sequence

from leakscan import wire
from leakscan.analysis.growth.screen import Screen, screen
from leakscan.analysis.record_index import RecordIndex, indexed
from leakscan.model.run import RunOptions, Unit


def screen_of_run(options: RunOptions, records: Sequence[wire.Record]) -> Screen:
    """What the windows of a run tell; final where the run would have added none."""
    index = indexed(records)
    is_live = bool(index.samples(wire.Stage.WATCH)) and not index.samples(wire.Stage.SCREEN)
    return screen(index, Unit.SECOND if is_live else Unit.CALL, is_final=_is_final(options, index))


def _is_final(options: RunOptions, index: RecordIndex) -> bool:
    if index.is_cut_off:
        # Windows were still to come, unless they had led to the tracing.
        return index.has(wire.Tracing)
    has_ended = any(ended.how != "interrupted" for ended in index.of(wire.Ended))
    return index.has(wire.Raised) or has_ended or options.rounds is not None
