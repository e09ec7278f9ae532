"""From the records of a run to its answer: pure functions, no clock, no process, no file."""

from collections.abc import Sequence
from dataclasses import replace

from leakscan import wire
from leakscan.analysis.case import Case
from leakscan.analysis.detection_limit import detection_limit
from leakscan.analysis.endings import endings
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.growth.trends import Trend
from leakscan.analysis.judging import judge_process, note_failure
from leakscan.analysis.naming.caches import cache_list
from leakscan.analysis.own_failures import own_failures
from leakscan.analysis.passes import FINDING, after, screen_containers, screen_process
from leakscan.analysis.plan.planner import next_command
from leakscan.analysis.record_index import indexed
from leakscan.analysis.run_metadata import run_facts
from leakscan.analysis.settings import Settings
from leakscan.masking import masked_arguments
from leakscan.model.analysis import Accounted, Analysis, Growth, Pace
from leakscan.model.run import Kind, RunOptions, Verdict

__all__ = ["PASSES", "Settings", "analyze", "next_command"]


PASSES = (screen_process, screen_containers, note_failure, *FINDING, judge_process)
"""From what was recorded to the verdict, in the order in which one would tell it."""


def analyze(records: Sequence[wire.Record], settings: Settings) -> Analysis:
    """The answer that the records of a run, whole or cut off, give."""
    header = records[0]
    assert isinstance(header, wire.Header)
    case = Case(
        records=indexed(records),
        options=options_of(header),
        threshold_bytes_per_unit=settings.threshold_bytes_per_call,
    )
    return _answer(after(case, PASSES), header)


def _answer(case: Case, header: wire.Header) -> Analysis:
    records, screen, judgement = case.records, case.screen, case.judgement
    assert judgement is not None, "the last pass judges"
    # Where something grew and nothing was proved, it hides there whatever could have been seen.
    is_open = judgement.verdict is Verdict.INCONCLUSIVE and screen.trend is Trend.RISING
    samples, ended = records.of(wire.Sample), records.last(wire.Ended)
    screening = records.samples(wire.Stage.SCREEN)
    return Analysis(
        leakscan_version=header.leakscan,
        python=header.python,
        target=_target_text(case.options),
        unit=screen.unit,
        verdict=judgement.verdict,
        kind=judgement.kind,
        reason=judgement.reason,
        calls=max(samples[-1].calls if samples else 0, _calls_before_stop(records)),
        rounds=sum(done.rounds for done in records.of(wire.RoundsDone)),
        seconds=ended.seconds if ended is not None else (samples[-1].at if samples else 0.0),
        late_rounds=sum(sample.is_late for sample in samples),
        detection_limit_bytes_per_call=None if is_open else detection_limit(records, screen),
        growth=Growth(
            bytes_per_call=max(sum(finding.bytes_per_call for finding in case.findings), _grown_heap(screen)),
            blocks_per_call=screen.blocks_per_unit,
            rss_bytes_per_call=screen.rss_per_unit,
        ),
        findings=case.findings,
        series=tuple((s.calls, s.blocks) for s in screening),
        heap_series=tuple((s.calls, s.heap) for s in screening),
        failure=case.failure,
        warnings=_warnings(records),
        working_directory=header.working_directory,
        pace=Pace(memory_bytes=header.memory_bytes),
        run=run_facts(header, case.options, samples, case.threshold_bytes_per_unit),
        caches=cache_list(records),
        reasons=case.reasons,
        accounted=_accounted(case),
    )


def _accounted(case: Case) -> Accounted | None:
    """What the findings account for, growth of native memory that is one of its own included."""
    books = case.ledger
    if books is None or not case.findings:
        return None
    native = sum(finding.bytes_per_call for finding in case.findings if finding.kind is Kind.NATIVE)
    return Accounted(
        blocks=None if books.blocks is None else books.blocks.share,
        heap=None if books.heap is None else books.heap.with_more(native).share,
        rss=None if books.rss is None else books.rss.with_more(native).share,
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
