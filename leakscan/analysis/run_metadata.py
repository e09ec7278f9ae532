"""What a run was started with, and what its process had in use round by round."""

from collections.abc import Sequence

from leakscan import wire
from leakscan.model.analysis import ProcessSample, RunFacts
from leakscan.model.run import RunOptions, RunStage

UNTRACED: dict[wire.Stage | str, RunStage] = {
    wire.Stage.WARM_UP: RunStage.WARM_UP,
    wire.Stage.SCREEN: RunStage.SCREEN,
    wire.Stage.WATCH: RunStage.SCREEN,
}
"""Stages whose numbers are the target's own: a traced round holds the tracer's memory, too."""


def run_facts(
    header: wire.Header,
    options: RunOptions,
    samples: Sequence[wire.Sample],
    threshold_bytes_per_call: float,
) -> RunFacts:
    """What somebody else needs to run it again and to see the same."""
    return RunFacts(
        options=options,
        threshold_bytes_per_call=threshold_bytes_per_call,
        platform=header.platform,
        started_at=header.started_at,
        samples=tuple(
            ProcessSample(
                stage=UNTRACED[sample.stage],
                calls=sample.calls,
                seconds=sample.at,
                blocks=sample.blocks,
                garbage_blocks=max(0, sample.blocks_before - sample.blocks),
                heap_bytes=sample.heap,
                rss_bytes=sample.rss,
                call_seconds=sample.call_seconds,
            )
            for sample in samples
            if sample.stage in UNTRACED
        ),
    )
