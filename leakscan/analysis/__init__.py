"""From the records of a run to its answer: pure functions, no clock, no process, no file."""

from collections.abc import Sequence
from dataclasses import replace

from leakscan import wire
from leakscan.analysis.detection_limit import detection_limit
from leakscan.analysis.endings import endings, is_cut_in_explanation
from leakscan.analysis.failure import failure
from leakscan.analysis.findings.build import findings
from leakscan.analysis.growth.run_screen import screen_of_run
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.growth.trends import Trend
from leakscan.analysis.naming.caches import cache_list
from leakscan.analysis.own_failures import own_failures
from leakscan.analysis.plan.planner import next_command
from leakscan.analysis.run_metadata import run_facts
from leakscan.analysis.settings import Settings
from leakscan.analysis.verdict import judge
from leakscan.masking import masked_arguments
from leakscan.model.analysis import Analysis, Growth, Pace
from leakscan.model.run import RunOptions, Verdict

__all__ = ["Settings", "analyze", "next_command"]


def analyze(records: Sequence[wire.Record], settings: Settings) -> Analysis:
    """The answer that the records of a run, whole or cut off, give."""
    header = records[0]
    assert isinstance(header, wire.Header)
    options = options_of(header)
    screen = screen_of_run(options, records)
    failed = failure(records)
    is_unexplained = failed is not None or is_cut_in_explanation(records, screen)
    listed = findings(records, screen, settings.threshold_bytes_per_call, has_failed=is_unexplained)
    judgement = judge(records, options, screen, listed, failed)
    # Where something grew and nothing was proved, it hides there whatever could have been seen.
    is_open = judgement.verdict is Verdict.INCONCLUSIVE and screen.trend is Trend.RISING
    samples = [r for r in records if isinstance(r, wire.Sample)]
    screening = [s for s in samples if s.stage == wire.Stage.SCREEN]
    ended = next((r for r in reversed(records) if isinstance(r, wire.Ended)), None)
    return Analysis(
        leakscan_version=header.leakscan,
        python=header.python,
        target=_target_text(options),
        unit=screen.unit,
        verdict=judgement.verdict,
        kind=judgement.kind,
        reason=judgement.reason,
        calls=max(samples[-1].calls if samples else 0, _calls_before_stop(records)),
        rounds=sum(r.rounds for r in records if isinstance(r, wire.RoundsDone)),
        seconds=ended.seconds if ended is not None else (samples[-1].at if samples else 0.0),
        late_rounds=sum(sample.is_late for sample in samples),
        detection_limit_bytes_per_call=None if is_open else detection_limit(records, screen),
        growth=Growth(
            bytes_per_call=max(sum(finding.bytes_per_call for finding in listed), _grown_heap(screen)),
            blocks_per_call=screen.blocks_per_unit,
            rss_bytes_per_call=screen.rss_per_unit,
        ),
        findings=listed,
        series=tuple((s.calls, s.blocks) for s in screening),
        heap_series=tuple((s.calls, s.heap) for s in screening),
        failure=failed,
        warnings=_warnings(records),
        working_directory=header.working_directory,
        pace=Pace(memory_bytes=header.memory_bytes),
        run=run_facts(header, options, samples, settings.threshold_bytes_per_call),
        caches=cache_list(records),
    )


def _grown_heap(screen: Screen) -> float:
    return screen.heap_per_unit if screen.heap is Trend.RISING else 0.0


def options_of(header: wire.Header) -> RunOptions:
    """The options that the run was started with."""
    known = {name: value for name, value in header.options.items() if name in RunOptions.__slots__}
    for words in ("arguments", "command"):
        if words in known:
            known[words] = tuple(known[words])
    options = replace(RunOptions(target=""), **known)
    # Recordings of earlier versions hold the arguments as they were.
    return replace(options, arguments=masked_arguments(options.arguments))


def _target_text(options: RunOptions) -> str:
    text = f"-m {options.target}" if options.is_module else options.target
    return " ".join([text, *options.arguments])


def _calls_before_stop(records: Sequence[wire.Record]) -> int:
    return next((r.calls for r in reversed(records) if isinstance(r, wire.Raised)), 0)


def _warnings(records: Sequence[wire.Record]) -> tuple[str, ...]:
    in_process = [
        f"the holders were looked for in the process itself, not in a copy: {r.in_process_because}"
        for r in records
        if isinstance(r, wire.Explained) and r.in_process_because is not None
    ]
    untried = [
        f"no code of the target could be tried out in a copy of its process: {r.no_sandbox}"
        for r in records
        if isinstance(r, wire.Controlled) and r.no_sandbox and any(isinstance(e, wire.Sites) for e in records)
    ]
    untraced = [
        "no line could be traced: the target stops tracemalloc itself, or clears its traces"
        for r in records
        if isinstance(r, wire.Sites) and r.is_lost
    ]
    unseen = [
        f"what the garbage is could not be looked at: {r.message}"
        for r in records
        if isinstance(r, wire.Garbage) and r.message is not None
    ]
    undrawn = [
        f"what is around the holders could not be drawn ({r.message}); a graph shows their chains alone"
        for r in records
        if isinstance(r, wire.Graphs) and r.message is not None
    ]
    return (
        *own_failures(records),
        *untried,
        *untraced[:1],
        *in_process,
        *unseen,
        *undrawn,
        *endings(records),
    )
